package engine

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// guard derives the guards of a draft, changes them as the layer file says, and puts them in force.
// What the layer file names and the schema does not have is a problem of the guards.
func (d *Draft) guard() {
	l := d.input.Layer
	d.Guards, d.Escapes, d.guardProblems, d.Schema = nil, nil, nil, d.bare
	_, off := l.GuardsOff[scope.AllGuards]
	off = off && l.Escapes != scope.EscapesDeny
	if (off || d.restricted.Len() == 0) && len(l.Guards) == 0 {
		return
	}
	if d.deriver == nil {
		d.deriver = d.bare.Deriver(gql.GuardOptions{
			Source: func(name string) gql.GuardSource { return gql.GuardSource(l.DataSourceOf(name).Type) },
			Off:    func(r gql.GuardRule) bool { return l.GuardsAreOff(string(r)) },
		})
	}
	found := d.deriver.Derive(d.restricted)
	d.Guards, d.Escapes = found.Guards, found.Escapes
	d.Escapes = slices.DeleteFunc(d.Escapes, func(e gql.Escape) bool { return d.restricted.Has(e.At) })
	if l.Escapes == scope.EscapesDeny {
		d.closeEscapes()
	}
	d.editGuards(l)
	d.defaultEscapes()
	slices.SortFunc(d.Guards, func(a, b gql.Guard) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Rule, b.Rule)) })
	d.Schema = d.bare.Guarded(d.Guards)
}

// checkGuardRules refuses rules that there are not: what is meant would stay on.
func checkGuardRules(l scope.Layer) error {
	var problems scope.Problems
	known := []string{scope.AllGuards}
	for _, r := range gql.GuardRules() {
		known = append(known, string(r))
	}
	for name := range l.GuardsOff {
		if !slices.Contains(known, name) {
			problems = append(problems, scope.Problem{
				Position: l.Positions.At("guards_off." + name), Message: fmt.Sprintf("no guard rule is called %q", name),
				Suggestion: coord.Nearest(name, known), Hint: "docs/guards.md lists the rules",
			})
		}
	}
	problems.Sort()
	return problems.Err()
}

// closeEscapes guards every escape that may read something restricted (`escapes: deny`).
func (d *Draft) closeEscapes() {
	for _, e := range d.Escapes {
		if len(e.StandsFor) > 0 {
			d.Guards = append(d.Guards, gql.Guard{At: e.At, Rule: gql.GuardEscape, StandsFor: e.StandsFor})
		}
	}
	d.Escapes = slices.DeleteFunc(d.Escapes, func(e gql.Escape) bool { return len(e.StandsFor) > 0 })
}

// editGuards adds and removes what the layer file says.
func (d *Draft) editGuards(l scope.Layer) {
	for _, text := range l.GuardCoordinates() {
		entry, position := l.Guards[text], l.GuardPosition(text)
		at, ok := d.Schema.Lookup(text)
		if !ok {
			d.noSuchCoordinate(text, position)
			continue
		}
		if entry.Remove != "" {
			d.Guards = slices.DeleteFunc(d.Guards, func(g gql.Guard) bool { return g.At == at })
			d.Escapes = slices.DeleteFunc(d.Escapes, func(e gql.Escape) bool { return e.At == at })
			continue
		}
		g := gql.Guard{At: at, Rule: gql.GuardAdded}
		for _, need := range entry.Needs {
			id, ok := d.Schema.Lookup(need.String())
			if !ok || !d.Schema.Selectable(id) {
				d.noSuchCoordinate(need.String(), position)
				continue
			}
			g.StandsFor = append(g.StandsFor, id)
		}
		slices.Sort(g.StandsFor)
		if len(g.StandsFor) > 0 {
			d.Guards = append(d.Guards, g)
		}
	}
}

func (d *Draft) noSuchCoordinate(text string, at scope.Position) {
	p := scope.Problem{Position: at, Message: fmt.Sprintf("%q matches nothing in the schema that a guard can be about", text), Hint: "remove the line, or correct it"}
	if c, err := coord.Parse(text); err == nil {
		p.Suggestion = d.Schema.Nearest(c)
	}
	if p.Suggestion == text {
		p.Suggestion = ""
	}
	d.guardProblems = append(d.guardProblems, p)
}

// defaultEscapes finds defaults of the schema that use what has a guard: they are reported, not denied.
func (d *Draft) defaultEscapes() {
	guarded := map[gql.ID][]gql.ID{}
	for _, g := range d.Guards {
		guarded[g.At] = append(guarded[g.At], g.StandsFor...)
	}
	users := map[gql.ID][]gql.ID{}
	for used, at := range d.deriver.Defaults() {
		for _, id := range at {
			users[id] = append(users[id], guarded[used]...)
		}
	}
	for at, standsFor := range users {
		if len(standsFor) > 0 {
			slices.Sort(standsFor)
			d.Escapes = append(d.Escapes, gql.Escape{At: at, Kind: gql.EscapeDefault, StandsFor: slices.Compact(standsFor)})
		}
	}
	slices.SortFunc(d.Escapes, func(a, b gql.Escape) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind)) })
}

// guardContent is the form of guards that bundles carry.
func guardContent(schema *gql.Schema, guards []gql.Guard) []bundles.Guard {
	out := make([]bundles.Guard, len(guards))
	for i, g := range guards {
		out[i] = bundles.Guard{At: schema.Name(g.At), Rule: string(g.Rule)}
		for _, id := range g.StandsFor {
			out[i].StandsFor = append(out[i].StandsFor, schema.Name(id))
		}
	}
	return out
}

// loadGuards puts the guards of loaded content in force.
func loadGuards(schema *gql.Schema, c *bundles.Content) (*gql.Schema, error) {
	guards := make([]gql.Guard, len(c.Guards))
	for i, g := range c.Guards {
		at, ok := schema.Lookup(g.At)
		if !ok {
			return nil, fmt.Errorf("%w: a guard is at %s, which is not in the schema", ErrContent, g.At)
		}
		guards[i] = gql.Guard{At: at, Rule: gql.GuardRule(g.Rule)}
		for _, name := range g.StandsFor {
			id, ok := schema.Lookup(name)
			if !ok || !schema.Selectable(id) {
				return nil, fmt.Errorf("%w: the guard at %s stands for %s, which cannot be selected", ErrContent, g.At, name)
			}
			guards[i].StandsFor = append(guards[i].StandsFor, id)
		}
	}
	return schema.Guarded(guards), nil
}

// Guards returns what inputs and derived outputs of the data layer stand for (R14), sorted by coordinate
// and rule. The caller must not change it.
func (s *Snapshot) Guards() []bundles.Guard { return s.content.Guards }
