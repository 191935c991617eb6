package plan_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/internal/oracle"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/generate"
	"github.com/fieldgate/fieldgate/engine/plan"
	"github.com/fieldgate/fieldgate/engine/scope"
)

const schema = "type Query { product: Product } type Product { title: String cost: Int margin: Int }"

const filtered = "type Query { products(by: Filter): [Product] } type Product { title: String cost: Int margin: Int } input Filter { cost: Int margin: Int }"

// side compiles a data layer; each scope is "name: entries".
func side(t *testing.T, layer, sdl string, scopes ...string) *plan.Side {
	t.Helper()
	files := map[string][]byte{"layer.yaml": []byte("data_layer: shop\n" + layer), "schema.graphql": []byte(sdl)}
	for i, s := range scopes {
		name, rest, _ := strings.Cut(s, ": ")
		name, was, renamed := strings.Cut(name, " was ")
		text := "scope: " + name + "\nfields: [" + rest + "]\n"
		if renamed {
			text += "renamed_from: " + was + "\n"
		}
		files[fmt.Sprintf("scopes/%d.yaml", i)] = []byte(text)
	}
	repository, problems := scope.ParseRepository(files)
	if problems != nil {
		t.Fatal(problems)
	}
	l := repository.Layers[0]
	draft, err := engine.Compile(engine.Input{Layer: l.Layer, Schema: sdl, Scopes: l.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := draft.Activate(t.Context(), 1, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &plan.Side{Snapshot: snapshot, Scopes: l.Scopes, Unmatched: draft.Unmatched}
}

// lockedSide is a side that restricts what another's schema does not have.
func lockedSide(t *testing.T, sdl string, accepted *plan.Side) *plan.Side {
	t.Helper()
	in := engine.Input{Layer: scope.DefaultLayer("shop"), Schema: sdl, Lock: scope.NewLock("schema.lock", engine.Accepted(accepted.Snapshot.Schema()))}
	in.Layer.OnNewFields = scope.NewFieldsRestrict
	draft, err := engine.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := draft.Activate(t.Context(), 1, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &plan.Side{Snapshot: snapshot}
}

func TestCompare(t *testing.T) {
	for name, c := range map[string]struct {
		before, after *plan.Side
		subjects      []plan.Subject
		want          string // lines
		widened       bool
	}{
		"nothing": {before: side(t, "", schema, "f: Product.cost"), after: side(t, "", schema, "f: Product.cost")},
		"a scope is deleted": {
			before: side(t, "", schema, "f: Product.cost"), after: side(t, "", schema),
			want: "opened Product.cost { product { cost } }\nscope f gone", widened: true,
		},
		"a scope is added": {
			before: side(t, "", schema), after: side(t, "", schema, "f: Product.cost"),
			want: "restricted Product.cost\nscope f new",
		},
		"a scope is widened": {
			before: side(t, "", schema, "f: Product.cost", "web: Product.margin"), after: side(t, "", schema, "f: Product.cost", "web: Product.margin, Product.cost"),
			want: "scope web + Product.cost { product { cost } }", widened: true,
		},
		"a scope is narrowed": {
			before: side(t, "", schema, "f: Product.cost, Product.margin", "m: Product.margin"), after: side(t, "", schema, "f: Product.cost", "m: Product.margin"),
			want: "scope f - Product.margin",
		},
		"an entry goes, and no other scope has it": {
			before: side(t, "", schema, "f: Product.cost, Product.margin"), after: side(t, "", schema, "f: Product.margin"),
			want: "opened Product.cost { product { cost } }", widened: true,
		},
		"match": {
			before: side(t, "match: any\n", schema, "a: Product.cost", "b: Product.cost"), after: side(t, "match: all\n", schema, "a: Product.cost", "b: Product.cost"),
			want: "scope a - Product.cost\nscope b - Product.cost\nsetting match any -> all",
		},
		"observe": {
			before: side(t, "", schema, "f: Product.cost"), after: side(t, "mode: observe\n", schema, "f: Product.cost"),
			want: "setting mode prune -> observe (widens)", widened: true,
		},
		"renamed": {
			before: side(t, "", schema, "f: Product.cost"), after: side(t, "", schema, "finance was f: Product.cost"),
			want: "scope finance was f",
		},
		"drift": {
			before: side(t, "", schema, "f: Product.cost, Product.margin"),
			after:  side(t, "", "type Query { product: Product } type Product { title: String cost: Int tax: Int secret: Int }", "f: Product.cost, Product.margin", "s: Product.secret"),
			want:   "scope s new\nnew Product.secret s\nnew Product.tax everyone\nvanished Product.margin\nunmatched \"Product.margin\" matches nothing in the schema",
		},
		"a token": {
			before: side(t, "", schema, "f: Product.cost", "g: Product.cost, Product.margin"), after: side(t, "", schema, "f: Product.cost", "g: Product.margin"),
			subjects: []plan.Subject{{Kind: plan.KindToken, Name: "ci", Before: []string{"g"}, After: []string{"g"}}, {Kind: plan.KindToken, Name: "web", Before: []string{"f"}, After: []string{"f"}}},
			want:     "scope g - Product.cost\ntoken ci - Product.cost",
		},
		"guards": {
			before: side(t, "", filtered, "m: Product.margin"), after: side(t, "", filtered, "f: Product.cost"),
			want: "opened Filter.margin { products(by: {margin: 1}) { __typename } }\nopened Product.margin { products { margin } }\n" +
				"restricted Filter.cost\nrestricted Product.cost\nscope f new\nscope m gone\nguard + Filter.cost Product.cost\nguard - Filter.margin Product.margin",
			widened: true,
		},
		"added":   {after: side(t, "", "type Query { a: Int b: Int }", "x: Query.b"), want: "added\nscope x new\nnew Query everyone\nnew Query.a everyone\nnew Query.b x"},
		"removed": {before: side(t, "", "type Query { a: Int }", "x: Query.a"), want: "removed\nscope x gone\nvanished Query\nvanished Query.a"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := plan.Compare(t.Context(), c.before, c.after, c.subjects)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, lines(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Widened() != c.widened || got.Changed() != (c.want != "") {
				t.Errorf("widened %v, changed %v", got.Widened(), got.Changed())
			}
		})
	}
}

func lines(r *plan.Report) string {
	var out []string
	add := func(format string, args ...any) { out = append(out, strings.TrimSpace(fmt.Sprintf(format, args...))) }
	if r.State != plan.StateKept {
		add("%s", r.State)
	}
	for _, o := range r.Opened {
		add("opened %s %s", o.Coordinate, o.Query)
	}
	for _, name := range r.Restricted {
		add("restricted %s", name)
	}
	for _, s := range r.Subjects {
		head := string(s.Kind) + " " + s.Name
		switch {
		case s.New:
			add("%s new", head)
		case s.Gone:
			add("%s gone", head)
		case s.Was != "":
			add("%s was %s", head, s.Was)
		}
		for _, g := range s.Gains {
			add("%s + %s %s", head, g.Coordinate, g.Query)
		}
		for _, l := range s.Loses {
			add("%s - %s", head, l)
		}
	}
	for _, n := range r.New {
		who := strings.Join(n.Scopes, ",")
		if n.Everyone {
			who = "everyone"
		}
		add("new %s %s", n.Coordinate, who)
	}
	for _, v := range r.Vanished {
		add("vanished %s", v)
	}
	for _, p := range r.Unmatched {
		add("unmatched %s", p.Message)
	}
	for _, s := range r.Settings {
		add("setting %s %s -> %s%s", s.Key, s.Before, s.After, map[bool]string{true: " (widens)"}[s.Widens])
	}
	for _, g := range r.GuardsAdded {
		add("guard + %s %s", g.Coordinate, strings.Join(g.StandsFor, ","))
	}
	for _, g := range r.GuardsRemoved {
		add("guard - %s %s", g.Coordinate, strings.Join(g.StandsFor, ","))
	}
	return strings.Join(out, "\n")
}

// TestPlanIsExact holds the sets of a plan against enumerating what each subject reads, coordinate by coordinate, on either side
// of random pairs of configurations, and each operation that it prints against both sides' decisions.
func TestPlanIsExact(t *testing.T) {
	batch := engine.NewBatch(engine.Options{PolicyTimeout: time.Minute})
	found := 0
	for seed := range pairs() {
		n, err := comparePair(t, batch, seed)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		found += n
	}
	if found == 0 {
		t.Error("no pair differs")
	}
	t.Logf("%d pairs, %d differences", pairs(), found)
}

// pairs is a tenth of FIELDGATE_CASES.
func pairs() uint64 {
	n, err := strconv.ParseUint(os.Getenv("FIELDGATE_CASES"), 10, 64)
	if err != nil || n == 0 {
		return 100
	}
	return max(n/10, 30)
}

func comparePair(t *testing.T, batch *engine.Batch, seed uint64) (int, error) {
	t.Helper()
	c := generate.Case(seed)
	if len(c.Scopes) == 0 {
		return 0, nil
	}
	before, err := generated(t, batch, c)
	if err != nil {
		return 0, err
	}
	changed := c
	changed.Scopes = mutated(c.Scopes, seed)
	if seed%5 == 0 {
		changed.Match = map[string]string{"all": "any"}[c.Match]
	}
	after, err := generated(t, batch, changed)
	if err != nil {
		return 0, err
	}
	report, err := plan.Compare(t.Context(), before, after, nil)
	if err != nil {
		return 0, err
	}
	return checkReport(t, report, before, after)
}

// mutated takes an entry out of a scope, gives it to another, or deletes a scope.
func mutated(scopes map[string][]string, seed uint64) map[string][]string {
	out := maps.Clone(scopes)
	names := slices.Sorted(maps.Keys(scopes))
	name, other := names[seed%uint64(len(names))], names[(seed/7)%uint64(len(names))]
	entries := out[name]
	switch {
	case seed%3 == 0 || len(entries) < 2:
		delete(out, name)
	case seed%3 == 1:
		out[name] = entries[1:]
	default:
		out[other] = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(out[other]), entries[0]))))
	}
	return out
}

