package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// guardSDL has every kind of place that a guard can stand at.
const guardSDL = `
type Query {
  products(filter: ProductFilter, orderBy: [ProductOrder!], sortKey: ProductSort, any: JSON, search: String, first: Int): ProductConnection!
  product(id: ID, cost: Int): Product
  orders(filter: OrderFilter): [Order!]!
  node(id: ID!): Node
  found(where: [ProductFilter!], costs: [Int!]): [Product!]!
}
type Mutation { save(input: ProductFilter!, cost: Int): Product remove(where: ProductFilter!): Product }
interface Node { id: ID! }
type Product implements Node { id: ID! name: String cost: Int tags: [String!] data: JSON }
type Customer implements Node { id: ID! email: String }
type Order { id: ID! customer: Customer product: Product }
type ProductConnection { totalCount: Int! nodes: [Product!]! edges: [ProductEdge!]! pageInfo: PageInfo! aggregate: ProductAggregate }
type ProductEdge { node: Product! cursor: String }
type ProductAggregate { count: Int avg: ProductAvg }
type ProductAvg { cost: Float }
type PageInfo { hasNextPage: Boolean! }
input ProductFilter { AND: [ProductFilter!] name: String cost: IntOp cost_in: [Int!] tags: [String!] }
input IntOp { eq: Int gt: Int }
input ProductOrder { name: Dir cost: Dir }
input OrderFilter { customer: CustomerFilter product: ProductFilter }
input CustomerFilter { email: String }
enum Dir { ASC DESC }
enum ProductSort { NAME COST cost_DESC }
scalar JSON
`

func openAll(l *scope.Layer) {
	l.Operations = []scope.Operation{scope.OperationQuery, scope.OperationMutation, scope.OperationSubscription}
}

func addGuard(t testing.TB, at string, needs ...string) func(*scope.Layer) {
	t.Helper()
	var entry scope.GuardEntry
	for _, need := range needs {
		c, err := coord.Parse(need)
		if err != nil {
			t.Fatal(err)
		}
		entry.Needs = append(entry.Needs, c)
	}
	return func(l *scope.Layer) { l.Guards = map[string]scope.GuardEntry{at: entry} }
}

func subjectWith(scopes string) engine.Subject {
	return engine.Subject{Scopes: strings.Fields(scopes)}
}

