package engine_test

import (
	"context"
	"fmt"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
)

const exampleSchema = `
type Query { products: [Product!]! }
type Product { title: String! cost: Float }
`

const exampleScope = `
scope: finance
fields: [Product.cost]
`

// The program in README.md.
func Example() {
	finance, problems := scope.ParseScope("scopes/finance.yaml", []byte(exampleScope))
	if problems != nil {
		panic(problems)
	}
	draft, err := engine.Compile(engine.Input{
		Layer: scope.DefaultLayer("shop"), SchemaFile: "schema.graphql", Schema: exampleSchema, Scopes: []scope.Scope{finance},
	})
	if err != nil {
		panic(err)
	}
	snapshot, err := draft.Activate(context.Background(), 1, engine.Options{})
	if err != nil {
		panic(err)
	}
	verdict, err := snapshot.Decide(context.Background(), engine.Request{
		Subject: engine.Subject{Scopes: nil}, // holds no scope
		Query:   `{ products { title cost } }`,
	})
	if err != nil {
		panic(err) // it could not be decided: send nothing
	}
	fmt.Println(verdict.Decision(), verdict.Effect())
	fmt.Println(verdict.Forward().Query)
	for _, denial := range verdict.Details().Denied {
		fmt.Println(denial.Path, denial.Coordinate, denial.Missing)
	}
	// Output:
	// partial forward_pruned
	// { products { title } }
	// [products cost] Product.cost map[Product.cost:[finance]]
}
