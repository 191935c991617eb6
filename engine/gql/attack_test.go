package gql_test

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine/gql"
)

const attackSDL = `
directive @b(y: String) on FIELD
directive @a repeatable on FIELD | QUERY | INLINE_FRAGMENT | FRAGMENT_SPREAD
type Query { s: String  q: Query  n(a: In, b: [In]): Node  u: U  list: [Query] f(x: Int, y: String): Int }
input In { a: Int  in: In  list: [In!] }
interface Node { id: ID  n: Node s: String }
type A implements Node { id: ID  n: Node a: A s: String }
type B implements Node { id: ID  n: Node b: B s: String }
union U = A | B
`

// attacks are documents that cost some GraphQL server dearly. Each is within the body limit.
func attacks() map[string]string {
	rep := strings.Repeat
	chain := func(n, fan int) string {
		var b strings.Builder
		b.WriteString("{ ...F0 }")
		for i := range n {
			fmt.Fprintf(&b, " fragment F%d on Query { s %s }", i, rep(fmt.Sprintf("q { ...F%d } ", i+1), fan))
		}
		fmt.Fprintf(&b, " fragment F%d on Query { s }", n)
		return b.String()
	}
	spreads := func(n, fan int) string {
		var b strings.Builder
		b.WriteString("{ ...F0 }")
		for i := range n {
			fmt.Fprintf(&b, " fragment F%d on Query { s %s }", i, rep(fmt.Sprintf("...F%d ", i+1), fan))
		}
		fmt.Fprintf(&b, " fragment F%d on Query { s }", n)
		return b.String()
	}
	numbered := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	return map[string]string{
		"10,000 repeated leaves":                "{" + rep("s ", 9990) + "}",
		"1,990 repeated leaves":                 "{ q {" + rep("s ", 1990) + "} }",
		"1,990 leaves with aliases":             "{ q {" + numbered(1990, "a%d: s ") + "} }",
		"repeated nested selections":            "{ q {" + rep("q { s s } ", 600) + "} }",
		"nested 30 deep, each level thrice":     rep("{ q { s } q { s } q ", 25) + "{ s }" + rep("}", 25),
		"pairs on two types, 28 deep":           "{ n " + rep("{ ... on A { n { id } } ... on B { n { id } } n ", 26) + "{ id }" + rep("}", 26) + "}",
		"conflicting aliases":                   "{ q {" + numbered(990, "x: f(x: %d) ") + "} }",
		"nested 1,000 deep":                     rep("{ q ", 999) + "{ s }" + rep("}", 999),
		"nested 5,000 deep":                     rep("{ q ", 2400) + "{ s }" + rep("}", 2400),
		"100,000 directives":                    "{ s " + rep("@a ", 100_000) + "}",
		"4,900 directives":                      "{ s " + rep("@a ", 4900) + "}",
		"4,900 skips":                           "{ s " + rep("@skip(if:true)", 1600) + "}",
		"1,600 unknown directives":              "{ s " + numbered(3000, "@d%d ") + "}",
		"fragment cycle":                        "{ ...A } fragment A on Query { s ...B } fragment B on Query { q { ...A } }",
		"fragment on itself":                    "{ ...A } fragment A on Query { ...A }",
		"fan-out 2^20":                          chain(20, 2),
		"fan-out 10^8":                          chain(8, 10),
		"fan-out of spreads 2^60":               spreads(60, 2),
		"chain of 900 fragments":                spreads(900, 1),
		"900 fragments, each spread everywhere": "{ " + numbered(700, "...G%d ") + "} " + numbered(700, "fragment G%d on Query { s } "),
		"the longer of two with one name":       "{ s } fragment F on Query { " + rep("s ", 4900) + "} " + numbered(600, "fragment G%d on Query { ...F } ") + "fragment F on Query { s }",
		"unused fragment chain":                 "{ s } " + strings.TrimPrefix(spreads(900, 1), "{ ...F0 }"),
		"1 MB of commas":                        "{ s " + rep(",", 1<<20-16) + "}",
		"1 MB of comments":                      "{ s " + rep("#\n", 1<<19-16) + "}",
		"1 MB comment":                          "{ s #" + rep("x", 1<<20-16) + "\n}",
		"1 MB string":                           `{ f(y: "` + rep("x", 1<<20-32) + `") }`,
		"1 MB block string":                     `{ f(y: """` + rep("x\n", 1<<19-32) + `""") }`,
		"deep list value":                       "{ n(a: " + rep("[", 900) + rep("]", 900) + ") { id } }",
		"deep object value":                     "{ n(a: " + rep("{in: ", 900) + "{a: 1}" + rep("}", 900) + ") { id } }",
		"wide object values":                    "{ n(b: [" + rep("{a: 1},", 1600) + "]) { id } }",
		"2,400 variables":                       "query(" + numbered(2400, "$v%d: Int ") + ") { s }",
		"1,200 variables, each used":            "query(" + numbered(1200, "$v%d: Int ") + ") { q { " + numbered(900, "x%[1]d: f(x: $v%[1]d) ") + "} }",
		"1,500 operations":                      numbered(1500, "query Q%d { s } "),
		"3,000 unknown fields":                  "{ q { " + numbered(1900, "zz%d ") + "} }",
		"1,600 unknown arguments":               "{ f(" + numbered(3000, "zz%d: 1 ") + ") }",
		"1,100 inline fragments on two types":   "{ n { " + rep("... on A { id s } ... on B { id s } ", 480) + "} }",
		"introspection fan-out":                 "{ __schema { " + rep("types { fields { type { ", 3) + "name" + rep(" } } }", 3) + " } }",
		"quotes":                                "{ f(y: " + rep(`""`, 4000) + ") }",
		"names of 1 MB":                         "{ " + rep("s", 1<<20-16) + " }",
		"a long string, spread often":           "{ q { " + rep("...F ", 1900) + `} } fragment F on Query { f(y: "` + rep("x", 1<<19) + `") }`,
		"a long string, spread under aliases":   "{ q { " + numbered(900, "a%d: q { ...F } ") + `} } fragment F on Query { f(y: "` + rep("x", 1<<19) + `") }`,
		"a long string of quotes, spread often": "{ q { " + rep("...F ", 1900) + `} } fragment F on Query { f(y: "` + rep(`\"`, 1<<18) + `") }`,
		"a long value of a directive, repeated": "{ q { " + rep("...F @include(if: true) ", 900) + `} } fragment F on Query { s @b(y: "` + rep("x", 1<<19) + `") }`,
		"a wide value, spread often":            "{ q { " + numbered(650, "a%d: q { ...F } ") + "} } fragment F on Query { n(b: [" + rep("{a: 1},", 800) + "]) { id } }",
		"a wide value, spread as it is":         "{ q { " + rep("...F ", 1900) + "} } fragment F on Query { n(b: [" + rep("{a: 1},", 900) + "]) { id } }",
		"variable default, used often":          "query($v: [In] = [" + rep("{a: 1},", 900) + "]) { q { " + numbered(350, "a%d: n(b: $v) { id } ") + "} }",
		"a wide value, spread 100 times":        "{ q { " + rep("...F ", 100) + "} } fragment F on Query { n(b: [" + rep("{a: 1},", 1500) + "]) { id } }",
		"a long key above many fields":          "{ " + rep("k", 1<<19) + ": q { " + numbered(1900, "a%d: s ") + "} }",
		"long keys, nested":                     numbered(29, "{ "+rep("k", 30_000)+"%d: q ") + "{ " + numbered(1900, "a%d: s ") + "}" + rep("}", 29),
		"variable default, wide":                "query($v: [In] = [" + rep("{a: 1},", 1600) + "]) { n(b: $v) { id } }",
	}
}