// TestR14GuardedInputs: an input that stands for a restricted field is denied however it is written, and
// the denial names the argument's path; what stands for nothing restricted is not.
func TestR14GuardedInputs(t *testing.T) {
	snapshot := activate(t, guardSDL, map[string][]string{"finance": {"Product.cost"}, "people": {"Customer"}}, openAll)
	for name, c := range map[string]struct {
		query     string
		variables map[string]any
		scopes    string
		want      []string // coordinate: argument path needs
	}{
		"a literal":                    {query: `{ products(filter: {cost: {gt: 2}}) { totalCount } }`, want: []string{"Query.products argument filter.cost [Product.cost]"}},
		"its operator":                 {query: `{ products(filter: {cost_in: [2]}) { totalCount } }`, want: []string{"Query.products argument filter.cost_in [Product.cost]"}},
		"nested":                       {query: `{ products(filter: {AND: [{name: "x"}, {AND: {cost: {eq: 1}}}]}) { totalCount } }`, want: []string{"Query.products argument filter.AND.AND.cost [Product.cost]"}},
		"in a variable":                {query: `query ($f: ProductFilter) { products(filter: $f) { totalCount } }`, variables: map[string]any{"f": map[string]any{"cost": map[string]any{"gt": 2}}}, want: []string{"Query.products argument filter.cost [Product.cost]"}},
		"in a list in a variable":      {query: `query ($f: [ProductFilter!]) { found(where: $f) { id } }`, variables: map[string]any{"f": []any{map[string]any{"name": "x"}, map[string]any{"cost_in": []any{1}}}}, want: []string{"Query.found argument where.cost_in [Product.cost]"}},
		"the default of a variable":    {query: `query ($f: ProductFilter = {cost: {gt: 2}}) { products(filter: $f) { totalCount } }`, want: []string{"Query.products argument filter.cost [Product.cost]"}},
		"another value for it":         {query: `query ($f: ProductFilter = {cost: {gt: 2}}) { products(filter: $f) { totalCount } }`, variables: map[string]any{"f": map[string]any{"name": "x"}}},
		"a variable inside":            {query: `query ($c: IntOp) { products(filter: {cost: $c}) { totalCount } }`, want: []string{"Query.products argument filter.cost [Product.cost]"}},
		"an argument":                  {query: `{ product(cost: 1) { id } }`, want: []string{"Query.product argument cost [Product.cost]"}},
		"an argument with a variable":  {query: `query ($c: Int) { product(cost: $c) { id } }`, want: []string{"Query.product argument cost [Product.cost]"}},
		"the plural":                   {query: `{ found(costs: [1]) { id } }`, want: []string{"Query.found argument costs [Product.cost]"}},
		"an enum value":                {query: `{ products(sortKey: COST) { totalCount } }`, want: []string{"Query.products argument sortKey [Product.cost]"}},
		"an enum value with direction": {query: `{ products(sortKey: cost_DESC) { totalCount } }`, want: []string{"Query.products argument sortKey [Product.cost]"}},
		"an enum in a variable":        {query: `query ($s: ProductSort) { products(sortKey: $s) { totalCount } }`, variables: map[string]any{"s": "COST"}, want: []string{"Query.products argument sortKey [Product.cost]"}},
		"the enum's open value":        {query: `query ($s: ProductSort) { products(sortKey: $s) { totalCount } }`, variables: map[string]any{"s": "NAME"}},
		"a sort input":                 {query: `{ products(orderBy: {cost: ASC}) { totalCount } }`, want: []string{"Query.products argument orderBy.cost [Product.cost]"}},
		"a type, by its field":         {query: `{ orders(filter: {customer: {email: "x"}}) { id } }`, want: []string{"Query.orders argument filter.customer [Customer]"}},
		"the same for its holder":      {query: `{ orders(filter: {customer: {email: "x"}}) { id } }`, scopes: "people"},
		"through a relation":           {query: `{ orders(filter: {product: {cost: {gt: 1}}}) { id } }`, scopes: "people", want: []string{"Query.orders argument filter.product.cost [Product.cost]"}},
		"open inputs":                  {query: `{ products(first: 1, filter: {name: "x", tags: ["a"]}, orderBy: [{name: ASC}]) { totalCount nodes { id name } pageInfo { hasNextPage } } product(id: 1) { name } }`},
		"an aggregate":                 {query: `{ products { aggregate { count avg { cost } } } }`, want: []string{"ProductAvg.cost field  [Product.cost]"}},
		"an object by id":              {query: `{ node(id: 1) { ... on Product { name } } }`},
		"data of a mutation":           {query: `mutation { save(cost: 1, input: {cost: {eq: 1}}) { id } }`},
		"data in a variable":           {query: `mutation ($p: ProductFilter!) { save(input: $p) { id } }`, variables: map[string]any{"p": map[string]any{"cost_in": []any{1}}}},
		"a mutation's filter":          {query: `mutation ($p: ProductFilter!) { save(input: $p) { id } remove(where: $p) { id } }`, variables: map[string]any{"p": map[string]any{"cost_in": []any{1}}}, want: []string{"Mutation.remove argument where.cost_in [Product.cost]"}},
		"everything, for its holder":   {query: `{ products(filter: {cost: {gt: 2}}, sortKey: COST) { aggregate { avg { cost } } } }`, scopes: "finance"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := snapshot.Decide(t.Context(), engine.Request{Subject: subjectWith(c.scopes), Query: c.query, Variables: c.variables})
			if err != nil {
				t.Fatal(err)
			}
			d := v.Details()
			if len(d.Errors) > 0 {
				t.Fatal(d.Errors)
			}
			var got []string
			for _, x := range d.Denied {
				got = append(got, fmt.Sprintf("%s %s %s %v", x.Coordinate, x.Kind, strings.Join(x.ArgumentPath, "."), x.Restricted))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got) %s", diff)
			}
		})
	}
}

// TestR14ConnectionNeedsItsElement: counts, edges and nodes of a connection over a restricted type are denied.
func TestR14ConnectionNeedsItsElement(t *testing.T) {
	snapshot := activate(t, guardSDL, map[string][]string{"products": {"Product"}})
	v, err := snapshot.Decide(t.Context(), engine.Request{Query: `{ products { totalCount edges { cursor } aggregate { count } pageInfo { hasNextPage } __typename } }`})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := *v.Details().Query, "{ products { __typename } }"; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}

