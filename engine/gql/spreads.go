package gql

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// possibleSpreads returns the rule "Fragment Spread Is Possible" (section 5.5.2.3) for a schema. The
// parser library compares every possible type of one side with every one of the other at each spread;
// this compares bits, since unified data layers have interfaces with a thousand types.
func possibleSpreads(doc *ast.Schema) core.Rule {
	possible := possibleBits(doc)
	overlap := func(a, b *ast.Definition) bool {
		x, y := possible[a.Name], possible[b.Name]
		for i := range x {
			if x[i]&y[i] != 0 {
				return true
			}
		}
		return false
	}
	check := func(parent *ast.Definition, condition string, fail func()) {
		c := doc.Types[condition]
		if parent != nil && c != nil && parent.IsCompositeType() && c.IsCompositeType() && !overlap(parent, c) {
			fail()
		}
	}
	return core.Rule{Name: "PossibleFragmentSpreads", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
		observers.OnInlineFragment(func(_ *core.Walker, f *ast.InlineFragment) {
			check(f.ObjectDefinition, f.TypeCondition, func() {
				addError(core.Message(`Fragment cannot be spread here as objects of type "%s" can never be of type "%s".`,
					f.ObjectDefinition.Name, f.TypeCondition), core.At(f.Position))
			})
		})
		observers.OnFragmentSpread(func(_ *core.Walker, f *ast.FragmentSpread) {
			if f.Definition == nil {
				return
			}
			check(f.ObjectDefinition, f.Definition.TypeCondition, func() {
				addError(core.Message(`Fragment "%s" cannot be spread here as objects of type "%s" can never be of type "%s".`,
					f.Name, f.ObjectDefinition.Name, f.Definition.TypeCondition), core.At(f.Position))
			})
		})
	}}
}

// possibleBits gives each composite type the set of object types that it can be, one bit each.
func possibleBits(doc *ast.Schema) map[string][]uint64 {
	bits := map[string]int{}
	for name, def := range doc.Types {
		if def.Kind == ast.Object {
			bits[name] = len(bits)
		}
	}
	out := map[string][]uint64{}
	for name, def := range doc.Types {
		if !def.IsCompositeType() {
			continue
		}
		words := make([]uint64, (len(bits)+63)/64)
		for _, t := range doc.PossibleTypes[name] {
			if bit, ok := bits[t.Name]; ok {
				words[bit/64] |= 1 << (bit % 64)
			}
		}
		out[name] = words
	}
	return out
}
