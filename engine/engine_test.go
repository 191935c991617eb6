package engine_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/scope"
)

const shopSDL = `
"What the shop sells"
type Query {
  orders(filter: OrderFilter, sort: OrderSort): [Order!]
  order(id: ID!): Order
  customer(id: ID!): Customer
  search(text: String!): [SearchResult!]
  secretReport(token: String!): Report
}
type Mutation { cancel(id: ID!): Order }
interface Node { id: ID! }
type Order implements Node { id: ID! total: Int note: String customer: Customer items: [Item!] }
type Item { sku: String! cost: Int! }
type Customer implements Node { id: ID! email: String orders: [Order!] }
type Report implements Node { id: ID! text: String }
union SearchResult = Order | Customer | Report
input OrderFilter { total: Int note: String }
enum OrderSort { ID TOTAL }
`

var shopScopes = map[string][]string{
	"finance":   {"Order.total", "Item.cost", "OrderFilter.total", "OrderSort.TOTAL"},
	"customers": {"Customer"},
	"reports":   {"Report", "Query.secretReport"},
}

// compile compiles a layer named shop; edits change it before.
func compile(t testing.TB, sdl string, scopes map[string][]string, edits ...func(*scope.Layer)) (*engine.Draft, engine.Input) {
	t.Helper()
	in := engine.Input{Layer: scope.DefaultLayer("shop"), SchemaFile: "schema.graphql", Schema: sdl}
	for _, edit := range edits {
		edit(&in.Layer)
	}
	for _, name := range slices.Sorted(maps.Keys(scopes)) {
		entries := scopes[name]
		s := scope.Scope{Name: name}
		for i, text := range entries {
			p, err := coord.ParsePattern(text)
			if err != nil {
				t.Fatal(err)
			}
			s.Entries = append(s.Entries, scope.Entry{Pattern: p, Text: text, Position: scope.Position{File: "scopes/" + name + ".yaml", Line: 3 + i, Column: 5}})
		}
		in.Scopes = append(in.Scopes, s)
	}
	draft, err := engine.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	return draft, in
}

