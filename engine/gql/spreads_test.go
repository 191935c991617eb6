package gql

import (
	"fmt"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// The rule refuses what gqlparser's own refuses, with the same text, for every pair of types.
func TestPossibleSpreadsIsTheLibrarysRule(t *testing.T) {
	schema, err := LoadSchema("schema", `
		interface A { x: Int } interface B { x: Int } interface Empty { x: Int } interface C implements A { x: Int }
		type P implements A { x: Int } type Q implements A & B { x: Int } type R implements C & A { x: Int } type S { x: Int }
		union U = P | S union V = Q | R
		scalar Any input In { x: Int }
		type Query { a: A b: B empty: Empty c: C p: P q: Q r: R s: S u: U v: V any: Any }`, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	fields := []string{"a", "b", "empty", "c", "p", "q", "r", "s", "u", "v", "any"}
	types := []string{"A", "B", "Empty", "C", "P", "Q", "R", "S", "U", "V", "Query", "Any", "In", "Nothing"}
	for _, field := range fields {
		for _, condition := range types {
			for _, query := range []string{
				fmt.Sprintf("{ %s { ... on %s { __typename } } }", field, condition),
				fmt.Sprintf("{ %s { ...F } } fragment F on %s { __typename }", field, condition),
			} {
				doc, err := parser.ParseQuery(&ast.Source{Input: query})
				if err != nil {
					t.Fatal(err)
				}
				want := validator.ValidateWithRules(schema.doc, doc, ruleSet(rules.PossibleFragmentSpreadsRule))
				got := validator.ValidateWithRules(schema.doc, doc, ruleSet(possibleSpreads(schema.doc)))
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s: %v, want %v", query, got, want)
				}
			}
		}
	}
}

func ruleSet(rule core.Rule) *rules.Rules {
	r := rules.NewRules()
	r.AddRule(rule.Name, rule.RuleFunc)
	return r
}
