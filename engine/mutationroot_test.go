package engine

import (
	"testing"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// TestR14ArgumentsOfAMutationThatAQueryReaches holds that an argument is the data of a mutation only where no query can use
// it: on a type that is a root of both, or that a field returns, it reads like any other.
func TestR14ArgumentsOfAMutationThatAQueryReaches(t *testing.T) {
	const product = " type Product { id: ID cost: Int }"
	for name, test := range map[string]struct{ sdl, query, want string }{
		"one root":            {"schema { query: Q mutation: Q } type Q { products(cost: Int): [Product] }", "{ products(cost: 5) { id } }", DecisionDeny},
		"returned by a field": {"type Query { m: Mutation } type Mutation { products(cost: Int): [Product] }", "{ m { products(cost: 5) { id } } }", DecisionPartial},
		"behind an interface": {
			"type Query { m: I } interface I { id: ID } type Mutation implements I { id: ID products(cost: Int): [Product] }",
			"{ m { ... on Mutation { products(cost: 5) { id } } } }", DecisionPartial,
		},
		"behind a union": {
			"type Query { m: U } union U = Product | Mutation type Mutation { products(cost: Int): [Product] }",
			"{ m { ... on Mutation { products(cost: 5) { id } } } }", DecisionPartial,
		},
		"of a mutation alone": {"type Query { id: ID } type Mutation { add(cost: Int): Product }", "mutation { add(cost: 5) { id } }", DecisionAllow},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Layer: scope.DefaultLayer("test"), SchemaFile: "schema", Schema: test.sdl + product}
			in.Layer.Operations = append(in.Layer.Operations, scope.OperationMutation)
			draft := restricting(t, in, "Product.cost")
			v, err := fresh(t, draft).Decide(t.Context(), Request{Query: test.query})
			if err != nil || v.Decision() != test.want {
				t.Errorf("%s %v %v, want %s", v.Decision(), v.Errors(), err, test.want)
			}
		})
	}
}
