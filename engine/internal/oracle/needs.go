package oracle

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// need is a coordinate that must be readable. An argument's need knows the
// argument and the input fields that lead to it.
type need struct {
	coordinate string
	isArgument bool
	path       []string
}

func plain(coordinates ...string) []need {
	var out []need
	for _, c := range coordinates {
		out = append(out, need{coordinate: c})
	}
	return out
}

// typeNeeds is the last sentence of R3: a type and its interfaces.
func typeNeeds(schema *ast.Schema, name string) []need {
	return plain(append([]string{name}, schema.Types[name].Interfaces...)...)
}

func (d *decider) typeReadable(name string) bool {
	return len(d.failing(typeNeeds(d.schema, name))) == 0
}

// needsOfField is R3.
func (d *decider) needsOfField(parent, field string) []need {
	needs := typeNeeds(d.schema, parent)
	needs = append(needs, typeNeeds(d.schema, d.resultType(parent, field))...)
	needs = append(needs, plain(parent+"."+field)...)
	for _, i := range d.schema.Types[parent].Interfaces {
		if d.schema.Types[i].Fields.ForName(field) != nil {
			needs = append(needs, plain(i+"."+field)...)
		}
	}
	return needs
}

// needsOfTypename is R13: only the parent type. A directive that is let through
// on it is sent upstream, so its arguments count too.
func (d *decider) needsOfTypename(f *ast.Field, at place) []need {
	return append(typeNeeds(d.schema, at.on), d.directiveNeeds(f, at)...)
}

// needsOnEveryType is R11: R3 and the arguments for the type that the field is
// written on and for every possible object type.
func (d *decider) needsOnEveryType(f *ast.Field, at place) []need {
	var needs []need
	for _, parent := range append([]string{at.on}, at.possible...) {
		needs = append(needs, d.needsOfField(parent, f.Name)...)
		needs = append(needs, d.argumentNeeds(f, parent)...)
	}
	needs = append(needs, d.directiveNeeds(f, at)...)
	return append(needs, d.needsOfSelections(f, at)...)
}

// needsOfSelections is the last sentence of R11: a field of abstract type needs
// the possible object types that the selections directly under it apply to.
func (d *decider) needsOfSelections(f *ast.Field, at place) []need {
	result := d.resultType(at.on, f.Name)
	if !d.isAbstract(result) {
		return nil
	}
	return d.appliedTypes(f.SelectionSet, d.objects(result))
}

func (d *decider) appliedTypes(set ast.SelectionSet, possible []string) []need {
	var needs []need
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Name != "__typename" {
				needs = append(needs, d.needsOfTypes(possible)...)
			}
		case *ast.InlineFragment:
			needs = append(needs, d.appliedInFragment(s.TypeCondition, s.SelectionSet, possible)...)
		case *ast.FragmentSpread:
			f := d.fragments.ForName(s.Name)
			needs = append(needs, d.appliedInFragment(f.TypeCondition, f.SelectionSet, possible)...)
		}
	}
	return needs
}

func (d *decider) appliedInFragment(condition string, set ast.SelectionSet, possible []string) []need {
	switch {
	case condition == "":
		return d.appliedTypes(set, possible)
	case d.isObject(condition): // R10 denies it by itself
		return nil
	}
	return d.appliedTypes(set, intersect(possible, d.objects(condition)))
}

func (d *decider) needsOfTypes(names []string) []need {
	var needs []need
	for _, name := range names {
		needs = append(needs, typeNeeds(d.schema, name)...)
	}
	return needs
}

// failing returns the needs that are not readable.
func (d *decider) failing(needs []need) []need {
	var out []need
	for _, n := range needs {
		if !d.readable(n.coordinate) {
			out = append(out, n)
		}
	}
	return out
}

func kindOf(failed []need) string {
	if slices.ContainsFunc(failed, func(n need) bool { return !n.isArgument }) {
		return KindField
	}
	return KindArgument
}

func firstArgument(failed []need) []string {
	for _, n := range failed {
		if n.path != nil {
			return n.path
		}
	}
	return nil
}

func coordinatesOf(needs []need) []string {
	var out []string
	for _, n := range needs {
		out = append(out, n.coordinate)
	}
	return sorted(out)
}

// sorted returns the distinct strings in order.
func sorted(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

func intersect(a, b []string) []string {
	var out []string
	for _, s := range a {
		if slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

func (d *decider) resultType(parent, field string) string {
	return d.schema.Types[parent].Fields.ForName(field).Type.Name()
}

// objects returns the object types that a value of a type can have.
func (d *decider) objects(name string) []string {
	var out []string
	for _, t := range d.schema.PossibleTypes[name] {
		if t.Kind == ast.Object {
			out = append(out, t.Name)
		}
	}
	return out
}

func (d *decider) isObject(name string) bool { return d.schema.Types[name].Kind == ast.Object }

func (d *decider) isAbstract(name string) bool { return d.schema.Types[name].IsAbstractType() }
