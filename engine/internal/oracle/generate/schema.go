// Package generate makes random schemas, scopes and valid operations from a
// seed, for tests that compare the engine with the oracle.
//
// Equal seeds give equal cases. The distribution is biased so that denials,
// partial answers, abstract types and narrowing fragments are common; the test
// of this package reports it.
package generate

import (
	"slices"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

var (
	objectNames    = []string{"ShopProduct", "ShopOrder", "CmsPage", "CmsAsset", "User", "Team"}
	interfaceNames = []string{"Node", "Owned", "CmsEntry", "Priced"}
	unionNames     = []string{"Hit", "CmsBlock"}
	enumNames      = []string{"Color", "SortKey"}
	inputNames     = []string{"Where", "CmsFilter", "Range"}
	scalarNames    = []string{"Date", "ShopMoney"}
	fieldNames     = []string{"id", "name", "email", "cost", "title", "owner", "parent", "items", "related", "best", "state", "notes", "link"}
	inputFields    = []string{"cost", "email", "and", "color", "range", "ids", "name"}
	argumentNames  = []string{"first", "where", "sort", "ids", "like"}
	builtIns       = []string{"Int", "String", "ID", "Boolean", "Float"}
)

// Schema returns the SDL of a random valid schema.
func Schema(seed uint64) string {
	sdl, _ := newSchema(newDice(seed))
	return sdl
}

// newSchema makes schemas until one is valid. Covariance between several
// interfaces is left to chance and to the validator.
func newSchema(d dice) (string, *ast.Schema) {
	for {
		sdl := newModel(d).String()
		if schema, err := gqlparser.LoadSchema(&ast.Source{Input: sdl}); err == nil {
			return sdl, schema
		}
	}
}

func newModel(d dice) *model {
	m := &model{dice: d, usual: map[string]*fieldModel{}, stream: d.chance(0.3), tag: d.chance(0.25)}
	m.scalars = m.named("scalar", scalarNames, d.between(0, 1))
	m.enums = m.named("enum", enumNames, d.between(0, 2))
	m.inputs = m.named("input", inputNames, d.between(0, 2))
	m.interfaces = m.named("interface", interfaceNames, min(d.between(0, 4), 3))
	m.objects = m.named("type", objectNames, d.between(2, 4))
	m.unions = m.named("union", unionNames, min(d.between(0, 3), 2))
	m.addRoots()
	m.addValues()
	m.addImplements()
	m.addMembers()
	m.addInputFields()
	m.addOutputFields()
	return m
}

func (m *model) named(keyword string, names []string, n int) []*typeModel {
	var out []*typeModel
	for _, name := range some(m.dice, names, n) {
		out = append(out, &typeModel{keyword: keyword, name: name})
	}
	return out
}

func (m *model) addRoots() {
	suffix := ""
	if m.chance(0.2) {
		suffix = "Root"
	}
	m.query = &typeModel{keyword: "type", name: "Query" + suffix}
	if m.chance(0.25) {
		m.mutation = &typeModel{keyword: "type", name: "Mutation" + suffix}
	}
}

func (m *model) addValues() {
	for _, e := range m.enums {
		e.values = some(m.dice, []string{"RED", "GREEN", "COST", "EMAIL"}, m.between(1, 3))
	}
}

// addImplements says who implements what, transitively, before any field exists.
func (m *model) addImplements() {
	for i, t := range m.interfaces {
		m.implement(t, m.interfaces[:i], 0.35)
	}
	for _, t := range m.objects {
		m.implement(t, m.interfaces, 0.5)
	}
	if m.chance(0.08) {
		m.implement(m.query, m.interfaces, 0.5)
	}
}

func (m *model) implement(t *typeModel, candidates []*typeModel, p float64) {
	for _, i := range candidates {
		if !m.chance(p) {
			continue
		}
		for _, name := range append([]string{i.name}, i.implements...) {
			if !slices.Contains(t.implements, name) {
				t.implements = append(t.implements, name)
			}
		}
	}
}

func (m *model) addMembers() {
	for _, u := range m.unions {
		for _, o := range some(m.dice, m.objects, m.between(1, 3)) {
			u.members = append(u.members, o.name)
		}
	}
}

func (m *model) addInputFields() {
	for i, in := range m.inputs {
		for _, name := range some(m.dice, inputFields, m.between(1, 4)) {
			in.fields = append(in.fields, m.inputField(name, m.inputs[:i+1]))
		}
	}
}

// inputField makes an input field or argument. Input objects stay nullable, so
// that recursive ones are satisfiable.
func (m *model) inputField(name string, inputs []*typeModel) *fieldModel {
	f := &fieldModel{name: name}
	roll := m.Float64()
	switch {
	case roll < 0.4 && len(inputs) > 0:
		f.typ = m.wrap(pick(m.dice, inputs).name, 0)
	case roll < 0.65 && len(m.enums) > 0:
		e := pick(m.dice, m.enums)
		f.typ, f.def = m.wrap(e.name, 0.15), m.maybe(0.15, e.values[0])
	case roll < 0.75 && len(m.scalars) > 0:
		f.typ = m.wrap(pick(m.dice, m.scalars).name, 0.1)
	case roll < 0.9:
		f.typ, f.def = m.wrap("Int", 0.15), m.maybe(0.2, "7")
	default:
		f.typ = m.wrap(pick(m.dice, builtIns), 0.1)
	}
	return f
}

func (m *model) maybe(p float64, s string) string {
	if m.chance(p) {
		return s
	}
	return ""
}

// wrap puts random list and non-null wrappers around a name; nonNull is the
// chance of the latter at each layer.
func (m *model) wrap(name string, nonNull float64) *ast.Type {
	t := &ast.Type{NamedType: name, NonNull: m.chance(nonNull)}
	for range 2 {
		if !m.chance(0.3) {
			break
		}
		t = &ast.Type{Elem: t, NonNull: m.chance(nonNull)}
	}
	return t
}
