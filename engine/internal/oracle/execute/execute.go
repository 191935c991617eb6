// Package execute runs operations on random objects, to see which resolvers an
// operation would run.
//
// It is a small GraphQL executor without errors: it trusts the document to be
// valid, coerces nothing and knows no introspection. Data depends on the seed,
// the object, the field and its arguments alone, so what is left of an
// operation after pruning sees the objects that the whole operation saw.
package execute

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Call is one run of a resolver. It carries what the schema says about the
// field, so that it can be judged without it.
type Call struct {
	Type, Field string   // the concrete object type and the field's name, never an alias
	Interfaces  []string // of Type
	Declarers   []string // I.f for each of them that declares the field
	Results     []string // the field's named type on Type and its interfaces
	Arguments   []string // O.f(a:), types, In.x and E.V that the call's arguments used
}

// Outcome is what an execution leaves.
type Outcome struct {
	Data  map[string]any // response key to value; nested objects likewise, lists as []any
	Calls []Call         // in order, one per object and response key
}

// Run executes an operation over the full schema. An empty opName stands for
// the only operation. __schema and __type answer null and call nothing.
func Run(schemaSDL, query, opName string, variables map[string]any, seed uint64) (Outcome, error) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: schemaSDL})
	if err != nil {
		return Outcome{}, fmt.Errorf("load schema: %w", err)
	}
	document, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return Outcome{}, fmt.Errorf("parse query: %w", err)
	}
	operation := document.Operations.ForName(opName)
	if operation == nil {
		return Outcome{}, fmt.Errorf("no operation %q", opName)
	}
	root := rootType(schema, operation.Operation)
	if root == nil {
		return Outcome{}, fmt.Errorf("schema has no %s type", operation.Operation)
	}
	e := &executor{schema: schema, document: document, operation: operation, variables: variables}
	data := e.object(object{root, mix(seed)}, operation.SelectionSet)
	return Outcome{Data: data, Calls: e.calls}, nil
}

func rootType(schema *ast.Schema, operation ast.Operation) *ast.Definition {
	switch operation {
	case ast.Mutation:
		return schema.Mutation
	case ast.Subscription:
		return schema.Subscription
	}
	return schema.Query
}

type executor struct {
	schema    *ast.Schema
	document  *ast.QueryDocument
	operation *ast.OperationDefinition
	variables map[string]any
	calls     []Call
}

// object is a random object: its concrete type and what it is known by.
type object struct {
	typ *ast.Definition
	id  uint64
}

// group is the fields of one response key.
type group struct {
	key    string
	fields []*ast.Field
}

// object executes a selection set on an object.
func (e *executor) object(o object, set ast.SelectionSet) map[string]any {
	data := map[string]any{}
	for _, g := range e.collect(o.typ, set, nil) {
		data[g.key] = e.field(o, g.fields)
	}
	return data
}

// collect is CollectFields of the specification.
func (e *executor) collect(t *ast.Definition, set ast.SelectionSet, groups []group) []group {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if e.included(s.Directives) {
				groups = add(groups, s)
			}
		case *ast.InlineFragment:
			if e.included(s.Directives) && e.applies(s.TypeCondition, t) {
				groups = e.collect(t, s.SelectionSet, groups)
			}
		case *ast.FragmentSpread:
			f := e.document.Fragments.ForName(s.Name)
			if e.included(s.Directives) && e.applies(f.TypeCondition, t) {
				groups = e.collect(t, f.SelectionSet, groups)
			}
		}
	}
	return groups
}

func add(groups []group, f *ast.Field) []group {
	for i := range groups {
		if groups[i].key == f.Alias {
			groups[i].fields = append(groups[i].fields, f)
			return groups
		}
	}
	return append(groups, group{f.Alias, []*ast.Field{f}})
}

// included applies @skip and @include.
func (e *executor) included(directives ast.DirectiveList) bool {
	skip, include := directives.ForName("skip"), directives.ForName("include")
	if skip != nil && e.isTrue(skip.Arguments.ForName("if").Value) {
		return false
	}
	return include == nil || e.isTrue(include.Arguments.ForName("if").Value)
}

func (e *executor) isTrue(v *ast.Value) bool {
	if v.Kind != ast.Variable {
		return v.Raw == "true"
	}
	if value, ok := e.variables[v.Raw]; ok {
		return value == true
	}
	declared := e.operation.VariableDefinitions.ForName(v.Raw)
	return declared != nil && declared.DefaultValue != nil && declared.DefaultValue.Raw == "true"
}

func (e *executor) applies(condition string, t *ast.Definition) bool {
	if condition == "" || condition == t.Name {
		return true
	}
	for _, possible := range e.schema.PossibleTypes[condition] {
		if possible == t {
			return true
		}
	}
	return false
}

// field runs the resolver of a response key and completes its value.
func (e *executor) field(o object, fields []*ast.Field) any {
	f := fields[0]
	switch f.Name {
	case "__typename":
		return o.typ.Name
	case "__schema", "__type":
		return nil
	}
	used := e.argumentsUsed(o.typ, f)
	e.calls = append(e.calls, e.call(o.typ, f.Name, used))
	var below ast.SelectionSet
	for _, each := range fields {
		below = append(below, each.SelectionSet...)
	}
	id := mix(o.id, f.Name, e.argumentText(f))
	return e.value(o.typ.Fields.ForName(f.Name).Type, id, below)
}

func (e *executor) call(t *ast.Definition, field string, used []string) Call {
	result := e.schema.Types[t.Fields.ForName(field).Type.Name()]
	c := Call{Type: t.Name, Field: field, Interfaces: t.Interfaces, Arguments: used}
	c.Results = append([]string{result.Name}, result.Interfaces...)
	for _, i := range t.Interfaces {
		if e.schema.Types[i].Fields.ForName(field) != nil {
			c.Declarers = append(c.Declarers, i+"."+field)
		}
	}
	return c
}

// value makes a random value of a type: null now and then, lists of 0 to 3.
func (e *executor) value(t *ast.Type, id uint64, below ast.SelectionSet) any {
	if !t.NonNull && mix(id, "null")%12 == 0 {
		return nil
	}
	if t.Elem != nil {
		list := make([]any, mix(id, "length")%4)
		for i := range list {
			list[i] = e.value(t.Elem, mix(id, fmt.Sprint(i)), below)
		}
		return list
	}
	return e.named(e.schema.Types[t.NamedType], id, below)
}

func (e *executor) named(t *ast.Definition, id uint64, below ast.SelectionSet) any {
	switch t.Kind {
	case ast.Enum:
		return t.EnumValues[id%uint64(len(t.EnumValues))].Name
	case ast.Scalar:
		return scalar(t.Name, id)
	}
	objects := e.objects(t)
	if len(objects) == 0 { // an interface that nothing implements
		return nil
	}
	return e.object(object{objects[mix(id, "type")%uint64(len(objects))], id}, below)
}

func (e *executor) objects(t *ast.Definition) []*ast.Definition {
	var out []*ast.Definition
	for _, o := range e.schema.PossibleTypes[t.Name] {
		if o.Kind == ast.Object {
			out = append(out, o)
		}
	}
	return out
}

func scalar(name string, id uint64) any {
	switch name {
	case "Int":
		return int(id % 1000)
	case "Float":
		return float64(id%1000) / 8
	case "Boolean":
		return id%2 == 0
	}
	return fmt.Sprintf("%s-%d", strings.ToLower(name), id%1000)
}