func generated(t *testing.T, batch *engine.Batch, c oracle.Case) (*plan.Side, error) {
	t.Helper()
	snapshot, err := batch.Snapshot(t.Context(), engine.BatchLine{Schema: c.SDL, Scopes: c.Scopes, Match: c.Match, Abstract: c.Abstract, Directives: c.Directives})
	if err != nil {
		return nil, err
	}
	s := &plan.Side{Snapshot: snapshot}
	for _, name := range snapshot.Scopes() {
		s.Scopes = append(s.Scopes, scope.Scope{Name: name})
	}
	return s, nil
}

func checkReport(t *testing.T, r *plan.Report, before, after *plan.Side) (int, error) {
	t.Helper()
	opened, restricted, err := enumerate(t, before, after, nil)
	if err != nil {
		return 0, err
	}
	if err := agree(t, "every token", readings(r.Opened), r.Restricted, opened, restricted); err != nil {
		return 0, err
	}
	found := len(opened) + len(restricted)
	changes := map[string]plan.Change{}
	for _, s := range r.Subjects {
		changes[s.Name] = s
	}
	all := append(before.Snapshot.Scopes(), after.Snapshot.Scopes()...)
	for _, name := range all {
		gains, loses, err := enumerate(t, before, after, []string{name})
		if err != nil {
			return 0, err
		}
		without := func(list, of []string) []string {
			return slices.DeleteFunc(list, func(c string) bool { return slices.Contains(of, c) })
		}
		if err := agree(t, name, readings(changes[name].Gains), changes[name].Loses, without(gains, opened), without(loses, restricted)); err != nil {
			return 0, err
		}
		found += len(gains) + len(loses)
		for _, g := range changes[name].Gains {
			if err := shows(t, before, after, name, g); err != nil {
				return 0, err
			}
		}
	}
	return found, nil
}

