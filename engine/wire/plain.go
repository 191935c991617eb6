package wire

import (
	"bytes"
	stdjson "encoding/json"
	"strings"
	"unicode/utf8"
)

// Plain reads JSON of the form that nearly all requests have: an object of texts and of objects of scalars, no escape with a
// number. It is quicker than Unmarshal and knows less: what it does not know it refuses, valid or not, and Unmarshal is to be
// asked. What it takes is what Unmarshal takes, with the same values.
type Plain struct {
	b []byte
	i int
}

// NewPlain returns a reader of data, which it does not change and whose memory no value shares.
func NewPlain(data []byte) *Plain { return &Plain{b: data} }

// Object reads an object: member reads the value of each name, and reports whether it could. It may not keep the name. Names
// that come twice are for it to refuse.
func (p *Plain) Object(member func(name []byte) bool) bool {
	if !p.take('{') {
		return false
	}
	if p.take('}') {
		return true
	}
	for {
		name, escapes, ok := p.raw()
		if !ok || escapes > 0 || !p.take(':') || !member(name) {
			return false
		}
		if p.take(',') {
			continue
		}
		return p.take('}')
	}
}

// End reports whether nothing follows.
func (p *Plain) End() bool {
	p.space()
	return p.i == len(p.b)
}

// Null reads null, if that is what comes.
func (p *Plain) Null() bool {
	p.space()
	return p.word("null")
}

// Text reads a text.
func (p *Plain) Text() (string, bool) {
	raw, escapes, ok := p.raw()
	if !ok || escapes == 0 {
		return string(raw), ok
	}
	return unescape(raw, len(raw)-escapes)
}

// raw reads a text and returns what is between its quotes, with so many escapes in it.
func (p *Plain) raw() (raw []byte, escapes int, ok bool) {
	if !p.take('"') {
		return nil, 0, false
	}
	start, high := p.i, byte(0)
	for ; p.i < len(p.b); p.i++ {
		switch c := p.b[p.i]; {
		case c == '"':
			raw := p.b[start:p.i]
			p.i++
			return raw, escapes, high < utf8.RuneSelf || utf8.Valid(raw)
		case c == '\\':
			escapes++
			p.i++
		case c < ' ':
			return nil, 0, false
		default:
			high |= c
		}
	}
	return nil, 0, false
}

// unescape returns what a raw text of n bytes says.
func unescape(raw []byte, n int) (string, bool) {
	var out strings.Builder
	out.Grow(n)
	for {
		at := bytes.IndexByte(raw, '\\')
		if at < 0 {
			out.Write(raw)
			return out.String(), true
		}
		c := escaped(raw[at+1])
		if c == 0 {
			return "", false
		}
		out.Write(raw[:at])
		out.WriteByte(c)
		raw = raw[at+2:]
	}
}

// escaped is what stands for a byte behind a backslash; 0 when it is not plain.
func escaped(c byte) byte {
	switch c {
	case '"', '\\', '/':
		return c
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	}
	return 0
}

// Scalars reads an object of scalars. Numbers are encoding/json Numbers, as Unmarshal has them.
func (p *Plain) Scalars() (map[string]any, bool) {
	out := map[string]any{}
	ok := p.Object(func(name []byte) bool {
		if _, twice := out[string(name)]; twice {
			return false
		}
		value, ok := p.scalar()
		out[string(name)] = value
		return ok
	})
	return out, ok
}

func (p *Plain) scalar() (any, bool) {
	p.space()
	if p.i == len(p.b) {
		return nil, false
	}
	switch p.b[p.i] {
	case '"':
		return p.Text()
	case 't':
		return true, p.word("true")
	case 'f':
		return false, p.word("false")
	case 'n':
		return nil, p.word("null")
	}
	start := p.i
	if !p.number() {
		return nil, false
	}
	return stdjson.Number(p.b[start:p.i]), true
}

func (p *Plain) number() bool {
	p.at('-')
	if !p.at('0') && !p.digits() {
		return false
	}
	if p.at('.') && !p.digits() {
		return false
	}
	if p.at('e') || p.at('E') {
		_ = p.at('+') || p.at('-')
		return p.digits()
	}
	return true
}

func (p *Plain) digits() bool {
	start := p.i
	for p.i < len(p.b) && p.b[p.i]-'0' <= 9 {
		p.i++
	}
	return p.i > start
}

// at goes past a byte, if that is what comes.
func (p *Plain) at(c byte) bool {
	if p.i < len(p.b) && p.b[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *Plain) take(c byte) bool {
	p.space()
	return p.at(c)
}

func (p *Plain) word(w string) bool {
	if !bytes.HasPrefix(p.b[p.i:], []byte(w)) {
		return false
	}
	p.i += len(w)
	return true
}

func (p *Plain) space() {
	for p.i < len(p.b) && (p.b[p.i] == ' ' || p.b[p.i] == '\n' || p.b[p.i] == '\r' || p.b[p.i] == '\t') {
		p.i++
	}
}
