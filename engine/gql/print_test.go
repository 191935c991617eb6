package gql_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/gql"
)

const printSDL = `
directive @inContext(country: String, level: Level) on QUERY | FIELD | INLINE_FRAGMENT | FRAGMENT_SPREAD | FRAGMENT_DEFINITION
type Query { me: User node: Node any: Any echo(s: String, n: Float, i: Int, l: [Int], o: In, e: Level): String }
interface Node { id: ID! label: String }
type User implements Node { id: ID! label: String! email: String friend: User node: Node }
type Shop implements Node { id: ID! label: String tax: String }
union Any = User | Shop
input In { s: String n: Float e: Level in: In list: [In!] }
enum Level { LOW HIGH }
scalar JSON
`

// holderSDL has an interface that no type implements, where a narrower type returns it.
const holderSDL = `
extend type Query { holder: Holder }
interface Holder { held: Tagged }
interface Tagged { tag(i: Int): ID }
interface Absent implements Tagged { tag(i: Int): ID }
type Holding implements Holder { held: Absent }
type Other implements Holder { held: Tagged }
type Tag implements Tagged { tag(i: Int): ID }
`

// without returns everything in the schema but the named coordinates.
func without(t testing.TB, s *gql.Schema, names ...string) gql.Set {
	t.Helper()
	denied := map[string]bool{}
	for _, n := range names {
		if _, ok := s.Lookup(n); !ok {
			t.Fatalf("no coordinate %s", n)
		}
		denied[n] = true
	}
	out := gql.NewSet(s.Len())
	for id, name := range s.Names() {
		if !denied[name] {
			out.Add(gql.ID(id))
		}
	}
	return out
}

