package gql

import "slices"

// Guard puts guards in force: what a guard is at needs from now on what selecting the fields that it stands
// for needs (R14). It belongs to building a schema, which is immutable after: it is called at most once,
// before operations are compiled.
func (s *Schema) Guard(guards []Guard) {
	if len(guards) == 0 {
		return
	}
	x := guardNeeds{at: NewSet(s.Len()), needs: make(map[ID][]ID, len(guards))}
	s.standsFor = make(map[ID][]ID, len(guards))
	for _, g := range guards {
		x.at.Add(g.At)
		for _, id := range g.StandsFor {
			x.needs[g.At] = append(x.needs[g.At], s.Selecting(id)...)
		}
		s.standsFor[g.At] = append(s.standsFor[g.At], g.StandsFor...)
	}
	for _, t := range s.sorted {
		x.attach(t)
	}
	s.linkWide()
}

// guardNeeds is what guarded coordinates need besides.
type guardNeeds struct {
	at    Set
	needs map[ID][]ID
}

func (x guardNeeds) attach(t *typ) {
	for _, m := range t.members {
		m.needs = x.with(m.plain)
		for _, a := range m.args {
			a.needs = x.with(a.plain)
		}
	}
	for name, id := range t.values {
		if !x.at.Has(id) {
			continue
		}
		if t.guarded == nil {
			t.guarded = map[string][]ID{}
		}
		t.guarded[name] = x.with([]ID{id})
	}
}

// with adds to ids what the guards at any of them need. Ids are what the coordinate itself needs, an
// interface's argument or field of the same name included: its guard holds on every implementer.
func (x guardNeeds) with(ids []ID) []ID {
	out := ids
	for _, id := range ids {
		if x.at.Has(id) {
			out = append(slices.Clip(out), x.needs[id]...)
		}
	}
	if len(out) == len(ids) {
		return ids
	}
	return compact(out)
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
