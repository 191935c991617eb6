package bundles

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// check returns every reason for which c is not a revision's content. Nothing that
// fails it is written or loaded: a setting that is not understood must not be
// taken for its default.
func (c *Content) check() error {
	problems := []error{
		present("layer", c.Layer),
		oneOf("match", c.Match, "any", "all"),
		oneOf("abstract", c.Abstract, "deny", "narrow"),
		oneOf("mode", c.Mode, "prune", "reject", "observe", "hide"),
		oneOf("introspection", c.Introspection, "view", "off"),
		oneOf("validation.schema", c.Validation.Schema, "strict", "lenient"),
		oneOf("validation.overlapping_fields", c.Validation.OverlappingFields, "error", "ignore"),
	}
	for _, operation := range c.Operations {
		problems = append(problems, oneOf("operation", operation, "query", "mutation", "subscription"))
	}
	for _, directive := range c.Directives {
		problems = append(problems, present("directive", directive))
	}
	problems = append(problems, c.checkCovers(), c.checkGuards(), c.checkText())
	return errors.Join(problems...)
}

func (c *Content) checkCovers() error {
	known := make(map[string]bool, len(c.Scopes))
	for _, scope := range c.Scopes {
		if scope.ID == "" || known[scope.ID] {
			return fmt.Errorf("scope id %q is empty or given twice", scope.ID)
		}
		known[scope.ID] = true
	}
	for coordinate, ids := range c.Coordinates {
		if coordinate == "" {
			return errors.New("a coordinate is empty")
		}
		for _, id := range ids {
			if !known[id] {
				return fmt.Errorf("%s is covered by %q, which is no scope", coordinate, id)
			}
		}
	}
	return nil
}

// checkGuards refuses a guard at or over what the schema does not have: it would not be in force.
func (c *Content) checkGuards() error {
	seen := map[[2]string]bool{}
	for _, g := range c.Guards {
		key := [2]string{g.At, g.Rule}
		if g.Rule == "" || seen[key] || len(g.StandsFor) == 0 {
			return fmt.Errorf("the guard at %s is given twice, or has no rule or nothing that it stands for", g.At)
		}
		seen[key] = true
		for _, coordinate := range append([]string{g.At}, g.StandsFor...) {
			if _, ok := c.Coordinates[coordinate]; !ok {
				return fmt.Errorf("the guard at %s names %q, which is no coordinate", g.At, coordinate)
			}
		}
	}
	return nil
}

// checkText refuses what JSON cannot carry unchanged. Texts that it omits have been
// compared with known values.
func (c *Content) checkText() error {
	texts := slices.Concat([]string{c.Layer, c.Schema}, c.Directives, slices.Collect(maps.Keys(c.Coordinates)))
	for _, scope := range c.Scopes {
		texts = append(append(texts, scope.ID, scope.Name, scope.Description), scope.Entries...)
	}
	for _, g := range c.Guards { // its coordinates are among those above
		texts = append(texts, g.Rule)
	}
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return fmt.Errorf("%.100q is not valid UTF-8", text)
		}
	}
	return nil
}

func present(what, value string) error {
	if value == "" {
		return fmt.Errorf("%s is empty", what)
	}
	return nil
}

func oneOf(what, value string, known ...string) error {
	if !slices.Contains(known, value) {
		return fmt.Errorf("%s is %q, not one of %q", what, value, known)
	}
	return nil
}
