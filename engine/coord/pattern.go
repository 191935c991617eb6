package coord

import "strings"

// Pattern is a coordinate whose three names may hold `*`, each of which matches
// any run of characters, also none, inside that one name: it crosses neither
// `.` nor `(`. It is comparable. The zero value matches nothing.
type Pattern struct {
	parts Coordinate
}

// ParsePattern reads what Parse reads, with any number of single `*` in the
// names. The error is a *SyntaxError.
func ParsePattern(s string) (Pattern, error) {
	parts, err := parse(s, true)
	return Pattern{parts}, err
}

// String returns the pattern as ParsePattern reads it.
func (p Pattern) String() string { return p.parts.String() }

// Parts returns the three names as written; they may hold `*`.
func (p Pattern) Parts() Coordinate { return p.parts }

// Literal returns the one coordinate that a pattern without `*` names, and
// whether the pattern is one.
func (p Pattern) Literal() (Coordinate, bool) {
	if p.Depth() == 0 || isGlob(p.parts.Type) || isGlob(p.parts.Member) || isGlob(p.parts.Argument) {
		return Coordinate{}, false
	}
	return p.parts, true
}

// Depth returns 1 for a pattern of types, 2 of members, 3 of arguments and 0
// for the zero value.
func (p Pattern) Depth() int { return p.parts.Depth() }

// Match reports whether c has the depth of the pattern and each of its names
// matches. It compares names only; which kinds of types a glob may match is for
// the caller, who knows the schema.
func (p Pattern) Match(c Coordinate) bool {
	return p.Depth() != 0 && p.Depth() == c.Depth() &&
		p.MatchType(c.Type) && match(p.parts.Member, c.Member) && match(p.parts.Argument, c.Argument)
}

// MatchType reports whether the type part of the pattern matches a type's name,
// whatever the depth of the pattern.
func (p Pattern) MatchType(name string) bool { return match(p.parts.Type, name) }

// Equal reports whether both patterns are written in the same way.
func (p Pattern) Equal(q Pattern) bool { return p == q }

// MarshalText returns String, so that a pattern is a string in JSON and YAML.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what ParsePattern reads. Its error is a *SyntaxError.
func (p *Pattern) UnmarshalText(text []byte) error {
	parsed, err := ParsePattern(string(text))
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}

func isGlob(s string) bool { return strings.Contains(s, "*") }

// match is linear: the text before the first `*` and after the last must stand
// at the ends, and each text between is taken at its leftmost place, which never
// needs to be taken back.
func match(glob, name string) bool {
	prefix, rest, found := strings.Cut(glob, "*")
	if !found {
		return glob == name
	}
	if !strings.HasPrefix(name, prefix) {
		return false
	}
	name = name[len(prefix):]
	for {
		middle, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(name, rest)
		}
		i := strings.Index(name, middle)
		if i < 0 {
			return false
		}
		name, rest = name[i+len(middle):], after
	}
}
