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
		for s.i+8 <= len(s.b) {
			w := binary.LittleEndian.Uint64(s.b[s.i:])
			high |= w
			if m := special(w); m != 0 {
				s.i += bits.TrailingZeros64(m) / 8
				break
			}
			s.i += 8
		}
		if s.i >= len(s.b) {
			return nil, false, s.fail("a string has no end")
		}
		switch c := s.b[s.i]; {
		case c == '"':
			raw = s.b[start:s.i]
			if high&highs != 0 && !utf8.Valid(raw) {
				return nil, false, s.fail("a string is not UTF-8")
			}
			s.i++
			return raw, escaped, nil
		case c == '\\':
			escaped = true
			if err := s.escape(); err != nil {
				return nil, false, err
			}
		case c < 0x20:
			return nil, false, s.fail("a control character in a string")
		default:
			high |= uint64(c)
			s.i++
		}
	}
}

func (s *scanner) escape() error {
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

// skip reads one value of any kind.
func (s *scanner) skip() error {
	var stack [maxDepth]byte
	depth := 0
	for {
		c := s.space()
		if c == '{' || c == '[' {
			closing := c + 2 // '}' and ']'
			if !s.open(closing) {
				if depth == maxDepth {
					return s.fail("values are nested too deeply")
				}
				stack[depth] = closing
				depth++
				if err := s.member(closing); err != nil {
					return err
				}
				continue
			}
		} else if err := s.scalar(c); err != nil {
			return err
		}
		done, err := s.leave(&stack, &depth)
		if done || err != nil {
			return err
		}
	}
}

// member reads the key of the next member, in an object.
func (s *scanner) member(closing byte) error {
	if closing == ']' {
		return nil
	}
	_, _, err := s.name()
	return err
}

// leave goes on after a value: to the next member, or out of what ends here.
func (s *scanner) leave(stack *[maxDepth]byte, depth *int) (done bool, err error) {
	for *depth > 0 {
		closing := stack[*depth-1]
		again, err := s.more(closing)
		if err != nil {
			return false, err
		}
		if again {
			return false, s.member(closing)
		}
		*depth--
	}
	return true, nil
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
