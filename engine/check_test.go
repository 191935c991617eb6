package engine_test

import (
	"cmp"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// searchesNothing is a layer whose `search` reads nothing that is restricted.
func searchesNothing(l *scope.Layer) {
	l.Guards = map[string]scope.GuardEntry{"Query.search(text:)": {Remove: "it searches titles"}}
}

func TestCheckFindings(t *testing.T) {
	for name, c := range map[string]struct {
		sdl    string
		scopes map[string][]string
		edit   func(*scope.Layer)
		want   []string
	}{
		"nothing to say": {
			scopes: map[string][]string{"a": {"Order.total", "Order"}},
		},
		"an entry that matches nothing": {
			scopes: map[string][]string{"a": {"Order.totl", "Ordr", "Query.order(di:)", "X*", "Order.total(x:)", "__Type"}},
			want: []string{
				`error unmatched-entry scopes/a.yaml:3:5: "Order.totl" matches nothing in the schema, did you mean "Order.total"?`,
				`error unmatched-entry scopes/a.yaml:4:5: "Ordr" matches nothing in the schema, did you mean "Order"?`,
				`error unmatched-entry scopes/a.yaml:5:5: "Query.order(di:)" matches nothing in the schema, did you mean "Query.order(id:)"?`,
				"error unmatched-entry scopes/a.yaml:6:5: \"X*\" matches nothing in the schema: `*` crosses neither `.` nor `(`, and a glob for types matches no enum, input or built-in type",
				`error unmatched-entry scopes/a.yaml:7:5: "Order.total(x:)" matches nothing in the schema: remove the line, or correct it`,
				"error unmatched-entry scopes/a.yaml:8:5: \"__Type\" matches nothing in the schema: introspection cannot be in a scope; `introspection: off` in layer.yaml refuses it for everyone",
			},
		},
		"a field that cannot be null": {
			scopes: map[string][]string{"a": {"Item.*"}},
			want: []string{
				"warning non-null scopes/a.yaml:3:5: Item.sku (and 1 more) cannot be null: denying it makes the object around it null in the answer: make it nullable in the schema, or expect the parent to vanish for those who do not hold the scope",
			},
		},
		"a value that a default of the schema uses": {
			sdl:    "type Query { items(sort: Sort = COST, by: In = {cost: 1}): Int } enum Sort { COST NAME } input In { cost: Int }",
			scopes: map[string][]string{"a": {"Sort.COST", "In.cost"}},
			want: []string{
				"warning enum-value scopes/a.yaml:3:5: Sort.COST is enforced on input only: the value can still appear in answers: restrict the fields that return it to hide it there",
				"warning schema-default scopes/a.yaml:3:5: Sort.COST is used by the schema's default of Query.items(sort:): everyone who leaves that out uses it: restrict Query.items(sort:) or the field it belongs to as well, or change the default",
				"warning schema-default scopes/a.yaml:4:5: In.cost is used by the schema's default of Query.items(by:): everyone who leaves that out uses it: restrict Query.items(by:) or the field it belongs to as well, or change the default",
			},
		},
		"a free text and a raw record": {
			sdl:    "type Query { items(query: String, first: Int): [Item] } type Item { cost: Int internal: Internal } type Internal { content: String type: String }",
			scopes: map[string][]string{"a": {"Item.cost", "Item.cos*"}},
			edit:   func(l *scope.Layer) { l.Guards, l.Match = nil, scope.MatchAll },
			want: []string{
				"warning escape scopes/a.yaml:3:5: Item.cost may be read through Internal.content (raw-record), without being named: to close it add `- Internal.content` to the scope, or write `escapes: deny` in layer.yaml",
				"warning escape scopes/a.yaml:3:5: Item.cost may be read through Query.items(query:) (free-text), without being named: to close it add `- Query.items(query:)` to the scope, or write `escapes: deny` in layer.yaml",
				"warning escape scopes/a.yaml:4:5: Item.cost may be read through Internal.content (raw-record), without being named: to close it add `- Internal.content` to the scope, or write `escapes: deny` in layer.yaml",
				"warning escape scopes/a.yaml:4:5: Item.cost may be read through Query.items(query:) (free-text), without being named: to close it add `- Query.items(query:)` to the scope, or write `escapes: deny` in layer.yaml",
			},
		},
		"escapes that the scopes or the layer close": {
			sdl:    "type Query { items(query: String): [Item] raw: Item } type Item { cost: Int internal: Internal } type Internal { content: String }",
			scopes: map[string][]string{"a": {"Item.cost", "Query.items(query:)"}},
			edit:   func(l *scope.Layer) { l.Guards, l.Escapes = nil, scope.EscapesDeny },
		},
		"a list that cannot be null": {
			sdl:    "type Query { items: [Int]! }",
			scopes: map[string][]string{"a": {"Query.items"}},
		},
		"an interface": {
			scopes: map[string][]string{"a": {"Node"}},
			want: []string{
				"warning interface scopes/a.yaml:3:5: Node belongs to an interface: the entry restricts it on 3 implementing types too: a scope that opens it opens nothing else on those types",
			},
		},
		"an enum value and an input type": {
			scopes: map[string][]string{"a": {"OrderSort.TOTAL", "OrderFilter"}},
			want: []string{
				"warning enum-value scopes/a.yaml:3:5: OrderSort.TOTAL is enforced on input only: the value can still appear in answers: restrict the fields that return it to hide it there",
				"warning input-type scopes/a.yaml:4:5: OrderFilter is an input type: only holders of the scope may use any input of this type: to restrict single input fields name them, as in `OrderFilter.total`",
			},
		},
		"a scope that opens less than it says": {
			scopes: map[string][]string{"emails": {"Customer.email"}, "people": {"Customer"}},
			want: []string{
				"warning unreachable scopes/emails.yaml:3:5: the scope opens Customer.email, but a token with this scope alone cannot reach it: its type, its arguments or the way to it need another scope, or it belongs to an interface that is restricted or is not used by any field",
			},
		},
		"several scopes, any of which opens": {
			scopes: map[string][]string{"a": {"Order.total"}, "b": {"Order.t*"}},
			want: []string{
				"warning several-scopes scopes/a.yaml:3:5: Order.total is covered by the scopes a, b: under `match: any` each of them opens it: say `match: all` in layer.yaml if a token should need every one of them",
			},
		},
		"several scopes, all of which are needed": {
			scopes: map[string][]string{"a": {"Order.total"}, "b": {"Order.t*"}},
			edit:   func(l *scope.Layer) { l.Match = scope.MatchAll },
			want: []string{
				"warning unreachable scopes/a.yaml:3:5: the scope opens Order.total, but a token with this scope alone cannot reach it: its type, its arguments or the way to it need another scope, or it belongs to an interface that is restricted or is not used by any field",
				"warning unreachable scopes/b.yaml:3:5: the scope opens Order.total, but a token with this scope alone cannot reach it: its type, its arguments or the way to it need another scope, or it belongs to an interface that is restricted or is not used by any field",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			edits := []func(*scope.Layer){}
			if c.sdl == "" {
				edits = append(edits, searchesNothing)
			}
			if c.edit != nil {
				edits = append(edits, c.edit)
			}
			draft, in := compile(t, cmp.Or(c.sdl, shopSDL), c.scopes, edits...)
			findings, err := draft.Check(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range findings {
				got = append(got, strings.Join([]string{string(f.Severity), f.Rule, f.Problem.Error()}, " "))
			}
			if diff := gocmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
