package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// filteredSchema is wideSchema as a data layer serves it: each type with a connection, filter and sort
// inputs, an enum of its fields, and relations that filters follow.
func filteredSchema(types, fields int) string {
	var b strings.Builder
	b.WriteString("interface Node { id: ID! }\ninput Op { eq: String in: [String] gt: String }\nenum Dir { ASC DESC }\ntype Query {\n")
	for t := range types {
		fmt.Fprintf(&b, "  t%d(id: Op, f2: Op, f3: Op): T%d\n  allT%d(filter: T%dFilterInput, sort: T%dSortInput, first: Int, after: String): T%dConnection!\n", t, t, t, t, t, t)
	}
	b.WriteString("}\n")
	for t := range types {
		next := (t + 1) % types
		fmt.Fprintf(&b, "type T%d implements Node {\n  id: ID!\n  next: T%d\n", t, next)
		for f := 2; f < fields; f++ {
			fmt.Fprintf(&b, "  f%d: String\n", f)
		}
		fmt.Fprintf(&b, "}\ntype T%dConnection { totalCount: Int! nodes: [T%d!]! edges: [T%dEdge!]! distinct(field: T%dFields!): [String!]! }\ntype T%dEdge { node: T%d cursor: String }\n", t, t, t, t, t, t)
		fmt.Fprintf(&b, "input T%dFilterInput {\n  AND: [T%dFilterInput!]\n  id: Op\n  next: T%dFilterInput\n", t, t, next)
		for f := 2; f < fields; f++ {
			fmt.Fprintf(&b, "  f%d: Op\n", f)
		}
		fmt.Fprintf(&b, "}\ninput T%dSortInput { fields: [T%dFields!] order: Dir }\nenum T%dFields {\n  id\n", t, t, t)
		for f := 2; f < fields; f++ {
			fmt.Fprintf(&b, "  f%d\n  next___f%d\n", f, f)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// BenchmarkGuards compiles and activates 6,000 output fields with 1,000 restricted coordinates, with and
// without guards.
func BenchmarkGuards(b *testing.B) {
	sdl, scopes := filteredSchema(300, 20), manyScopes(300, 20, 1_000, 50)
	for name, edit := range map[string]func(*scope.Layer){
		"without": func(l *scope.Layer) { l.GuardsOff = map[string]string{scope.AllGuards: "to compare"} },
		"with":    func(*scope.Layer) {},
	} {
		_, in := compile(b, sdl, scopes, edit)
		b.Run("compile/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d, err := engine.Compile(in)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(d.Guards)), "guards")
			}
		})
		draft, _ := compile(b, sdl, scopes, edit)
		b.Run("activate/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := draft.Activate(b.Context(), 1, engine.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("load-schema", func(b *testing.B) {
		for b.Loop() {
			if _, err := gql.LoadSchema("schema", sdl, gql.LoadOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
