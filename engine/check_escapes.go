package engine

import (
	"fmt"
	"slices"

	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// escapes finds what may read the coordinates of an entry without naming them. An entry gets one finding
// for each kind of escape, with the line that would close the first.
func (c *checker) escapes() {
	reads := c.escapesByNeed()
	for _, s := range c.in.Scopes {
		for _, e := range s.Entries {
			c.escapesOf(e, reads)
		}
	}
}

// escapesByNeed returns, by restricted coordinate, the escapes that may read it, each once. What is closed
// because its field, its type or the input itself is restricted is left out.
func (c *checker) escapesByNeed() map[gql.ID][]gql.Escape {
	out := map[gql.ID][]gql.Escape{}
	for _, e := range c.Escapes {
		if c.closed(e.At) {
			continue
		}
		seen := map[gql.ID]bool{}
		for _, id := range e.StandsFor {
			for _, need := range c.Schema.Selecting(id) {
				if len(c.covers[need]) > 0 && !seen[need] {
					seen[need] = true
					out[need] = append(out[need], e)
				}
			}
		}
	}
	return out
}

// closed reports whether a coordinate, or the field or type that it belongs to, is restricted.
func (c *checker) closed(at gql.ID) bool {
	x := c.Schema.Coordinate(at)
	for {
		if id, ok := c.Schema.Lookup(x.String()); ok && len(c.covers[id]) > 0 {
			return true
		}
		switch {
		case x.Argument != "":
			x.Argument = ""
		case x.Member != "":
			x.Member = ""
		default:
			return false
		}
	}
}

func (c *checker) escapesOf(e scope.Entry, reads map[gql.ID][]gql.Escape) {
	found := map[gql.EscapeKind][]gql.ID{}
	first := map[gql.EscapeKind]gql.ID{}
	for _, id := range c.Schema.Match(e.Pattern) {
		for _, escape := range reads[id] {
			if _, ok := first[escape.Kind]; !ok {
				first[escape.Kind] = id
			}
			if !slices.Contains(found[escape.Kind], escape.At) {
				found[escape.Kind] = append(found[escape.Kind], escape.At)
			}
		}
	}
	for kind, at := range found {
		names := make([]string, len(at))
		for i, id := range at {
			names[i] = c.Schema.Name(id)
		}
		slices.Sort(names)
		c.warn(RuleEscape, e, c.Schema.Name(first[kind]),
			fmt.Sprintf("%s may be read through %s (%s), without being named", c.Schema.Name(first[kind]), some(names), kind),
			fmt.Sprintf("to close it add `- %s` to the scope, or write `escapes: deny` in layer.yaml", names[0]))
	}
}
