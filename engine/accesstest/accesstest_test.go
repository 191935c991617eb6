package accesstest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/accesstest"
	"github.com/fieldgate/fieldgate/engine/scope"
)

const schema = `
type Query { products: [Product!] orders: [Order] me: Customer }
type Product { title: String cost: Int maker: Customer }
type Order { id: ID total: Int customer: Customer }
type Customer { name: String email: String }
`

var scopes = map[string][]string{
	"finance": {"Product.cost", "Order"},
	"people":  {"Customer"},
	"support": {"Customer.email", "Order"},
	"wide":    {"Customer.email"},
}

// suite compiles the schema and reads one file of tests.
func suite(t *testing.T, match, tests string) accesstest.Suite {
	t.Helper()
	files := map[string][]byte{"layer.yaml": []byte("data_layer: shop\nmatch: " + match + "\n"), "schema.graphql": []byte(schema), "tests/a.yaml": []byte(tests)}
	for name, fields := range scopes {
		files["scopes/"+name+".yaml"] = []byte("scope: " + name + "\nfields: [" + strings.Join(fields, ", ") + "]\n")
	}
	repository, problems := scope.ParseRepository(files)
	if problems != nil {
		t.Fatal(problems)
	}
	layer := repository.Layers[0]
	parsed, problems := scope.ParseTests("tests/a.yaml", files["tests/a.yaml"])
	if problems != nil {
		t.Fatal(problems)
	}
	draft, err := engine.Compile(engine.Input{Layer: layer.Layer, Schema: schema, Scopes: layer.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := draft.Activate(t.Context(), 1, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return accesstest.Suite{Snapshot: snapshot, Scopes: layer.Scopes, Files: []scope.Tests{parsed}}
}

func run(t *testing.T, s accesstest.Suite) ([]accesstest.Result, accesstest.Coverage) {
	t.Helper()
	results, coverage, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return results, coverage
}

func TestOperations(t *testing.T) {
	for name, c := range map[string]struct {
		test string
		want []string // messages with lines that differ; nil passes
	}{
		"allowed":               {`{name: a, scopes: [finance], query: "{ products { cost } }", expect: {decision: allow, denied: [], allowed: [Product.cost], allowed_paths: [products.cost]}}`, nil},
		"denied":                {`{name: a, scopes: [], query: "{ products { title c: cost } }", expect: {decision: partial, denied: [Product.cost], denied_paths: [products.c], query: "{products{title}}"}}`, nil},
		"token":                 {`{name: a, token: all, query: "{ me { email } }", expect: {denied: []}}`, nil},
		"code":                  {`{name: a, scopes: [], query: "{ nothing }", expect: {errors: [GRAPHQL_VALIDATION_FAILED]}}`, nil},
		"other decision":        {`{name: a, scopes: [], query: "{ products { cost title } }", expect: {decision: allow}}`, []string{"`decision` differs -allow +partial"}},
		"more is denied":        {`{name: a, scopes: [], query: "{ products { cost } me { name email } }", expect: {denied: [Product.cost]}}`, []string{"`denied` differs -Product.cost +Customer.email,Customer.name,Product.cost,Query.me"}},
		"nothing was denied":    {`{name: a, unrestricted: true, query: "{ products { cost } }", expect: {denied: [Product.cost]}}`, []string{"`denied` differs -Product.cost +"}},
		"denied, not allowed":   {`{name: a, scopes: [], query: "{ products { cost title } }", expect: {allowed: [Product.cost]}}`, []string{"`allowed` differs -Product.cost allowed +Product.cost denied"}},
		"not selected":          {`{name: a, scopes: [], query: "{ products { title } }", expect: {allowed_paths: [products.cost]}}`, []string{"`allowed_paths` differs -products.cost allowed +products.cost is not selected"}},
		"other query":           {`{name: a, scopes: [], query: "{ products { title cost } }", expect: {query: "{products{title cost}}"}}`, []string{"`query` differs -query {,  products {,    title,    cost,  },} +query {,  products {,    title,  },}"}},
		"errors are not passed": {`{name: a, scopes: [], query: "{ nothing }", expect: {denied: []}}`, []string{"the operation is refused: "}},
		"no such token":         {`{name: a, token: none, query: "{ me { name } }", expect: {denied: []}}`, []string{`no token is called "none"`}},
		"no such scope":         {`{name: a, scopes: [finanse], query: "{ me { name } }", expect: {denied: []}}`, []string{`has no scope named "finanse"`}},
	} {
		t.Run(name, func(t *testing.T) {
			results, _ := run(t, suite(t, "any", "tokens:\n  - {name: all, unrestricted: true}\ntests:\n  - "+c.test+"\n"))
			var got []string
			for _, f := range results[0].Failures {
				message := f.Message
				if f.Want != nil || f.Got != nil {
					message += " -" + strings.Join(f.Want, ",") + " +" + strings.Join(f.Got, ",")
				}
				got = append(got, message)
			}
			if len(results) != 1 || len(got) != len(c.want) {
				t.Fatalf("%d results, %q; want %q", len(results), got, c.want)
			}
			for i, want := range c.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
		})
	}
}

func TestAssertions(t *testing.T) {
	for name, c := range map[string]struct {
		match, assertion string
		want             []accesstest.Failure // without positions
	}{
		"never holds": {"any", "never: [{scopes: [wide], read: Customer.email}]", nil}, // R3: the type is restricted too
		"never breaks, shortest": {"any", "never: [{scopes: [people, support], read: Customer.email}]", []accesstest.Failure{
			{Message: "Customer.email can be read", Query: "{ me { email } }", Scopes: []string{"people", "support"}},
		}},
		"never under a type":     {"any", `never: [{scopes: [], read: "Order.*"}]`, nil},
		"never of nothing there": {"any", "never: [{scopes: [], read: Customer.mail}]", []accesstest.Failure{{Message: `"Customer.mail" matches nothing in the schema`}}},
		"only holds":             {"any", "only: [{read: Order.id, scopes: [finance, support]}]", nil},
		"only breaks, fewest scopes": {"any", "only: [{read: Order.total, scopes: [finance]}]", []accesstest.Failure{
			{Message: "Order.total can be read", Query: "{ orders { total } }", Scopes: []string{"support"}},
		}},
		"only holds when all are needed": {"all", "only: [{read: Order.total, scopes: [finance]}]", nil},
		"only of everyone": {"any", "only: [{read: Product.title, scopes: [finance]}]", []accesstest.Failure{
			{Message: "Product.title can be read", Query: "{ products { title } }", Scopes: []string{}},
		}},
		"unknown scope": {"any", "only: [{read: Order.id, scopes: [supprt]}]", []accesstest.Failure{{Message: `there is no scope "supprt", did you mean "support"?`}}},
	} {
		t.Run(name, func(t *testing.T) {
			results, _ := run(t, suite(t, c.match, c.assertion))
			got := results[0].Failures
			for i := range got {
				got[i].Position = scope.Position{}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCoverageNamesWhatNoTestExercises(t *testing.T) {
	s := suite(t, "any", `
tests:
  - {name: a, scopes: [], query: "{ products { cost } }", expect: {denied: [Product.cost]}}
never:
  - {scopes: [], read: Order}
`)
	_, got := run(t, s)
	want := accesstest.Coverage{
		DataLayer: "shop", Restricted: 4, Exercised: 2, Untested: []string{"Customer", "Customer.email"}, Lines: 6,
	}
	lines := []string{}
	for _, l := range got.UntestedLines {
		lines = append(lines, l.File+" "+l.Entry)
	}
	got.UntestedLines = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"scopes/people.yaml Customer", "scopes/support.yaml Customer.email", "scopes/wide.yaml Customer.email"}, lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNothingIsCoveredByWhatDoesNotRun(t *testing.T) {
	s := suite(t, "any", "never: [{scopes: [], read: Order}]")
	s.Files = nil
	results, coverage := run(t, s)
	if len(results) != 0 || coverage.Exercised != 0 || slices.Contains(coverage.Untested, "Product.title") {
		t.Error(results, coverage)
	}
}
