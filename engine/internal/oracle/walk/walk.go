// Package walk lists the coordinates that the selections of an operation need,
// without deciding anything.
//
// It is written apart from the oracle's decisions, as one recursive walk over
// the document, so that a test over real schemas can say which operations must
// be denied for a restricted coordinate.
package walk

import (
	"fmt"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// Walker walks operations of one schema.
type Walker struct{ schema *ast.Schema }

// New loads a schema.
func New(schemaSDL string) (*Walker, error) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: schemaSDL})
	if err != nil {
		return nil, fmt.Errorf("load schema: %w", err)
	}
	return &Walker{schema: schema}, nil
}

// Selected is Walker.Selected on a schema loaded for this call alone.
func Selected(schemaSDL, query, opName string) (map[string]bool, error) {
	w, err := New(schemaSDL)
	if err != nil {
		return nil, err
	}
	return w.Selected(query, opName)
}

// Selected returns every coordinate that the operation needs where objects of
// every possible type are expected (`abstract: deny`), values of variables left
// out:
//
//   - P.f, I.f of every interface of P that declares f, P, the type of f and the
//     interfaces of both, for each f selected on P, and the same for each object
//     type O that is possible there (R3, R11);
//   - P and its interfaces for __typename on P, O and its interfaces for a
//     fragment on an object type O (R10, R13);
//   - P.f(arg:), the same of interfaces and possible objects, the types, input
//     fields and enum values of the argument, as literals or as defaults of
//     variables (R14, explicit part). Arguments of directives are left out.
//
// An empty opName stands for the only operation.
func (w *Walker) Selected(query, opName string) (map[string]bool, error) {
	document, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return nil, fmt.Errorf("parse query: %w", err)
	}
	operation := document.Operations.ForName(opName)
	if operation == nil {
		return nil, fmt.Errorf("no operation %q", opName)
	}
	validator.Walk(w.schema, document, &validator.Events{}) // fills in the definitions that the walk reads
	r := run{schema: w.schema, variables: operation.VariableDefinitions, found: map[string]bool{}}
	root := w.root(operation)
	if root == nil {
		return nil, fmt.Errorf("schema has no %s type", operation.Operation)
	}
	r.set(operation.SelectionSet, root, r.objects(root))
	return r.found, nil
}

func (w *Walker) root(operation *ast.OperationDefinition) *ast.Definition {
	switch operation.Operation {
	case ast.Mutation:
		return w.schema.Mutation
	case ast.Subscription:
		return w.schema.Subscription
	}
	return w.schema.Query
}

// run is one walk.
type run struct {
	schema    *ast.Schema
	variables ast.VariableDefinitionList
	found     map[string]bool
}

// set walks a selection set written on a type whose objects there are among possible.
func (r run) set(set ast.SelectionSet, on *ast.Definition, possible []*ast.Definition) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			r.field(s, on, possible)
		case *ast.InlineFragment:
			if s.TypeCondition == "" {
				r.set(s.SelectionSet, on, possible)
			} else {
				r.fragment(s.SelectionSet, r.schema.Types[s.TypeCondition], possible)
			}
		case *ast.FragmentSpread:
			r.fragment(s.Definition.SelectionSet, s.Definition.Definition, possible)
		}
	}
}

func (r run) fragment(set ast.SelectionSet, on *ast.Definition, possible []*ast.Definition) {
	if on.Kind == ast.Object {
		r.addType(on)
	}
	r.set(set, on, common(possible, r.objects(on)))
}

func (r run) field(f *ast.Field, on *ast.Definition, possible []*ast.Definition) {
	switch f.Name {
	case "__schema", "__type":
		return
	case "__typename":
		r.addType(on)
		return
	}
	for _, parent := range append([]*ast.Definition{on}, possible...) {
		r.addField(parent, f)
	}
	for _, argument := range f.Arguments {
		r.value(on.Fields.ForName(f.Name).Arguments.ForName(argument.Name).Type, argument.Value)
	}
	result := r.schema.Types[on.Fields.ForName(f.Name).Type.Name()]
	r.set(f.SelectionSet, result, r.objects(result))
}

// addField adds what selecting f on an object of type parent needs.
func (r run) addField(parent *ast.Definition, f *ast.Field) {
	r.addType(parent)
	r.addType(r.schema.Types[parent.Fields.ForName(f.Name).Type.Name()])
	r.addDeclaration(parent, f)
	for _, name := range parent.Interfaces {
		r.addDeclaration(r.schema.Types[name], f)
	}
}

func (r run) addDeclaration(parent *ast.Definition, f *ast.Field) {
	declared := parent.Fields.ForName(f.Name)
	if declared == nil {
		return
	}
	r.found[parent.Name+"."+f.Name] = true
	for _, argument := range f.Arguments {
		if declared.Arguments.ForName(argument.Name) != nil {
			r.found[parent.Name+"."+f.Name+"("+argument.Name+":)"] = true
		}
	}
}

func (r run) addType(t *ast.Definition) {
	r.found[t.Name] = true
	for _, name := range t.Interfaces {
		r.found[name] = true
	}
}

// value walks a value written where t is expected. A list or a single value in
// its place makes no difference to what is named in it.
func (r run) value(t *ast.Type, v *ast.Value) {
	if v == nil {
		return
	}
	named := r.schema.Types[t.Name()]
	r.addType(named)
	switch v.Kind {
	case ast.Variable:
		r.value(t, r.variables.ForName(v.Raw).DefaultValue)
	case ast.ListValue:
		for _, item := range v.Children {
			r.value(t, item.Value)
		}
	case ast.EnumValue:
		if named.Kind == ast.Enum {
			r.found[named.Name+"."+v.Raw] = true
		}
	case ast.ObjectValue:
		r.inputFields(named, v)
	}
}

func (r run) inputFields(in *ast.Definition, v *ast.Value) {
	if in.Kind != ast.InputObject {
		return
	}
	for _, child := range v.Children {
		r.found[in.Name+"."+child.Name] = true
		r.value(in.Fields.ForName(child.Name).Type, child.Value)
	}
}

// objects returns the object types that a value of type t can have.
func (r run) objects(t *ast.Definition) []*ast.Definition {
	var out []*ast.Definition
	for _, o := range r.schema.PossibleTypes[t.Name] {
		if o.Kind == ast.Object {
			out = append(out, o)
		}
	}
	return out
}

func common(a, b []*ast.Definition) []*ast.Definition {
	var out []*ast.Definition
	for _, x := range a {
		for _, y := range b {
			if x == y {
				out = append(out, x)
			}
		}
	}
	return out
}