// whole reports whether every selection of an operation is allowed: all that narrowing takes out are objects.
func whole(v engine.Verdict) bool {
	if v.Decision() != engine.DecisionPartial {
		return v.Decision() == engine.DecisionAllow
	}
	d := v.Details()
	return !slices.ContainsFunc(d.Fields, func(f gql.Field) bool { return !f.Allowed }) &&
		!slices.ContainsFunc(d.Denied, func(d engine.Denial) bool { return d.Kind != gql.KindFragment })
}

func readings(list []plan.Reading) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.Coordinate)
	}
	return out
}

// enumerate asks for every coordinate of both schemas whether holders of exactly these scopes read it.
func enumerate(t *testing.T, before, after *plan.Side, held []string) (gains, loses []string, err error) {
	t.Helper()
	was, err := reads(t, before, held)
	if err != nil {
		return nil, nil, err
	}
	is, err := reads(t, after, held)
	for name, now := range is {
		switch {
		case now && !was[name]:
			gains = append(gains, name)
		case !now && was[name]:
			loses = append(loses, name)
		}
	}
	slices.Sort(gains)
	slices.Sort(loses)
	return gains, loses, err
}

func reads(t *testing.T, s *plan.Side, held []string) (map[string]bool, error) {
	t.Helper()
	held = slices.DeleteFunc(slices.Clone(held), func(name string) bool { return !slices.Contains(s.Snapshot.Scopes(), name) })
	reach, err := s.Snapshot.Reach(t.Context(), engine.Subject{Scopes: held})
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for id, name := range s.Snapshot.Schema().Names() {
		out[name] = false
		if query := reach.Query(gql.ID(id)); query != "" {
			v, err := s.Snapshot.Decide(t.Context(), engine.Request{Subject: engine.Subject{Scopes: held}, Query: query})
			if err != nil {
				return nil, err
			}
			out[name] = whole(v) && !plan.BuiltIn(name)
		}
	}
	return out, nil
}

func agree(t *testing.T, who string, gains, loses, wantGains, wantLoses []string) error {
	t.Helper()
	if !slices.Equal(gains, wantGains) || !slices.Equal(loses, wantLoses) {
		return fmt.Errorf("%s gains %v and loses %v; enumerating says %v and %v", who, gains, loses, wantGains, wantLoses)
	}
	return nil
}

// shows holds that an operation of the plan is allowed after the change and was not before. __typename alone may have been
// allowed before on a type none of whose objects could be read (R13).
func shows(t *testing.T, before, after *plan.Side, scopeName string, g plan.Reading) error {
	t.Helper()
	for _, s := range []struct {
		*plan.Side
		want bool
	}{{before, false}, {after, true}} {
		held := slices.DeleteFunc([]string{scopeName}, func(name string) bool { return !slices.Contains(s.Snapshot.Scopes(), name) })
		v, err := s.Snapshot.Decide(t.Context(), engine.Request{Subject: engine.Subject{Scopes: held}, Query: g.Query})
		if err != nil {
			return err
		}
		if !s.want && !strings.Contains(g.Coordinate, ".") {
			continue
		}
		if whole(v) != s.want {
			return fmt.Errorf("%s: %s is %s", g.Coordinate, g.Query, v.Decision())
		}
	}
	return nil
}
