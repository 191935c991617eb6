package gql

import (
	"maps"
	"slices"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// Nearest returns the coordinate of the schema that was probably meant, or "". It is for authors of
// scope files, not for token holders: it names what they may not read.
func (s *Schema) Nearest(c coord.Coordinate) string {
	t := s.types[c.Type]
	if t == nil {
		name := coord.Nearest(c.Type, slices.Sorted(maps.Keys(s.types)))
		if name == "" {
			return ""
		}
		fixed := c
		fixed.Type = name
		if _, ok := s.ids[fixed.String()]; ok {
			return fixed.String()
		}
		return name
	}
	m := t.members[c.Member]
	if m == nil {
		names := slices.Concat(slices.Sorted(maps.Keys(t.members)), slices.Sorted(maps.Keys(t.values)))
		if name := coord.Nearest(c.Member, names); name != "" {
			return coord.Coordinate{Type: c.Type, Member: name}.String()
		}
		return ""
	}
	if name := coord.Nearest(c.Argument, slices.Sorted(maps.Keys(m.args))); name != "" {
		return coord.Coordinate{Type: c.Type, Member: c.Member, Argument: name}.String()
	}
	return ""
}
