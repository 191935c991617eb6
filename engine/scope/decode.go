package scope

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

const (
	maxFileSize = 1 << 20 // bytes of one YAML file
	maxNesting  = 16      // mappings and lists in each other; the file kinds need 4
	maxProblems = 1000    // of one file; the rest is counted
)

// decoder reads one file and collects every problem in it.
type decoder struct {
	file      string
	problems  Problems
	positions Positions
}

// place is a value in the file, with the path that Positions knows it by.
type place struct {
	node *yaml.Node
	path string
}

// name returns how messages call the value.
func (p place) name() string {
	if p.path == "" {
		return "the file"
	}
	return "`" + p.path + "`"
}

// fault is a problem that does not know its position yet.
type fault struct {
	message, suggestion, hint string
}

// decode reads src as one strict YAML document that holds a V. The value is
// incomplete when there are problems, which are sorted.
func decode[V any](file string, src []byte, v value[V]) (out V, positions Positions, problems Problems) {
	d := &decoder{file: file, positions: Positions{"": {File: file, Line: 1, Column: 1}}}
	if root := d.parse(src); root != nil {
		d.survey(root, 0)
		out, _ = v.decode(d, place{node: root})
	}
	d.problems.Sort()
	return out, d.positions, d.problems.clip()
}

// clip keeps the first problems of a file that is nothing but problems.
func (p Problems) clip() Problems {
	if len(p) <= maxProblems {
		return p
	}
	rest := Problem{Position: p[maxProblems].Position, Message: fmt.Sprintf("and %d further problems in this file", len(p)-maxProblems)}
	return append(p[:maxProblems:maxProblems], rest)
}

// parse returns the root value of the only document in src, or nil when there is none.
func (d *decoder) parse(src []byte) *yaml.Node {
	if !d.checkBytes(src) {
		return nil
	}
	documents := yaml.NewDecoder(bytes.NewReader(src))
	var first, second yaml.Node
	if err := documents.Decode(&first); err != nil {
		d.syntaxError(src, err)
		return nil
	}
	switch err := documents.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.syntaxError(src, err)
		return nil
	default:
		d.report(&second, fault{message: "a second YAML document", hint: "one file holds one document, write another file"})
	}
	return first.Content[0]
}

// checkBytes refuses what the YAML reader would report without a position.
func (d *decoder) checkBytes(src []byte) bool {
	if len(src) > maxFileSize {
		d.problems = append(d.problems, Problem{Position: Position{File: d.file}, Message: "the file is larger than 1 MiB"})
		return false
	}
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			d.reportAt(d.offset(src, i), fault{message: "not valid UTF-8"})
			return false
		case isControl(r) && r != '\n' && r != '\r' && r != '\t':
			d.reportAt(d.offset(src, i), fault{message: fmt.Sprintf("control character %U", r)})
			return false
		}
		i += size
	}
	return true
}

func isControl(r rune) bool { return r < ' ' || 0x7f <= r && r < 0xa0 }

// offset returns the position of the byte at index i.
func (d *decoder) offset(src []byte, i int) Position {
	start := bytes.LastIndexByte(src[:i], '\n') + 1
	return Position{d.file, bytes.Count(src[:i], []byte{'\n'}) + 1, utf8.RuneCount(src[start:i]) + 1}
}

// The YAML package gives the position of its errors only in their texts.
var (
	yamlLine      = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(?s:(.*))$`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

func (d *decoder) syntaxError(src []byte, err error) {
	if errors.Is(err, io.EOF) {
		d.reportAt(Position{d.file, 1, 1}, fault{message: "the file is empty"})
		return
	}
	parts := yamlLine.FindStringSubmatch(err.Error())
	line, _ := strconv.Atoi(parts[1])
	message := parts[2]
	if strings.HasPrefix(message, "did not find expected") {
		line++ // the package counts these lines, of its parser, from 0
	}
	last := bytes.Count(bytes.TrimSpace(src), []byte{'\n'}) + 1
	at := Position{d.file, min(max(line, 1), last), 1}
	if anchor := unknownAnchor.FindStringSubmatch(message); anchor != nil {
		at = d.offset(src, max(0, bytes.Index(src, []byte("*"+anchor[1]))))
		d.reportAt(at, aliasFault)
		return
	}
	d.reportAt(at, fault{message: "not valid YAML: " + message})
}

var (
	aliasFault  = fault{message: "YAML aliases are not allowed", hint: "write the value out"}
	anchorFault = fault{message: "YAML anchors are not allowed", hint: "write the value out where it is needed"}
	mergeFault  = fault{message: "YAML merge keys are not allowed", hint: "write the keys out"}
	tagFault    = fault{message: "YAML tags are not allowed", hint: "quote a string that looks like something else"}
	depthFault  = fault{message: fmt.Sprintf("nested more than %d deep", maxNesting)}
)

// survey reports the YAML features that are refused wherever they stand.
func (d *decoder) survey(n *yaml.Node, depth int) {
	if n.Kind == yaml.AliasNode {
		d.report(n, aliasFault)
		return
	}
	if n.Anchor != "" {
		d.report(n, anchorFault)
	}
	if isTagged(n) {
		d.report(n, tagFault)
	} else if n.Tag == "!!merge" {
		d.report(n, mergeFault)
	}
	if depth > maxNesting {
		d.report(n, depthFault)
		return
	}
	for _, child := range n.Content {
		d.survey(child, depth+1)
	}
}

func isTagged(n *yaml.Node) bool { return n.Style&yaml.TaggedStyle != 0 }

// admit records where a value stands and reports whether it is one: aliases and
// tags are already reported, and null is refused here.
func (d *decoder) admit(at place) bool {
	d.positions[at.path] = d.position(at.node)
	switch {
	case at.node.Kind == yaml.AliasNode || isTagged(at.node):
		return false
	case at.node.ShortTag() == "!!null" && at.path == "":
		d.reportAt(Position{d.file, 1, 1}, fault{message: "the file is empty"})
		return false
	case at.node.ShortTag() == "!!null":
		d.report(at.node, fault{message: at.name() + " is empty", hint: "give it a value or remove it"})
		return false
	}
	return true
}

// kind reports whether the value is of a node kind, and a problem if not.
func (d *decoder) kind(at place, kind yaml.Kind, want string) bool {
	if at.node.Kind == kind {
		return true
	}
	d.mistyped(at, want, "")
	return false
}

func (d *decoder) mistyped(at place, want, hint string) {
	d.report(at.node, fault{message: fmt.Sprintf("%s must be %s, not %s", at.name(), want, describe(at.node)), hint: hint})
}

// describe returns what a node is, in the words of a message. It does not quote
// the value, which may be a secret in the wrong place.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!int":
		return "a number"
	case "!!float":
		return "a floating-point number"
	case "!!null":
		return "null"
	case "!!bool":
		return "a boolean"
	case "!!timestamp":
		return "a date"
	default:
		return "a string"
	}
}

func (d *decoder) position(n *yaml.Node) Position { return Position{d.file, n.Line, n.Column} }

func (d *decoder) report(n *yaml.Node, f fault) { d.reportAt(d.position(n), f) }

func (d *decoder) reportAt(at Position, f fault) {
	d.problems = append(d.problems, Problem{Position: at, Message: f.message, Suggestion: f.suggestion, Hint: f.hint})
}

// clip shortens what an author wrote, so that a problem stays one short line.
func clip(s string) string {
	const most = 80
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

func quote(s string) string { return strconv.Quote(clip(s)) }
