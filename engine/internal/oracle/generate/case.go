package generate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/fieldgate/fieldgate/engine/internal/oracle"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/walk"
)

// Case returns the random case of a seed. Its operation is valid in its schema,
// its variables' values are of their types, and its directives are all let through.
func Case(seed uint64) oracle.Case {
	d := newDice(seed)
	for {
		sdl, schema := newSchema(d)
		directives := listed(schema)
		if op, ok := newOperation(d, schema, directives); ok {
			return newCase(d, fmt.Sprint(seed), sdl, schema, op, directives)
		}
	}
}

func listed(schema *ast.Schema) []string {
	if schema.Directives["tag"] == nil {
		return nil
	}
	return []string{"tag"}
}

func newCase(d dice, id, sdl string, schema *ast.Schema, op Op, directives []string) oracle.Case {
	c := oracle.Case{
		ID: id, SDL: sdl, Query: op.Query, OperationName: op.OperationName, Variables: op.Variables,
		Scopes:     newScopes(d, coordinates(schema), wanted(sdl, op)),
		Match:      pick(d, []string{"any", "any", "all"}),
		Abstract:   pick(d, []string{"deny", "narrow"}),
		Directives: directives,
	}
	if d.chance(0.15) {
		closeObjects(d, schema, c.Scopes)
	}
	if d.chance(0.02) {
		c.Unrestricted = true
		return c
	}
	c.Held = held(d, c.Scopes)
	return c
}

// closeObjects adds a scope over most object types of one abstract type, for
// places where few or none are readable.
func closeObjects(d dice, schema *ast.Schema, scopes map[string][]string) {
	w := &writer{dice: d, schema: schema}
	var abstract []*ast.Definition
	for _, t := range w.composites() {
		if t.IsAbstractType() {
			abstract = append(abstract, t)
		}
	}
	if len(abstract) == 0 {
		return
	}
	scopes["objects"] = []string{}
	for _, o := range w.objects(pick(d, abstract)) {
		if d.chance(0.75) {
			scopes["objects"] = append(scopes["objects"], o)
		}
	}
}

// wanted returns what the operation touches.
func wanted(sdl string, op Op) []string {
	found, err := walk.Selected(sdl, op.Query, op.OperationName)
	if err != nil {
		return nil // an unnamed choice between operations does not get here
	}
	return slices.Sorted(maps.Keys(found))
}

func held(d dice, scopes map[string][]string) []string {
	out := []string{}
	for _, name := range slices.Sorted(maps.Keys(scopes)) {
		if d.chance(0.35) {
			out = append(out, name)
		}
	}
	if d.chance(0.05) {
		out = append(out, "unknown")
	}
	return out
}
