package gql

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// Schema is one GraphQL schema with an index of its coordinates. It is immutable.
type Schema struct {
	doc     *ast.Schema
	rules   []core.Rule // validation without suggestions and without the overlapping-fields rule
	types   map[string]*typ
	sorted  []*typ // by name
	objects []*typ // the object types, in order of their bit
	coords  []coord.Coordinate
	names   []string // coords as text
	ids     map[string]ID

	mutation *typ // whose fields take data; nil when there is none, or when a query gets there too
	guards   guards
}

// typ is a type with what R3 asks of it.
type typ struct {
	def      *ast.Definition
	id       ID
	self     []ID     // the type and its interfaces: what makes it count as restricted
	ifaces   []*typ   // transitively
	impl     []*typ   // of an interface: the object and interface types that have it in ifaces
	possible *objects // the object types it can be at run time; nil for inputs, enums, scalars
	members  map[string]*member
	values   map[string]ID // enum values
	bit      int           // of an object type
}

// member is a field of an object or interface type, or an input field.
type member struct {
	owner     *typ
	name      string
	typ       *ast.Type
	named     *typ // the named type of typ
	id        ID
	plain     []ID // R3 for a field; the input field and its type for an input field; both without guards: see Schema.needs
	plainWide []ID // for an interface's field: R3 for every possible object type (R11); see Schema.wide
	args      map[string]*argument
}

type argument struct {
	def   *ast.ArgumentDefinition
	id    ID
	plain []ID // the argument, the same argument of the interfaces' fields, its named type; without guards: see Schema.argument
}

// index builds the index of a validated schema document.
func index(doc *ast.Schema) (*Schema, error) {
	if doc.Query == nil {
		return nil, fmt.Errorf("the schema has no query type: name it in `schema { query: ... }` or define `type Query`")
	}
	s := &Schema{doc: doc, types: map[string]*typ{}, ids: map[string]ID{}}
	if err := ownTypesOnly(doc); err != nil {
		return nil, err
	}
	s.rules, _ = validationRules(doc)
	s.addTypes()
	s.linkInterfaces()
	s.linkPossible()
	s.linkNeeds()
	return s, nil
}

