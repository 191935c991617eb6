package plan

import (
	"slices"
	"strings"
)

// guards compares which inputs stand for something restricted.
func (c *comparison) guards() {
	was, is := restrictedGuards(c.before), restrictedGuards(c.after)
	c.report.GuardsAdded, c.report.GuardsRemoved = without(is, was), without(was, is)
}

// without returns those of list that are not in other as they are, in the order of list.
func without(list, other []Guard) []Guard {
	known := map[string]bool{}
	for _, g := range other {
		known[g.key()] = true
	}
	out := []Guard{}
	for _, g := range list {
		if !known[g.key()] {
			out = append(out, g)
		}
	}
	return out
}

func (g Guard) key() string {
	return g.Coordinate + " " + g.Rule + " " + strings.Join(g.StandsFor, " ")
}

// restrictedGuards returns the guards of one side that stand for what a scope covers, sorted as the snapshot has them.
func restrictedGuards(r *reader) []Guard {
	if r == nil {
		return nil
	}
	content := r.side.Snapshot.Content()
	var out []Guard
	for _, g := range content.Guards {
		guard := Guard{Coordinate: g.At, Rule: g.Rule}
		for _, name := range g.StandsFor {
			if len(content.Coordinates[name]) > 0 {
				guard.StandsFor = append(guard.StandsFor, name)
			}
		}
		if guard.StandsFor != nil {
			slices.Sort(guard.StandsFor)
			out = append(out, guard)
		}
	}
	return out
}
