package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// public checks the list of what is in no scope on purpose: entries that match nothing, and those that a scope contradicts.
func (c *checker) public() {
	for _, e := range c.in.Layer.Public {
		ids := c.Schema.Match(e.Pattern)
		if len(ids) == 0 {
			c.findings = append(c.findings, Finding{Severity: SeverityError, Rule: RuleUnmatched, Problem: unmatched(c.Schema, e)})
		}
		var scoped []string
		for _, id := range ids {
			if len(c.covers[id]) > 0 {
				scoped = append(scoped, c.Schema.Name(id))
			}
		}
		if scoped != nil {
			c.warn(RulePublic, e, scoped[0], fmt.Sprintf("%s is under `public`, and in a scope: only its holders read it", some(scoped)),
				"take it out of one of them; the scope counts")
		}
	}
}

// newFields says what nobody can read until it is accepted.
func (c *checker) newFields() {
	if len(c.New) == 0 {
		return
	}
	c.findings = append(c.findings, Finding{
		Severity: SeverityWarning, Rule: RuleNewField, Coordinate: c.New[0],
		Problem: scope.Problem{
			Position: c.in.Layer.Positions.At("on_new_fields"),
			Message:  fmt.Sprintf("%s is not in %s: no token can read it but for a scope that covers it", some(c.New), scope.LockFile),
			Hint:     "put it into a scope or decide that everyone may read it, and then accept it with `fieldgate schema accept`",
		},
	})
}

// Unclassified returns an error for each coordinate of a data source, sorted, that is neither in a scope nor under `public`.
// Without data sources it asks for the whole schema. What a scope says of a type, it says of everything in it; arguments go
// with their field, and enum values with their enum. Built-in scalars are nobody's.
func (d *Draft) Unclassified(in Input) []Finding {
	var findings []Finding
	scoped := d.scoped()
	for i, name := range d.Schema.Names() {
		id := gql.ID(i)
		source, at := sourceOf(in.Layer, d.Schema.Coordinate(id))
		if at < 0 && len(in.Layer.DataSources) > 0 || d.Schema.BuiltIn(id) || d.classified(in, scoped, id) {
			continue
		}
		findings = append(findings, Finding{
			Severity: SeverityError, Rule: RuleUnclassified, Coordinate: name,
			Problem: scope.Problem{
				Position: in.Layer.Positions.At(fmt.Sprintf("data_sources[%d]", max(at, 0))), Message: fmt.Sprintf("%s%s is in no scope and not under `public`", source, name),
				Hint: "put it into a scope, or list it under `public` in layer.yaml",
			},
		})
	}
	slices.SortFunc(findings, func(a, b Finding) int { return strings.Compare(a.Coordinate, b.Coordinate) })
	return findings
}

// scoped returns the coordinates that are in a scope.
func (d *Draft) scoped() gql.Set {
	out := gql.NewSet(d.bare.Len())
	for _, m := range d.matches {
		for _, id := range m.ids {
			out.Add(id)
		}
	}
	return out
}

// sourceOf returns how to name the data source of a coordinate, and its place in the list, or -1.
func sourceOf(l scope.Layer, c coord.Coordinate) (string, int) {
	for i, source := range l.DataSources {
		if slices.ContainsFunc(source.Types, func(p coord.Pattern) bool { return p.MatchType(c.Type) }) {
			return source.Name + ": ", i
		}
	}
	return "", -1
}

// classified reports whether a coordinate, or what it goes with, is in a scope or public.
func (d *Draft) classified(in Input, scoped gql.Set, id gql.ID) bool {
	c := d.Schema.Coordinate(id)
	own := scoped.Has(id) || isPublic(d.Schema, in, c.String())
	if own || c.Member == "" {
		return own
	}
	owner := coord.Coordinate{Type: c.Type}
	typeID, _ := d.Schema.Lookup(owner.String())
	if scoped.Has(typeID) {
		return true
	}
	if c.Argument != "" {
		owner.Member = c.Member
		fieldID, _ := d.Schema.Lookup(owner.String())
		return scoped.Has(fieldID) || isPublic(d.Schema, in, owner.String())
	}
	return d.Schema.Describe(id).EnumValue && isPublic(d.Schema, in, owner.String())
}

// isPublic reports whether a coordinate is under `public`, by the rules of scope entries (R1).
func isPublic(s *gql.Schema, in Input, name string) bool {
	id, ok := s.Lookup(name)
	return ok && slices.ContainsFunc(in.Layer.Public, func(e scope.Entry) bool { return s.Covers(e.Pattern, id) })
}
