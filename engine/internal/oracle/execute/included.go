package execute

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Place is a field or a fragment of an operation that `@skip` and `@include` let stand.
type Place struct {
	Path       []string // of a field: its own; of a fragment: the enclosing field's
	Coordinate string   // P.f, or the type of a fragment
	Possible   []string // the object types on which it applies
	Results    []string // of a field that returns an abstract type: the object types of it
	Fragments  []Around // the fragments around it, at every level
}

// Around is a fragment: the path of the enclosing field and the type of the fragment.
type Around struct {
	Path []string
	Type string
}

// Included lists the fields and fragments of an operation that `@skip` and `@include` let stand, with
// the variables that were sent.
func Included(schemaSDL, query, opName string, variables map[string]any) ([]Place, error) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: schemaSDL})
	if err != nil {
		return nil, fmt.Errorf("load schema: %w", err)
	}
	document, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return nil, fmt.Errorf("parse query: %w", err)
	}
	operation := document.Operations.ForName(opName)
	if operation == nil {
		return nil, fmt.Errorf("no operation %q", opName)
	}
	l := &lister{executor: executor{schema: schema, document: document, operation: operation, variables: variables}}
	root := rootType(schema, operation.Operation)
	l.set(operation.SelectionSet, nil, root.Name, []string{root.Name}, nil)
	return l.places, nil
}

type lister struct {
	executor
	places []Place
}

func (l *lister) set(set ast.SelectionSet, path []string, on string, possible []string, around []Around) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if l.included(s.Directives) {
				l.field(s, append(slices.Clone(path), s.Alias), on, possible, around)
			}
		case *ast.InlineFragment:
			if l.included(s.Directives) {
				l.fragment(s.TypeCondition, s.SelectionSet, path, on, possible, around)
			}
		case *ast.FragmentSpread:
			f := l.document.Fragments.ForName(s.Name)
			if l.included(s.Directives) && l.included(f.Directives) {
				l.fragment(f.TypeCondition, f.SelectionSet, path, on, possible, around)
			}
		}
	}
}

func (l *lister) fragment(condition string, set ast.SelectionSet, path []string, on string, possible []string, around []Around) {
	if condition != "" {
		l.places = append(l.places, Place{Path: path, Coordinate: condition, Fragments: around})
		on, around = condition, append(slices.Clone(around), Around{path, condition})
		possible = slices.DeleteFunc(slices.Clone(possible), func(o string) bool { return !l.applies(condition, l.schema.Types[o]) })
	}
	l.set(set, path, on, possible, around)
}

func (l *lister) field(f *ast.Field, path []string, on string, possible []string, around []Around) {
	p := Place{Path: path, Coordinate: on + "." + f.Name, Possible: possible, Fragments: around}
	def := l.schema.Types[on].Fields.ForName(f.Name)
	if def == nil || strings.HasPrefix(f.Name, "__") {
		l.places = append(l.places, p)
		return
	}
	result := l.schema.Types[def.Type.Name()]
	var objects []string
	for _, o := range l.objects(result) {
		objects = append(objects, o.Name)
	}
	if result.IsAbstractType() {
		p.Results = objects
	}
	l.places = append(l.places, p)
	l.set(f.SelectionSet, path, result.Name, objects, around)
}
