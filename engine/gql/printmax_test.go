package gql_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine/gql"
)

// TestNarrowingStopsAtItsLimit selects much that each narrows to a large text: what is too large for an upstream is not made
// first, however it is written.
func TestNarrowingStopsAtItsLimit(t *testing.T) {
	const types = 32
	var sdl strings.Builder
	sdl.WriteString("type Query { node: Node }\ninterface Node { id: ID up: Node }\ntype Hidden implements Node { id: ID up: Node }\n")
	for i := range types {
		fmt.Fprintf(&sdl, "type T%d implements Node { id: ID up: Node }\n", i)
	}
	s := mustLoad(t, sdl.String())
	for name, test := range map[string]struct {
		format  string
		refused bool
	}{
		"runs":       {" a%d: up { up { id } } __typename", true},
		"neighbours": {" a%d: up { up { id } }", true},
		"repeated":   {" up { up { id } } __typename n%d: __typename", false}, // it is sent once
	} {
		t.Run(name, func(t *testing.T) {
			var query strings.Builder
			query.WriteString("{ node {")
			for i := range 390 {
				fmt.Fprintf(&query, test.format, i)
			}
			op, errs := s.Compile(query.String()+" } }", "", gql.Settings{Narrow: true})
			if errs != nil {
				t.Fatal(errs)
			}
			bound, errs := op.Bind(nil)
			if errs != nil {
				t.Fatal(errs)
			}
			d := bound.Decide(without(t, s, "Hidden"))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, errs = d.Forward()
			runtime.ReadMemStats(&after)
			if refused := len(errs) == 1 && errs[0].Code == gql.CodeLimit; refused != test.refused || !refused && errs != nil {
				t.Errorf("got %v", errs)
			}
			if made := (after.TotalAlloc - before.TotalAlloc) >> 20; made > 128 {
				t.Errorf("%d MiB were made of a text of at most 1", made)
			}
		})
	}
}
