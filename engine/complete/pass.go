package complete

import (
	"bytes"
	"context"
	"io"
)

// maxTail is how much may follow the data of an answer that is passed on as it arrives: errors, and extensions that are left out.
const maxTail = 16 << 20

// Passes reports whether an answer that begins with head can be passed on as it arrives: its data comes first, and is an
// object. Where the plan changes the data it cannot.
func Passes(head []byte, in Input) bool {
	_, ok := dataAt(head)
	return ok && in.Plan.Root == nil && len(in.Denied) == 0
}

// dataAt returns where the data begins.
func dataAt(head []byte) (int, bool) {
	s := scanner{b: head}
	if s.space() != '{' || s.open('}') {
		return 0, false
	}
	key, _, err := s.name()
	if err != nil || string(key) != "data" || s.space() != '{' {
		return 0, false
	}
	return s.i, true
}

// Pass writes the client's answer to w as the upstream's arrives: head, for which Passes holds, and then what is read from r. The data
// is passed on as it stands, without looking at more of it than where it ends; what follows it is answered as Append does.
// What was written is not an answer when there is an error, which is that of r or w, or one of Append's.
func Pass(ctx context.Context, w io.Writer, head []byte, r io.Reader, in Input) (int64, error) {
	start, _ := dataAt(head)
	p := passing{w: w}
	p.put([]byte(`{"data":`))
	p.take(head[start:])
	chunk := make([]byte, 32<<10)
	for p.err == nil {
		n, err := r.Read(chunk)
		p.take(chunk[:n])
		if err == io.EOF {
			break
		}
		if err != nil {
			return p.size, err
		}
	}
	if p.err == nil {
		p.end(ctx, in)
	}
	return p.size, p.err
}

// passing is an answer of which a part was passed on.
type passing struct {
	w       io.Writer
	size    int64
	err     error
	depth   int  // of the objects and lists that are open
	text    bool // inside a string
	escaped bool // after a backslash in it
	ended   bool // the data is complete
	tail    []byte
}

func (p *passing) put(b []byte) {
	if p.err != nil || len(b) == 0 {
		return
	}
	n, err := p.w.Write(b)
	p.size += int64(n)
	p.err = err
}

// take passes on what of b belongs to the data, and keeps the rest.
func (p *passing) take(b []byte) {
	n := p.scan(b)
	p.put(b[:n])
	p.tail = append(p.tail, b[n:]...)
	if len(p.tail) > maxTail && p.err == nil {
		p.err = ErrTooLarge
	}
}

// scan returns how much of b belongs to the data.
func (p *passing) scan(b []byte) int {
	for i := 0; i < len(b) && !p.ended; i++ {
		if p.text {
			i += p.string(b[i:])
			continue
		}
		switch b[i] {
		case '"':
			p.text = true
		case '{', '[':
			p.depth++
		case '}', ']':
			p.depth--
			if p.ended = p.depth == 0; p.ended {
				return i + 1
			}
		}
	}
	if p.ended {
		return 0
	}
	return len(b)
}

// string goes on in a string and returns by how much its last byte that was looked at is further.
func (p *passing) string(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch {
		case p.escaped:
			p.escaped = false
		case b[i] == '\\':
			p.escaped = true
		case b[i] == '"':
			p.text = false
			return i
		default:
			if n := bytes.IndexAny(b[i:], `"\`); n > 0 {
				i += n - 1
			} else if n < 0 {
				return len(b) - 1
			}
		}
	}
	return len(b) - 1
}

// end answers what follows the data, as if the data were empty.
func (p *passing) end(ctx context.Context, in Input) {
	if !p.ended {
		p.err = (&scanner{}).fail("the answer ends within its data")
		return
	}
	const empty = `{"data":{}`
	out, err := Append(ctx, nil, append([]byte(empty), p.tail...), in)
	if err != nil {
		p.err = err
		return
	}
	p.put(out[len(empty):])
}
