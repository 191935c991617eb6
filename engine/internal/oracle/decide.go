package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Decide answers a case whose operation is valid in its schema. It returns an
// error when the schema or the query cannot be read, or when no operation is
// the one that will run (R9).
func Decide(c Case) (Result, error) {
	d, operation, err := newDecider(c)
	if err != nil {
		return Result{}, err
	}
	if d.refused(operation) {
		return Result{Decision: Deny}, nil
	}
	root := d.root(operation)
	if root == "" {
		return Result{}, fmt.Errorf("schema has no %s type", operation.Operation)
	}
	d.selectionSet(operation.SelectionSet, place{
		path: []string{}, on: root, possible: d.objects(root), own: d.objects(root), directives: operation.Directives,
	})
	SortDenials(d.denied)
	return Result{Decision: d.decision(operation), Fields: d.fields, Denied: d.denied}, nil
}

// decider is one decision in the making.
type decider struct {
	c          Case
	schema     *ast.Schema
	fragments  ast.FragmentDefinitionList
	variables  ast.VariableDefinitionList
	remembered map[string]bool // answers of readable

	fields []Field
	denied []Denial
	left   []Field // root selections that are sent, or answered by Fieldgate
}

func newDecider(c Case) (*decider, *ast.OperationDefinition, error) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: c.SDL})
	if err != nil {
		return nil, nil, fmt.Errorf("load schema: %w", err)
	}
	document, err := parser.ParseQuery(&ast.Source{Input: c.Query})
	if err != nil {
		return nil, nil, fmt.Errorf("parse query: %w", err)
	}
	operation, err := runs(document, c.OperationName)
	if err != nil {
		return nil, nil, err
	}
	return &decider{
		c: c, schema: schema, fragments: document.Fragments,
		variables: operation.VariableDefinitions, remembered: map[string]bool{},
	}, operation, nil
}

// runs is R9: the operation that will run.
func runs(document *ast.QueryDocument, name string) (*ast.OperationDefinition, error) {
	if name == "" && len(document.Operations) == 1 {
		return document.Operations[0], nil
	}
	for _, o := range document.Operations {
		if name != "" && o.Name == name {
			return o, nil
		}
	}
	return nil, fmt.Errorf("%d operations and none named %q", len(document.Operations), name)
}

func (d *decider) root(operation *ast.OperationDefinition) string {
	root := d.schema.Query
	switch operation.Operation {
	case ast.Mutation:
		root = d.schema.Mutation
	case ast.Subscription:
		root = d.schema.Subscription
	}
	if root == nil {
		return ""
	}
	return root.Name
}

// place is where a selection stands.
type place struct {
	path       []string         // of the enclosing field
	on         string           // the type that the selection is written on
	possible   []string         // object types that are possible there (R11)
	own        []string         // those of the enclosing field's type, before fragments
	directives []*ast.Directive // on the operation or the fragments around, at this level
	denied     bool             // stands in a denied fragment
}

func (d *decider) selectionSet(set ast.SelectionSet, at place) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			d.field(s, at)
		case *ast.InlineFragment:
			d.fragment(s.TypeCondition, s.Directives, s.SelectionSet, at)
		case *ast.FragmentSpread:
			f := d.fragments.ForName(s.Name)
			d.fragment(f.TypeCondition, slices.Concat(s.Directives, f.Directives), f.SelectionSet, at)
		}
	}
}

// fragment enters a fragment, and is R10: a fragment on a restricted object
// type is denied as a whole.
func (d *decider) fragment(condition string, directives []*ast.Directive, set ast.SelectionSet, at place) {
	at.directives = slices.Concat(at.directives, directives)
	if condition != "" {
		at.on = condition
		at.possible = intersect(at.possible, d.objects(condition))
	}
	if condition != "" && d.isObject(condition) && !d.typeReadable(condition) && !at.denied {
		d.deny(at.path, condition, KindFragment, d.failing(typeNeeds(d.schema, condition)))
		at.denied = true
	}
	d.selectionSet(set, at)
}

// field decides a written field and then what is selected beneath it, which is
// decided on its own merits.
func (d *decider) field(f *ast.Field, at place) {
	path := append(slices.Clone(at.path), f.Alias) // the parser sets Alias to the name when there is none
	row := Field{Path: path, Coordinate: at.on + "." + f.Name}
	var sent bool
	row.Allowed, sent = d.decideField(f, at, path)
	d.addRow(row)
	if sent && len(at.path) == 0 {
		d.left = append(d.left, row)
	}
	if strings.HasPrefix(f.Name, "__") {
		return
	}
	result := d.resultType(at.on, f.Name)
	d.selectionSet(f.SelectionSet, place{
		path: path, on: result, possible: d.objects(result), own: d.objects(result), denied: at.denied,
	})
}

// decideField says whether a writing of a field is allowed, and whether any of
// it is sent: an allowed one is not where no object is possible in `narrow`.
func (d *decider) decideField(f *ast.Field, at place, path []string) (allowed, sent bool) {
	switch {
	case at.denied:
		return false, false
	case f.Name == "__schema", f.Name == "__type":
		return true, true
	case f.Name == "__typename":
		allowed = d.decideNeeds(path, at.on+"."+f.Name, d.needsOfTypename(f, at))
		return allowed, allowed
	case d.c.Abstract == "narrow":
		return d.narrow(f, at, path)
	}
	allowed = d.decideNeeds(path, at.on+"."+f.Name, d.needsOnEveryType(f, at))
	return allowed, allowed
}

// decideNeeds denies the coordinate at the path unless every need is readable.
func (d *decider) decideNeeds(path []string, coordinate string, needs []need) bool {
	failed := d.failing(needs)
	if len(failed) == 0 {
		return true
	}
	d.deny(path, coordinate, kindOf(failed), failed)
	return false
}

func (d *decider) addRow(row Field) {
	for i, known := range d.fields {
		if slices.Equal(known.Path, row.Path) && known.Coordinate == row.Coordinate {
			d.fields[i].Allowed = known.Allowed && row.Allowed
			return
		}
	}
	d.fields = append(d.fields, row)
}

// deny records a denial, merged with an earlier one of the same path and coordinate.
func (d *decider) deny(path []string, coordinate, kind string, failed []need) {
	denial := Denial{Path: path, Coordinate: coordinate, Kind: kind, ArgumentPath: firstArgument(failed), Restricted: coordinatesOf(failed)}
	for i, known := range d.denied {
		if slices.Equal(known.Path, path) && known.Coordinate == coordinate {
			d.denied[i] = merge(known, denial)
			return
		}
	}
	d.denied = append(d.denied, denial)
}

func merge(a, b Denial) Denial {
	if a.Kind == KindArgument {
		a.Kind = b.Kind
	}
	if a.ArgumentPath == nil {
		a.ArgumentPath = b.ArgumentPath
	}
	a.Restricted = sorted(slices.Concat(a.Restricted, b.Restricted))
	return a
}

func (d *decider) decision(operation *ast.OperationDefinition) string {
	switch {
	case len(d.denied) == 0:
		return Allow
	case operation.Operation != ast.Query:
		return Deny
	case slices.ContainsFunc(d.left, d.isLeft):
		return Partial
	}
	return Deny
}

// isLeft says whether a root selection is still there when every denial is
// known: a denial of another writing of it takes it away.
func (d *decider) isLeft(row Field) bool {
	return !slices.ContainsFunc(d.denied, func(x Denial) bool {
		return slices.Equal(x.Path, row.Path) && x.Coordinate == row.Coordinate
	})
}
