package explain_test

import (
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/explain"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/generate"
	"github.com/fieldgate/fieldgate/engine/scope"
)

const sdl = `type Query { me: User orders(first: Int): [Order] }
type User { name: String email: String }
type Order { id: ID total: Int by: User }
type Island { text: String }`

func shop(t *testing.T, scopes ...string) *explain.Explainer {
	t.Helper()
	in := engine.Input{Layer: scope.DefaultLayer("shop"), Schema: sdl}
	for _, text := range scopes {
		name, fields, _ := strings.Cut(text, ": ")
		s, problems := scope.ParseScope(name+".yaml", []byte("scope: "+name+"\nfields: ["+fields+"]\n"))
		if problems != nil {
			t.Fatal(problems)
		}
		in.Scopes = append(in.Scopes, s)
	}
	draft, err := engine.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	s, err := draft.Activate(t.Context(), 1, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return explain.New(s, in.Scopes)
}

func parse(t *testing.T, text string) coord.Coordinate {
	t.Helper()
	c, err := coord.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCoordinate(t *testing.T) {
	e := shop(t, "people: User, User.email", "mail: User.email", "orders: Order", "totals: Order.total, Query.orders(first:)")
	for _, c := range []struct {
		coordinate string
		held       []string
		want       string // readable or not, what to add, the lines that stand in the way
	}{
		{"Query.me", nil, "no; add people; denied User people.yaml:2:10"},
		{"Query.orders", nil, "no; add orders; denied Order orders.yaml:2:10"},
		{"User.name", nil, "no; add people; denied User people.yaml:2:10"},
		{"User.email", []string{"mail"}, "no; add people; denied User people.yaml:2:10"},
		{"User.email", []string{"people"}, "yes"},
		{"Order.total", nil, "no; add orders totals; denied Order orders.yaml:2:10; denied Order.total totals.yaml:2:10"},
		{"Order.total", []string{"orders"}, "no; add totals; denied Order.total totals.yaml:2:10"},
		{"Order.by", []string{"orders"}, "no; add people; denied User people.yaml:2:10"},
		{"Query.orders(first:)", []string{"totals"}, "no; add orders; denied Order orders.yaml:2:10"},
		{"Island.text", []string{"orders"}, "no; hopeless"},
	} {
		got, err := e.Coordinate(t.Context(), engine.Subject{Scopes: c.held}, parse(t, c.coordinate))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, summary(got)); diff != "" {
			t.Errorf("%s for %v: %s", c.coordinate, c.held, diff)
		}
	}
}

func summary(c *explain.Coordinate) string {
	if c.Readable {
		return "yes"
	}
	out := []string{"no"}
	if c.Hopeless {
		out = append(out, "hopeless")
	} else {
		out = append(out, "add "+strings.Join(c.Add, " "))
	}
	for _, n := range c.Denied {
		line := "denied " + n.Coordinate
		for _, cover := range n.Covers {
			if !cover.Held {
				line += " " + cover.Position.String()
				break
			}
		}
		if !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "; ")
}

func TestUnknownNames(t *testing.T) {
	e := shop(t, "people: User")
	var missing *explain.UnknownCoordinateError
	if _, err := e.Coordinate(t.Context(), engine.Subject{}, parse(t, "User.emial")); !errors.As(err, &missing) || missing.Suggestion != "User.email" {
		t.Errorf("got %v", err)
	}
	if _, err := e.WhoCan(t.Context(), parse(t, "User.emial")); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
	var unknown *engine.UnknownScopeError
	if _, err := e.Coordinate(t.Context(), engine.Subject{Scopes: []string{"poeple"}}, parse(t, "User.email")); !errors.As(err, &unknown) {
		t.Errorf("got %v", err)
	}
}

func TestQuery(t *testing.T) {
	e := shop(t, "people: User", "mail: User.email", "orders: Order")
	for _, c := range []struct {
		query string
		held  []string
		want  string
	}{
		{"{ me { email } }", nil, "mail people"},
		{"{ me { email } orders { id } }", []string{"mail"}, "orders people"},
		{"{ orders { id } }", []string{"orders"}, ""},
	} {
		got, err := e.Query(t.Context(), engine.Request{Subject: engine.Subject{Scopes: c.held}, Query: c.query})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Join(got.Add, " ") != c.want || got.Hopeless || (c.want == "") != (len(got.Denied) == 0) {
			t.Errorf("%s for %v: %+v", c.query, c.held, got)
		}
	}
}

func cases() uint64 {
	n, err := strconv.ParseUint(os.Getenv("FIELDGATE_CASES"), 10, 64)
	if err != nil || n == 0 {
		return 40
	}
	return max(n/100, 20)
}

// TestAnswersAgreeWithEverySetOfScopes holds Add (enough, and nothing smaller is) and WhoCan against trying each set of scopes that a
// token can hold, on random schemas: a set reads a coordinate when an operation that reads it is decided as allowed.
func TestAnswersAgreeWithEverySetOfScopes(t *testing.T) {
	batch := engine.NewBatch(engine.Options{PolicyTimeout: time.Minute})
	asked := 0
	for seed := range cases() {
		c := generate.Case(seed)
		if len(c.Scopes) == 0 || len(c.Scopes) > 5 {
			continue
		}
		snapshot, err := batch.Snapshot(t.Context(), engine.BatchLine{Schema: c.SDL, Scopes: c.Scopes, Match: c.Match, Abstract: c.Abstract, Directives: c.Directives})
		if err != nil {
			t.Fatal(seed, err)
		}
		s := &sets{snapshot: snapshot, names: slices.Sorted(maps.Keys(c.Scopes))}
		n, err := s.compare(t, seed)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s\n%v", seed, err, c.SDL, c.Scopes)
		}
		asked += n
	}
	if asked == 0 {
		t.Error("nothing was asked")
	}
	t.Logf("%d coordinates", asked)
}

