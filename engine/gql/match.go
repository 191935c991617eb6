package gql

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// Match returns the coordinates that a scope entry covers (R1), by ID. A literal covers what it
// names. A glob covers what it matches, except that one for types matches object, interface, union
// and custom scalar types only: enums and inputs are matched as `E.V` and `In.x`. Nothing matches
// introspection types and meta fields, which have no ID.
func (s *Schema) Match(p coord.Pattern) []ID {
	if c, ok := p.Literal(); ok {
		if id, ok := s.Lookup(c.String()); ok {
			return []ID{id}
		}
		return nil
	}
	var out []ID
	for id, c := range s.coords {
		if p.Match(c) && s.globbable(c) {
			out = append(out, ID(id))
		}
	}
	return out
}

// Covers reports whether Match of the entry holds the coordinate with the number id.
func (s *Schema) Covers(p coord.Pattern, id ID) bool {
	c := s.coords[id]
	if literal, ok := p.Literal(); ok {
		return literal == c
	}
	return p.Match(c) && s.globbable(c)
}

func (s *Schema) globbable(c coord.Coordinate) bool {
	if c.Member != "" {
		return true
	}
	def := s.types[c.Type].def
	switch def.Kind {
	case ast.Object, ast.Interface, ast.Union:
		return true
	case ast.Scalar:
		return !def.BuiltIn
	}
	return false
}

// Type describes a type for reports.
type Type struct {
	Kind         string // OBJECT, INTERFACE, UNION, ENUM, INPUT_OBJECT or SCALAR
	BuiltIn      bool
	Implementers []string // object types that an interface or union can be, sorted
}

// Type returns what is known about the type called name.
func (s *Schema) Type(name string) (Type, bool) {
	t := s.types[name]
	if t == nil {
		return Type{}, false
	}
	out := Type{Kind: string(t.def.Kind), BuiltIn: t.def.BuiltIn}
	if t.def.IsAbstractType() {
		for _, o := range t.possible.types {
			out.Implementers = append(out.Implementers, o.def.Name)
		}
	}
	return out, true
}

// Description says what a coordinate is, for reports on scopes.
type Description struct {
	NonNullField bool // a field that can be neither null nor an empty list
	EnumValue    bool
	Abstract     bool // an interface, or a field of one
	Implementers int  // object types behind an abstract one
	InputOnly    bool // an input object type
}

// Describe returns what the coordinate with the number id is.
func (s *Schema) Describe(id ID) Description {
	c := s.coords[id]
	t := s.types[c.Type]
	_, isValue := t.values[c.Member]
	m := t.members[c.Member]
	output := t.def.Kind == ast.Object || t.def.Kind == ast.Interface
	return Description{
		NonNullField: c.Argument == "" && m != nil && output && m.typ.NonNull && m.typ.Elem == nil,
		EnumValue:    isValue,
		Abstract:     c.Argument == "" && t.def.Kind == ast.Interface,
		Implementers: implementers(t),
		InputOnly:    c.Member == "" && t.def.Kind == ast.InputObject,
	}
}

func implementers(t *typ) int {
	if t.possible == nil {
		return 0
	}
	return len(t.possible.types)
}
