package generate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// selectionSet writes what is selected on a type; depth counts the fields around it.
func (w *writer) selectionSet(on *ast.Definition, depth int) string {
	var selections []string
	fewest := 1
	if depth == 0 { // room for partial answers
		fewest = 3
	}
	for n := w.between(fewest, 4); n > 0 && (w.budget > 0 || len(selections) == 0); n-- {
		if len(selections) > 0 && w.chance(0.06) {
			selections = append(selections, pick(w.dice, selections))
			continue
		}
		selections = append(selections, w.selection(on, depth))
	}
	return "{ " + strings.Join(selections, " ") + " }"
}

func (w *writer) selection(on *ast.Definition, depth int) string {
	fragments := 0.25
	if on.IsAbstractType() {
		fragments = 0.5
	}
	switch {
	case w.budget <= 0 || w.chance(0.06) || !w.hasFields(on) && !w.chance(0.9):
		w.budget--
		return w.alias("__typename", 0.1) + w.conditions(0.03) + w.listed(ast.LocationField, 0.03)
	case w.chance(fragments) || !w.hasFields(on):
		w.budget-- // a fragment in a fragment costs too
		if w.chance(0.35) {
			return w.spread(on, depth)
		}
		return w.inline(on, depth)
	case depth == 0 && on == w.schema.Query && w.chance(0.04):
		w.budget--
		return w.introspection()
	}
	return w.field(w.chooseField(on, depth), depth)
}

func (w *writer) hasFields(on *ast.Definition) bool { return len(fieldsOf(on)) > 0 }

// fieldsOf returns the fields of a type without __schema and __type.
func fieldsOf(on *ast.Definition) []*ast.FieldDefinition {
	var out []*ast.FieldDefinition
	for _, f := range on.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			out = append(out, f)
		}
	}
	return out
}

func (w *writer) introspection() string {
	if w.chance(0.5) {
		return w.alias("__schema", 0.2) + " { queryType { name } types { name fields { name } } }"
	}
	return w.alias("__type", 0.2) + `(name: "` + pick(w.dice, w.composites()).Name + `") { kind name }`
}

// chooseField prefers fields that lead on while there is depth left.
func (w *writer) chooseField(on *ast.Definition, depth int) *ast.FieldDefinition {
	var leaves, branches []*ast.FieldDefinition
	for _, f := range fieldsOf(on) {
		if w.named(f.Type).IsCompositeType() {
			branches = append(branches, f)
		} else {
			leaves = append(leaves, f)
		}
	}
	deep := depth < maxDepth && w.chance(0.55)
	if len(branches) > 0 && (deep || len(leaves) == 0) {
		return pick(w.dice, branches)
	}
	if len(leaves) > 0 {
		return pick(w.dice, leaves)
	}
	return pick(w.dice, branches)
}

func (w *writer) named(t *ast.Type) *ast.Definition { return w.schema.Types[t.Name()] }

func (w *writer) field(f *ast.FieldDefinition, depth int) string {
	w.budget--
	args := w.arguments(f)
	s := w.alias(f.Name, w.aliasChance(f, args)) + args + w.conditions(0.05) + w.streamed(f) + w.listed(ast.LocationField, 0.08)
	switch result := w.named(f.Type); {
	case !result.IsCompositeType():
		return s
	case depth >= maxDepth || w.budget <= 0:
		return s + " { __typename }"
	default:
		return s + " " + w.selectionSet(result, depth+1)
	}
}

// aliasChance keeps selections that cannot share a response key apart, most of
// the time; the validator refuses the rest.
func (w *writer) aliasChance(f *ast.FieldDefinition, args string) float64 {
	if args != "" || !w.sameEverywhere(f) {
		return 0.75
	}
	return 0.1
}

// sameEverywhere says whether every field of this name has this type.
func (w *writer) sameEverywhere(f *ast.FieldDefinition) bool {
	for _, t := range w.composites() {
		if g := t.Fields.ForName(f.Name); g != nil && g.Type.String() != f.Type.String() {
			return false
		}
	}
	return true
}

func (w *writer) alias(name string, p float64) string {
	if !w.chance(p) {
		return name
	}
	w.serial++
	return fmt.Sprintf("a%d: %s", w.serial, name)
}

// condition chooses a type condition for a fragment in on, "" for none.
func (w *writer) condition(on *ast.Definition) *ast.Definition {
	candidates := w.overlapping(on)
	var objects []*ast.Definition
	for _, c := range candidates {
		if c.Kind == ast.Object {
			objects = append(objects, c)
		}
	}
	switch {
	case len(candidates) == 0 || w.chance(0.12):
		return nil
	case len(objects) > 0 && w.chance(0.5):
		return pick(w.dice, objects)
	}
	return pick(w.dice, candidates)
}

func (w *writer) inline(on *ast.Definition, depth int) string {
	on, head := w.conditionHead(on)
	return head + w.conditions(0.06) + w.deferred() + w.listed(ast.LocationInlineFragment, 0.08) + " " + w.selectionSet(on, depth)
}

func (w *writer) conditionHead(on *ast.Definition) (*ast.Definition, string) {
	if c := w.condition(on); c != nil {
		return c, "... on " + c.Name
	}
	return on, "..."
}

func (w *writer) spread(on *ast.Definition, depth int) string {
	f, ok := w.knownFragment(on)
	if !ok {
		c := w.condition(on)
		if c == nil {
			c = on
		}
		if !slices.Contains(w.overlapping(on), c) {
			return w.inline(on, depth)
		}
		f = w.newFragment(c, depth)
	}
	return "..." + f.name + w.conditions(0.06) + w.deferred() + w.listed(ast.LocationFragmentSpread, 0.08)
}

// knownFragment returns a fragment that can be spread in on, for using it again.
func (w *writer) knownFragment(on *ast.Definition) (fragment, bool) {
	var fit []fragment
	for _, f := range w.fragments {
		if slices.Contains(w.overlapping(on), f.on) {
			fit = append(fit, f)
		}
	}
	if len(fit) == 0 || w.chance(0.3) {
		return fragment{}, false
	}
	return pick(w.dice, fit), true
}

func (w *writer) newFragment(on *ast.Definition, depth int) fragment {
	w.serial++
	f := fragment{name: fmt.Sprintf("F%d", w.serial), on: on}
	f.text = "fragment " + f.name + " on " + on.Name + w.listed(ast.LocationFragmentDefinition, 0.08) + " " + w.selectionSet(on, depth)
	w.fragments = append(w.fragments, f)
	return f
}
