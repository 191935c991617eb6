package gql

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// build makes a schema document of what is left and reachable, and loads it like any other.
func (v *viewer) build(settings Settings) *ast.Schema {
	query := v.schema.root(ast.Query)
	if v.gone[query.def.Name] {
		return nil
	}
	reach := &reacher{viewer: v, seen: map[string]int{}}
	roots := ast.OperationTypeDefinitionList{}
	for _, op := range []ast.Operation{ast.Query, ast.Mutation, ast.Subscription} {
		t := v.schema.root(op)
		open := settings.Operations == nil || slices.Contains(settings.Operations, string(op))
		if t != nil && open && !v.gone[t.def.Name] {
			roots = append(roots, &ast.OperationTypeDefinition{Operation: op, Type: t.def.Name, Position: t.def.Position})
			reach.typ(t, reached)
		}
	}
	doc := validator.PreludeDocument()
	doc.Schema = ast.SchemaDefinitionList{{OperationTypes: roots, Description: v.schema.doc.Description}}
	doc.Directives = append(doc.Directives, v.directives(settings, reach)...)
	for _, t := range v.schema.sorted {
		if reach.seen[t.def.Name] > 0 && !t.def.BuiltIn {
			doc.Definitions = append(doc.Definitions, v.definition(t, reach))
		}
	}
	out, err := validator.ValidateSchemaDocument(doc)
	if err != nil {
		return nil // cannot happen; errs to showing nothing
	}
	return out
}

// directives returns what the layer lets through, as far as the view holds its arguments' types,
// and `@stream`, which is always taken and stripped.
func (v *viewer) directives(settings Settings, reach *reacher) ast.DirectiveDefinitionList {
	out := ast.DirectiveDefinitionList{streamDirective()}
	for _, name := range settings.Directives {
		d := v.schema.doc.Directives[name]
		if d == nil || slices.ContainsFunc(d.Arguments, func(a *ast.ArgumentDefinition) bool { return v.gone[a.Type.Name()] }) {
			continue
		}
		copied := *d
		copied.Directives = nil
		copied.Arguments = nil
		for _, a := range d.Arguments {
			reach.named(a.Type.Name())
			copied.Arguments = append(copied.Arguments, v.argument(a))
		}
		out = append(out, &copied)
	}
	return out
}

// reacher finds the types that are reachable from the roots: 1 for an interface that is only
// declared by a type that is reached, 2 for what a field can return or take.
type reacher struct {
	*viewer
	seen map[string]int
}

const (
	declared = 1
	reached  = 2
)

func (r *reacher) named(name string) {
	if t := r.schema.types[name]; t != nil {
		r.typ(t, reached)
	}
}

func (r *reacher) typ(t *typ, how int) {
	if r.gone[t.def.Name] || r.seen[t.def.Name] >= how {
		return
	}
	if t.def.Kind != ast.Interface {
		how = reached
	}
	r.seen[t.def.Name] = how
	for _, m := range t.members {
		if !r.fields[m] {
			continue
		}
		r.typ(m.named, how)
		for _, a := range m.args {
			if r.args[a] {
				r.named(a.def.Type.Name())
			}
		}
	}
	for _, i := range t.ifaces {
		r.typ(i, declared)
	}
	if t.def.IsAbstractType() && how == reached {
		for _, o := range t.possible.types {
			r.typ(o, reached)
		}
	}
}

func (v *viewer) definition(t *typ, reach *reacher) *ast.Definition {
	out := &ast.Definition{
		Kind: t.def.Kind, Name: t.def.Name, Description: t.def.Description, Position: t.def.Position,
		Directives: specified(t.def.Directives), EnumValues: v.enumValues(t),
	}
	for _, i := range t.def.Interfaces {
		if reach.seen[i] > 0 {
			out.Interfaces = append(out.Interfaces, i)
		}
	}
	for _, o := range t.def.Types {
		if reach.seen[o] > 0 {
			out.Types = append(out.Types, o)
		}
	}
	for _, f := range t.def.Fields {
		if m := t.members[f.Name]; m != nil && v.fields[m] {
			out.Fields = append(out.Fields, v.fieldDefinition(m, f))
		}
	}
	return out
}

func (v *viewer) enumValues(t *typ) ast.EnumValueList {
	var out ast.EnumValueList
	for _, value := range v.values[t.def.Name] {
		copied := *value
		copied.Directives = specified(value.Directives)
		out = append(out, &copied)
	}
	return out
}

func (v *viewer) fieldDefinition(m *member, f *ast.FieldDefinition) *ast.FieldDefinition {
	copied := *f
	copied.Directives = specified(f.Directives)
	copied.Arguments = nil
	for _, a := range f.Arguments {
		if arg := m.args[a.Name]; v.args[arg] {
			copied.Arguments = append(copied.Arguments, v.argument(a))
		}
	}
	if f.DefaultValue != nil && !v.holdsValue(f.DefaultValue, f.Type) {
		copied.DefaultValue = nil
	}
	return &copied
}

func (v *viewer) argument(a *ast.ArgumentDefinition) *ast.ArgumentDefinition {
	copied := *a
	copied.Directives = specified(a.Directives)
	if a.DefaultValue != nil && !v.holdsValue(a.DefaultValue, a.Type) {
		copied.DefaultValue = nil
	}
	return &copied
}

// holdsValue reports whether everything that a default value names is in the view.
func (v *viewer) holdsValue(value *ast.Value, t *ast.Type) bool {
	named := v.schema.types[t.Name()]
	switch {
	case value.Kind == ast.EnumValue && named.def.Kind == ast.Enum:
		return v.readable.HasAll(v.schema.value(named, value.Raw))
	case value.Kind == ast.ObjectValue && named.def.Kind == ast.InputObject:
		for _, child := range value.Children {
			m := named.members[child.Name]
			if m == nil || !v.fields[m] || !v.holdsValue(child.Value, m.typ) {
				return false
			}
		}
	case value.Kind == ast.ListValue:
		for _, child := range value.Children {
			if !v.holdsValue(child.Value, element(t)) {
				return false
			}
		}
	}
	return true
}

// specified keeps the applied directives that the specification defines; what others say is not
// for the view.
func specified(list ast.DirectiveList) ast.DirectiveList {
	var out ast.DirectiveList
	for _, d := range list {
		switch d.Name {
		case "deprecated", "specifiedBy", "oneOf":
			out = append(out, d)
		}
	}
	return out
}