// ownTypesOnly refuses a schema that uses the types of introspection as its own. They have no
// coordinates, so that nobody could say who may read what is of them.
func ownTypesOnly(doc *ast.Schema) error {
	for _, name := range slices.Sorted(maps.Keys(doc.Types)) {
		def := doc.Types[name]
		if IsIntrospection(name) {
			continue
		}
		for _, member := range def.Types {
			if IsIntrospection(member) {
				return fmt.Errorf("%s holds %s: the types of introspection cannot be used for anything else", name, member)
			}
		}
		for _, f := range def.Fields {
			if err := ownTypes(name, f); err != nil && !IsIntrospection(f.Name) {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Directives)) {
		if err := ownArguments("@"+name, doc.Directives[name].Arguments); err != nil {
			return err
		}
	}
	return nil
}

func ownTypes(owner string, f *ast.FieldDefinition) error {
	if IsIntrospection(f.Type.Name()) {
		return fmt.Errorf("%s.%s returns %s: the types of introspection cannot be used for anything else", owner, f.Name, f.Type.Name())
	}
	return ownArguments(owner+"."+f.Name, f.Arguments)
}

func ownArguments(owner string, list ast.ArgumentDefinitionList) error {
	for _, a := range list {
		if IsIntrospection(a.Type.Name()) {
			return fmt.Errorf("%s(%s:) takes %s: the types of introspection cannot be used for anything else", owner, a.Name, a.Type.Name())
		}
	}
	return nil
}

// IsIntrospection reports whether name belongs to GraphQL's introspection system.
func IsIntrospection(name string) bool { return strings.HasPrefix(name, introspectionPrefix) }

func (s *Schema) addTypes() {
	for name, def := range s.doc.Types {
		if !IsIntrospection(name) {
			t := &typ{def: def, members: map[string]*member{}, values: map[string]ID{}}
			s.types[name] = t
			s.sorted = append(s.sorted, t)
		}
	}
	sort.Slice(s.sorted, func(i, j int) bool { return s.sorted[i].def.Name < s.sorted[j].def.Name })
	for _, t := range s.sorted {
		s.number(t)
	}
}

// number gives out the IDs of a type and everything in it, in the order of the document.
func (s *Schema) number(t *typ) {
	name := t.def.Name
	t.id = s.add(coord.Coordinate{Type: name})
	for _, f := range t.def.Fields {
		if IsIntrospection(f.Name) {
			continue
		}
		m := &member{owner: t, name: f.Name, typ: f.Type, args: map[string]*argument{}}
		m.id = s.add(coord.Coordinate{Type: name, Member: f.Name})
		for _, a := range f.Arguments {
			m.args[a.Name] = &argument{def: a, id: s.add(coord.Coordinate{Type: name, Member: f.Name, Argument: a.Name})}
		}
		t.members[f.Name] = m
	}
	for _, v := range t.def.EnumValues {
		t.values[v.Name] = s.add(coord.Coordinate{Type: name, Member: v.Name})
	}
	if t.def.Kind == ast.Object {
		t.bit = len(s.objects)
		s.objects = append(s.objects, t)
	}
}

func (s *Schema) add(c coord.Coordinate) ID {
	id := ID(len(s.coords)) //nolint:gosec // a schema has far fewer than 2^32 coordinates
	text := c.String()
	s.coords = append(s.coords, c)
	s.names = append(s.names, text)
	s.ids[text] = id
	return id
}

// linkInterfaces sets, for every type, the interfaces that it declares and those that they declare.
func (s *Schema) linkInterfaces() {
	for _, t := range s.sorted {
		seen := map[*typ]bool{}
		s.collectInterfaces(t, seen)
		for i := range seen {
			t.ifaces = append(t.ifaces, i)
		}
		sort.Slice(t.ifaces, func(i, j int) bool { return t.ifaces[i].id < t.ifaces[j].id })
		t.self = []ID{t.id}
		for _, i := range t.ifaces {
			t.self = append(t.self, i.id)
			i.impl = append(i.impl, t)
		}
	}
}

func (s *Schema) collectInterfaces(t *typ, seen map[*typ]bool) {
	for _, name := range t.def.Interfaces {
		if i := s.types[name]; i != nil && i != t && !seen[i] {
			seen[i] = true
			s.collectInterfaces(i, seen)
		}
	}
}

func (s *Schema) linkPossible() {
	for _, t := range s.sorted {
		if t.def.IsCompositeType() {
			t.possible = newObjects(len(s.objects))
		}
	}
	for _, o := range s.objects {
		o.possible.add(o)
		for _, i := range o.ifaces {
			i.possible.add(o)
		}
	}
	for _, u := range s.sorted {
		if u.def.Kind != ast.Union {
			continue
		}
		for _, o := range s.objects {
			if slices.Contains(u.def.Types, o.def.Name) {
				u.possible.add(o)
			}
		}
	}
}

// linkNeeds writes down R3 for every field, and what an input position needs.
func (s *Schema) linkNeeds() {
	for _, t := range s.sorted {
		for _, m := range t.members {
			m.named = s.types[m.typ.Name()]
			m.plain = fieldNeeds(t, m)
			for _, a := range m.args {
				a.plain = s.argumentNeeds(t, m, a)
			}
		}
	}
	s.linkWide()
	s.linkMutation()
}

// linkWide writes down R3 of an interface's fields for every possible object type (R11).
func (s *Schema) linkWide() {
	for _, t := range s.sorted {
		if t.def.Kind != ast.Interface {
			continue
		}
		for _, m := range t.members {
			m.plainWide = s.wideNeeds(t.possible, m.name)
		}
	}
}

// fieldNeeds is R3 for field m of t: T, T.f, U, the interfaces of T and of U, and I.f for every
// interface I of T that declares f.
func fieldNeeds(t *typ, m *member) []ID {
	if t.def.Kind == ast.InputObject {
		return []ID{m.id, m.named.id}
	}
	needs := append([]ID{m.id}, t.self...)
	needs = append(needs, m.named.self...)
	for _, i := range t.ifaces {
		if same := i.members[m.name]; same != nil {
			needs = append(needs, same.id)
		}
	}
	return compact(needs)
}

func (s *Schema) argumentNeeds(t *typ, m *member, a *argument) []ID {
	needs := []ID{a.id, s.types[a.def.Type.Name()].id}
	for _, i := range t.ifaces {
		if same := i.members[m.name]; same != nil {
			if arg := same.args[a.def.Name]; arg != nil {
				needs = append(needs, arg.id)
			}
		}
	}
	return compact(needs)
}

// linkMutation finds the type whose fields take data. Where a query can select on it, as one that is a root of both or that
// some field returns, an argument of it may read like any other (R14).
func (s *Schema) linkMutation() {
	t := s.root(ast.Mutation)
	if t == nil || t == s.root(ast.Query) || t == s.root(ast.Subscription) {
		return
	}
	for _, other := range s.sorted {
		for _, m := range other.members {
			if m.named.possible != nil && m.named.possible.has(t) {
				return
			}
		}
	}
	s.mutation = t
}

// wideNeeds is R3 for the field called name on every one of the object types (R11).
func (s *Schema) wideNeeds(set *objects, name string) []ID {
	var needs []ID
	for _, o := range set.types {
		if m := o.members[name]; m != nil {
			needs = append(needs, s.needs(m)...)
		}
	}
	return compact(needs)
}

// compact sorts ids and takes out what stands twice.
func compact(ids []ID) []ID {
	slices.Sort(ids)
	return slices.Clip(slices.Compact(ids))
}

// Len returns the number of coordinates of the schema.
func (s *Schema) Len() int { return len(s.coords) }

// Coordinate returns the coordinate with the number id.
func (s *Schema) Coordinate(id ID) coord.Coordinate { return s.coords[id] }

// Name returns the text of the coordinate with the number id, such as `Order.total`.
func (s *Schema) Name(id ID) string { return s.names[id] }

// Names returns the text of every coordinate, by ID. The caller must not change it.
func (s *Schema) Names() []string { return s.names }

// Lookup returns the ID of a coordinate written as text.
func (s *Schema) Lookup(name string) (ID, bool) {
	id, ok := s.ids[name]
	return id, ok
}

// Root returns the name of the root type of an operation type (`query`, `mutation`,
// `subscription`), or "" when the schema has none.
func (s *Schema) Root(operation string) string {
	if t := s.root(ast.Operation(operation)); t != nil {
		return t.def.Name
	}
	return ""
}

func (s *Schema) root(op ast.Operation) *typ {
	var def *ast.Definition
	switch op {
	case ast.Query:
		def = s.doc.Query
	case ast.Mutation:
		def = s.doc.Mutation
	case ast.Subscription:
		def = s.doc.Subscription
	}
	if def == nil {
		return nil
	}
	return s.types[def.Name]
}
