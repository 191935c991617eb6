package oracle

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// decidedAndStripped are the directives of R8 that change nothing here.
var decidedAndStripped = []string{"skip", "include", "defer", "stream"}

// directiveNeeds is what the directives that are let through need, on a field
// and on the fragments or the operation directly around it.
func (d *decider) directiveNeeds(f *ast.Field, at place) []need {
	var needs []need
	for _, directive := range slices.Concat(f.Directives, at.directives) {
		if slices.Contains(decidedAndStripped, directive.Name) {
			continue
		}
		for _, a := range directive.Arguments {
			declared := d.schema.Directives[directive.Name].Arguments.ForName(a.Name)
			needs = append(needs, d.inputNeeds(declared.Type, a.Value, nil)...)
		}
	}
	return withoutPaths(needs)
}

// withoutPaths forgets argument paths: they are paths of arguments of fields.
func withoutPaths(needs []need) []need {
	for i := range needs {
		needs[i].path = nil
	}
	return needs
}

// refused says whether the operation is refused before anything is decided:
// for a directive that is not let through (R8) or a reserved response key.
func (d *decider) refused(operation *ast.OperationDefinition) bool {
	for _, v := range operation.VariableDefinitions {
		if d.refusedDirectives(v.Directives) {
			return true
		}
	}
	return d.refusedDirectives(operation.Directives) || d.refusedSet(operation.SelectionSet)
}

func (d *decider) refusedSet(set ast.SelectionSet) bool {
	return slices.ContainsFunc(set, d.refusedSelection)
}

func (d *decider) refusedSelection(selection ast.Selection) bool {
	switch s := selection.(type) {
	case *ast.Field:
		return strings.HasPrefix(s.Alias, "__fieldgate") || d.refusedDirectives(s.Directives) || d.refusedSet(s.SelectionSet)
	case *ast.InlineFragment:
		return d.refusedDirectives(s.Directives) || d.refusedSet(s.SelectionSet)
	case *ast.FragmentSpread:
		f := d.fragments.ForName(s.Name)
		return d.refusedDirectives(s.Directives) || d.refusedDirectives(f.Directives) || d.refusedSet(f.SelectionSet)
	}
	return false
}

func (d *decider) refusedDirectives(list ast.DirectiveList) bool {
	return slices.ContainsFunc(list, func(x *ast.Directive) bool {
		return !slices.Contains(decidedAndStripped, x.Name) && !slices.Contains(d.c.Directives, x.Name)
	})
}
