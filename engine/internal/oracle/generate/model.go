package generate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// model is a schema while it is being made up.
type model struct {
	dice
	scalars, enums, inputs      []*typeModel
	interfaces, unions, objects []*typeModel
	query, mutation             *typeModel
	stream, tag                 bool // declare @stream, declare @tag
	usual                       map[string]*fieldModel
}

// typeModel is one type; which of its lists are used depends on the keyword.
type typeModel struct {
	keyword    string // scalar, enum, input, interface, union, type
	name       string
	implements []string // transitively
	members    []string // of a union
	values     []string // of an enum
	fields     []*fieldModel
}

// fieldModel is a field, an input field or (without args) an argument.
type fieldModel struct {
	name string
	typ  *ast.Type
	args []*fieldModel
	def  string // default value, "" for none
}

func (t *typeModel) field(name string) *fieldModel {
	for _, f := range t.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

// String prints the schema as SDL.
func (m *model) String() string {
	var b strings.Builder
	m.printHeader(&b)
	for _, list := range [][]*typeModel{m.scalars, m.enums, m.inputs, m.interfaces, m.unions, m.objects, m.roots()} {
		for _, t := range list {
			t.print(&b)
		}
	}
	return b.String()
}

func (m *model) roots() []*typeModel {
	if m.mutation == nil {
		return []*typeModel{m.query}
	}
	return []*typeModel{m.query, m.mutation}
}

func (m *model) printHeader(b *strings.Builder) {
	if m.query.name != "Query" {
		fmt.Fprintf(b, "schema { query: %s", m.query.name)
		if m.mutation != nil {
			fmt.Fprintf(b, " mutation: %s", m.mutation.name)
		}
		b.WriteString(" }\n")
	}
	if m.stream {
		b.WriteString("directive @stream(if: Boolean = true, label: String, initialCount: Int = 0) on FIELD\n")
	}
	if m.tag {
		m.printTag(b)
	}
}

func (m *model) printTag(b *strings.Builder) {
	b.WriteString("directive @tag(name: String")
	if len(m.enums) > 0 {
		b.WriteString(", by: " + m.enums[0].name)
	}
	if len(m.inputs) > 0 {
		b.WriteString(", like: " + m.inputs[0].name)
	}
	b.WriteString(") on QUERY | MUTATION | FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | FRAGMENT_DEFINITION\n")
}

func (t *typeModel) print(b *strings.Builder) {
	b.WriteString(t.keyword + " " + t.name)
	if len(t.implements) > 0 {
		b.WriteString(" implements " + strings.Join(t.implements, " & "))
	}
	switch t.keyword {
	case "scalar":
	case "union":
		b.WriteString(" = " + strings.Join(t.members, " | "))
	case "enum":
		b.WriteString(" { " + strings.Join(t.values, " ") + " }")
	default:
		t.printFields(b)
	}
	b.WriteString("\n")
}

func (t *typeModel) printFields(b *strings.Builder) {
	b.WriteString(" {\n")
	for _, f := range t.fields {
		b.WriteString("  " + f.String() + "\n")
	}
	b.WriteString("}")
}

// String prints the field as SDL.
func (f *fieldModel) String() string {
	var args []string
	for _, a := range f.args {
		args = append(args, a.String())
	}
	s := f.name
	if len(args) > 0 {
		s += "(" + strings.Join(args, ", ") + ")"
	}
	s += ": " + f.typ.String()
	if f.def != "" {
		s += " = " + f.def
	}
	return s
}

// implementers returns the interfaces and objects that implement an interface,
// or the members of a union.
func (m *model) implementers(abstract string) []string {
	var out []string
	for _, t := range slices.Concat(m.interfaces, m.objects, m.roots()) {
		if slices.Contains(t.implements, abstract) {
			out = append(out, t.name)
		}
	}
	for _, u := range m.unions {
		if u.name == abstract {
			out = append(out, u.members...)
		}
	}
	return out
}

func cloneType(t *ast.Type) *ast.Type {
	if t == nil {
		return nil
	}
	return &ast.Type{NamedType: t.NamedType, Elem: cloneType(t.Elem), NonNull: t.NonNull}
}
