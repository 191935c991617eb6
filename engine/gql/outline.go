package gql

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// TypeOutline is what a schema says about a type, for whoever shows it to members.
type TypeOutline struct {
	ID          ID
	Name        string
	Kind        string // OBJECT, INTERFACE, UNION, INPUT_OBJECT, ENUM or SCALAR
	Description string
	Fields      []FieldOutline // of an object, interface or input type, in the order of the schema
	Values      []ValueOutline // of an enum
	Implements  []string       // interfaces that it declares
	Members     []string       // of a union
}

// FieldOutline is a field, or an input field, which has no arguments.
type FieldOutline struct {
	ID          ID
	Name        string
	Type        string // as in [Product!]!
	Named       string // Product
	Description string
	Arguments   []ArgumentOutline
}

// ArgumentOutline is an argument of a field.
type ArgumentOutline struct {
	ID          ID
	Name        string
	Type        string
	Description string
}

// ValueOutline is a value of an enum.
type ValueOutline struct {
	ID          ID
	Name        string
	Description string
}

// Outline returns every type of the schema that has a coordinate, by name, but for the scalars that every schema has.
func (s *Schema) Outline() []TypeOutline {
	out := make([]TypeOutline, 0, len(s.sorted))
	for _, t := range s.sorted {
		if s.BuiltIn(t.id) {
			continue
		}
		out = append(out, t.outline())
	}
	return out
}

func (t *typ) outline() TypeOutline {
	out := TypeOutline{ID: t.id, Name: t.def.Name, Kind: string(t.def.Kind), Description: t.def.Description, Implements: t.def.Interfaces}
	if t.def.Kind == ast.Union {
		out.Members = t.def.Types
	}
	for _, f := range t.def.Fields {
		if m := t.members[f.Name]; m != nil {
			out.Fields = append(out.Fields, m.outline(f))
		}
	}
	for _, v := range t.def.EnumValues {
		out.Values = append(out.Values, ValueOutline{ID: t.values[v.Name], Name: v.Name, Description: v.Description})
	}
	return out
}

func (m *member) outline(f *ast.FieldDefinition) FieldOutline {
	out := FieldOutline{ID: m.id, Name: m.name, Type: m.typ.String(), Named: m.named.def.Name, Description: f.Description}
	for _, a := range f.Arguments {
		out.Arguments = append(out.Arguments, ArgumentOutline{ID: m.args[a.Name].id, Name: a.Name, Type: a.Type.String(), Description: a.Description})
	}
	return out
}
