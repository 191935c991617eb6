package walk_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/internal/oracle/walk"
)

const sdl = `
type Query { node: Node hit: Hit find(where: Where, when: Date): A }
interface Node { id: ID }
type A implements Node { id: ID a(first: Int): B }
type B implements Node { id: ID b: Date }
type C { c: Int }
union Hit = B | C
scalar Date
enum Color { RED GREEN }
input Where { color: Color and: [Where] }
`

func TestSelected(t *testing.T) {
	tests := []struct {
		name, query, operation string
		want                   []string
	}{
		{"an object's field", `{ find { a { b } } }`, "",
			[]string{"A", "A.a", "B", "B.b", "Date", "Node", "Query", "Query.find"}},
		{"an interface's field, on every object (R11)", `{ node { id } }`, "",
			[]string{"A", "A.id", "B", "B.id", "ID", "Node", "Node.id", "Query", "Query.node"}},
		{"a narrower place (R11)", `{ hit { ...F } } fragment F on Node { id }`, "",
			[]string{"B", "B.id", "Hit", "ID", "Node", "Node.id", "Query", "Query.hit"}},
		{"fragments on object types (R10) and __typename (R13)", `{ hit { __typename ... on C { __typename } } }`, "",
			[]string{"C", "Hit", "Query", "Query.hit"}},
		{"the operation that runs (R9)", `query X { node { id } } query Y { __schema { queryType { name } } hit { __typename } }`, "Y",
			[]string{"Hit", "Query", "Query.hit"}},
		{"arguments (R14)", `query ($c: Color = RED) { find(where: {and: {color: $c}}) { __typename } }`, "",
			[]string{"A", "Color", "Color.RED", "Node", "Query", "Query.find", "Query.find(where:)", "Where", "Where.and", "Where.color"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := walk.Selected(sdl, test.query, test.operation)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, slices.Sorted(maps.Keys(got))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSelectedRefusesWhatItCannotRead(t *testing.T) {
	for _, query := range []string{"{", "mutation { x }", "query A { hit { __typename } } query B { hit { __typename } }"} {
		if _, err := walk.Selected(sdl, query, ""); err == nil {
			t.Errorf("%s: no error", query)
		}
	}
}
