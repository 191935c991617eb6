package complete

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/fieldgate/fieldgate/engine/gql"
)

// placed is where an upstream error belongs in the client's answer.
type placed struct {
	path   []byte // JSON
	ok     bool   // it has a place in what the client wrote
	denied bool   // it is about what was denied or taken out
}

// walker follows the path of an upstream error through the upstream's data, to learn the types of the
// objects on its way, and writes the path in the client's terms: reserved keys become the keys that
// were written, and the indices of lists leave out what was taken out.
type walker struct {
	w     *writer
	known bool // the cursor stands at the value that the path has come to
	spent bool // too much was read again: the path is not followed through lists
	shape *gql.Shape
	entry *gql.Entry
	keys  []byte
	count int
}

// maxWalks bounds what is read again for all errors together, in bodies.
const maxWalks = 8

func (f *faults) place(raw []byte) placed {
	path, ok := parsePath(raw)
	switch {
	case !ok:
		return placed{}
	case f.in.Plan.Root == nil:
		return placed{path: raw, ok: true}
	case f.data == absent:
		return placed{}
	}
	f.i = f.data
	spent := f.walked >= maxWalks*len(f.b)
	k := &walker{w: f.writer, known: !spent, spent: spent, shape: &gql.Shape{}, entry: &gql.Entry{Level: f.in.Plan.Root}}
	out := k.walk(path)
	f.walked += max(0, f.i-f.data)
	return out
}

// parsePath reads a path: a list of response keys and indices.
func parsePath(raw []byte) ([]any, bool) {
	var path []any
	if len(raw) == 0 || len(raw) > maxFaultLen {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&path); err != nil || len(path) == 0 {
		return nil, false
	}
	for i, x := range path {
		switch x := x.(type) {
		case string:
		case json.Number:
			n, err := strconv.Atoi(x.String())
			if err != nil || n < 0 {
				return nil, false
			}
			path[i] = n
		default:
			return nil, false
		}
	}
	return path, true
}

func (k *walker) walk(path []any) placed {
	for i, x := range path {
		if k.entry.Object && k.shape.Elem == nil { // copied as it is, and its paths with it
			return k.verbatim(path[i:])
		}
		var end, ok bool
		switch x := x.(type) {
		case string:
			end, ok = k.key(x)
			if !ok && end {
				return placed{denied: true}
			}
		case int:
			end, ok = k.index(x)
			if !ok && end {
				return placed{denied: true}
			}
		}
		if !ok {
			return placed{}
		}
		if end {
			break
		}
	}
	return placed{path: append(append([]byte{'['}, k.keys...), ']'), ok: true}
}

func (k *walker) add(text []byte) {
	if k.count > 0 {
		k.keys = append(k.keys, ',')
	}
	k.count++
	k.keys = append(k.keys, text...)
}

func (k *walker) verbatim(path []any) placed {
	for _, x := range path {
		text, err := json.Marshal(x)
		if err != nil {
			return placed{}
		}
		k.add(text)
	}
	return placed{path: append(append([]byte{'['}, k.keys...), ']'), ok: true}
}

// key goes on to a response key. It reports the end of the path, and whether that is in the client's
// document: (true, false) says that the error is not for the client.
func (k *walker) key(key string) (end, ok bool) {
	level := k.entry.Level
	if level == nil || k.shape.Elem != nil {
		return false, false
	}
	if key == gql.ReservedKey {
		return true, true
	}
	o := k.object(level)
	if o == nil {
		k.known = false
		e := level.Find(key)
		return k.enter(e)
	}
	if o.TakenOut {
		return true, false
	}
	slot := o.Slot([]byte(key))
	switch {
	case slot < 0:
		return false, false
	case o.Owner[slot] < 0:
		return true, false
	}
	k.known = k.member(key)
	return k.enter(&o.Entries[o.Owner[slot]])
}

func (k *walker) enter(e *gql.Entry) (end, ok bool) {
	if e == nil {
		return false, false
	}
	k.add(e.Label[:len(e.Label)-1])
	k.entry, k.shape = e, e.Shape
	return false, true
}

// object returns the type of the object at the cursor, or nil when that is not known.
func (k *walker) object(level *gql.Level) *gql.Object {
	if !k.known || k.w.space() != '{' {
		return level.Sole()
	}
	o, err := k.w.typed(level)
	if err != nil {
		return nil
	}
	return o
}

// member moves the cursor to the value of a key of the object that it stands at.
func (k *walker) member(key string) bool {
	if !k.known || k.w.space() != '{' {
		return false
	}
	again := !k.w.open('}')
	for again {
		name, escaped, err := k.w.name()
		if err != nil {
			return false
		}
		if escaped {
			name = unescape(name)
		}
		if string(name) == key {
			return true
		}
		if err := k.w.skip(); err != nil {
			return false
		}
		if again, err = k.w.more('}'); err != nil {
			return false
		}
	}
	return false
}

// index goes on to an item of a list. Its index in the answer is smaller by the items before it that
// were taken out.
func (k *walker) index(n int) (end, ok bool) {
	if k.shape.Elem == nil {
		return false, false
	}
	if k.spent {
		return true, true
	}
	k.shape = k.shape.Elem
	if !k.known || k.w.space() != '[' {
		k.known = false
		k.add(strconv.AppendInt(nil, int64(n), 10))
		return false, true
	}
	again, before := !k.w.open(']'), 0
	for i := 0; again && i <= n; i++ {
		gone := k.takenOut()
		if i == n {
			k.add(strconv.AppendInt(nil, int64(n-before), 10))
			return gone, !gone
		}
		if gone {
			before++
		}
		err := k.w.skip()
		if err == nil {
			again, err = k.w.more(']')
		}
		if err != nil {
			break
		}
	}
	return false, false
}

// takenOut reports whether the item at the cursor is an object that is taken out of its list.
func (k *walker) takenOut() bool {
	if k.w.space() != '{' || k.shape.Elem != nil || k.entry.Level == nil {
		return false
	}
	start := k.w.i
	o, err := k.w.typed(k.entry.Level)
	k.w.i = start
	return err == nil && o.TakenOut
}
