package oracle

import (
	"slices"
	"strings"
)

// Example is a case whose answer was worked out by hand.
type Example struct {
	Name, Rule string
	Case       Case
	Want       Result
}

// Examples returns the examples, in the order of the rules. Names are unique.
func Examples() []Example {
	return slices.Concat(
		scopeExamples(), selectionExamples(), documentExamples(),
		fragmentExamples(), possibleTypeExamples(), narrowExamples(), narrowArgumentExamples(),
		argumentExamples(), variableExamples(), directiveExamples(),
	)
}

// exampleSDL is the schema of the examples. The object types of Node are
// Product, Asset and Page, those of Owned are Product and Asset, those of Hit
// are Product and Page.
const exampleSDL = `
directive @stream(if: Boolean = true, label: String, initialCount: Int = 0) on FIELD
directive @tag(color: Color, like: Where) on QUERY | FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | FRAGMENT_DEFINITION
type Query {
  me: User
  node: Node
  nodes: [Node]
  owned: Owned
  hit: Hit
  page: Page
  product: Product
  search(where: Where, colors: [Color!], when: Date): [Product!]
}
type Mutation { reset: Boolean rename(name: String): User }
interface Node { id: ID }
interface Owned implements Node { id: ID owner: User cost(in: Color): Int }
type User { name: String email: String }
type Product implements Node & Owned { id: ID owner: User cost(in: Color): Int title: String color: Color }
type Asset implements Node & Owned { id: ID owner: User cost(in: Color): Int size: Int }
type Page implements Node { id: ID title: String parent: Node hero: Hit }
union Hit = Product | Page
enum Color { RED GREEN }
scalar Date
input Where { cost: Int color: Color and: [Where!] when: Date }
`

// example starts an example whose one scope, closed, is not held.
func example(rule, name, query string, closed ...string) Example {
	return Example{Name: name, Rule: rule, Case: Case{
		ID: name, SDL: exampleSDL, Scopes: map[string][]string{"closed": closed}, Held: []string{}, Query: query,
	}}
}

// with changes the case.
func (e Example) with(change func(*Case)) Example {
	change(&e.Case)
	return e
}

func (e Example) narrow() Example {
	return e.with(func(c *Case) { c.Abstract = "narrow" })
}

func (e Example) variables(v map[string]any) Example {
	return e.with(func(c *Case) { c.Variables = v })
}

func (e Example) directives(names ...string) Example {
	return e.with(func(c *Case) { c.Directives = names })
}

// wants states the decision and the rows, "path coordinate +" or "... -".
func (e Example) wants(decision string, rows ...string) Example {
	e.Want.Decision = decision
	for _, row := range rows {
		w := strings.Fields(row)
		e.Want.Fields = append(e.Want.Fields, Field{Path: path(w[0]), Coordinate: w[1], Allowed: w[2] == "+"})
	}
	return e
}

// denied states the denials, "path coordinate kind[@argument.path] restricted...".
func (e Example) denied(denials ...string) Example {
	for _, denial := range denials {
		w := strings.Fields(denial)
		kind, argument, _ := strings.Cut(w[2], "@")
		e.Want.Denied = append(e.Want.Denied, Denial{
			Path: path(w[0]), Coordinate: w[1], Kind: kind, ArgumentPath: argumentPath(argument), Restricted: w[3:],
		})
	}
	SortDenials(e.Want.Denied)
	return e
}

// path reads a dotted path; "." is the root.
func path(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '.' })
}

func argumentPath(s string) []string {
	if s == "" {
		return nil
	}
	return path(s)
}
