package generate

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// variable is a declared variable of the document.
type variable struct {
	name     string
	typ      *ast.Type
	def      string // default value, "" for none
	value    any
	provided bool
}

func (w *writer) arguments(f *ast.FieldDefinition) string { return w.argumentList(f.Arguments) }

// argumentList writes the required arguments and some others.
func (w *writer) argumentList(defs ast.ArgumentDefinitionList) string {
	var out []string
	for _, a := range defs {
		if required(a.Type, a.DefaultValue) || w.chance(0.6) {
			out = append(out, a.Name+": "+w.literal(a.Type, 0, true))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "(" + strings.Join(out, ", ") + ")"
}

func required(t *ast.Type, def *ast.Value) bool { return t.NonNull && def == nil }

// literal writes a value of type t, with variables in it where they are allowed.
func (w *writer) literal(t *ast.Type, depth int, variables bool) string {
	if variables && w.chance(0.25) {
		return w.variable(t)
	}
	if !t.NonNull && (depth > 3 || w.chance(0.04)) {
		return "null"
	}
	if t.Elem == nil {
		return w.namedLiteral(w.schema.Types[t.NamedType], depth, variables)
	}
	if w.chance(0.3) {
		return w.singleLiteral(t.Elem, depth, variables)
	}
	return w.listLiteral(t.Elem, depth, variables)
}

// singleLiteral writes one item in place of a list. The item itself cannot be a
// variable, though what is inside it can.
func (w *writer) singleLiteral(elem *ast.Type, depth int, variables bool) string {
	if elem.Elem == nil {
		return w.namedLiteral(w.schema.Types[elem.NamedType], depth, variables)
	}
	return w.literal(nonNull(elem), depth, false)
}

// nonNull is t without null: a null in place of a list is not an item of it.
func nonNull(t *ast.Type) *ast.Type {
	return &ast.Type{NamedType: t.NamedType, Elem: t.Elem, NonNull: true}
}

func (w *writer) listLiteral(elem *ast.Type, depth int, variables bool) string {
	var items []string
	for range w.between(0, 2) {
		items = append(items, w.literal(elem, depth+1, variables))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func (w *writer) namedLiteral(t *ast.Definition, depth int, variables bool) string {
	switch t.Kind {
	case ast.Enum:
		return pick(w.dice, t.EnumValues).Name
	case ast.InputObject:
		return w.objectLiteral(t, depth, variables)
	}
	switch t.Name {
	case "Int", "Float":
		return fmt.Sprint(w.between(0, 9))
	case "Boolean":
		return pick(w.dice, []string{"true", "false"})
	case "String", "ID":
		return `"s"`
	}
	return pick(w.dice, []string{`"2020-01-01"`, "12", `{ RED: "cost", and: [1] }`})
}

func (w *writer) objectLiteral(t *ast.Definition, depth int, variables bool) string {
	var out []string
	for _, i := range w.Perm(len(t.Fields)) {
		f := t.Fields[i]
		if required(f.Type, f.DefaultValue) || depth < 3 && w.chance(0.5) {
			out = append(out, f.Name+": "+w.literal(f.Type, depth+1, variables))
		}
	}
	return "{ " + strings.Join(out, ", ") + " }"
}

// variable returns a variable of type t, declared already or new.
func (w *writer) variable(t *ast.Type) string {
	for _, v := range w.variables {
		if v.typ.String() == t.String() && w.chance(0.4) {
			return "$" + v.name
		}
	}
	v := variable{name: fmt.Sprintf("v%d", len(w.variables)), typ: cloneType(t)}
	if w.chance(0.1) {
		v.typ.NonNull = true
	}
	if !v.typ.NonNull && w.chance(0.35) || v.typ.NonNull && w.chance(0.1) {
		v.def = w.literal(nonNull(t), 0, false)
	}
	if v.typ.NonNull && v.def == "" || w.chance(0.6) {
		v.provided, v.value = true, w.json(v.typ, 0)
	}
	w.variables = append(w.variables, v)
	return "$" + v.name
}

func (w *writer) declarations() string {
	var out []string
	for _, v := range w.variables {
		s := "$" + v.name + ": " + v.typ.String()
		if v.def != "" {
			s += " = " + v.def
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return ""
	}
	return "(" + strings.Join(out, ", ") + ")"
}

func (w *writer) values() map[string]any {
	out := map[string]any{}
	for _, v := range w.variables {
		if v.provided {
			out[v.name] = v.value
		}
	}
	if w.chance(0.03) {
		out["undeclared"] = "RED"
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// json returns a variable's value of type t, of the types that encoding/json
// decodes into.
func (w *writer) json(t *ast.Type, depth int) any {
	if !t.NonNull && (depth > 3 || w.chance(0.06)) {
		return nil
	}
	if t.Elem == nil {
		return w.namedJSON(w.schema.Types[t.NamedType], depth)
	}
	if w.chance(0.3) {
		return w.json(nonNull(t.Elem), depth)
	}
	items := []any{}
	for range w.between(0, 2) {
		items = append(items, w.json(t.Elem, depth+1))
	}
	return items
}

func (w *writer) namedJSON(t *ast.Definition, depth int) any {
	switch t.Kind {
	case ast.Enum:
		return pick(w.dice, t.EnumValues).Name
	case ast.InputObject:
		return w.objectJSON(t, depth)
	}
	switch t.Name {
	case "Int", "Float":
		return float64(w.between(0, 9))
	case "Boolean":
		return w.chance(0.5)
	case "String", "ID":
		return "s"
	}
	return pick(w.dice, []any{"2020-01-01", 12.0, map[string]any{"RED": "cost", "and": []any{1.0}}})
}

func (w *writer) objectJSON(t *ast.Definition, depth int) any {
	out := map[string]any{}
	for _, f := range t.Fields {
		if required(f.Type, f.DefaultValue) || depth < 3 && w.chance(0.5) {
			out[f.Name] = w.json(f.Type, depth+1)
		}
	}
	return out
}
