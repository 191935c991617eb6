package complete

import (
	"bytes"
	"slices"

	"github.com/fieldgate/fieldgate/engine/gql"
)

// merged completes a field that narrowing sent under several response keys: each value holds a part of
// what is selected in it (R12). The parts are put together first and then completed like any other
// value.
func (w *writer) merged(table []int, e *gql.Entry) (state, error) {
	whole := w.b[table[e.Slots[0]]:]
	for _, slot := range e.Slots[1:] {
		m := merger{a: scanner{b: whole}, b: scanner{b: w.b[table[slot]:]}}
		if err := m.value(0); err != nil {
			return written, err
		}
		whole = m.dst
	}
	outer := w.scanner
	w.scanner = scanner{b: whole}
	st, err := w.value(e.Shape, e)
	w.scanner = outer
	return st, err
}

// merger puts two values of one field together.
type merger struct {
	a, b scanner
	dst  []byte
}

func (m *merger) value(depth int) error {
	c, d := m.a.space(), m.b.space()
	switch {
	case depth > maxDepth:
		return m.a.fail("values are nested too deeply")
	case c == 'n' || d == 'n': // null in one part: null in the whole
		return m.null()
	case c == '[' && d == '[':
		return m.list(depth)
	case c == '{' && d == '{':
		return m.object(depth)
	}
	return m.same()
}

// same takes a value that both parts must have alike.
func (m *merger) same() error {
	one, err := part(&m.a)
	if err != nil {
		return err
	}
	other, err := part(&m.b)
	if err == nil && !bytes.Equal(one, other) {
		return m.a.fail("one field with two values")
	}
	m.dst = append(m.dst, one...)
	return err
}

func (m *merger) null() error {
	if err := m.a.skip(); err != nil {
		return err
	}
	m.dst = append(m.dst, "null"...)
	return m.b.skip()
}

// part reads one value and returns its bytes.
func part(s *scanner) ([]byte, error) {
	s.space()
	start := s.i
	err := s.skip()
	return s.b[start:s.i], err
}

func (m *merger) list(depth int) error {
	m.dst = append(m.dst, '[')
	again, other := !m.a.open(']'), !m.b.open(']')
	for first := true; again && other; first = false {
		if !first {
			m.dst = append(m.dst, ',')
		}
		if err := m.value(depth + 1); err != nil {
			return err
		}
		var err error
		if again, err = m.a.more(']'); err != nil {
			return err
		}
		if other, err = m.b.more(']'); err != nil {
			return err
		}
	}
	if again != other {
		return m.a.fail("one list with two lengths")
	}
	m.dst = append(m.dst, ']')
	return nil
}

// keyed is one member of an object that is merged.
type keyed struct{ key, value []byte }

func readMembers(s *scanner) ([]keyed, error) {
	var out []keyed
	again := !s.open('}')
	for again {
		key, _, err := s.name()
		if err != nil {
			return nil, err
		}
		value, err := part(s)
		if err != nil {
			return nil, err
		}
		if len(out) == maxMembers {
			return nil, s.fail("too many keys")
		}
		out = append(out, keyed{key, value})
		if again, err = s.more('}'); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// maxMembers bounds the keys of one object that is merged. A document asks for fewer.
const maxMembers = 20_000

// object merges members of one key, wherever they stand. A key that stands twice in one part is left
// to stand twice, and fails when the whole is completed.
func (m *merger) object(depth int) error {
	one, err := readMembers(&m.a)
	if err != nil {
		return err
	}
	other, err := readMembers(&m.b)
	if err != nil {
		return err
	}
	byKey := make(map[string]int, len(other))
	for i, x := range other {
		byKey[string(x.key)] = i
	}
	var left []keyed
	m.dst = append(m.dst, '{')
	for n, x := range one {
		m.key(n, x.key)
		i, ok := byKey[string(x.key)]
		if !ok {
			m.dst = append(m.dst, x.value...)
			continue
		}
		delete(byKey, string(x.key))
		inner := merger{a: scanner{b: x.value}, b: scanner{b: other[i].value}, dst: m.dst}
		if err := inner.value(depth + 1); err != nil {
			return err
		}
		m.dst = inner.dst
		other[i].key = nil
	}
	left = slices.DeleteFunc(other, func(x keyed) bool { return x.key == nil })
	for n, x := range left {
		m.key(len(one)+n, x.key)
		m.dst = append(m.dst, x.value...)
	}
	m.dst = append(m.dst, '}')
	return nil
}

func (m *merger) key(n int, key []byte) {
	if n > 0 {
		m.dst = append(m.dst, ',')
	}
	m.dst = append(append(append(m.dst, '"'), key...), '"', ':')
}
