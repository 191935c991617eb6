package gql

import (
	"bytes"
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"
)

// Introspected is the answer to one `__schema` or `__type` at the root of an operation.
type Introspected struct {
	Key   string // the response key
	Value []byte // JSON; not to be changed
}

// Introspects reports whether the operation asks for `__schema` or `__type`.
func (op *Operation) Introspects() bool { return introspects(op.root) }

func introspects(set []*selection) bool {
	for _, sel := range set {
		if sel.isIntrospection() || (sel.field == nil && introspects(sel.children)) {
			return true
		}
	}
	return false
}

// HasVariables reports whether the operation declares variables.
func (op *Operation) HasVariables() bool { return len(op.variables) > 0 }

// Introspect answers what an operation asks of the schema from the view alone (R13), in the order in
// which the response keys are written first. The errors say that a variable does not fit or that the
// view is empty; nothing is answered then.
func (v *View) Introspect(b *Bound) ([]Introspected, Errors) {
	if v.doc == nil {
		return nil, refuse(CodeInvalid, "the token may read nothing of this schema")
	}
	i := &introspector{schema: v.doc, bound: b}
	roots := &grouped{fields: map[string][]*ast.Field{}}
	i.roots(roots, b.op.root)
	out := make([]Introspected, 0, len(roots.keys))
	for _, key := range roots.keys {
		fields := roots.fields[key]
		i.out = &bytes.Buffer{}
		i.root(fields)
		out = append(out, Introspected{Key: key, Value: i.out.Bytes()})
	}
	return out, i.errs
}

// introspector executes selections on a schema.
type introspector struct {
	schema *ast.Schema
	bound  *Bound
	out    *bytes.Buffer
	errs   Errors
}

// grouped are fields by response key, in the order of their first writing.
type grouped struct {
	keys   []string
	fields map[string][]*ast.Field
}

func (g *grouped) add(f *ast.Field) {
	key := f.Alias
	if key == "" {
		key = f.Name
	}
	if _, ok := g.fields[key]; !ok {
		g.keys = append(g.keys, key)
	}
	g.fields[key] = append(g.fields[key], f)
}

// roots collects the introspection fields of the root selection set.
func (i *introspector) roots(into *grouped, set []*selection) {
	for _, sel := range set {
		switch {
		case sel.field == nil:
			if i.included(sel.directives) {
				i.roots(into, sel.children)
			}
		case sel.isIntrospection() && i.included(sel.field.Directives):
			into.add(sel.field)
		}
	}
}

// collect groups the selections that apply to an object of the type (spec, CollectFields).
func (i *introspector) collect(into *grouped, set ast.SelectionSet, typeName string) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if i.included(sel.Directives) {
				into.add(sel)
			}
		case *ast.InlineFragment:
			if i.included(sel.Directives) && (sel.TypeCondition == "" || sel.TypeCondition == typeName) {
				i.collect(into, sel.SelectionSet, typeName)
			}
		case *ast.FragmentSpread:
			f := sel.Definition
			if f != nil && i.included(sel.Directives) && f.TypeCondition == typeName {
				i.collect(into, f.SelectionSet, typeName)
			}
		}
	}
}

func (i *introspector) included(list ast.DirectiveList) bool {
	for _, d := range list {
		switch d.Name {
		case skipName:
			if i.boolean(d.Arguments, "if", false) {
				return false
			}
		case includeName:
			if !i.boolean(d.Arguments, "if", false) {
				return false
			}
		}
	}
	return true
}

// boolean is the value of a Boolean argument, or the default when it is not given.
func (i *introspector) boolean(list ast.ArgumentList, name string, byDefault bool) bool {
	arg := list.ForName(name)
	if arg == nil {
		return byDefault
	}
	value, ok := i.value(arg.Value)
	if !ok {
		return byDefault
	}
	is, ok := value.(bool)
	if !ok && value != nil {
		i.misfit(arg.Value)
	}
	return is
}

// text is the value of a String argument.
func (i *introspector) text(list ast.ArgumentList, name string) string {
	arg := list.ForName(name)
	if arg == nil {
		return ""
	}
	value, _ := i.value(arg.Value)
	text, ok := value.(string)
	if !ok {
		i.misfit(arg.Value)
	}
	return text
}

// value returns the value of a literal or of the variable in its place; false: there is none.
func (i *introspector) value(v *ast.Value) (any, bool) {
	if v.Kind == ast.Variable {
		if value, ok := i.bound.values[v.Raw]; ok {
			return value, true
		}
		def := i.bound.op.variables[v.Raw]
		if def == nil || def.DefaultValue == nil {
			return nil, false
		}
		v = def.DefaultValue
	}
	value, err := v.Value(nil)
	return value, err == nil
}

func (i *introspector) misfit(v *ast.Value) {
	if len(i.errs) < maxErrors {
		i.errs = append(i.errs, refuse(CodeVariables, "the value of %s does not have the type that is needed where it stands", clip(v.String()))...)
	}
}

// root answers `__schema` or `__type`, written once or more under one key.
func (i *introspector) root(fields []*ast.Field) {
	if fields[0].Name == "__schema" {
		i.object(metaSchema{i.schema}, fields)
		return
	}
	def := i.schema.Types[i.text(fields[0].Arguments, "name")]
	if def == nil {
		i.out.WriteString("null")
		return
	}
	i.object(metaDefinition(i.schema, def), fields)
}

// object writes what the fields select under an object.
func (i *introspector) object(o metaObject, fields []*ast.Field) {
	under := &grouped{fields: map[string][]*ast.Field{}}
	for _, f := range fields {
		i.collect(under, f.SelectionSet, o.typename())
	}
	i.out.WriteByte('{')
	for n, key := range under.keys {
		if n > 0 {
			i.out.WriteByte(',')
		}
		i.scalar(key)
		i.out.WriteByte(':')
		list := under.fields[key]
		if list[0].Name == typenameField {
			i.scalar(o.typename())
			continue
		}
		i.write(o.get(list[0].Name, i.boolean(list[0].Arguments, "includeDeprecated", false)), list)
	}
	i.out.WriteByte('}')
}

func (i *introspector) write(value any, fields []*ast.Field) {
	switch value := value.(type) {
	case metaObject:
		i.object(value, fields)
	case []metaObject:
		i.out.WriteByte('[')
		for n, one := range value {
			if n > 0 {
				i.out.WriteByte(',')
			}
			i.object(one, fields)
		}
		i.out.WriteByte(']')
	default:
		i.scalar(value)
	}
}

func (i *introspector) scalar(value any) {
	text, err := json.Marshal(value)
	if err != nil { // strings, booleans and lists of strings only
		text = []byte("null")
	}
	i.out.Write(text)
}
