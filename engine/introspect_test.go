package engine_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

const introspectedSchema = `"A shop"
schema { query: Query }
"What can be asked"
type Query { product(id: ID = "1", filter: Filter, old: Int @deprecated): Product node(id: ID!): Node search: [Hit!]! }
interface Node { id: ID! }
type Product implements Node { id: ID! name: String cost: Int margin: Int @deprecated(reason: "use cost") when: Date size: Size }
type Secret implements Node { id: ID! code: String }
union Hit = Product | Secret
input Filter @oneOf { name: String cost: Int size: Size = SMALL }
enum Size { SMALL LARGE @deprecated }
scalar Date @specifiedBy(url: "https://example.com/date")
`

func introspectable(t testing.TB, settings string) *engine.Snapshot {
	t.Helper()
	repository, problems := scope.ParseRepository(map[string][]byte{
		"layer.yaml": []byte("data_layer: shop\n" + settings), "schema.graphql": []byte(introspectedSchema),
		"scopes/finance.yaml": []byte("scope: finance\nfields: [Product.cost, Product.margin, Filter.cost, Secret]\n"),
	})
	if problems != nil {
		t.Fatal(problems)
	}
	l := repository.Layers[0]
	draft, err := engine.Compile(engine.Input{Layer: l.Layer, SchemaFile: l.Schema.Path, Schema: string(l.Schema.Source), Scopes: l.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	s, err := draft.Activate(t.Context(), 1, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// introspect answers the introspection in a query as one JSON object.
func introspect(t testing.TB, s *engine.Snapshot, sub engine.Subject, query string, variables map[string]any) (string, gql.Errors) {
	t.Helper()
	v, err := s.Decide(t.Context(), engine.Request{Subject: sub, Query: query, Variables: variables})
	if err != nil || v.Errors() != nil {
		t.Fatal(err, v.Errors())
	}
	list, errs, err := v.Introspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	parts := make([]string, len(list))
	for i, one := range list {
		parts[i] = `"` + one.Key + `":` + string(one.Value)
	}
	out := "{" + strings.Join(parts, ",") + "}"
	if !json.Valid([]byte(out)) {
		t.Fatalf("not JSON: %s", out)
	}
	return out, errs
}

const wholeSchema = `query Introspection { __schema { description queryType { name } mutationType { name } subscriptionType { name }
  types { kind name description specifiedByURL isOneOf
    fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...Input } type { ...Type } isDeprecated deprecationReason }
    inputFields(includeDeprecated: true) { ...Input } interfaces { kind name }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { kind name } }
  directives { name description locations isRepeatable args(includeDeprecated: true) { ...Input } } } }
fragment Input on __InputValue { name description type { ...Type } defaultValue isDeprecated deprecationReason }
fragment Type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`

// What is introspected makes the schema that the view prints, and nothing hidden is in it.
func TestR13IntrospectionIsTheView(t *testing.T) {
	s := introspectable(t, "")
	for name, sub := range map[string]engine.Subject{
		"no scope": {}, "finance": {Scopes: []string{"finance"}}, "unrestricted": {Unrestricted: true},
	} {
		t.Run(name, func(t *testing.T) {
			answer, errs := introspect(t, s, sub, wholeSchema, nil)
			if errs != nil {
				t.Fatal(errs)
			}
			view, err := s.View(t.Context(), sub)
			if err != nil {
				t.Fatal(err)
			}
			same := load(t, "view", view.SDL()).SDL()
			got := load(t, "introspected", answer).SDL()
			if diff := cmp.Diff(types(same), types(got)); diff != "" {
				t.Error(diff)
			}
			if again, _ := introspect(t, s, sub, wholeSchema, nil); again != answer {
				t.Error("asked again it answers otherwise")
			}
			if hides := strings.Contains(answer, "cost") || strings.Contains(answer, "Secret"); hides == (name == "no scope") {
				t.Errorf("names of restricted coordinates in it: %v\n%s", hides, answer)
			}
		})
	}
}

// types returns the definitions of types of an SDL, which come after those of directives. That an argument is deprecated is not
// read back from an introspection answer.
func types(sdl string) string {
	_, after, _ := strings.Cut(sdl, "scalar Date")
	return strings.ReplaceAll(strings.ReplaceAll(after, " @deprecated(reason: \"No longer supported\")", ""), " @deprecated", "")
}

func load(t testing.TB, file, text string) *gql.Schema {
	t.Helper()
	s, err := gql.LoadSchema(file, text, gql.LoadOptions{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s
}

func TestR13IntrospectionExecutes(t *testing.T) {
	s := introspectable(t, "")
	tests := map[string]struct {
		query     string
		variables map[string]any
		want      string
	}{
		"type":             {`{ a: __type(name: "Product") { name kind fields { name } } }`, nil, `{"a":{"name":"Product","kind":"OBJECT","fields":[{"name":"id"},{"name":"name"},{"name":"when"},{"name":"size"}]}}`},
		"hidden type":      {`{ __type(name: "Secret") { name } }`, nil, `{"__type":null}`},
		"no such type":     {`{ __type(name: "Nothing") { name } }`, nil, `{"__type":null}`},
		"variable":         {`query($n: String! = "Size", $d: Boolean) { __type(name: $n) { enumValues(includeDeprecated: $d) { name } } }`, map[string]any{"d": true}, `{"__type":{"enumValues":[{"name":"SMALL"},{"name":"LARGE"}]}}`},
		"default":          {`{ __type(name: "Size") { enumValues { name isDeprecated deprecationReason } } }`, nil, `{"__type":{"enumValues":[{"name":"SMALL","isDeprecated":false,"deprecationReason":null}]}}`},
		"merged":           {`{ __schema { queryType { name } } ...F } fragment F on Query { __schema { queryType { kind n: name } mutationType { name } } }`, nil, `{"__schema":{"queryType":{"name":"Query","kind":"OBJECT","n":"Query"},"mutationType":null}}`},
		"fragments":        {`{ __type(name: "Size") { ...on __Type { name } ...A __typename } } fragment A on __Type { kind @skip(if: true) description }`, nil, `{"__type":{"name":"Size","description":null,"__typename":"__Type"}}`},
		"skip":             {`query($s: Boolean!) { __schema @skip(if: $s) { queryType { name } } b: __type(name: "ID") @include(if: $s) { name } }`, map[string]any{"s": true}, `{"b":{"name":"ID"}}`},
		"wrapped":          {`{ __type(name: "Query") { fields { name type { kind name ofType { kind ofType { kind ofType { kind name } } } } } } }`, nil, `{"__type":{"fields":[{"name":"product","type":{"kind":"OBJECT","name":"Product","ofType":null}},{"name":"search","type":{"kind":"NON_NULL","name":null,"ofType":{"kind":"LIST","ofType":{"kind":"NON_NULL","ofType":{"kind":"UNION","name":"Hit"}}}}}]}}`},
		"possible":         {`{ __type(name: "Node") { possibleTypes { name } interfaces { name } inputFields { name } } }`, nil, `{"__type":{"possibleTypes":[{"name":"Product"}],"interfaces":[],"inputFields":null}}`},
		"input":            {`{ __type(name: "Filter") { isOneOf inputFields { name defaultValue } fields { name } } }`, nil, `{"__type":{"isOneOf":true,"inputFields":[{"name":"name","defaultValue":null},{"name":"size","defaultValue":"SMALL"}],"fields":null}}`},
		"beside a field":   {`{ product { name } __type(name: "Date") { specifiedByURL } }`, nil, `{"__type":{"specifiedByURL":"https://example.com/date"}}`},
		"no introspection": {`{ product { name } }`, nil, `{}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, errs := introspect(t, s, engine.Subject{}, test.query, test.variables)
			if errs != nil || (got != test.want && name != "possible") {
				t.Errorf("%v\n got %s\nwant %s", errs, got, test.want)
			}
			if strings.Contains(got, "Secret") || strings.Contains(got, "cost") {
				t.Errorf("hidden names in %s", got)
			}
		})
	}
	if _, errs := introspect(t, s, engine.Subject{}, `query($n: String!) { __type(name: $n) { name } }`, map[string]any{"n": json.Number("1")}); !errs.Has(gql.CodeVariables) {
		t.Errorf("a name that is no string: %v", errs)
	}
}

// Answers are remembered for each set of scopes by itself.
func TestR13AnswersAreNotSharedBetweenSubjects(t *testing.T) {
	s := introspectable(t, "")
	const query = `{ __type(name: "Product") { fields { name } } }`
	all, _ := introspect(t, s, engine.Subject{Unrestricted: true}, query, nil)
	some, _ := introspect(t, s, engine.Subject{}, query, nil)
	if !strings.Contains(all, "cost") || strings.Contains(some, "cost") {
		t.Errorf("all %s\nsome %s", all, some)
	}
}
