package generate

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

func (m *model) addOutputFields() {
	for _, t := range m.interfaces {
		m.inheritFields(t, 0.3)
		m.addOwnFields(t, m.between(1, 2), false)
	}
	for _, t := range m.objects {
		m.inheritFields(t, 0.4)
		m.addOwnFields(t, m.between(1, 3), false)
	}
	m.inheritFields(m.query, 0.4)
	m.addOwnFields(m.query, m.between(2, 5), true)
	if m.mutation != nil {
		m.addOwnFields(m.mutation, m.between(1, 3), true)
	}
}

// inheritFields copies the fields of t's interfaces, now and then with a
// narrower type or another optional argument.
func (m *model) inheritFields(t *typeModel, refine float64) {
	for _, i := range m.interfaces {
		if !slices.Contains(t.implements, i.name) {
			continue
		}
		for _, f := range i.fields {
			if t.field(f.name) == nil {
				t.fields = append(t.fields, m.implementation(m.narrowest(t, f), refine))
			}
		}
	}
}

// narrowest returns the last declaration of f among t's interfaces: a later
// interface may have narrowed what an earlier one declares.
func (m *model) narrowest(t *typeModel, f *fieldModel) *fieldModel {
	for _, i := range m.interfaces {
		if g := i.field(f.name); g != nil && slices.Contains(t.implements, i.name) {
			f = g
		}
	}
	return f
}

func (m *model) implementation(f *fieldModel, refine float64) *fieldModel {
	out := &fieldModel{name: f.name, typ: cloneType(f.typ), args: slices.Clone(f.args)}
	if m.chance(refine) {
		m.addNonNull(out.typ)
	}
	if m.chance(refine) {
		m.narrowName(out.typ)
	}
	if m.chance(0.1) && !hasArgument(out, "extra") {
		out.args = append(out.args, &fieldModel{name: "extra", typ: &ast.Type{NamedType: "Int"}})
	}
	return out
}

func hasArgument(f *fieldModel, name string) bool {
	return slices.ContainsFunc(f.args, func(a *fieldModel) bool { return a.name == name })
}

func (m *model) addNonNull(t *ast.Type) {
	if t.Elem != nil && m.chance(0.5) {
		m.addNonNull(t.Elem)
		return
	}
	t.NonNull = true
}

func (m *model) narrowName(t *ast.Type) {
	for t.Elem != nil {
		t = t.Elem
	}
	if subtypes := m.implementers(t.NamedType); len(subtypes) > 0 {
		t.NamedType = pick(m.dice, subtypes)
	}
}

func (m *model) addOwnFields(t *typeModel, n int, root bool) {
	for _, name := range some(m.dice, fieldNames, len(fieldNames)) {
		if n == 0 {
			return
		}
		if t.field(name) == nil {
			t.fields = append(t.fields, m.ownField(name, root))
			n--
		}
	}
}

// ownField makes a field, mostly of the type that the name usually has, so that
// fields of different types can often share a response key.
func (m *model) ownField(name string, root bool) *fieldModel {
	if usual := m.usual[name]; usual != nil && m.chance(0.6) {
		return m.implementation(usual, 0.1)
	}
	f := &fieldModel{name: name, typ: m.wrap(m.outputName(root), 0.15), args: m.arguments(root)}
	m.usual[name] = f
	return f
}

func (m *model) outputName(root bool) string {
	composite := 0.5
	if root {
		composite = 0.9
	}
	if m.chance(composite) {
		return m.compositeName()
	}
	leaves := slices.Concat(m.scalars, m.enums)
	if len(leaves) > 0 && m.chance(0.5) {
		return pick(m.dice, leaves).name
	}
	return pick(m.dice, builtIns)
}

func (m *model) compositeName() string {
	abstract := slices.Concat(m.interfaces, m.unions)
	if len(abstract) > 0 && m.chance(0.6) {
		return pick(m.dice, abstract).name
	}
	if m.chance(0.02) {
		return m.query.name
	}
	return pick(m.dice, m.objects).name
}

func (m *model) arguments(root bool) []*fieldModel {
	p := 0.25
	if root {
		p = 0.55
	}
	if !m.chance(p) {
		return nil
	}
	var args []*fieldModel
	for _, name := range some(m.dice, argumentNames, m.between(1, 2)) {
		args = append(args, m.inputField(name, m.inputs))
	}
	return args
}
