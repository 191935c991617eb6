package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Severity says whether a finding fails a check.
type Severity string

// The severities of findings.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Finding is something that `fieldgate check` has to say about a scope entry.
type Finding struct {
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"` // a short name, one of the Rule constants
	scope.Problem
	Coordinate string `json:"coordinate,omitempty"`
}

// The rules of findings. docs/check.md explains each.
const (
	RuleUnmatched    = "unmatched-entry" // the entry matches nothing in the schema
	RuleNonNull      = "non-null"        // denying the field nulls its parent
	RuleInterface    = "interface"       // the entry restricts every implementer
	RuleEnumValue    = "enum-value"      // enforced on input only
	RuleInputType    = "input-type"      // the entry names a whole input type
	RuleUnreachable  = "unreachable"     // the scope opens it, but its holders cannot reach it
	RuleDefault      = "schema-default"  // a default of the schema uses it for everyone
	RuleOverlap      = "several-scopes"  // several scopes open it under `match: any`
	RulePublic       = "public"          // it is under `public` and in a scope
	RuleNewField     = "new-field"       // it is not in schema.lock
	RuleSensitive    = "sensitive"       // everyone can read it, and it looks sensitive; asked for by --sensitive
	RuleUnclassified = "unclassified"    // it is neither in a scope nor public; asked for by --require-classification
	RuleEscape       = "escape"          // something may read it without naming it
)

// Check returns everything there is to say about the scopes of a draft, sorted by place in the files.
// Its errors are those of the policy.
func (d *Draft) Check(ctx context.Context, in Input) ([]Finding, error) {
	c := &checker{Draft: d, in: in, covers: d.coverage()}
	for _, p := range d.Unmatched {
		c.findings = append(c.findings, Finding{Severity: SeverityError, Rule: RuleUnmatched, Problem: p})
	}
	for _, s := range in.Scopes {
		for _, e := range s.Entries {
			c.entry(e)
		}
	}
	c.public()
	c.newFields()
	c.overlaps()
	c.defaults()
	c.escapes()
	if err := c.unreachable(ctx); err != nil {
		return nil, err
	}
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Coordinate, b.Coordinate), cmp.Compare(a.Message, b.Message))
	})
	return c.findings, nil
}

type checker struct {
	*Draft
	in       Input
	covers   [][]cover // by coordinate
	findings []Finding
}

func (c *checker) warn(rule string, e scope.Entry, coordinate, message, hint string) {
	c.findings = append(c.findings, Finding{
		Severity: SeverityWarning, Rule: rule, Coordinate: coordinate,
		Problem: scope.Problem{Position: e.Position, Message: message, Hint: hint},
	})
}

// entry looks at one line of a scope. A glob gets one finding of each rule, however much it matches.
func (c *checker) entry(e scope.Entry) {
	byRule := map[string][]string{}
	implementers := 0
	for _, id := range c.Schema.Match(e.Pattern) {
		name, d := c.Schema.Name(id), c.Schema.Describe(id)
		for rule, holds := range map[string]bool{
			RuleNonNull: d.NonNullField, RuleEnumValue: d.EnumValue, RuleInterface: d.Abstract, RuleInputType: d.InputOnly,
		} {
			if holds {
				byRule[rule] = append(byRule[rule], name)
			}
		}
		if d.Abstract {
			implementers = max(implementers, d.Implementers)
		}
	}
	for rule, text := range entryTexts {
		if list := byRule[rule]; list != nil {
			message := some(list) + " " + text.message
			if rule == RuleInterface {
				message = fmt.Sprintf(message, implementers, plural(implementers, "type"))
			}
			c.warn(rule, e, list[0], message, text.hint)
		}
	}
}

// entryTexts are the findings about what an entry matches. "%d %s" counts implementing types.
var entryTexts = map[string]struct{ message, hint string }{
	RuleNonNull: {
		"cannot be null: denying it makes the object around it null in the answer",
		"make it nullable in the schema, or expect the parent to vanish for those who do not hold the scope",
	},
	RuleEnumValue: {
		"is enforced on input only: the value can still appear in answers",
		"restrict the fields that return it to hide it there",
	},
	RuleInterface: {
		"belongs to an interface: the entry restricts it on %d implementing %s too",
		"a scope that opens it opens nothing else on those types",
	},
	RuleInputType: {
		"is an input type: only holders of the scope may use any input of this type",
		"to restrict single input fields name them, as in `OrderFilter.total`",
	},
}

// some names the first of a list and counts the rest.
func some(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return fmt.Sprintf("%s (and %d more)", list[0], len(list)-1)
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// overlaps finds coordinates that several scopes cover although any one of them opens it.
func (c *checker) overlaps() {
	if c.in.Layer.Match != scope.MatchAny {
		return
	}
	for id, covers := range c.covers {
		names := c.names(covers)
		if len(names) < 2 {
			continue
		}
		at := coordinateAt(c.Schema, id).String()
		c.warn(RuleOverlap, covers[0].entry, at,
			fmt.Sprintf("%s is covered by the scopes %s: under `match: any` each of them opens it", at, strings.Join(names, ", ")),
			"say `match: all` in layer.yaml if a token should need every one of them")
	}
}

// names returns the names of the scopes in covers, sorted, each once.
func (c *checker) names(covers []cover) []string {
	names := make([]string, 0, len(covers))
	for _, one := range covers {
		names = append(names, c.in.Scopes[one.scope].Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// defaults finds restricted inputs that the schema's own defaults use.
func (c *checker) defaults() {
	for id, users := range c.Schema.Defaults() {
		if len(c.covers[id]) == 0 {
			continue
		}
		names := make([]string, len(users))
		for i, user := range users {
			names[i] = c.Schema.Name(user)
		}
		at := c.Schema.Name(id)
		c.warn(RuleDefault, c.covers[id][0].entry, at,
			fmt.Sprintf("%s is used by the schema's default of %s: everyone who leaves that out uses it", at, some(names)),
			"restrict "+names[0]+" or the field it belongs to as well, or change the default")
	}
}

// unreachable finds coordinates that a scope opens but that a token with this scope alone cannot
// use, since something else that they need stays restricted.
func (c *checker) unreachable(ctx context.Context) error {
	snapshot, err := c.Activate(ctx, 1, Options{})
	if err != nil {
		return err
	}
	for i, s := range c.in.Scopes {
		view, err := snapshot.View(ctx, Subject{Scopes: []string{s.Name}})
		if err != nil {
			return err
		}
		c.unreachableIn(i, view)
	}
	return nil
}

func (c *checker) unreachableIn(scopeIndex int, view *gql.View) {
	lost := map[scope.Position][]string{}
	entries := map[scope.Position]scope.Entry{}
	for id, covers := range c.covers {
		at := slices.IndexFunc(covers, func(x cover) bool { return x.scope == scopeIndex })
		if at < 0 || view.Has(coordinateAt(c.Schema, id)) {
			continue
		}
		e := covers[at].entry
		entries[e.Position] = e
		lost[e.Position] = append(lost[e.Position], coordinateAt(c.Schema, id).String())
	}
	for position, list := range lost {
		slices.Sort(list)
		c.warn(RuleUnreachable, entries[position], list[0],
			fmt.Sprintf("the scope opens %s, but a token with this scope alone cannot reach it", some(list)),
			"its type, its arguments or the way to it need another scope, or it belongs to an interface that is restricted or is not used by any field")
	}
}
