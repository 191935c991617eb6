package gql

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Query returns the shortest operation that was found to read a coordinate: an operation that is
// valid, allowed for the subject, and selects the coordinate or uses it in an argument. It is "" when
// the subject cannot read it. Values in it are only of the right shape.
func (r *Reach) Query(id ID) string {
	w, ok := r.witness[id]
	if !ok {
		return ""
	}
	inner := typenameField
	if w.field != nil {
		inner = r.selection(w.field, w.arg, w.inputs)
		if w.field.named.possible != nil {
			inner += " { " + typenameField + " }"
		}
	}
	if w.as != nil {
		inner = "... on " + w.as.def.Name + " { " + inner + " }"
	}
	return r.enclose(w.on, inner)
}

// enclose writes the way to an object type around what is selected on it.
func (r *Reach) enclose(at stand, inner string) string {
	by := r.steps[at]
	if by.from == nil {
		return r.operation(at.object) + "{ " + inner + " }"
	}
	if by.field.named != at.object {
		inner = "... on " + at.object.def.Name + " { " + inner + " }"
	}
	return r.enclose(stand{by.from, at.whole}, r.selection(by.field, nil, nil)+" { "+inner+" }")
}

func (r *Reach) operation(root *typ) string {
	for _, op := range []ast.Operation{ast.Mutation, ast.Subscription} {
		if r.schema.root(op) == root {
			return string(op) + " "
		}
	}
	return ""
}

// selection writes a field with the arguments that it cannot do without, and with the one that is
// wanted, holding what is wanted.
func (r *Reach) selection(m *member, wanted *argument, inputs []inputStep) string {
	var args []string
	for _, def := range m.definition().Arguments {
		a := m.args[def.Name]
		switch data := r.isData(m, a); {
		case a == wanted:
			args = append(args, def.Name+": "+r.literal(def.Type, inputs, data))
		case required(def.Type, def.DefaultValue):
			args = append(args, def.Name+": "+r.literal(def.Type, nil, data))
		}
	}
	if args == nil {
		return m.name
	}
	return m.name + "(" + strings.Join(args, ", ") + ")"
}

// literal writes a value of a type that holds what is wanted.
func (r *Reach) literal(t *ast.Type, wanted []inputStep, data bool) string {
	if t.Elem != nil {
		if len(wanted) == 0 && !r.hasValue(t.Elem, data) {
			return "[]"
		}
		return "[" + r.literal(t.Elem, wanted, data) + "]"
	}
	named := r.schema.types[t.Name()]
	switch named.def.Kind {
	case ast.Enum:
		return r.enumLiteral(named, wanted, data)
	case ast.InputObject:
		return r.objectLiteral(named, wanted, data)
	}
	switch named.def.Name {
	case "Int", "Float":
		return "1"
	case "Boolean":
		return "true"
	}
	return `"x"`
}

func (r *Reach) enumLiteral(t *typ, wanted []inputStep, data bool) string {
	if len(wanted) > 0 {
		return wanted[0].value
	}
	for _, v := range t.def.EnumValues {
		if r.nameable(t, v.Name, data) {
			return v.Name
		}
	}
	return "" // not reached: the type has a value that can be written
}

func (r *Reach) objectLiteral(t *typ, wanted []inputStep, data bool) string {
	var fields []string
	add := func(m *member, rest []inputStep) {
		fields = append(fields, m.name+": "+r.literal(m.typ, rest, data))
	}
	if len(wanted) > 0 {
		add(wanted[0].field, wanted[1:])
	}
	for _, def := range t.def.Fields {
		m := t.members[def.Name]
		switch {
		case len(wanted) > 0 && wanted[0].field == m:
		case isOneOf(t) && len(fields) == 0 && r.fillable(m, data), !isOneOf(t) && required(def.Type, def.DefaultValue):
			add(m, nil)
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}
