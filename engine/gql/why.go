package gql

// Reason is a coordinate that using another one needs, and why.
type Reason struct {
	Coordinate ID
	Why        string // for people
}

// Reasons returns what R3 asks for a coordinate, itself first, then in the order of their numbers: for a field what selecting
// it needs, for anything that is written in arguments what writing it needs.
func (s *Schema) Reasons(id ID) []Reason {
	out := []Reason{{id, "itself"}}
	seen := NewSet(s.Len())
	seen.Add(id)
	add := func(ids []ID, why string) {
		for _, n := range ids {
			if !seen.Has(n) {
				seen.Add(n)
				out = append(out, Reason{n, why})
			}
		}
	}
	c := s.coords[id]
	t := s.types[c.Type]
	m := t.members[c.Member]
	switch {
	case c.Member == "":
		add(t.self, "an interface of "+c.Type)
	case m == nil: // an enum value
		add([]ID{t.id}, "the enum that it is of")
	case c.Argument != "":
		add(s.argument(m.args[c.Argument]), "a type that "+c.String()+" takes, or the same argument of an interface")
		s.fieldReasons(m, add)
	default:
		s.fieldReasons(m, add)
	}
	return out
}

func (s *Schema) fieldReasons(m *member, add func([]ID, string)) {
	add([]ID{m.id}, "the field")
	add([]ID{m.owner.id}, "the type that it is selected on")
	add(m.owner.self, "an interface of "+m.owner.def.Name)
	add([]ID{m.named.id}, "the type that it returns")
	add(m.named.self, "an interface of "+m.named.def.Name)
	add(s.needs(m), "the same field of an interface")
}