func activate(t testing.TB, sdl string, scopes map[string][]string, edits ...func(*scope.Layer)) *engine.Snapshot {
	t.Helper()
	draft, _ := compile(t, sdl, scopes, edits...)
	s, err := draft.Activate(t.Context(), 1, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decide(t testing.TB, s *engine.Snapshot, r engine.Request) engine.Decision {
	t.Helper()
	v, err := s.Decide(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return v.Details()
}

func mode(m scope.Mode) func(*scope.Layer) {
	return func(l *scope.Layer) {
		l.Mode = m
		if m == scope.ModeHide {
			l.Abstract = scope.AbstractNarrow
		}
	}
}

func TestR15EffectByMode(t *testing.T) {
	const full, pruned = "{ orders { id total } }", "{ orders { id } }"
	for name, c := range map[string]struct {
		mode                   scope.Mode
		query                  string
		decision, effect, sent string
	}{
		"prune, something denied":    {scope.ModePrune, full, "partial", "forward_pruned", pruned},
		"prune, nothing denied":      {scope.ModePrune, pruned, "allow", "forward", pruned},
		"prune, everything denied":   {scope.ModePrune, "{ customer(id: 1) { email } }", "deny", "refuse", ""},
		"prune, nothing left inside": {scope.ModePrune, "{ orders { total } }", "partial", "forward_pruned", "{ orders { __fieldgate: __typename } }"},
		"reject, something denied":   {scope.ModeReject, full, "partial", "refuse", ""},
		"reject, nothing denied":     {scope.ModeReject, pruned, "allow", "forward", pruned},
		"observe, something denied":  {scope.ModeObserve, full, "partial", "forward", full},
		"observe, everything denied": {scope.ModeObserve, "{ customer(id: 1) { email } }", "deny", "forward", "{ customer(id: 1) { email } }"},
		"observe, invalid":           {scope.ModeObserve, "{ nope }", "deny", "refuse", ""},
		"hide, something denied":     {scope.ModeHide, full, "deny", "refuse", ""},
		"hide, nothing denied":       {scope.ModeHide, pruned, "allow", "forward", pruned},
		"hide, hidden types behind a union": {
			scope.ModeHide, "{ search(text: \"x\") { ... on Order { id } __typename } }", "partial", "forward_pruned",
			"{ search(text: \"x\") { __fieldgate: __typename ... on Order { id } __typename } }",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := decide(t, activate(t, shopSDL, shopScopes, mode(c.mode)), engine.Request{Query: c.query})
			sent := ""
			if d.Query != nil {
				sent = *d.Query
			}
			if d.Decision != c.decision || d.Effect != c.effect || sent != c.sent || d.Mode != string(c.mode) {
				t.Errorf("got %s %s %q, want %s %s %q\n%s", d.Decision, d.Effect, sent, c.decision, c.effect, c.sent, brief(d))
			}
		})
	}
}

// TestR18TextsNameOnlyTheView: whatever is wrong with a document, a token that may not see a name is
// not told it.
func TestR18TextsNameOnlyTheView(t *testing.T) {
	hidden := []string{"Report", "secretReport", "token", "Customer", "email", "total", "TOTAL", "cost"}
	for _, m := range []scope.Mode{scope.ModePrune, scope.ModeReject, scope.ModeObserve, scope.ModeHide} {
		s := activate(t, shopSDL, shopScopes, mode(m))
		for name, r := range map[string]engine.Request{
			"a near miss of a hidden field":       {Query: "{ orders { tota } }"},
			"a near miss of a hidden root field":  {Query: "{ secretReports { id } }"},
			"a near miss of a hidden type":        {Query: "{ search(text: \"\") { ... on Reportt { id } } }"},
			"a near miss of a hidden input field": {Query: "{ orders(filter: {tota: 1}) { id } }"},
			"a near miss of a hidden enum value":  {Query: "{ orders(sort: TOTA) { id } }"},
			"an enum as string":                   {Query: "{ orders(sort: \"ID\") { id } }"},
			"a wrong input value":                 {Query: "{ orders(filter: 1) { id } }"},
			"no sub-selection":                    {Query: "{ orders }"},
			"a sub-selection of a leaf":           {Query: "{ orders { id { x } } }"},
			"an unknown argument":                 {Query: "{ orders(filtr: {}) { id } }"},
			"an undefined variable":               {Query: "{ orders(filter: $f) { id } }"},
			"a fragment that cannot apply":        {Query: "{ orders { ... on Item { sku } } }"},
			"a fragment on a leaf":                {Query: "{ orders { ... on OrderSort { x } } }"},
			"a variable of a wrong type":          {Query: "query($f: OrderSort) { orders(filter: $f) { id } }"},
			"an unknown field in a variable":      {Query: "query($f: OrderFilter) { orders(filter: $f) { id } }", Variables: map[string]any{"f": map[string]any{"tot": 1}}},
			"a wrong enum value in a variable":    {Query: "query($s: OrderSort) { orders(sort: $s) { id } }", Variables: map[string]any{"s": "TOT"}},
			"an enum object in a variable":        {Query: "query($s: OrderSort) { orders(sort: $s) { id } }", Variables: map[string]any{"s": map[string]any{}}},
			"conflicting fields":                  {Query: "{ orders { a: id a: note } }"},
			"an unknown directive":                {Query: "{ orders @nope { id } }"},
		} {
			t.Run(string(m)+"/"+name, func(t *testing.T) {
				d := decide(t, s, r)
				if d.Effect != engine.EffectRefuse || len(d.Errors) == 0 || d.Decision != "deny" {
					t.Fatalf("not refused: %s", brief(d))
				}
				for _, e := range d.Errors {
					for _, h := range hidden {
						if strings.Contains(withoutWords(e.Message, r.Query), h) {
							t.Errorf("%q names %q", e.Message, h)
						}
					}
				}
			})
		}
	}
}

// withoutWords takes out of a message what the client wrote.
func withoutWords(message, query string) string {
	for _, word := range strings.FieldsFunc(query, func(r rune) bool { return !strings.ContainsRune("_$", r) && (r < 'A' || r > 'z') }) {
		if len(word) > 3 {
			message = strings.ReplaceAll(message, `"`+word+`"`, "")
		}
	}
	return message
}

func TestR16MissingArgumentOfHiddenFieldIsNotNamed(t *testing.T) {
	d := decide(t, activate(t, shopSDL, shopScopes), engine.Request{Query: "{ secretReport { id } }"})
	for _, e := range d.Errors {
		if strings.Contains(e.Message, "token") || strings.Contains(e.Message, "Report!") {
			t.Errorf("%q tells about an argument of a field that the token may not see", e.Message)
		}
	}
	if len(d.Errors) == 0 {
		t.Error("a missing argument was not refused")
	}
}

// TestR15HideTellsNoInputApart: in a variable, a hidden name reads like one that does not exist.
func TestR15HideTellsNoInputApart(t *testing.T) {
	s := activate(t, shopSDL, shopScopes, mode(scope.ModeHide))
	const query = "query($f: OrderFilter, $s: OrderSort) { orders(filter: $f, sort: $s) { id } }"
	for name, values := range map[string][2]map[string]any{
		"an input field": {{"f": map[string]any{"total": 1}}, {"f": map[string]any{"nope_": 1}}},
		"an enum value":  {{"s": "TOTAL"}, {"s": "NOPE_"}},
	} {
		t.Run(name, func(t *testing.T) {
			hidden := decide(t, s, engine.Request{Query: query, Variables: values[0]})
			absent := decide(t, s, engine.Request{Query: query, Variables: values[1]})
			for _, d := range []*engine.Decision{&hidden, &absent} {
				if len(d.Errors) != 1 || d.Effect != engine.EffectRefuse {
					t.Fatalf("not refused: %s", brief(*d))
				}
				d.Errors[0].Message = strings.NewReplacer(".total", ".x", ".nope_", ".x").Replace(d.Errors[0].Message)
			}
			if hidden.Errors[0].Code != absent.Errors[0].Code || hidden.Errors[0].Message != absent.Errors[0].Message {
				t.Errorf("%v and %v can be told apart", hidden.Errors[0], absent.Errors[0])
			}
		})
	}
}

func TestUnknownScopeIsAnError(t *testing.T) {
	s := activate(t, shopSDL, shopScopes)
	_, err := s.Decide(t.Context(), engine.Request{Subject: engine.Subject{Scopes: []string{"finance", "finanse"}}, Query: "{ orders { id } }"})
	if err == nil || !strings.Contains(err.Error(), `"finanse"`) || !strings.Contains(err.Error(), "customers, finance, reports") {
		t.Errorf("got %v", err)
	}
	_, err = s.Decide(t.Context(), engine.Request{Subject: engine.Subject{Scopes: []string{"finance"}, Unrestricted: true}, Query: "{ orders { id } }"})
	if err == nil {
		t.Error("a subject with scopes that is also unrestricted was taken")
	}
}

func TestR9AnOperationTypeThatIsNotOpenIsRefused(t *testing.T) {
	s := activate(t, shopSDL, shopScopes)
	d := decide(t, s, engine.Request{Subject: engine.Subject{Unrestricted: true}, Query: "mutation { cancel(id: 1) { id } }"})
	if d.Effect != engine.EffectRefuse || len(d.Errors) != 1 || d.Errors[0].Code != "OPERATION_TYPE_NOT_ALLOWED" {
		t.Errorf("got %s", brief(d))
	}
}

func TestMissingNamesTheScopesThatHelp(t *testing.T) {
	s := activate(t, shopSDL, map[string][]string{"a": {"Order.total"}, "b": {"Order.total"}}, func(l *scope.Layer) { l.Match = scope.MatchAll })
	d := decide(t, s, engine.Request{Subject: engine.Subject{Scopes: []string{"a"}}, Query: "{ orders { total } }"})
	if got := d.Denied[0].Missing["Order.total"]; len(got) != 1 || got[0] != "b" {
		t.Errorf("missing %v, want the scope that is not held", got)
	}
}
