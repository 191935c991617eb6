package complete

import (
	"bytes"
	"slices"
)

// What is passed on of the upstream's errors at most.
const (
	maxFaults   = 200
	maxFaultLen = 4 << 10 // bytes of one message, or of one value of its extensions
)

// faultMessage stands for messages that are not passed on.
const faultMessage = `"The upstream could not answer"`

// faults writes the errors of an answer: those of denials, then the upstream's.
type faults struct {
	*writer
	in       Input
	data     int // where the data stands in the body, or absent
	mark     int // where the errors begin in dst
	count    int
	upstream int
	walked   int // bytes that were read again to place errors
	seen     [][]byte
}

func (f *faults) write(at int) error {
	if f.data != absent {
		for _, path := range f.in.Denied {
			f.begin()
			f.dst = appendDenied(f.dst, path)
			if len(f.dst) > f.limit {
				return ErrTooLarge
			}
		}
	}
	if at != absent {
		if err := f.list(at); err != nil {
			return err
		}
	}
	if f.count > 0 {
		f.dst = append(f.dst, ']')
	}
	return nil
}

// begin opens the list of errors or goes on in it.
func (f *faults) begin() {
	switch {
	case f.count > 0:
		f.dst = append(f.dst, ',')
	case f.data == absent:
		f.dst = append(f.dst, `"errors":[`...)
	default:
		f.dst = append(f.dst, `,"errors":[`...)
	}
	f.count++
}

func (f *faults) list(at int) error {
	f.i = at
	if f.at('n') {
		return nil
	}
	if !f.at('[') {
		return f.fail("expected a list of errors")
	}
	again := !f.open(']')
	for again {
		if f.space() != '{' {
			return f.fail("expected an error")
		}
		f.upstream++
		if len(f.seen) == maxFaults {
			return nil
		}
		err := f.one()
		if err != nil {
			return err
		}
		if again, err = f.more(']'); err != nil {
			return err
		}
	}
	return nil
}

// fault is one error of the upstream, as raw JSON.
type fault struct{ message, path, extensions []byte }

func (f *faults) one() error {
	members, err := readMembers(&f.scanner)
	if err != nil {
		return err
	}
	var x fault
	for _, m := range members {
		switch string(m.key) {
		case "message":
			x.message = m.value
		case "path":
			x.path = m.value
		case "extensions":
			x.extensions = m.value
		}
	}
	after := f.i
	f.append(x)
	f.i = after
	return nil
}

// append appends an error, unless it is about what was denied or stands there already: a field that
// was sent under two keys fails twice.
func (f *faults) append(x fault) {
	placed := f.place(x.path)
	if placed.denied {
		return
	}
	if len(x.message) > maxFaultLen || len(x.message) == 0 || x.message[0] != '"' || !placed.ok && !f.in.Messages {
		x.message = []byte(faultMessage)
	}
	out := append([]byte(`{"message":`), x.message...)
	if placed.ok {
		out = append(append(out, `,"path":`...), placed.path...)
	}
	out = append(f.extensions(out, x.extensions), '}')
	if slices.ContainsFunc(f.seen, func(have []byte) bool { return bytes.Equal(have, out) }) {
		return
	}
	f.seen = append(f.seen, out)
	f.begin()
	f.dst = append(f.dst, out...)
}

// extensions appends those of the extensions that are kept.
func (f *faults) extensions(out, raw []byte) []byte {
	if len(raw) == 0 || raw[0] != '{' {
		return out
	}
	members, err := readMembers(&scanner{b: raw})
	if err != nil {
		return out
	}
	kept := 0
	for _, m := range members {
		composite := m.value[0] == '{' || m.value[0] == '['
		if composite || len(m.value) > maxFaultLen || !slices.Contains(f.in.Extensions, string(m.key)) {
			continue
		}
		if kept == 0 {
			out = append(out, `,"extensions":{`...)
		} else {
			out = append(out, ',')
		}
		kept++
		out = append(append(append(append(out, '"'), m.key...), '"', ':'), m.value...)
	}
	if kept > 0 {
		out = append(out, '}')
	}
	return out
}