// TestR14LayerChangesGuards: the layer file adds, removes, turns off and closes.
func TestR14LayerChangesGuards(t *testing.T) {
	const free = `{ products(search: "cost:>2") { totalCount } }`
	const filter = `{ products(filter: {cost: {gt: 2}}) { totalCount } }`
	const sort = `{ products(sortKey: COST) { totalCount } }`
	for name, c := range map[string]struct {
		edit            func(*scope.Layer)
		allowed, denied []string
	}{
		"as derived": {func(*scope.Layer) {}, []string{free}, []string{filter, sort}},
		"added":      {addGuard(t, "Query.products(search:)", "Product.cost"), nil, []string{free, filter, sort}},
		"removed":    {func(l *scope.Layer) { l.Guards = map[string]scope.GuardEntry{"ProductFilter.cost": {Remove: "public"}} }, []string{free, filter}, []string{sort}},
		"a rule off": {func(l *scope.Layer) { l.GuardsOff = map[string]string{"sort-value": "public"} }, []string{free, sort}, []string{filter}},
		"all off":    {func(l *scope.Layer) { l.GuardsOff = map[string]string{"*": "public"} }, []string{free, sort, filter}, nil},
		"added alone": {func(l *scope.Layer) {
			addGuard(t, "ProductSort.COST", "Product.cost")(l)
			l.GuardsOff = map[string]string{"*": "by hand"}
		}, []string{free, filter}, []string{sort}},
		"escapes alone": {func(l *scope.Layer) { l.Escapes = scope.EscapesDeny; l.GuardsOff = map[string]string{"*": "public"} }, []string{sort, filter}, []string{free}},
		"escapes":       {func(l *scope.Layer) { l.Escapes = scope.EscapesDeny }, nil, []string{free, filter, sort}},
	} {
		t.Run(name, func(t *testing.T) {
			snapshot := activate(t, guardSDL, map[string][]string{"finance": {"Product.cost"}}, c.edit)
			for _, query := range c.allowed {
				if d := decideWith(t, snapshot, query); d.Decision != engine.DecisionAllow {
					t.Errorf("%s is denied: %s", query, brief(d))
				}
			}
			for _, query := range c.denied {
				if d := decideWith(t, snapshot, query); d.Decision == engine.DecisionAllow {
					t.Errorf("%s is allowed", query)
				}
			}
		})
	}
}

// TestR14GuardsAreInTheBundle: guards come out of a bundle as they were derived, and hold.
func TestR14GuardsAreInTheBundle(t *testing.T) {
	draft, _ := compile(t, guardSDL, map[string][]string{"finance": {"Product.cost"}})
	if len(draft.Content.Guards) == 0 {
		t.Fatal("no guards")
	}
	loaded, err := engine.Load(t.Context(), draft.Content, 1, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := decideWith(t, loaded, `{ products(filter: {cost: {gt: 2}}) { totalCount } }`); d.Decision == engine.DecisionAllow {
		t.Error("the guard does not hold")
	}
	broken := *draft.Content
	broken.Guards = append(slices.Clone(broken.Guards), bundles.Guard{At: "Query.products(search:)", Rule: "added", StandsFor: []string{"Gone.gone"}})
	if _, err := engine.Load(t.Context(), &broken, 1, engine.Options{}); err == nil {
		t.Error("a guard over what the schema does not have was loaded")
	}
}

// TestR13ViewLeavesGuardedInputsOut: a generated client does not even see them.
func TestR13ViewLeavesGuardedInputsOut(t *testing.T) {
	snapshot := activate(t, guardSDL, map[string][]string{"finance": {"Product.cost"}})
	view, err := snapshot.View(t.Context(), engine.Subject{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"ProductFilter.cost": false, "ProductFilter.cost_in": false, "ProductFilter.name": true, "ProductOrder.cost": false, "ProductOrder.name": true,
		"ProductSort.COST": false, "ProductSort.NAME": true, "Query.product(cost:)": false, "Query.product(id:)": true, "ProductAvg.cost": false, "ProductAvg": false,
	} {
		c, err := coord.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		if view.Has(c) != want {
			t.Errorf("the view holds %s: %v", name, view.Has(c))
		}
	}
}

// TestR14UnknownGuardNames: what the layer file says about guards and the schema does not have is reported.
func TestR14UnknownGuardNames(t *testing.T) {
	draft, _ := compile(t, guardSDL, map[string][]string{"finance": {"Product.cost"}}, func(l *scope.Layer) {
		addGuard(t, "Query.products(serch:)", "Product.cost")(l)
		l.Guards["ProductFilter.name"] = scope.GuardEntry{Needs: []coord.Coordinate{{Type: "Product", Member: "costs"}}}
	})
	var got []string
	for _, p := range draft.Unmatched {
		got = append(got, p.Message+" "+p.Suggestion)
	}
	want := []string{
		`"Product.costs" matches nothing in the schema that a guard can be about Product.cost`,
		`"Query.products(serch:)" matches nothing in the schema that a guard can be about Query.products(search:)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got) %s", diff)
	}
	l := scope.DefaultLayer("shop")
	l.GuardsOff = map[string]string{"sort-values": "misspelt"}
	if _, err := engine.Compile(engine.Input{Layer: l, SchemaFile: "s", Schema: guardSDL}); err == nil || !strings.Contains(err.Error(), `"sort-value"`) {
		t.Errorf("a rule that there is not: %v", err)
	}
}
