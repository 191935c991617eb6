package generate

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// conditions writes @skip or @include with probability p.
func (w *writer) conditions(p float64) string {
	if !w.chance(p) {
		return ""
	}
	value := pick(w.dice, []string{"true", "false"})
	if w.chance(0.5) {
		value = w.variable(&ast.Type{NamedType: "Boolean", NonNull: true})
	}
	return fmt.Sprintf(" @%s(if: %s)", pick(w.dice, []string{"skip", "include"}), value)
}

func (w *writer) deferred() string {
	if !w.chance(0.05) {
		return ""
	}
	return pick(w.dice, []string{" @defer", " @defer(if: true)", ` @defer(label: "` + w.label() + `")`})
}

// streamed writes @stream on list fields where the schema declares it.
func (w *writer) streamed(f *ast.FieldDefinition) string {
	if f.Type.Elem == nil || w.schema.Directives["stream"] == nil || !w.chance(0.15) {
		return ""
	}
	return pick(w.dice, []string{" @stream", " @stream(initialCount: 1)", ` @stream(label: "` + w.label() + `")`})
}

func (w *writer) label() string {
	w.serial++
	return fmt.Sprintf("l%d", w.serial)
}

// listed writes, with probability p, one of the directives that are let through.
func (w *writer) listed(at ast.DirectiveLocation, p float64) string {
	if len(w.directives) == 0 || !w.chance(p) {
		return ""
	}
	d := w.schema.Directives[pick(w.dice, w.directives)]
	if d == nil || !slices.Contains(d.Locations, at) {
		return ""
	}
	return " @" + d.Name + w.argumentList(d.Arguments)
}
