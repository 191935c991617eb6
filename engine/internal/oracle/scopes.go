package oracle

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// covers is R1: whether an entry of a scope names a coordinate, or a glob of
// it matches the coordinate.
func covers(schema *ast.Schema, entry, coordinate string) bool {
	if !strings.Contains(entry, "*") {
		return entry == coordinate
	}
	if typ, _, _ := strings.Cut(coordinate, "."); strings.HasPrefix(typ, "__") {
		return false
	}
	if !strings.Contains(coordinate, ".") && !globsMatchType(schema.Types[coordinate]) {
		return false
	}
	return globMatches(entry, coordinate)
}

// globsMatchType is the part of R1 on globs without a dot: they match output
// types and custom scalars, but not enums, input types or built-in scalars.
func globsMatchType(t *ast.Definition) bool {
	switch t.Kind {
	case ast.Object, ast.Interface, ast.Union:
		return true
	case ast.Scalar:
		return !slices.Contains([]string{"Int", "Float", "String", "Boolean", "ID"}, t.Name)
	}
	return false
}

// globMatches matches piece by piece, since * crosses neither . nor (.
func globMatches(pattern, coordinate string) bool {
	p, c := pieces(pattern), pieces(coordinate)
	if len(p) != len(c) {
		return false
	}
	for i := range p {
		if !starMatches(p[i], c[i]) {
			return false
		}
	}
	return true
}

// pieces splits T, T.f and T.f(a:) into their one to three names.
func pieces(coordinate string) []string {
	return strings.FieldsFunc(strings.TrimSuffix(coordinate, ":)"), func(r rune) bool { return r == '.' || r == '(' })
}

// starMatches matches a name with a pattern in which * stands for any characters.
func starMatches(pattern, name string) bool {
	if pattern == "" {
		return name == ""
	}
	if pattern[0] == '*' {
		return starMatches(pattern[1:], name) || name != "" && starMatches(pattern, name[1:])
	}
	return name != "" && pattern[0] == name[0] && starMatches(pattern[1:], name[1:])
}

// readable is R2.
func (d *decider) readable(coordinate string) bool {
	if known, ok := d.remembered[coordinate]; ok {
		return known
	}
	d.remembered[coordinate] = d.decideReadable(coordinate)
	return d.remembered[coordinate]
}

func (d *decider) decideReadable(coordinate string) bool {
	covering, held := d.coveringScopes(coordinate)
	switch {
	case d.c.Unrestricted, covering == 0:
		return true
	case d.c.Match == "all":
		return held == covering
	}
	return held > 0
}

// coveringScopes counts the scopes that cover a coordinate, and those of them
// that the subject holds.
func (d *decider) coveringScopes(coordinate string) (covering, held int) {
	for name, entries := range d.c.Scopes {
		if !slices.ContainsFunc(entries, func(e string) bool { return covers(d.schema, e, coordinate) }) {
			continue
		}
		covering++
		if slices.Contains(d.c.Held, name) {
			held++
		}
	}
	return covering, held
}

// Readable returns R2 of a case: whether its subject may read a coordinate of
// its schema. It returns an error as Decide does.
func Readable(c Case) (func(coordinate string) bool, error) {
	d, _, err := newDecider(c)
	if err != nil {
		return nil, err
	}
	return d.readable, nil
}
