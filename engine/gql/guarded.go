package gql

import "slices"

// WithGuards returns the schema with guards in force: what a guard is at needs what selecting the fields
// that it stands for needs (R14). The IDs are the same. Guards at what is neither an input nor an output
// field have no effect.
func (s *Schema) WithGuards(guards []Guard) *Schema {
	if len(guards) == 0 {
		return s
	}
	needs := make(map[ID][]ID, len(guards))
	targets := make(map[ID][]ID, len(guards))
	for _, g := range guards {
		for _, id := range g.StandsFor {
			needs[g.At] = append(needs[g.At], s.Selecting(id)...)
		}
		targets[g.At] = append(targets[g.At], g.StandsFor...)
	}
	for at, ids := range needs {
		needs[at] = compact(ids)
	}
	out, err := index(s.doc, needs)
	if err != nil {
		return s // not reached: the document was indexed before
	}
	out.standsFor = targets
	return out
}

// Selecting returns what selecting an output field needs, wherever it can stand: R3, and R3 for every
// possible object type of an interface. For a type it returns what makes it count as restricted, and for
// anything else the coordinate itself.
func (s *Schema) Selecting(id ID) []ID {
	c := s.coords[id]
	t := s.types[c.Type]
	switch m := t.members[c.Member]; {
	case c.Member == "" && t.possible != nil:
		return t.self
	case c.Argument == "" && m != nil && t.possible != nil:
		return compact(slices.Concat(m.needs, m.wide))
	}
	return []ID{id}
}

// Guardable reports whether a guard can stand at a coordinate: an argument, an input field, an enum value
// or an output field, but no type.
func (s *Schema) Guardable(id ID) bool { return s.coords[id].Member != "" }

// Selectable reports whether a coordinate is something that a guard can stand for: an output field, or an
// object, interface or union type.
func (s *Schema) Selectable(id ID) bool {
	c := s.coords[id]
	return c.Argument == "" && s.types[c.Type].possible != nil
}
