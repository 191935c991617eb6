// Package scope reads the files of an access repository: API scopes
// (scopes/*.yaml), data layers (layer.yaml) and team settings (fieldgate.yaml).
//
// It takes bytes and returns typed values with the positions they were written
// at, or every problem of every file at once, each with file, line, column and
// a hint. Reading is strict, because a line that is dropped is a restriction
// that is dropped: unknown and repeated keys, further documents, nulls, YAML
// anchors, aliases, merge keys and tags are all refused.
//
// The package never reads a file, a clock or an environment, and knows no
// GraphQL schema: whether a coordinate exists is for others to say. The same
// tables that drive the decoder make the JSON Schemas in docs/schemas.
package scope

import (
	"errors"
	"regexp"
	"strings"

	"github.com/fieldgate/fieldgate/engine/coord"
)

//go:generate go run ./internal/genschemas ../../docs/schemas

// ReservedPrefix begins the names of scopes that Fieldgate itself may define.
const ReservedPrefix = "fieldgate:"

// Scope is an API scope: a named set of coordinates of one data layer.
type Scope struct {
	Name        string
	Description string
	RenamedFrom string // the name under which it was known before, or ""
	Entries     []Entry
	Position    Position  // of the name
	Positions   Positions // by path, as in "fields[0]"
}

// Entry is one line of a scope's `fields`.
type Entry struct {
	Pattern  coord.Pattern
	Text     string // as written; equal to Pattern.String()
	Position Position
}

// scopeFile is what a file under scopes/ holds.
var scopeFile = object(
	required("scope", "Name of the API scope, unique in its data layer; tokens are granted it by this name.",
		scopeName, func(s *Scope) *string { return &s.Name }),
	optional("description", "What the scope opens, and for whom.",
		freeText(maxDescription), func(s *Scope) *string { return &s.Description }),
	required("fields", "The coordinates that the scope restricts and its holders may read: `Type`, `Type.field`, "+
		"`Type.field(argument:)`, `Input.field`, `Enum.VALUE`; `*` stands for any part of a name.",
		listOf("coordinate", entry, func(e Entry) string { return e.Text }).describe(jsonSchema{"uniqueItems": true}),
		func(s *Scope) *[]Entry { return &s.Entries }),
	optional("renamed_from", "The scope's former name: tokens that hold the scope keep it.",
		scopeName, func(s *Scope) *string { return &s.RenamedFrom }),
)

// ParseScope reads a scope file. The Scope is incomplete when there are
// problems; they are sorted by position. file is only used in positions.
func ParseScope(file string, src []byte) (Scope, Problems) {
	s, positions, problems := decode(file, src, scopeFile)
	s.Positions, s.Position = positions, positions.At("scope")
	if s.RenamedFrom != "" && s.RenamedFrom == s.Name {
		problems = append(problems, Problem{
			Position: positions.At("renamed_from"),
			Message:  "`renamed_from` is the scope's own name " + quote(s.Name),
			Hint:     "write the former name, or remove the line",
		})
		problems.Sort()
	}
	return s, problems
}

// scopeName is the name of a scope. It goes into tokens, logs and URLs.
var scopeName = parsed(jsonSchema{
	"pattern": scopeNameSyntax.String(),
	"not":     jsonSchema{"pattern": "^" + ReservedPrefix},
}, func(s string) any { return s }, parseScopeName)

var scopeNameSyntax = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$`)

func parseScopeName(s string) (string, *fault) {
	switch {
	case strings.HasPrefix(s, ReservedPrefix):
		return "", &fault{message: "reserved scope name " + quote(s), hint: "names that begin with `" + ReservedPrefix + "` are Fieldgate's own"}
	case !scopeNameSyntax.MatchString(s):
		return "", &fault{
			message: "bad scope name " + quote(s),
			hint:    "use up to 128 letters, digits and `.`, `_`, `:`, `/`, `-`, beginning with a letter or digit",
		}
	}
	return s, nil
}

// entry is a pattern together with its place.
var entry = value[Entry]{
	schema: pattern.schema,
	show:   func(e Entry) any { return e.Text },
	read: func(d *decoder, at place) (Entry, bool) {
		p, ok := pattern.read(d, at)
		return Entry{Pattern: p, Text: at.node.Value, Position: d.position(at.node)}, ok
	},
}

// pattern is a coordinate that may hold `*`. Introspection cannot be scoped
// (R1, R13): what begins with `__` is answered from the subject's view.
var pattern = parsed(jsonSchema{
	"pattern": `^[_A-Za-z*][_0-9A-Za-z*]*(\.[_A-Za-z*][_0-9A-Za-z*]*(\([_A-Za-z*][_0-9A-Za-z*]*:\))?)?$`,
	"not":     jsonSchema{"pattern": `\*\*|(^|[.(])__`},
}, func(p coord.Pattern) any { return p.String() }, parsePattern)

func parsePattern(s string) (coord.Pattern, *fault) {
	p, err := coord.ParsePattern(s)
	if err != nil {
		return p, coordinateFault(s, err)
	}
	parts := p.Parts()
	for _, name := range []string{parts.Type, parts.Member, parts.Argument} {
		if strings.HasPrefix(name, "__") {
			return p, &fault{
				message: "introspection cannot be scoped: " + quote(s),
				hint:    "a token's introspection shows what it may read; `introspection: off` in layer.yaml turns it off",
			}
		}
	}
	return p, nil
}

func coordinateFault(s string, err error) *fault {
	f := &fault{message: "malformed coordinate " + quote(s)}
	if syntax := (*coord.SyntaxError)(nil); errors.As(err, &syntax) {
		f.message += ": " + syntax.Message
		f.hint = syntax.Hint
	}
	return f
}
