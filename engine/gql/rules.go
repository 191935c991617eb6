package gql

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// validationRules returns the rules of the specification (section 5) that a document must meet, in
// two forms: without "did you mean" (for the whole schema, whose names must not leak: R18) and with
// (for a view). Left out are unused fragments and variables, which are dropped instead (R9),
// fragment cycles, which measure refuses, and overlapping fields, which is quadratic there and done in overlap.go.
func validationRules(doc *ast.Schema) (plain, hinting []core.Rule) {
	common := []core.Rule{
		rules.FragmentsOnCompositeTypesRule,
		rules.KnownDirectivesRule,
		rules.KnownFragmentNamesRule,
		rules.KnownRootTypeRule,
		rules.LoneAnonymousOperationRule,
		rules.MaxIntrospectionDepth,
		rules.NoUndefinedVariablesRule,
		possibleSpreads(doc),
		rules.ProvidedRequiredArgumentsRule,
		rules.SingleFieldSubscriptionsRule,
		rules.UniqueArgumentNamesRule,
		rules.UniqueDirectivesPerLocationRule,
		rules.UniqueFragmentNamesRule,
		rules.UniqueInputFieldNamesRule,
		rules.UniqueOperationNamesRule,
		rules.UniqueVariableNamesRule,
		rules.VariablesAreInputTypesRule,
		rules.VariablesInAllowedPositionRule,
	}
	plain = append(plain, common...)
	plain = append(plain,
		rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ScalarLeafsRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	)
	hinting = append(hinting, common...)
	hinting = append(hinting,
		rules.FieldsOnCorrectTypeRule,
		rules.KnownArgumentNamesRule,
		knownTypeNames(doc),
		rules.ScalarLeafsRule,
		rules.ValuesOfCorrectTypeRule,
	)
	return plain, hinting
}

// knownTypeNames returns the rule "Fragment Spread Type Existence" (section 5.5.1.2), for variables as
// well, with a suggestion. The parser library's suggestions come in the order of a map.
func knownTypeNames(doc *ast.Schema) core.Rule {
	names := slices.Sorted(maps.Keys(doc.Types))
	return core.Rule{Name: "KnownTypeNames", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
		check := func(name string, at *ast.Position) {
			if name == "" || doc.Types[name] != nil {
				return
			}
			hint := ""
			if nearest := coord.Nearest(name, names); nearest != "" {
				hint = fmt.Sprintf(" Did you mean %q?", nearest)
			}
			addError(core.Message(`Unknown type "%s".%s`, name, hint), core.At(at))
		}
		observers.OnVariable(func(_ *core.Walker, v *ast.VariableDefinition) { check(v.Type.Name(), v.Position) })
		observers.OnInlineFragment(func(_ *core.Walker, f *ast.InlineFragment) { check(f.TypeCondition, f.Position) })
		observers.OnFragment(func(_ *core.Walker, f *ast.FragmentDefinition) { check(f.TypeCondition, f.Position) })
	}}
}