func TestR17Reprint(t *testing.T) {
	for name, c := range map[string]struct {
		query, operation string
		variables        string
		denied           []string
		narrow           bool
		want, sent       string
	}{
		"canonical text": {
			query: "query  Q ( $a : Int = 1 ) { e : echo ( i : $a , s : \"x\" ) # note\n me { ... { id } ...F } } fragment F on User { label }",
			want:  `query Q($a: Int = 1) { e: echo(i: $a, s: "x") me { id label } }`,
		},
		"strings keep their value": {
			query: `{ a: echo(s: "q\" \\ \n \u00e9 \u2028 é 🐟 \/ \u0007") b: echo(s: """block "quoted"
			  \""" end""") }`,
			want: "{ a: echo(s: \"q\\\" \\\\ \\n é \u2028 é 🐟 / \\u0007\") b: echo(s: \"block \\\"quoted\\\"\\n\\\"\\\"\\\" end\") }",
		},
		"block strings have the value of the specification": {
			query: "{ a: echo(s: \"éé\") # é \"\"\" é\n b: echo(s: \"\"\"\n\n    first\r\n      second\n\t\n    \"\"\") c: echo(s: \"\"\"one\n    two\n      three\"\"\") d: echo(s: \"\"\"\"\"\") }",
			want:  `{ a: echo(s: "éé") b: echo(s: "first\n  second") c: echo(s: "one\ntwo\n  three") d: echo(s: "") }`,
		},
		"numbers keep their digits": {
			query: "{ a: echo(n: 1.10e-3) b: echo(i: -0) c: echo(n: 9007199254740993) d: echo(l: [1, 2]) }",
			want:  "{ a: echo(n: 1.10e-3) b: echo(i: -0) c: echo(n: 9007199254740993) d: echo(l: [1,2]) }",
		},
		"only the variables that are used": {
			query:     "query($a: Int, $b: Int, $unused: String = \"x\") { me { id } echo(i: $a) other: echo(i: $b) @skip(if: true) }",
			variables: `{"a": 9007199254740993, "b": 2, "unused": "y", "undeclared": 1}`,
			want:      "query($a: Int, $b: Int) { me { id } echo(i: $a) other: echo(i: $b) @skip(if: true) }",
			sent:      `{"a":9007199254740993,"b":2}`,
		},
		"a variable that went with a denied field": {
			query:     "query($a: Int, $b: Boolean!) { echo(i: $a) me { email @include(if: $b) id } }",
			variables: `{"a": 1, "b": true}`,
			denied:    []string{"User.email"},
			want:      "query($a: Int) { echo(i: $a) me { id } }",
			sent:      `{"a":1}`,
		},
		"a variable that went with a fragment of which nothing is left": {
			query:     "query($a: Int, $b: Boolean!) { echo(i: $a) me { id ... @include(if: $b) { email } } }",
			variables: `{"a": 1, "b": true}`,
			denied:    []string{"User.email"},
			want:      "query($a: Int) { echo(i: $a) me { id } }",
			sent:      `{"a":1}`,
		},
		"R12 a variable that went with a set on a type that nothing has": {
			query:     "query($a: Int) { holder { held { tag(i: $a) } } }",
			variables: `{"a": 1}`,
			denied:    []string{"Other.held"}, narrow: true,
			want: "{ holder { ... on Holding { __fieldgate_7_Holding_held: held { __fieldgate: __typename } } } }",
		},
		"R9 only the operation that runs": {
			query: "query A { me { id } } query B { me { ...F } } fragment F on User { label } fragment G on Shop { tax }", operation: "B",
			want: "query B { me { label } }",
		},
		"R8 @defer and @stream go, the rest stays": {
			query: "query($c: Boolean!) @inContext(country: \"DE\") { me { ... @defer(if: $c, label: \"x\") { id } ...F @defer friend @skip(if: $c) { id } } } fragment F on User { label }",
			want:  "query($c: Boolean!) @inContext(country: \"DE\") { me { id label friend @skip(if: $c) { id } } }",
		},
		"R15 nothing left under an allowed field": {
			query: "{ me { friend { email } } }", denied: []string{"User.email"},
			want: "{ me { friend { __fieldgate: __typename } } }",
		},
		"R10 a fragment on a restricted type goes": {
			query: "{ any { ... on Shop { tax } ... on User { email } } }", denied: []string{"Shop"},
			want: "{ any { ... on User { email } } }",
		},
		"R11 a field on an interface needs every type": {
			query: "{ node { id ... on User { label } } me { id } }", denied: []string{"Shop.id"},
			want: "{ node { ... on User { label } } me { id } }",
		},
		"R12 what is repeated is narrowed once": {
			query: "{ node { id id ... { id } ... on Node { id } l: id id @skip(if: false) } me { id id } me { id id } }", denied: []string{"Shop.id"}, narrow: true,
			want: "{ node { ... on User { id } ... on User { l: id id @skip(if: false) } } me { id } }",
		},
		"R12 a field on an interface is narrowed": {
			query: "{ node { id } me { id } }", denied: []string{"Shop.id"}, narrow: true,
			want: "{ node { ... on User { id } } me { id } }",
		},
		"R12 another nullability gets a reserved key": {
			query: "{ node { l: label } }", denied: []string{"Shop.label"}, narrow: true,
			want: "{ node { ... on User { __fieldgate_4_User_l: label } } }",
		},
		"R13 introspection is not sent": {
			query: "{ __schema { types { name } } me { __typename } __type(name: \"User\") { name } }",
			want:  "{ me { __typename } }",
		},
		"introspection alone leaves nothing to send": {
			query: "{ __schema { types { name } } }",
		},
		"denied everywhere leaves nothing to send": {
			query: "{ me { id } }", denied: []string{"User"},
		},
		"R15 a mutation is never pruned": {
			query: "{ me { id } }", denied: []string{"Query.me"},
		},
		"a denied writing takes away the others": {
			query: "{ me { id } a: echo ... on Query { me { friend { email } } } node { id } node { __typename } }", denied: []string{"Shop.id", "Shop"},
			want: "{ me { id } a: echo me { friend { email } } }",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustLoad(t, printSDL+holderSDL)
			settings := gql.Settings{Narrow: c.narrow, Directives: []string{"inContext"}}
			op, errs := s.Compile(c.query, c.operation, settings)
			if errs != nil {
				t.Fatal(errs)
			}
			bound, errs := op.Bind(variables(t, c.variables))
			if errs != nil {
				t.Fatal(errs)
			}
			forward, errs := bound.Decide(without(t, s, c.denied...)).Forward()
			if errs != nil {
				t.Fatal(errs)
			}
			if diff := cmp.Diff(c.want, forward.Query); diff != "" {
				t.Error(diff)
			}
			if c.sent != "" {
				sent, err := json.Marshal(forward.Variables)
				if err != nil || string(sent) != c.sent {
					t.Errorf("variables %s, want %s (%v)", sent, c.sent, err)
				}
			}
		})
	}
}
