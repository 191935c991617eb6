package gql_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/gql"
)

// variables decodes what a request would carry.
func variables(t testing.TB, text string) map[string]any {
	t.Helper()
	if text == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestR1Match(t *testing.T) {
	s := mustLoad(t, printSDL)
	for entry, want := range map[string][]string{
		"User":           {"User"},
		"User.*":         {"User.id", "User.label", "User.email", "User.friend", "User.node"},
		"*.email":        {"User.email"},
		"U*":             {"User"},
		"*":              {"Any", "JSON", "Node", "Query", "Shop", "User"}, // no enum, input, built-in or introspection type
		"String":         {"String"},
		"Str*":           nil,
		"In":             {"In"},
		"I*":             nil,
		"Level":          {"Level"},
		"Lev*":           nil,
		"Level.*":        {"Level.LOW", "Level.HIGH"},
		"*.HIGH":         {"Level.HIGH"},
		"In.*":           {"In.s", "In.n", "In.e", "In.in", "In.list"},
		"Query.echo(s:)": {"Query.echo(s:)"},
		"*.echo(*:)": {
			"Query.echo(s:)", "Query.echo(n:)", "Query.echo(i:)", "Query.echo(l:)", "Query.echo(o:)", "Query.echo(e:)",
		},
		"__Type":            nil,
		"__*":               nil,
		"Query.__schema":    nil,
		"Query.__*":         nil,
		"User.__typename":   nil,
		"Nope":              nil,
		"User.nope":         nil,
		"User.email(nope:)": nil,
	} {
		t.Run(entry, func(t *testing.T) {
			p, err := coord.ParsePattern(entry)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, id := range s.Match(p) {
				got = append(got, s.Name(id))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoadSchema(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		lenient bool
		want    string // of the error; "" loads
	}{
		"SDL":                        {text: "type Query { a: Int }"},
		"a renamed root":             {text: "schema { query: Q } type Q { a: Int }"},
		"built-ins spelled out":      {text: "scalar Int scalar String type Query { a: Int }"},
		"a byte order mark":          {text: "\ufefftype Query { a: Int }"},
		"an extension":               {text: "type Query { a: Int } extend type Query { b: Int }"},
		"@stream already defined":    {text: "directive @stream(if: Boolean) on FIELD type Query { a: Int }"},
		"an undefined directive":     {text: "type Query { a: Int @cost(n: 1) }", want: "s.graphql:1:22: Undefined directive cost.; `validation: {schema: lenient}` in layer.yaml takes such a schema"},
		"the same, leniently":        {text: "type Query @x { a(b: Int @y): Int @cost(n: 1) } enum E @z { V @w }", lenient: true},
		"a field twice":              {text: "type Query { a: Int\n a: String }", want: "s.graphql:2:2: Field Query.a can only be defined once.; `validation: {schema: lenient}` in layer.yaml takes such a schema"},
		"the same, leniently, first": {text: "type Query { a: Int a: String }", lenient: true},
		"a type twice":               {text: "type Query { a: Int } type Query { b: Int }", lenient: true, want: "s.graphql:1:28: Cannot redeclare type Query."},
		"an undefined type":          {text: "type Query { a: Nope }", want: "s.graphql:1:17: Undefined type Nope."},
		"no query type":              {text: "type A { a: Int }", want: "s.graphql: the schema has no query type: name it in `schema { query: ... }` or define `type Query`"},
		"nothing":                    {text: "", want: "s.graphql: the schema has no query type: name it in `schema { query: ... }` or define `type Query`"},
		"a syntax error":             {text: "type Query {\n  a Int\n}", want: "s.graphql:2:5: Expected :, found Name"},
		"other JSON":                 {text: `{"a": 1}`, want: "s.graphql: no `__schema` with a `queryType` in it; expected the JSON answer to an introspection query"},
		"broken JSON":                {text: `{"a": `, want: "s.graphql: not JSON: unexpected end of JSON input; expected the JSON answer to an introspection query"},
		"introspection JSON": {text: `{"data":{"__schema":{"queryType":{"name":"Q"},"types":[{"kind":"OBJECT","name":"Q","fields":[
			{"name":"a","description":"says \"hi\"\n","args":[{"name":"x","type":{"kind":"SCALAR","name":"Int"},"defaultValue":"3"}],
			 "type":{"kind":"NON_NULL","ofType":{"kind":"LIST","ofType":{"kind":"SCALAR","name":"Int"}}},"isDeprecated":true,"deprecationReason":"old"}]}],"directives":[]}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := gql.LoadSchema("s.graphql", c.text, gql.LoadOptions{Lenient: c.lenient})
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				again, err := gql.LoadSchema("again", s.SDL(), gql.LoadOptions{})
				if err != nil {
					t.Fatalf("its own SDL does not load: %v\n%s", err, s.SDL())
				}
				if diff := cmp.Diff(s.Names(), again.Names()); diff != "" {
					t.Error(diff)
				}
				return
			}
			var e *gql.SchemaError
			if !errors.As(err, &e) || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

// TestLimits: a document at a limit is decided, one beyond it is refused with the limit's name.
func TestLimits(t *testing.T) {
	s := mustLoad(t, attackSDL)
	limits := gql.Limits{Tokens: 100, Depth: 5, Fields: 20, RootFields: 4}
	rep := strings.Repeat
	for name, c := range map[string]struct {
		at, beyond string
		limit      string
	}{
		"tokens":                  {"{ q { f(y: \"\") " + rep("@a ", 44) + "} }", "{ q { f(y: \"\") " + rep("@a ", 45) + "} }", "tokens"},
		"comments are not tokens": {"{ s } " + rep("# x\n", 300), "{ s } " + rep("# x\n", 300) + rep("query ", 99), "tokens"},
		"commas are not tokens":   {"{ s" + rep(",", 300) + "}", "{ s" + rep(",", 300) + rep("@a ", 50) + "}", "tokens"},
		"depth":                   {"{ q { q { q { q { s } } } } }", "{ q { q { q { q { q { s } } } } } }", "depth"},
		"depth through fragments": {
			"{ q { ...F } } fragment F on Query { q { ... { q { q { s } } } } }",
			"{ q { ...F } } fragment F on Query { q { ... { q { q { q { s } } } } } }", "depth",
		},
		"depth of a value": {
			"{ n(a: {in: {in: {in: {in: {a: 1}}}}}) { id } }",
			"{ n(a: {in: {in: {in: {in: {in: {a: 1}}}}}}) { id } }", "depth",
		},
		"depth of a default": {
			"query($v: In = {in: {in: {in: {in: {a: 1}}}}}) { n(a: $v) { id } }",
			"query($v: In = {in: {in: {in: {in: {in: {a: 1}}}}}}) { n(a: $v) { id } }", "depth",
		},
		"fields": {"{ q {" + rep(" s", 19) + "} }", "{ q {" + rep(" s", 20) + "} }", "fields"},
		"fields through fragments": {
			"{ q { ...F ...F ...F } } fragment F on Query { a: s b: s c: s d: s e: s f: s }",
			"{ q { ...F ...F ...F ...F } } fragment F on Query { a: s b: s c: s d: s e: s }", "fields",
		},
		"root fields": {"{ a: s b: s ... { c: s } d: s }", "{ a: s b: s ... { c: s e: s } d: s }", "root_fields"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := gql.Settings{Limits: limits, Directives: []string{"a"}}
			if _, errs := s.Compile(c.at, "", settings); errs != nil {
				t.Errorf("at the limit: %v", errs)
			}
			_, errs := s.Compile(c.beyond, "", settings)
			if !errs.Has(gql.CodeLimit) || !strings.Contains(errs.Error(), fmt.Sprintf("%q", c.limit)) {
				t.Errorf("beyond the limit: %v", errs)
			}
		})
	}
}

func TestLimitOnVariableDepth(t *testing.T) {
	s := mustLoad(t, attackSDL)
	op, errs := s.Compile("query($v: In) { n(a: $v) { id } }", "", gql.Settings{Limits: gql.Limits{Depth: 5}})
	if errs != nil {
		t.Fatal(errs)
	}
	nested := func(n int) map[string]any {
		return variables(t, `{"v":`+strings.Repeat(`{"in":`, n)+`null`+strings.Repeat(`}`, n)+`}`)
	}
	if _, errs := op.Bind(nested(5)); errs != nil {
		t.Errorf("at the limit: %v", errs)
	}
	if _, errs := op.Bind(nested(6)); !errs.Has(gql.CodeLimit) {
		t.Errorf("beyond the limit: %v", errs)
	}
}

func TestOverlappingFields(t *testing.T) {
	s := mustLoad(t, `type Query { a: A n: N u: U f(x: Int): Int g: Int! }
	interface N { id: ID! } type A implements N { id: ID! v: String l: [String] a: A }
	type B implements N { id: ID! v: String! l: String a: A } union U = A | B`)
	for query, valid := range map[string]bool{
		"{ a { id id } a { v } }":                                             true,
		"{ x: f(x: 1) x: f(x: 1) }":                                           true,
		"{ x: f(x: 1) x: f(x: 2) }":                                           false,
		"{ x: f(x: 1) x: f }":                                                 false,
		"{ x: f x: g }":                                                       false,
		"{ u { ... on A { x: v } ... on B { x: id } } }":                      false, // nullability
		"{ u { ... on A { x: id } ... on B { x: id } } }":                     true,
		"{ u { ... on A { l } ... on B { l } } }":                             false, // list and not
		"{ u { ... on A { a { x: v } } ... on B { a { x: v } } } }":           true,
		"{ u { ... on A { a { x: v } } ... on B { a { x: id } } } }":          false,
		"{ u { ... on A { a { x: v } } ... on B { a { y: id } } } }":          true,
		"{ n { id ... on A { id: v } } }":                                     false,
		"{ a { a { x: v } } a { a { x: l } } }":                               false,
		"{ a { a { x: v } } ...F } fragment F on Query { a { a { x: id } } }": false,
	} {
		t.Run(query, func(t *testing.T) {
			_, errs := s.Compile(query, "", gql.Settings{})
			if (errs == nil) != valid {
				t.Errorf("got %v, want valid %v", errs, valid)
			}
			if _, errs := s.Compile(query, "", gql.Settings{IgnoreOverlap: true}); errs != nil {
				t.Errorf("with the rule off: %v", errs)
			}
		})
	}
}

// Nobody could say who may read what is of them, and they have no coordinates to look up.
func TestR1TypesOfIntrospectionAreNotASchemasOwn(t *testing.T) {
	for use, sdl := range map[string]string{
		"a field":          "type Query { a: [__Type!] }",
		"an argument":      "type Query { a(kind: __TypeKind): Int }",
		"an input field":   "type Query { a(in: In): Int } input In { kind: __TypeKind }",
		"a union":          "type Query { a: U } type A { b: Int } union U = A | __Type",
		"a directive":      "directive @d(kind: __TypeKind) on FIELD type Query { a: Int }",
		"an unused object": "type Query { a: Int } type B { b: __Schema }",
	} {
		_, err := gql.LoadSchema("schema.graphql", sdl, gql.LoadOptions{})
		var schema *gql.SchemaError
		if !errors.As(err, &schema) || !strings.Contains(err.Error(), "__") {
			t.Errorf("%s: got %v", use, err)
		}
	}
}
