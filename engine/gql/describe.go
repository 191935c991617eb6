package gql

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// BuiltIn reports whether the coordinate with the number id is one of the scalars that every schema has.
func (s *Schema) BuiltIn(id ID) bool {
	c := s.coords[id]
	return c.Member == "" && slices.Contains([]string{"Int", "Float", "String", "Boolean", "ID"}, c.Type)
}

// Output is what a schema says about a field that can be selected.
type Output struct {
	Named       string // the named type that it returns
	Description string
}

// Output returns what is known about the field with the number id, and false for a coordinate that is no field of an object or
// interface type.
func (s *Schema) Output(id ID) (Output, bool) {
	c := s.coords[id]
	t := s.types[c.Type]
	m := t.members[c.Member]
	if m == nil || c.Argument != "" || t.def.Kind != ast.Object && t.def.Kind != ast.Interface {
		return Output{}, false
	}
	out := Output{Named: m.named.def.Name}
	if f := t.def.Fields.ForName(m.name); f != nil {
		out.Description = f.Description
	}
	return out, true
}
