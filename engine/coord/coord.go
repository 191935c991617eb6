// Package coord holds GraphQL schema coordinates and the patterns that API
// scopes name them with.
//
// A coordinate is written as the GraphQL specification (September 2025,
// section 3.14) writes it: Type, Type.field, Type.field(argument:), Input.field,
// Enum.VALUE. A pattern is a coordinate whose names may hold `*`.
//
// The package knows names, not schemas: it says whether a pattern matches a
// coordinate by name, never whether either exists or which kinds of types a
// glob may match. It is pure, imports nothing of the project, and each
// operation takes time linear in its input.
package coord

import (
	"cmp"
	"fmt"
)

// Coordinate names one element of a schema. Type is always set; Member is a
// field, an input field or an enum value; Argument is set only with a Member.
// It is comparable. The zero value names nothing and prints as "".
type Coordinate struct {
	Type, Member, Argument string
}

// Parse reads `T`, `T.f` or `T.f(a:)`. The error is a *SyntaxError for anything
// else, globs and directive coordinates (`@d`) included.
func Parse(s string) (Coordinate, error) {
	return parse(s, false)
}

// String returns the coordinate as Parse reads it.
func (c Coordinate) String() string {
	switch {
	case c.Argument != "":
		return c.Type + "." + c.Member + "(" + c.Argument + ":)"
	case c.Member != "":
		return c.Type + "." + c.Member
	default:
		return c.Type
	}
}

// Depth returns 1 for a type, 2 for a member, 3 for an argument and 0 for the
// zero value.
func (c Coordinate) Depth() int {
	switch {
	case c.Argument != "":
		return 3
	case c.Member != "":
		return 2
	case c.Type != "":
		return 1
	default:
		return 0
	}
}

// Compare orders coordinates by type, member and argument, so that a type comes
// before its members and a member before its arguments. It returns -1, 0 or 1.
func Compare(a, b Coordinate) int {
	return cmp.Or(
		cmp.Compare(a.Type, b.Type),
		cmp.Compare(a.Member, b.Member),
		cmp.Compare(a.Argument, b.Argument),
	)
}

// MarshalText returns String, so that a coordinate is a string in JSON and YAML.
func (c Coordinate) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what Parse reads. Its error is a *SyntaxError.
func (c *Coordinate) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

// SyntaxError says why a text is not a coordinate or a pattern.
type SyntaxError struct {
	Text    string // what was read, unchanged
	Column  int    // 1-based byte column in Text where reading stopped
	Message string // what is wrong there
	Hint    string // what to write instead; may be empty
}

// Error returns the text (shortened when long), column, message and hint in one line.
func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("malformed coordinate %s: column %d: %s", quote(e.Text), e.Column, e.Message)
	if e.Hint != "" {
		s += ": " + e.Hint
	}
	return s
}