// A document within the limits is meant to cost tens of milliseconds and tens of megabytes. These are
// ten times that, of processor time, which other processes do not change.
const (
	attackTime  = 500 * time.Millisecond
	attackBytes = 500 << 20
)

func TestAttackDocumentsAreCheap(t *testing.T) {
	schema := mustLoad(t, attackSDL)
	all := everything(schema)
	for name, text := range attacks() {
		t.Run(name, func(t *testing.T) {
			if len(text) > 1<<20 {
				t.Fatalf("the document has %d bytes: it would not pass the body limit", len(text))
			}
			wantCheap(t, schema, all, text)
		})
	}
}

func wantCheap(t *testing.T, s *gql.Schema, readable gql.Set, text string) {
	t.Helper()
	for _, narrow := range []bool{false, true} {
		settings := gql.Settings{Narrow: narrow, Directives: []string{"a", "b"}}
		spent, bytes := cost(t, func() { decideAll(s, readable, text, settings) })
		t.Logf("narrow %v: %v, %d KiB", narrow, spent.Round(10*time.Microsecond), bytes>>10)
		if raceDetector {
			continue // it multiplies the cost
		}
		if spent > attackTime || bytes > attackBytes {
			t.Errorf("narrow %v: took %v and %d MiB", narrow, spent, bytes>>20)
		}
	}
}

// cost returns the processor time that f takes, collecting its garbage included, and what it allocates.
func cost(t *testing.T, f func()) (time.Duration, uint64) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := processorTime(t)
	f()
	spent := processorTime(t) - start
	runtime.ReadMemStats(&after)
	return spent, after.TotalAlloc - before.TotalAlloc
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// decideAll compiles, decides with everything readable and with nothing readable, prints and explains.
func decideAll(s *gql.Schema, all gql.Set, text string, settings gql.Settings) {
	op, errs := s.Compile(text, "", settings)
	if errs != nil {
		_ = s.View(all, settings).Validate(text, "", nil, settings) // what a refused document costs besides
		return
	}
	bound, errs := op.Bind(nil)
	if errs != nil {
		return
	}
	for _, readable := range []gql.Set{all, gql.NewSet(s.Len())} {
		d := bound.Decide(readable)
		_, _ = d.Forward()
		d.Details()
	}
}

