package complete

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/fieldgate/fieldgate/engine/gql"
)

// ErrTooLarge is an answer that would be larger than the caller allows.
var ErrTooLarge = errors.New("the completed answer is too large")

// state is how the writing of a value ended.
type state int

const (
	written  state = iota
	null           // nothing was written: it is null, which the caller writes or passes on
	takenOut       // nothing was written: an object of a restricted type (R12)
)

// writer reads the upstream's values and appends the client's.
type writer struct {
	scanner
	ctx   context.Context
	dst   []byte
	limit int   // of len(dst)
	found []int // a stack of tables: by slot, where a value stands
	ticks int
}

// value completes a value of the shape. What it appends is a whole value, or nothing.
func (w *writer) value(s *gql.Shape, e *gql.Entry) (state, error) {
	c := w.space()
	switch {
	case c == 'n':
		return null, w.literal("null")
	case s.Elem != nil:
		return w.list(c, s, e)
	case e.Level != nil:
		return w.object(c, e.Level)
	}
	composite := c == '{' || c == '['
	if composite != e.Object && !e.Any || e.Object && c != '{' {
		return written, w.fail("a value of another kind than was asked for")
	}
	return written, w.copy(c)
}

// copy appends the next value as it stands.
func (w *writer) copy(c byte) error {
	start := w.i
	var err error
	if c == '{' || c == '[' {
		err = w.skip()
	} else {
		err = w.scalar(c)
	}
	if err == nil {
		w.dst = append(w.dst, w.b[start:w.i]...)
	}
	return err
}

func (w *writer) list(c byte, s *gql.Shape, e *gql.Entry) (state, error) {
	if c != '[' {
		return written, w.fail("expected a list")
	}
	mark := len(w.dst)
	w.dst = append(w.dst, '[')
	again, err := !w.open(']'), error(nil)
	for again {
		if len(w.dst) > mark+1 {
			w.dst = append(w.dst, ',')
		}
		before := len(w.dst)
		st, err := w.value(s.Elem, e)
		switch {
		case err != nil:
			return written, err
		case st == null && s.Elem.NonNull:
			w.dst = w.dst[:mark]
			return null, w.rest(']')
		case st == null:
			w.dst = append(w.dst, "null"...)
		case st == takenOut && before > mark+1:
			w.dst = w.dst[:before-1] // the comma
		}
		if again, err = w.more(']'); err != nil {
			return written, err
		}
	}
	w.dst = append(w.dst, ']')
	return written, err
}

// object completes an object of one of the level's types.
func (w *writer) object(c byte, level *gql.Level) (state, error) {
	if c != '{' {
		return written, w.fail("expected an object")
	}
	if err := w.tick(); err != nil {
		return written, err
	}
	o, err := w.typed(level)
	switch {
	case err != nil:
		return written, err
	case o.TakenOut:
		return takenOut, w.skip()
	case o.Null:
		return null, w.skip()
	}
	return w.members(o)
}

// ticksPerCheck is how many objects are completed between two looks at the context.
const ticksPerCheck = 4096

func (w *writer) tick() error {
	if len(w.dst) > w.limit {
		return ErrTooLarge
	}
	w.ticks++
	if w.ticks%ticksPerCheck == 0 {
		return w.ctx.Err()
	}
	return nil
}

// typed finds out which type the object at the cursor is of, and leaves the cursor there.
func (w *writer) typed(level *gql.Level) (*gql.Object, error) {
	if o := level.Sole(); o != nil {
		return o, nil
	}
	start := w.i
	again := !w.open('}')
	for again {
		key, _, err := w.name()
		if err != nil {
			return nil, err
		}
		if string(key) == gql.ReservedKey {
			return w.named(level, start)
		}
		if err := w.skip(); err != nil {
			return nil, err
		}
		if again, err = w.more('}'); err != nil {
			return nil, err
		}
	}
	return nil, w.fail("an object without the type that was asked for")
}

func (w *writer) named(level *gql.Level, start int) (*gql.Object, error) {
	name, _, err := w.text()
	if err != nil {
		return nil, err
	}
	o := level.Object(name)
	if o == nil {
		return nil, w.fail("an object of a type that is not possible here")
	}
	w.i = start
	return o, nil
}

// members is where one object is read: in the order in which its keys come, until one comes that was
// not expected next; then from a table of where its values stand.
type members struct {
	*gql.Object
	begun, done bool
	table       int // where its table begins in writer.found; -1: in order
	end         int // of the object, once there is a table
}

