package gql

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// metaObject is an object of the introspection schema
// (https://spec.graphql.org/September2025/#sec-Schema-Introspection.Schema-Introspection-Schema).
type metaObject interface {
	typename() string
	// get returns the value of a field: nil, a string, a boolean, a list of strings, a metaObject or a
	// []metaObject. deprecated is the field's argument `includeDeprecated`.
	get(field string, deprecated bool) any
}

type (
	metaSchema struct{ doc *ast.Schema }
	metaType   struct {
		doc *ast.Schema
		def *ast.Definition // nil for a list or non-null type
		typ *ast.Type       // nil for a named type
	}
	metaField struct {
		doc *ast.Schema
		def *ast.FieldDefinition
	}
	metaInput struct {
		doc          *ast.Schema
		name, about  string
		typ          *ast.Type
		defaultValue *ast.Value
		directives   ast.DirectiveList
	}
	metaEnumValue struct{ def *ast.EnumValueDefinition }
	metaDirective struct {
		doc *ast.Schema
		def *ast.DirectiveDefinition
	}
)

func (metaSchema) typename() string    { return "__Schema" }
func (metaType) typename() string      { return "__Type" }
func (metaField) typename() string     { return "__Field" }
func (metaInput) typename() string     { return "__InputValue" }
func (metaEnumValue) typename() string { return "__EnumValue" }
func (metaDirective) typename() string { return "__Directive" }

func metaDefinition(doc *ast.Schema, def *ast.Definition) metaObject {
	return metaType{doc: doc, def: def}
}

