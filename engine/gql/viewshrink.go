package gql

import "github.com/vektah/gqlparser/v2/ast"

// viewer finds the greatest part of a schema that meets the view's conditions: it starts with all
// that is readable and takes away until nothing has to go any more.
type viewer struct {
	schema   *Schema
	readable Set
	narrow   bool
	gone     map[string]bool // types that are not in the view
	fields   map[*member]bool
	args     map[*argument]bool
	values   map[string][]*ast.EnumValueDefinition
}

func (v *viewer) start() {
	v.values = map[string][]*ast.EnumValueDefinition{}
	for _, t := range v.schema.sorted {
		if !v.readable.HasAll(t.self) {
			v.gone[t.def.Name] = true
			continue
		}
		for _, value := range t.def.EnumValues {
			if v.readable.HasAll(v.schema.value(t, value.Name)) {
				v.values[t.def.Name] = append(v.values[t.def.Name], value)
			}
		}
		for _, m := range t.members {
			v.fields[m] = v.fieldReadable(t, m)
			for _, a := range m.args {
				v.args[a] = v.argumentReadable(t, m, a)
			}
		}
	}
}

// fieldReadable: the field may be selected wherever the view lets its type stand, so for an
// interface on every object type that can be behind it (R11, R12).
func (v *viewer) fieldReadable(t *typ, m *member) bool {
	if !v.readable.HasAll(v.schema.needs(m)) {
		return false
	}
	return t.def.Kind != ast.Interface || v.everyObject(t, func(o *typ) bool {
		same := o.members[m.name]
		return same != nil && v.readable.HasAll(v.schema.needs(same))
	})
}

func (v *viewer) argumentReadable(t *typ, m *member, a *argument) bool {
	if !v.readable.HasAll(v.schema.argument(a)) {
		return false
	}
	return t.def.Kind != ast.Interface || v.everyObject(t, func(o *typ) bool {
		same := o.members[m.name]
		return same != nil && same.args[a.def.Name] != nil && v.readable.HasAll(v.schema.argument(same.args[a.def.Name]))
	})
}

// everyObject reports whether ok holds for every object type that t can be; when the layer narrows,
// for those that are readable.
func (v *viewer) everyObject(t *typ, ok func(*typ) bool) bool {
	for _, o := range t.possible.types {
		if v.narrow && !v.readable.HasAll(o.self) {
			continue
		}
		if !ok(o) {
			return false
		}
	}
	return true
}

// shrink takes away what cannot stay and reports whether it did.
func (v *viewer) shrink() bool {
	changed := false
	for _, t := range v.schema.sorted {
		if v.gone[t.def.Name] {
			continue
		}
		for _, m := range t.members {
			changed = v.shrinkMember(t, m) || changed
		}
		if v.empty(t) {
			v.gone[t.def.Name] = true
			changed = true
		}
	}
	return changed
}

func (v *viewer) shrinkMember(t *typ, m *member) bool {
	changed := false
	for _, a := range m.args {
		if v.args[a] && (v.gone[a.def.Type.Name()] || v.lostDefault(a.def.Type, a.def.DefaultValue) || !v.argumentEverywhere(t, m, a)) {
			v.args[a] = false
			changed = true
		}
	}
	if v.fields[m] && !v.canStay(t, m) {
		v.fields[m] = false
		changed = true
	}
	return changed
}

// canStay: a field needs its type, the arguments that it cannot do without, and, on an interface,
// the same field on everything that implements it.
func (v *viewer) canStay(t *typ, m *member) bool {
	if v.gone[m.named.def.Name] || (t.def.Kind == ast.InputObject && v.lostDefault(m.typ, t.def.Fields.ForName(m.name).DefaultValue)) {
		return false
	}
	for _, a := range m.args {
		if required(a.def.Type, a.def.DefaultValue) && !v.args[a] {
			return false
		}
	}
	if t.def.Kind != ast.Interface {
		return true
	}
	return v.everyImplementer(t, func(o *typ) bool {
		same := o.members[m.name]
		return same != nil && v.fields[same]
	})
}

// argumentEverywhere: an interface's argument must stand on everything that implements the field.
func (v *viewer) argumentEverywhere(t *typ, m *member, a *argument) bool {
	if t.def.Kind != ast.Interface {
		return true
	}
	return v.everyImplementer(t, func(o *typ) bool {
		same := o.members[m.name]
		return same == nil || !v.fields[same] || (same.args[a.def.Name] != nil && v.args[same.args[a.def.Name]])
	})
}

func (v *viewer) everyImplementer(t *typ, ok func(*typ) bool) bool {
	for _, other := range t.impl {
		if !v.gone[other.def.Name] && !ok(other) {
			return false
		}
	}
	return true
}

// lostDefault reports whether an input that may be left out only because of its default would have
// to be given, since the default names what is not in the view. Such an input is taken away.
func (v *viewer) lostDefault(t *ast.Type, def *ast.Value) bool {
	return t.NonNull && def != nil && !v.holdsValue(def, t)
}

func required(t *ast.Type, def *ast.Value) bool { return t.NonNull && def == nil }

// empty reports whether nothing of the type is left, or, for an input type, something that it
// cannot do without is gone.
func (v *viewer) empty(t *typ) bool {
	switch t.def.Kind {
	case ast.Scalar:
		return false
	case ast.Enum:
		return len(v.values[t.def.Name]) == 0
	case ast.Union:
		return len(v.objectsLeft(t)) == 0
	case ast.Interface:
		return v.noField(t) || (len(t.possible.types) > 0 && len(v.objectsLeft(t)) == 0)
	case ast.InputObject:
		for _, f := range t.def.Fields {
			if required(f.Type, f.DefaultValue) && !v.fields[t.members[f.Name]] {
				return true
			}
		}
	}
	return v.noField(t)
}

func (v *viewer) noField(t *typ) bool {
	for _, m := range t.members {
		if v.fields[m] {
			return false
		}
	}
	return true
}

func (v *viewer) objectsLeft(t *typ) []*typ {
	var out []*typ
	for _, o := range t.possible.types {
		if !v.gone[o.def.Name] {
			out = append(out, o)
		}
	}
	return out
}