func (w *writer) members(o *gql.Object) (state, error) {
	m := members{Object: o, table: -1}
	mark := len(w.dst)
	w.dst = append(w.dst, '{')
	for n := range o.Entries {
		e := &o.Entries[n]
		if n > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = append(w.dst, e.Label...)
		if e.Value != nil {
			w.dst = append(w.dst, e.Value...)
			continue
		}
		st, err := w.entry(&m, n)
		switch {
		case err != nil:
			return written, err
		case st != written && e.Shape.NonNull:
			w.dst = w.dst[:mark]
			return null, w.leaveObject(&m, false)
		case st != written:
			w.dst = append(w.dst, "null"...)
		}
	}
	w.dst = append(w.dst, '}')
	return written, w.leaveObject(&m, true)
}

// entry completes the value of one response key.
func (w *writer) entry(m *members, n int) (state, error) {
	e := &m.Entries[n]
	if m.table < 0 {
		ok, err := w.inOrder(m, e, n)
		switch {
		case err != nil:
			return written, err
		case ok:
			return w.value(e.Shape, e)
		}
	}
	return w.fromTable(m, e)
}

// inOrder reads on to the value of e. When another key of the object comes first it makes the table.
func (w *writer) inOrder(m *members, e *gql.Entry, n int) (bool, error) {
	want := -1
	if len(e.Slots) == 1 {
		want = e.Slots[0]
	}
	for {
		slot, err := w.next(m, want)
		switch {
		case err != nil:
			return false, err
		case slot == want && slot >= 0:
			return true, nil
		case m.done || m.Owner[slot] >= 0:
			return false, w.tabulate(m, slot, n)
		}
		if err := w.unanswered(m, slot); err != nil {
			return false, err
		}
	}
}

// next reads the next key and returns its slot; -1 at the end of the object.
func (w *writer) next(m *members, want int) (int, error) {
	var again bool
	var err error
	if m.begun {
		again, err = w.more('}')
	} else {
		m.begun, again = true, !w.open('}')
	}
	if err != nil || !again {
		m.done = true
		return -1, err
	}
	key, escaped, err := w.name()
	if err != nil {
		return -1, err
	}
	if want >= 0 && string(key) == m.Names[want] {
		return want, nil
	}
	if escaped {
		key = unescape(key)
	}
	slot := m.Slot(key)
	if slot < 0 {
		return -1, w.fail("a key that was not asked for")
	}
	return slot, nil
}

func unescape(raw []byte) []byte {
	var out string
	if err := json.Unmarshal(bytes.Join([][]byte{{'"'}, raw, {'"'}}, nil), &out); err != nil {
		return nil // the empty name is asked for nowhere
	}
	return []byte(out)
}

// unanswered skips a value that is no part of the answer. The reserved key must name the type.
func (w *writer) unanswered(m *members, slot int) error {
	if slot != 0 {
		return w.skip()
	}
	name, _, err := w.text()
	if err == nil && string(name) != m.Name {
		return w.fail("an object of another type than is possible here")
	}
	return err
}

const (
	absent = -1
	early  = -2 // read before there was a table
)

// tabulate reads the rest of the object and writes down where its values stand; slot is the key that
// was just read, and the entries before n have their values.
func (w *writer) tabulate(m *members, slot, n int) error {
	m.table = len(w.found)
	for _, owner := range m.Owner {
		at := absent
		if owner < n {
			at = early
		}
		w.found = append(w.found, at)
	}
	return w.fill(m, slot)
}

func (w *writer) fill(m *members, slot int) error {
	table := w.found[m.table:]
	for !m.done {
		if m.Owner[slot] >= 0 {
			if table[slot] != absent {
				return w.fail("a key twice")
			}
			w.space()
			table[slot] = w.i
			if err := w.skip(); err != nil {
				return err
			}
		} else if err := w.unanswered(m, slot); err != nil {
			return err
		}
		var err error
		if slot, err = w.next(m, -1); err != nil {
			return err
		}
	}
	m.end = w.i
	return nil
}

func (w *writer) fromTable(m *members, e *gql.Entry) (state, error) {
	table := w.found[m.table:]
	for _, slot := range e.Slots {
		if table[slot] < 0 {
			return written, w.fail("a key twice, or not at all")
		}
	}
	if len(e.Slots) > 1 {
		return w.merged(table, e)
	}
	w.i = table[e.Slots[0]]
	return w.value(e.Shape, e)
}

// leaveObject goes to the end of the object. When all was well nothing may be left that belongs to
// the answer.
func (w *writer) leaveObject(m *members, all bool) error {
	if m.table >= 0 {
		w.found, w.i = w.found[:m.table], m.end
		return nil
	}
	if !all {
		return w.rest('}')
	}
	for {
		slot, err := w.next(m, -1)
		switch {
		case err != nil || m.done:
			return err
		case m.Owner[slot] >= 0:
			return w.fail("a key twice")
		}
		if err := w.unanswered(m, slot); err != nil {
			return err
		}
	}
}
