package gql

import "slices"

// guards is what guards make coordinates need besides what they need by themselves (R14). It is small beside the schema, so
// that one schema can be under many guards.
type guards struct {
	needs     map[ID][]ID // by field, argument, input field or enum value: all that it needs, where guards make it more
	wide      map[ID][]ID // by interface's field: all that it needs on every possible object type, where guards make it more
	standsFor map[ID][]ID // by guarded coordinate: the output fields that it stands for
}

// Guarded returns the same schema under guards, in place of those that it is under: what a guard is at needs what selecting
// the fields that it stands for needs (R14). The schema itself does not change.
func (s *Schema) Guarded(list []Guard) *Schema {
	out := *s
	out.guards = guards{}
	if len(list) == 0 {
		return &out
	}
	bare := out
	out.guards = guards{needs: map[ID][]ID{}, wide: map[ID][]ID{}, standsFor: make(map[ID][]ID, len(list))}
	more := make(map[ID][]ID, len(list))
	for _, g := range list {
		for _, id := range g.StandsFor {
			more[g.At] = append(more[g.At], bare.Selecting(id)...)
		}
		out.guards.standsFor[g.At] = append(out.guards.standsFor[g.At], g.StandsFor...)
	}
	for at := range more {
		out.attach(at, more)
	}
	return &out
}

// attach finds what needs more by the guard at a coordinate: the coordinate itself and, of an interface, the same field or
// argument on every type that has the interface.
func (s *Schema) attach(at ID, more map[ID][]ID) {
	c := s.coords[at]
	t := s.types[c.Type]
	if t.members[c.Member] == nil {
		s.guards.needs[at] = with([]ID{at}, more)
		return
	}
	for _, on := range append([]*typ{t}, t.impl...) {
		m := on.members[c.Member]
		switch {
		case m == nil:
		case c.Argument == "":
			s.guards.needs[m.id] = with(m.plain, more)
			s.widen(on, m)
		case m.args[c.Argument] != nil:
			a := m.args[c.Argument]
			s.guards.needs[a.id] = with(a.plain, more)
		}
	}
}

// widen finds the interfaces' fields that need more since a field of an object type does.
func (s *Schema) widen(t *typ, m *member) {
	for _, i := range append([]*typ{t}, t.ifaces...) {
		if same := i.members[m.name]; same != nil && same.plainWide != nil {
			s.guards.wide[same.id] = s.wideNeeds(i.possible, m.name)
		}
	}
}

// with adds to ids what the guards at any of them need. Ids are what the coordinate itself needs, an
// interface's argument or field of the same name included: its guard holds on every implementer.
func with(ids []ID, more map[ID][]ID) []ID {
	out := slices.Clone(ids)
	for _, id := range ids {
		out = append(out, more[id]...)
	}
	return compact(out)
}

// needs returns what selecting a field needs on the type it is of, or using an input field.
func (s *Schema) needs(m *member) []ID { return s.more(m.id, m.plain) }

// argument returns what using an argument needs.
func (s *Schema) argument(a *argument) []ID { return s.more(a.id, a.plain) }

func (s *Schema) more(id ID, plain []ID) []ID {
	if ids, ok := s.guards.needs[id]; ok {
		return ids
	}
	return plain
}

// wide returns what selecting an interface's field needs on every possible object type (R11).
func (s *Schema) wide(m *member) []ID {
	if ids, ok := s.guards.wide[m.id]; ok {
		return ids
	}
	return m.plainWide
}

// value returns what using an enum value needs.
func (s *Schema) value(t *typ, name string) []ID {
	id := t.values[name]
	if ids, ok := s.guards.needs[id]; ok {
		return ids
	}
	return []ID{id}
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
		return compact(slices.Concat(s.needs(m), s.wide(m)))
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
