package coord

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parser reads a coordinate, or with globs a pattern, from left to right.
type parser struct {
	text  string
	pos   int
	globs bool
}

func parse(s string, globs bool) (Coordinate, error) {
	p := &parser{text: s, globs: globs}
	if err := p.precheck(); err != nil {
		return Coordinate{}, err
	}
	c, err := p.coordinate()
	if err != nil {
		return Coordinate{}, err
	}
	return c, nil
}

// precheck refuses what is better explained as a whole than character by character.
func (p *parser) precheck() *SyntaxError {
	if p.text == "" {
		return p.fail("it is empty", "write `Type`, `Type.field` or `Type.field(argument:)`")
	}
	if !utf8.ValidString(p.text) {
		return p.fail("it is not valid UTF-8", "")
	}
	if i := strings.IndexFunc(p.text, unicode.IsSpace); i >= 0 {
		p.pos = i
		return p.fail("white space is not allowed", p.suggest(strings.Join(strings.Fields(p.text), "")))
	}
	if p.text[0] == '@' {
		return p.fail("directives cannot be scoped", "list the directives that clients may use under `directives:` in layer.yaml")
	}
	return nil
}

// coordinate reads `T`, `T.f` or `T.f(a:)` up to the end of the text.
func (p *parser) coordinate() (c Coordinate, err *SyntaxError) {
	if c.Type, err = p.name("type"); err != nil || p.done() {
		return c, err
	}
	if err = p.dot(c); err != nil {
		return c, err
	}
	if c.Member, err = p.name("field"); err != nil || p.done() {
		return c, err
	}
	if err = p.open(c); err != nil {
		return c, err
	}
	if c.Argument, err = p.name("argument"); err != nil {
		return c, err
	}
	return c, p.close(c)
}

func (p *parser) dot(c Coordinate) *SyntaxError {
	if p.skip(".") {
		return nil
	}
	if p.text[p.pos] == '(' {
		return p.fail("an argument needs a field", fmt.Sprintf("write `%s.field(argument:)`", c.Type))
	}
	return p.unexpected("`.`")
}

func (p *parser) open(c Coordinate) *SyntaxError {
	if p.skip("(") {
		return nil
	}
	if p.text[p.pos] == '.' {
		rest := p.text[p.pos+1:]
		return p.fail("a coordinate names one field of one type, it is not a path",
			fmt.Sprintf("name the type that `%s` returns: `ThatType.%s`", c, orWord(rest, "field")))
	}
	return p.unexpected("`(`")
}

func (p *parser) close(c Coordinate) *SyntaxError {
	if !p.skip(":") {
		if p.done() || p.text[p.pos] == ')' {
			return p.fail("an argument ends in `:)`", p.suggest(c.String()))
		}
		return p.unexpected("`:)`")
	}
	if !p.skip(")") {
		if p.done() {
			return p.fail("`)` is missing", p.suggest(c.String()))
		}
		return p.fail("an argument is named without a value", p.suggest(c.String()))
	}
	if !p.done() {
		return p.fail("nothing may follow `)`", p.suggest(c.String()))
	}
	return nil
}

// name reads a GraphQL Name, [_A-Za-z][_0-9A-Za-z]*, in which a pattern may
// have single `*`.
func (p *parser) name(what string) (string, *SyntaxError) {
	start := p.pos
	for !p.done() && p.nameByte(p.text[p.pos]) {
		p.pos++
	}
	name := p.text[start:p.pos]
	if name == "" {
		return "", p.missing(what)
	}
	if isDigit(name[0]) {
		p.pos = start
		return "", p.fail("a name does not begin with a digit", "")
	}
	if i := strings.Index(name, "**"); i >= 0 {
		p.pos = start + i
		return "", p.fail("`**` means nothing more than `*`", "write `*`; it crosses neither `.` nor `(`")
	}
	return name, nil
}

func (p *parser) nameByte(b byte) bool {
	letter := 'a' <= b|0x20 && b|0x20 <= 'z'
	return letter || b == '_' || isDigit(b) || p.globs && b == '*'
}

func (p *parser) missing(what string) *SyntaxError {
	article := "a "
	if what == "argument" {
		article = "an "
	}
	if p.done() {
		return p.fail(article+what+" name is missing", "")
	}
	return p.unexpected(article + what + " name")
}

// unexpected reports the character at the current position.
func (p *parser) unexpected(want string) *SyntaxError {
	r, _ := utf8.DecodeRuneInString(p.text[p.pos:])
	return p.fail(fmt.Sprintf("unexpected %q, want %s", r, want), p.unexpectedHint(r))
}

func (p *parser) unexpectedHint(r rune) string {
	switch r {
	case '*':
		return "a single coordinate is wanted here, without `*`"
	case '?', '{', '}', '^', '$', '|', '\\':
		return "the only glob character is `*`"
	case '[', ']', '!':
		return "write the name of the type without list and non-null marks"
	case ':', '/', '#':
		return "write `Type.field`"
	case '-':
		return "GraphQL names hold letters, digits and `_` only"
	default:
		return ""
	}
}

// suggest returns a hint to write s, when s is itself well formed.
func (p *parser) suggest(s string) string {
	if s == p.text {
		return ""
	}
	if _, err := parse(s, p.globs); err != nil {
		return ""
	}
	return "write `" + s + "`"
}

func (p *parser) fail(message, hint string) *SyntaxError {
	return &SyntaxError{Text: p.text, Column: p.pos + 1, Message: message, Hint: hint}
}

func (p *parser) skip(s string) bool {
	if !strings.HasPrefix(p.text[p.pos:], s) {
		return false
	}
	p.pos += len(s)
	return true
}

func (p *parser) done() bool { return p.pos == len(p.text) }

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// orWord returns s when it is a name, else the placeholder.
func orWord(s, placeholder string) string {
	if c, err := Parse(s); err == nil && c.Depth() == 1 {
		return s
	}
	return placeholder
}

// quote quotes s for an error message, shortened to stay on one line.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return fmt.Sprintf("%q", s)
}