// sets tries each set of scopes.
type sets struct {
	snapshot *engine.Snapshot
	names    []string
	reaches  []*gql.Reach // by set
}

func (s *sets) chosen(set int) []string {
	out := []string{}
	for i, name := range s.names {
		if set>>i&1 == 1 {
			out = append(out, name)
		}
	}
	return out
}

// reads decides the operation that a set is said to read a coordinate with.
func (s *sets) reads(t *testing.T, set int, id gql.ID) (bool, error) {
	t.Helper()
	query := s.reaches[set].Query(id)
	if query == "" {
		return false, nil
	}
	v, err := s.snapshot.Decide(t.Context(), engine.Request{Subject: engine.Subject{Scopes: s.chosen(set)}, Query: query})
	if err != nil {
		return false, err
	}
	denied := v.Details().Denied // R12 takes objects out of what is allowed
	return !slices.ContainsFunc(denied, func(d engine.Denial) bool { return d.Kind != gql.KindFragment }) && v.Decision() != engine.DecisionDeny, nil
}

func (s *sets) compare(t *testing.T, seed uint64) (int, error) {
	t.Helper()
	for set := range 1 << len(s.names) {
		r, err := s.snapshot.Reach(t.Context(), engine.Subject{Scopes: s.chosen(set)})
		if err != nil {
			return 0, err
		}
		s.reaches = append(s.reaches, r)
	}
	e, asked := explain.New(s.snapshot, nil), 0
	for id := range s.snapshot.Schema().Len() {
		if (uint64(id)+seed)%7 != 0 {
			continue
		}
		if err := s.coordinate(t, e, gql.ID(id), int(seed)%(1<<len(s.names))); err != nil {
			return 0, fmt.Errorf("%s: %w", s.snapshot.Schema().Name(gql.ID(id)), err)
		}
		asked++
	}
	return asked, nil
}

func (s *sets) coordinate(t *testing.T, e *explain.Explainer, id gql.ID, held int) error {
	t.Helper()
	smallest, single := -1, []string{}
	everyone := false
	for set := range 1 << len(s.names) {
		ok, err := s.reads(t, set, id)
		if err != nil {
			return err
		}
		switch size := bits.OnesCount(uint(set &^ held)); {
		case !ok:
			continue
		case set&held == held && (smallest < 0 || size < smallest):
			smallest = size
		}
		everyone = everyone || set == 0
		if bits.OnesCount(uint(set)) == 1 {
			single = append(single, s.chosen(set)...)
		}
	}
	c := s.snapshot.Schema().Coordinate(id)
	got, err := e.Coordinate(t.Context(), engine.Subject{Scopes: s.chosen(held)}, c)
	if err != nil {
		return err
	}
	if got.Readable != (smallest == 0) || got.Hopeless != (smallest < 0) || len(got.Add) != max(smallest, 0) {
		return fmt.Errorf("for %v: readable %v, hopeless %v, add %v; the smallest set that is enough has %d", s.chosen(held), got.Readable, got.Hopeless, got.Add, smallest)
	}
	with := held
	for _, name := range got.Add {
		with |= 1 << slices.Index(s.names, name)
	}
	if ok, err := s.reads(t, with, id); err != nil || ok == got.Hopeless {
		return fmt.Errorf("with %v it is read: %v %w", s.chosen(with), ok, err)
	}
	who, err := e.WhoCan(t.Context(), c)
	if err != nil {
		return err
	}
	if everyone {
		single = []string{}
	}
	slices.Sort(single)
	if who.Everyone != everyone || !slices.Equal(who.Scopes, single) {
		return fmt.Errorf("who can: everyone %v, %v; trying says %v, %v", who.Everyone, who.Scopes, everyone, single)
	}
	return nil
}