func mustLoad(t testing.TB, sdl string) *gql.Schema {
	t.Helper()
	s, err := gql.LoadSchema("schema.graphql", sdl, gql.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func everything(s *gql.Schema) gql.Set {
	all := gql.NewSet(s.Len())
	for id := range s.Len() {
		all.Add(gql.ID(id))
	}
	return all
}

// wideSDL has an interface with many implementers, as unified data layers do.
func wideSDL(types int) string {
	var b strings.Builder
	b.WriteString("type Query { node: Node all: [Node!]! } interface Node { id: ID node: Node nodes(first: Int): [Node] }")
	for i := range types {
		fmt.Fprintf(&b, " type T%d implements Node { id: ID%s node: Node nodes(first: Int): [Node] own: String }", i, strings.Repeat("!", i%2))
	}
	return b.String()
}

func TestAttackOnWideInterfaceIsCheap(t *testing.T) {
	const types = 500
	schema := mustLoad(t, wideSDL(types))
	var fragments, aliases, deep strings.Builder
	for i := range 1200 {
		fmt.Fprintf(&fragments, "... on T%d { own } ", i%types)
		fmt.Fprintf(&aliases, "a%d: id ", i)
	}
	for range 25 {
		deep.WriteString("{ id node { id } nodes(first: 1) ")
	}
	half := gql.NewSet(schema.Len())
	for id := range schema.Len() {
		if c := schema.Coordinate(gql.ID(id)); !strings.HasSuffix(c.Type, "7") && (c.Member != "id" || !strings.HasSuffix(c.Type, "4")) {
			half.Add(gql.ID(id))
		}
	}
	for name, text := range map[string]string{
		"a fragment on each type": "{ node { " + fragments.String() + "} }",
		"1,200 aliases":           "{ node { " + aliases.String() + "} }",
		"aliases on list":         "{ all { " + aliases.String() + "} }",
		"deep":                    "{ node " + deep.String() + "{ id }" + strings.Repeat("}", 25) + "}",
		"unknown types":           "{ node { " + strings.ReplaceAll(fragments.String(), "on T", "on X") + "} }",
	} {
		t.Run(name, func(t *testing.T) {
			wantCheap(t, schema, half, text)
		})
	}
}

// A variable's value is in the body as well: what it costs must not be multiplied by how often the
// document uses it.
func TestAttackVariablesAreCheap(t *testing.T) {
	schema := mustLoad(t, attackSDL)
	nothing, all := gql.NewSet(schema.Len()), everything(schema)
	withoutIn := gql.NewSet(schema.Len())
	for id := range schema.Len() {
		if schema.Coordinate(gql.ID(id)).Type != "In" {
			withoutIn.Add(gql.ID(id))
		}
	}
	small := strings.TrimSuffix(strings.Repeat(`{"a":1},`, 100_000), ",")
	nested := strings.Repeat(`{"in":`, 28) + `{"list":[` + small + "]}" + strings.Repeat("}", 28)
	var lists, objects strings.Builder
	for i := range 750 {
		fmt.Fprintf(&lists, "a%d: n(b: $v) { id } ", i)
		fmt.Fprintf(&objects, "a%d: n(a: $v) { id } ", i)
	}
	for name, c := range map[string]struct{ query, value string }{
		"a long list, used often":     {"query($v: [In]) { q { " + lists.String() + "} }", "[" + small + "]"},
		"a deep object, used often":   {"query($v: In) { q { " + objects.String() + "} }", nested},
		"a long list, nested in each": {"query($v: [In!]) { n(b: [" + strings.Repeat("{list: $v} ", 1500) + "]) { id } }", "[" + small + "]"},
	} {
		if len(c.query)+len(c.value) > 1<<20 {
			t.Fatalf("%s: %d bytes would not pass the body limit", name, len(c.query)+len(c.value))
		}
		values := variables(t, `{"v": `+c.value+`}`)
		for which, readable := range map[string]gql.Set{"nothing": nothing, "everything": all, "all but the input": withoutIn} {
			t.Run(name+"/"+which+" is readable", func(t *testing.T) {
				spent, bytes := cost(t, func() {
					op, errs := schema.Compile(c.query, "", gql.Settings{})
					if errs != nil {
						t.Fatal(errs)
					}
					bound, errs := op.Bind(values)
					if errs != nil {
						t.Fatal(errs)
					}
					d := bound.Decide(readable)
					_, _ = d.Forward()
					d.Details()
				})
				t.Logf("%v, %d KiB", spent.Round(10*time.Microsecond), bytes>>10)
				if !raceDetector && (spent > attackTime || bytes > attackBytes) {
					t.Errorf("took %v and %d MiB", spent, bytes>>20)
				}
			})
		}
	}
}
