package generate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

const (
	maxDepth    = 4   // levels of fields
	maxWritten  = 25  // field selections written in one attempt, more or less
	maxExpanded = 600 // field selections with fragments expanded
	attempts    = 40
)

// Op is an operation, ready to be decided.
type Op struct {
	Query, OperationName string
	Variables            map[string]any
}

// Operation returns a random operation that is valid in the schema; of the
// executable directives beside the built-in ones it uses only those listed.
// It reports false when it finds none, as for a schema without a query type.
func Operation(seed uint64, sdl string, directives []string) (Op, bool) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil || schema.Query == nil {
		return Op{}, false
	}
	return newOperation(newDice(seed), schema, directives)
}

func newOperation(d dice, schema *ast.Schema, directives []string) (Op, bool) {
	for range attempts {
		w := &writer{dice: d, schema: schema, directives: directives, budget: maxWritten}
		op := w.document()
		if valid(schema, op.Query) {
			return op, true
		}
	}
	return Op{}, false
}

// valid applies every rule of the specification but those on unused fragments
// and variables, which a decision drops.
func valid(schema *ast.Schema, query string) bool {
	document, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil || expanded(document) > maxExpanded {
		return false
	}
	set := rules.NewDefaultRules()
	set.RemoveRule("NoUnusedFragments")
	set.RemoveRule("NoUnusedVariables")
	return len(validator.ValidateWithRules(schema, document, set)) == 0
}

// expanded counts the field selections of a document with every fragment
// written out where it is spread.
func expanded(document *ast.QueryDocument) int {
	n := 0
	var count func(ast.SelectionSet)
	count = func(set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				n++
				count(s.SelectionSet)
			case *ast.InlineFragment:
				count(s.SelectionSet)
			case *ast.FragmentSpread:
				count(document.Fragments.ForName(s.Name).SelectionSet)
			}
		}
	}
	for _, op := range document.Operations {
		count(op.SelectionSet)
	}
	return n
}

// writer writes one document.
type writer struct {
	dice
	schema     *ast.Schema
	directives []string
	variables  []variable
	fragments  []fragment // complete ones only, so that spreads never form a cycle
	budget     int        // field selections left
	serial     int        // for unique names
}

type fragment struct {
	name, text string
	on         *ast.Definition
}

func (w *writer) document() Op {
	op := Op{}
	var operations []string
	if w.chance(0.85) {
		operations = append(operations, w.operation(w.maybeName(&op)))
	} else {
		op.OperationName = "Run"
		operations = append(operations, w.operation("Run"))
		w.budget = 5
		operations = append(operations, w.operation("Other"))
	}
	if w.chance(0.12) {
		w.budget = 3
		w.newFragment(pick(w.dice, w.composites()), 2)
	}
	op.Query = w.assemble(operations)
	op.Variables = w.values()
	return op
}

// maybeName names the only operation of a document, or not.
func (w *writer) maybeName(op *Op) string {
	if w.chance(0.5) {
		return ""
	}
	if w.chance(0.5) {
		op.OperationName = "Only"
	}
	return "Only"
}

// assemble puts the operations, with every variable declared by each of them,
// and the fragments in random order.
func (w *writer) assemble(operations []string) string {
	var parts []string
	for _, o := range operations {
		parts = append(parts, strings.Replace(o, "$$", w.declarations(), 1))
	}
	for _, f := range w.fragments {
		parts = append(parts, f.text)
	}
	w.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return strings.Join(parts, "\n")
}

// operation writes an operation with $$ where variables are declared.
func (w *writer) operation(name string) string {
	root, keyword, location := w.schema.Query, "query", ast.LocationQuery
	if w.schema.Mutation != nil && w.chance(0.3) {
		root, keyword, location = w.schema.Mutation, "mutation", ast.LocationMutation
	}
	return fmt.Sprintf("%s %s$$%s %s", keyword, name, w.listed(location, 0.2), w.selectionSet(root, 0))
}

// composites returns the object, interface and union types, sorted by name.
func (w *writer) composites() []*ast.Definition {
	var out []*ast.Definition
	for _, t := range w.schema.Types {
		if t.IsCompositeType() && !strings.HasPrefix(t.Name, "__") {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// overlapping returns the composite types that share an object type with t.
func (w *writer) overlapping(t *ast.Definition) []*ast.Definition {
	var out []*ast.Definition
	for _, c := range w.composites() {
		if slices.ContainsFunc(w.objects(c), func(o string) bool { return slices.Contains(w.objects(t), o) }) {
			out = append(out, c)
		}
	}
	return out
}

func (w *writer) objects(t *ast.Definition) []string {
	var out []string
	for _, o := range w.schema.PossibleTypes[t.Name] {
		if o.Kind == ast.Object {
			out = append(out, o.Name)
		}
	}
	return out
}
