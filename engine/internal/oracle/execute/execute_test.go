package execute_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/internal/oracle/execute"
)

const sdl = `
type Query { node: Node! nodes: [Node!]! find(where: Where, color: Color): A! hit: Hit! }
interface Base { id: ID! }
interface Node implements Base { id: ID! }
type A implements Node & Base { id: ID! a: B! }
type B implements Node & Base { id: ID! b: Int! }
union Hit = A | B
enum Color { RED GREEN }
input Where { color: Color and: [Where] n: Int }
`

func run(t *testing.T, query string, variables map[string]any, seed uint64) execute.Outcome {
	t.Helper()
	out, err := execute.Run(sdl, query, "", variables, seed)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func names(calls []execute.Call) []string {
	var out []string
	for _, c := range calls {
		out = append(out, c.Type+"."+c.Field)
	}
	return out
}

func TestRunIsDeterministic(t *testing.T) {
	query := `{ nodes { __typename id ... on B { b } ... on A { a { b } } } }`
	for seed := range uint64(20) {
		if diff := cmp.Diff(run(t, query, nil, seed), run(t, query, nil, seed)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestRunMeetsEveryPossibleTypeAndLength(t *testing.T) {
	seen := map[string]bool{}
	lengths := map[int]bool{}
	for seed := range uint64(60) {
		out := run(t, `{ node { __typename } nodes { id } }`, nil, seed)
		seen[out.Data["node"].(map[string]any)["__typename"].(string)] = true
		lengths[len(out.Data["nodes"].([]any))] = true
	}
	if diff := cmp.Diff(map[string]bool{"A": true, "B": true}, seen); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[int]bool{0: true, 1: true, 2: true, 3: true}, lengths); diff != "" {
		t.Error(diff)
	}
}

func TestRunSeesTheSameObjectsAfterPruning(t *testing.T) {
	whole := run(t, `{ x: nodes { id ... on B { b } ... on A { a { b id } } } }`, nil, 7)
	left := run(t, `{ x: nodes { id ...F } } fragment F on A { a { b } }`, nil, 7)
	for i, item := range left.Data["x"].([]any) {
		was := whole.Data["x"].([]any)[i].(map[string]any)
		if item.(map[string]any)["id"] != was["id"] {
			t.Errorf("item %d: %v became %v", i, was, item)
		}
	}
}

func TestRunAppliesSkipIncludeAndMergesKeys(t *testing.T) {
	out := run(t, `query ($no: Boolean! = false, $yes: Boolean!) {
		find { a @skip(if: $yes) { b } ... @include(if: $no) { id } x: a { b } x: a { id } }
		node @include(if: false) { id }
	}`, map[string]any{"yes": true}, 3)
	if diff := cmp.Diff([]string{"Query.find", "A.a", "B.b", "B.id"}, names(out.Calls)); diff != "" {
		t.Error(diff)
	}
	text, err := json.Marshal(out.Data)
	if err != nil || len(text) < 10 {
		t.Errorf("%s: %v", text, err)
	}
}

func TestRunReportsArgumentsWithAValue(t *testing.T) {
	out := run(t, `query ($c: Color, $w: Where, $none: Int) {
		find(color: $c, where: {and: [{color: GREEN, n: $none}, $w]}) { __typename }
	}`, map[string]any{"w": map[string]any{"and": map[string]any{"n": 1.0, "color": "RED"}}}, 3)
	want := []string{"Query.find(where:)", "Where", "Where.and", "Where", "Where.color", "Color", "Color.GREEN",
		"Where.and", "Where", "Where.color", "Color", "Color.RED", "Where.n", "Int"}
	if diff := cmp.Diff(want, out.Calls[0].Arguments); diff != "" {
		t.Error(diff)
	}
}

func TestTaintedNamesWhatWasTouched(t *testing.T) {
	calls := run(t, `{ find(color: RED) { id __typename } }`, nil, 1).Calls
	for _, coordinate := range []string{"A", "A.id", "Node", "Base", "Node.id", "Base.id", "ID", "Query", "Query.find(color:)", "Color.RED"} {
		found := execute.Tainted(calls, func(c string) bool { return c == coordinate })
		if len(found) == 0 {
			t.Errorf("%s: nothing is tainted", coordinate)
		}
	}
	for _, coordinate := range []string{"B", "A.a", "Hit", "A.__typename", "String", "Where"} {
		if found := execute.Tainted(calls, func(c string) bool { return c == coordinate }); len(found) > 0 {
			t.Errorf("%s: %v", coordinate, found)
		}
	}
	typename := run(t, `{ hit { __typename } }`, nil, 1).Calls
	if found := execute.Tainted(typename, func(c string) bool { return slices.Contains([]string{"A", "B"}, c) }); len(found) > 0 {
		t.Errorf("__typename alone: %v", found)
	}
}

func TestRunRefusesWhatItCannotRead(t *testing.T) {
	for _, query := range []string{"{", "mutation { x }", "query A { node { id } } query B { node { id } }"} {
		if _, err := execute.Run(sdl, query, "", nil, 1); err == nil {
			t.Errorf("%s: no error", query)
		}
	}
}
