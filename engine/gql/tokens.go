package gql

import (
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// prepare makes a text ready to be parsed. It counts the lexical tokens (comments and commas are
// none), blanks out comments, so that a megabyte of them costs nothing more, and writes block
// strings as plain strings, whose value the parser does not get wrong. Lexical errors are left to
// the parser, which says where they are.
func prepare(text string, limit int) (string, Errors) {
	if len(text) <= limit && !strings.Contains(text, blockQuote) {
		return text, nil // there cannot be more tokens than bytes
	}
	p := &preparer{text: text}
	lex := lexer.New(&ast.Source{Input: text})
	for n := 0; n <= limit; {
		tok, failed := lex.ReadToken()
		if failed != nil || tok.Kind == lexer.EOF {
			return p.finish(), nil //nolint:nilerr // the parser meets the same error and says where
		}
		switch tok.Kind {
		case lexer.Comment:
			p.replace(tok, strings.Repeat(" ", tok.Pos.End-tok.Pos.Start))
			continue
		case lexer.BlockString:
			p.block(tok)
		}
		n++
	}
	return "", overLimit("tokens", limit, "too many lexical tokens")
}

const blockQuote = `"""`

// preparer copies a text with some tokens replaced. The lexer counts characters, the text is bytes:
// runes and bytes are the same place in both.
type preparer struct {
	text         string
	runes, bytes int
	copied       int // bytes of text that are in out or replaced
	out          strings.Builder
}

// offset returns the byte at which character n stands; n never decreases from call to call.
func (p *preparer) offset(n int) int {
	for p.runes < n && p.bytes < len(p.text) {
		_, width := utf8.DecodeRuneInString(p.text[p.bytes:])
		p.bytes += width
		p.runes++
	}
	return p.bytes
}

func (p *preparer) replace(tok lexer.Token, with string) string {
	from := p.offset(tok.Pos.Start)
	to := p.offset(tok.Pos.End)
	p.out.WriteString(p.text[p.copied:from])
	p.out.WriteString(with)
	p.copied = to
	return p.text[from:to]
}

// block replaces a block string by a plain one and as many line breaks as it had, so that what
// follows keeps its line.
func (p *preparer) block(tok lexer.Token) {
	raw := strings.TrimSuffix(strings.TrimPrefix(p.replace(tok, ""), blockQuote), blockQuote)
	p.out.WriteString(quote(blockValue(raw)))
	p.out.WriteString(strings.Repeat("\n", strings.Count(lineBreaks.Replace(raw), "\n")))
}

func (p *preparer) finish() string {
	if p.copied == 0 {
		return p.text
	}
	p.out.WriteString(p.text[p.copied:])
	return p.out.String()
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// blockValue is BlockStringValue() of the specification (section 2.9.4): the common indentation of
// all lines but the first goes, so do blank lines at both ends. The parser library counts the first
// line in.
func blockValue(raw string) string {
	raw = strings.ReplaceAll(lineBreaks.Replace(raw), `\"""`, blockQuote)
	lines := strings.Split(raw, "\n")
	common := -1
	for _, line := range lines[1:] {
		if indent := len(line) - len(strings.TrimLeft(line, " \t")); indent < len(line) && (common < 0 || indent < common) {
			common = indent
		}
	}
	for i := 1; i < len(lines) && common > 0; i++ {
		lines[i] = lines[i][min(common, len(lines[i])):]
	}
	blank := func(line string) bool { return strings.Trim(line, " \t") == "" }
	for len(lines) > 0 && blank(lines[0]) {
		lines = lines[1:]
	}
	for len(lines) > 0 && blank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines, "\n")
}