// metaRef is the type that a field or an input has.
func metaRef(doc *ast.Schema, t *ast.Type) metaObject {
	if t.NonNull || t.Elem != nil {
		return metaType{doc: doc, typ: t}
	}
	return metaType{doc: doc, def: doc.Types[t.NamedType]}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (m metaSchema) get(field string, _ bool) any {
	switch field {
	case "description":
		return orNull(m.doc.Description)
	case "types":
		out := make([]metaObject, 0, len(m.doc.Types))
		for _, name := range slices.Sorted(maps.Keys(m.doc.Types)) {
			out = append(out, metaDefinition(m.doc, m.doc.Types[name]))
		}
		return out
	case "queryType":
		return m.rootType(m.doc.Query)
	case "mutationType":
		return m.rootType(m.doc.Mutation)
	case "subscriptionType":
		return m.rootType(m.doc.Subscription)
	case "directives":
		out := make([]metaObject, 0, len(m.doc.Directives))
		for _, name := range slices.Sorted(maps.Keys(m.doc.Directives)) {
			out = append(out, metaDirective{m.doc, m.doc.Directives[name]})
		}
		return out
	}
	return nil
}

func (m metaSchema) rootType(def *ast.Definition) any {
	if def == nil {
		return nil
	}
	return metaDefinition(m.doc, def)
}

func (m metaType) get(field string, deprecated bool) any {
	if m.def == nil {
		return m.wrapped(field)
	}
	switch field {
	case "kind":
		return string(m.def.Kind)
	case "name":
		return m.def.Name
	case "description":
		return orNull(m.def.Description)
	case "fields":
		return m.fields(deprecated)
	case "inputFields":
		return m.inputFields(deprecated)
	case "enumValues":
		return m.enumValues(deprecated)
	}
	return m.ofKind(field)
}

// ofKind is a field that types of some kinds have.
func (m metaType) ofKind(field string) any {
	switch field {
	case "specifiedByURL":
		return m.specifiedBy()
	case "possibleTypes":
		return m.possibleTypes()
	case "isOneOf":
		if m.def.Kind == ast.InputObject {
			return m.def.Directives.ForName("oneOf") != nil
		}
	case "interfaces":
		if m.def.Kind == ast.Object || m.def.Kind == ast.Interface {
			return m.named(m.def.Interfaces)
		}
	}
	return nil
}

// kindNonNull is a __TypeKind that is no kind of a definition.
const kindNonNull = "NON_NULL"

// wrapped is a field of a list or non-null type.
func (m metaType) wrapped(field string) any {
	switch {
	case field == "kind" && m.typ.NonNull:
		return kindNonNull
	case field == "kind":
		return "LIST"
	case field == "ofType" && m.typ.NonNull:
		inner := *m.typ
		inner.NonNull = false
		return metaRef(m.doc, &inner)
	case field == "ofType":
		return metaRef(m.doc, m.typ.Elem)
	}
	return nil
}

func (m metaType) specifiedBy() any {
	if d := m.def.Directives.ForName("specifiedBy"); d != nil && m.def.Kind == ast.Scalar {
		if url := d.Arguments.ForName("url"); url != nil {
			return url.Value.Raw
		}
	}
	return nil
}

func (m metaType) fields(deprecated bool) any {
	if m.def.Kind != ast.Object && m.def.Kind != ast.Interface {
		return nil
	}
	out := []metaObject{}
	for _, f := range m.def.Fields {
		if !strings.HasPrefix(f.Name, introspectionPrefix) && (deprecated || !isDeprecated(f.Directives)) {
			out = append(out, metaField{m.doc, f})
		}
	}
	return out
}

func (m metaType) inputFields(deprecated bool) any {
	if m.def.Kind != ast.InputObject {
		return nil
	}
	out := []metaObject{}
	for _, f := range m.def.Fields {
		if deprecated || !isDeprecated(f.Directives) {
			out = append(out, metaInput{m.doc, f.Name, f.Description, f.Type, f.DefaultValue, f.Directives})
		}
	}
	return out
}

func (m metaType) enumValues(deprecated bool) any {
	if m.def.Kind != ast.Enum {
		return nil
	}
	out := []metaObject{}
	for _, v := range m.def.EnumValues {
		if deprecated || !isDeprecated(v.Directives) {
			out = append(out, metaEnumValue{v})
		}
	}
	return out
}

func (m metaType) possibleTypes() any {
	switch m.def.Kind {
	case ast.Union:
		return m.named(m.def.Types)
	case ast.Interface:
		var names []string
		for _, def := range m.doc.GetPossibleTypes(m.def) {
			if def.Kind == ast.Object {
				names = append(names, def.Name)
			}
		}
		slices.Sort(names)
		return m.named(names)
	}
	return nil
}

func (m metaType) named(names []string) any {
	out := make([]metaObject, 0, len(names))
	for _, name := range names {
		if def := m.doc.Types[name]; def != nil {
			out = append(out, metaDefinition(m.doc, def))
		}
	}
	return out
}

func (m metaField) get(field string, deprecated bool) any {
	switch field {
	case "name":
		return m.def.Name
	case "description":
		return orNull(m.def.Description)
	case "args":
		return metaArguments(m.doc, m.def.Arguments, deprecated)
	case "type":
		return metaRef(m.doc, m.def.Type)
	}
	return deprecation(field, m.def.Directives)
}

func metaArguments(doc *ast.Schema, list ast.ArgumentDefinitionList, deprecated bool) []metaObject {
	out := make([]metaObject, 0, len(list))
	for _, a := range list {
		if deprecated || !isDeprecated(a.Directives) {
			out = append(out, metaInput{doc, a.Name, a.Description, a.Type, a.DefaultValue, a.Directives})
		}
	}
	return out
}

func (m metaInput) get(field string, _ bool) any {
	switch field {
	case "name":
		return m.name
	case "description":
		return orNull(m.about)
	case "type":
		return metaRef(m.doc, m.typ)
	case "defaultValue":
		if m.defaultValue != nil {
			return m.defaultValue.String()
		}
		return nil
	}
	return deprecation(field, m.directives)
}

func (m metaEnumValue) get(field string, _ bool) any {
	switch field {
	case "name":
		return m.def.Name
	case "description":
		return orNull(m.def.Description)
	}
	return deprecation(field, m.def.Directives)
}

func (m metaDirective) get(field string, deprecated bool) any {
	switch field {
	case "name":
		return m.def.Name
	case "description":
		return orNull(m.def.Description)
	case "isRepeatable":
		return m.def.IsRepeatable
	case "locations":
		out := make([]string, len(m.def.Locations))
		for i, l := range m.def.Locations {
			out[i] = string(l)
		}
		return out
	case "args":
		return metaArguments(m.doc, m.def.Arguments, deprecated)
	}
	return nil
}

func isDeprecated(list ast.DirectiveList) bool { return list.ForName("deprecated") != nil }

// deprecation is `isDeprecated` or `deprecationReason`.
func deprecation(field string, list ast.DirectiveList) any {
	d := list.ForName("deprecated")
	switch {
	case field == "isDeprecated":
		return d != nil
	case field != "deprecationReason" || d == nil:
		return nil
	}
	if reason := d.Arguments.ForName("reason"); reason != nil {
		return reason.Value.Raw
	}
	return "No longer supported"
}
