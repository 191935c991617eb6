package complete

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// ErrUpstream is an answer that is not JSON, or is not an answer to what was sent.
var ErrUpstream = errors.New("the upstream's answer is not one to what was sent")

// maxDepth bounds the nesting of JSON whose shape is not known: custom scalars, extensions.
const maxDepth = 512

// scanner reads JSON (RFC 8259) strictly from b, at i.
type scanner struct {
	b []byte
	i int
}

// fail returns ErrUpstream with what is wrong and where. It never quotes the answer.
func (s *scanner) fail(what string) error {
	return fmt.Errorf("%w: %s at byte %d", ErrUpstream, what, s.i)
}

// space skips white space and returns the byte that follows, 0 at the end.
func (s *scanner) space() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\n', '\r', '\t':
			s.i++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) expect(c byte) error {
	if s.space() != c {
		return s.fail("expected " + string(rune(c)))
	}
	s.i++
	return nil
}

// end checks that nothing follows.
func (s *scanner) end() error {
	s.space()
	if s.i < len(s.b) {
		return s.fail("something follows the answer")
	}
	return nil
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks the bytes of w that end a run of plain text in a string: quotes, backslashes and
// control characters. Bytes above the first that is marked may be marked wrongly.
func special(w uint64) uint64 {
	quote, slash := w^(ones*'"'), w^(ones*'\\')
	return ((w-ones*0x20) & ^w | (quote-ones)&^quote | (slash-ones)&^slash) & highs
}

// text reads a string and returns its raw bytes without the quotes, and whether it has escapes.
func (s *scanner) text() (raw []byte, escaped bool, err error) {
	if s.space() != '"' {
		return nil, false, s.fail("expected a string")
	}
	s.i++
	start, high := s.i, uint64(0)
	for {
		high |= s.plain()
		switch {
		case s.i == len(s.b):
			return nil, false, s.fail("a string has no end")
		case s.b[s.i] == '"':
			raw = s.b[start:s.i]
			if high != 0 && !utf8.Valid(raw) {
				return nil, false, s.fail("a string is not UTF-8")
			}
			s.i++
			return raw, escaped, nil
		}
		escaped = true
		if err := s.escape(); err != nil {
			return nil, false, err
		}
	}
}

// plain goes on to the next quote, backslash or control character, or to the end, and returns what is
// not 0 when it passed a byte that is not ASCII.
func (s *scanner) plain() (high uint64) {
	for s.i+8 <= len(s.b) {
		w := binary.LittleEndian.Uint64(s.b[s.i:])
		high |= w & highs // of the last word too much: the text is then checked once more than needed
		if m := special(w); m != 0 {
			s.i += bits.TrailingZeros64(m) / 8
			return high
		}
		s.i += 8
	}
	for ; s.i < len(s.b); s.i++ {
		c := s.b[s.i]
		if c == '"' || c == '\\' || c < 0x20 {
			return high
		}
		high |= uint64(c & 0x80)
	}
	return high
}

// escape reads an escape sequence; anything else ends a string where it may not.
func (s *scanner) escape() error {
	if s.b[s.i] != '\\' {
		return s.fail("a control character in a string")
	}
	if s.i+1 >= len(s.b) {
		return s.fail("a string has no end")
	}
	switch s.b[s.i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i += 2
		return nil
	case 'u':
		if s.i+6 <= len(s.b) && hex(s.b[s.i+2]) && hex(s.b[s.i+3]) && hex(s.b[s.i+4]) && hex(s.b[s.i+5]) {
			s.i += 6
			return nil
		}
	}
	return s.fail("an unknown escape in a string")
}

func hex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func (s *scanner) literal(word string) error {
	if len(s.b)-s.i < len(word) || string(s.b[s.i:s.i+len(word)]) != word {
		return s.fail("an unknown word")
	}
	s.i += len(word)
	return nil
}

func (s *scanner) digits() error {
	start := s.i
	for s.i < len(s.b) && s.b[s.i]-'0' <= 9 {
		s.i++
	}
	if s.i == start {
		return s.fail("expected a digit")
	}
	return nil
}

func (s *scanner) at(c byte) bool { return s.i < len(s.b) && s.b[s.i] == c }

func (s *scanner) number() error {
	if s.at('-') {
		s.i++
	}
	if s.at('0') {
		s.i++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.at('.') {
		s.i++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.at('e') || s.at('E') {
		s.i++
		if s.at('+') || s.at('-') {
			s.i++
		}
		return s.digits()
	}
	return nil
}

// scalar reads a string, number or word that begins with c.
func (s *scanner) scalar(c byte) error {
	switch c {
	case '"':
		_, _, err := s.text()
		return err
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.number()
}

// name reads the key of a member and its colon.
func (s *scanner) name() (raw []byte, escaped bool, err error) {
	if raw, escaped, err = s.text(); err == nil {
		err = s.expect(':')
	}
	return raw, escaped, err
}

// open enters an object or array and returns whether it is empty; it is left when it is.
func (s *scanner) open(closing byte) (empty bool) {
	s.i++
	if s.space() == closing {
		s.i++
		return true
	}
	return false
}

// more goes past the comma or the closing bracket that follows a member.
func (s *scanner) more(closing byte) (bool, error) {
	switch s.space() {
	case ',':
		s.i++
		return true, nil
	case closing:
		s.i++
		return false, nil
	}
	return false, s.fail("expected a comma")
}

// nesting is the stack of closing brackets that are to come.
type nesting struct {
	closing [maxDepth]byte
	depth   int
}

// skip reads one value of any kind.
func (s *scanner) skip() error {
	if c := s.space(); c != '{' && c != '[' {
		return s.scalar(c)
	}
	var n nesting
	for {
		inside, err := s.enter(&n)
		if err == nil && !inside {
			inside, err = s.leave(&n)
		}
		if err != nil || !inside {
			return err
		}
	}
}

// enter reads a scalar or an empty value, or goes into an object or array, to its first value.
func (s *scanner) enter(n *nesting) (inside bool, err error) {
	c := s.space()
	if c != '{' && c != '[' {
		return false, s.scalar(c)
	}
	closing := c + 2 // '}' and ']'
	if s.open(closing) {
		return false, nil
	}
	if n.depth == maxDepth {
		return false, s.fail("values are nested too deeply")
	}
	n.closing[n.depth] = closing
	n.depth++
	return true, s.member(closing)
}

// member reads the key of the next member, in an object.
func (s *scanner) member(closing byte) error {
	if closing == ']' {
		return nil
	}
	_, _, err := s.name()
	return err
}

// leave goes on after a value, to the next one inside, or out of all that ends here.
func (s *scanner) leave(n *nesting) (inside bool, err error) {
	for n.depth > 0 {
		closing := n.closing[n.depth-1]
		again, err := s.more(closing)
		if err != nil {
			return false, err
		}
		if again {
			return true, s.member(closing)
		}
		n.depth--
	}
	return false, nil
}

// rest skips what is left of an object or array after one of its values, and leaves it.
func (s *scanner) rest(closing byte) error {
	for {
		again, err := s.more(closing)
		if err != nil || !again {
			return err
		}
		if err := s.member(closing); err != nil {
			return err
		}
		if err := s.skip(); err != nil {
			return err
		}
	}
}
