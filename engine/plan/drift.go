package plan

import (
	"context"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// reader asks one side what subjects can read, and remembers.
type reader struct {
	side    *Side
	schema  *gql.Schema
	scopes  []string
	reaches map[string]*gql.Reach
}

func view(s *Side) *reader {
	if s == nil {
		return nil
	}
	return &reader{side: s, schema: s.Snapshot.Schema(), scopes: s.Snapshot.Scopes(), reaches: map[string]*gql.Reach{}}
}

// reach returns what the holder of these scopes can read. A scope that there is not opens nothing.
func (r *reader) reach(ctx context.Context, names []string) (*gql.Reach, error) {
	held := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !slices.Contains(r.scopes, name) })
	slices.Sort(held)
	key := strings.Join(slices.Compact(held), ",")
	if reach, ok := r.reaches[key]; ok {
		return reach, nil
	}
	reach, err := r.side.Snapshot.Reach(ctx, engine.Subject{Scopes: held})
	if err == nil {
		r.reaches[key] = reach
	}
	return reach, err
}

// drift finds what the schema has and had not, and the reverse, and the entries that match nothing any more.
func (c *comparison) drift(ctx context.Context) error {
	if c.before != nil {
		for _, name := range c.before.schema.Names() {
			if !BuiltIn(name) && (c.after == nil || !has(c.after.schema, name)) {
				c.report.Vanished = append(c.report.Vanished, name)
			}
		}
		slices.Sort(c.report.Vanished)
	}
	if c.after == nil {
		return nil
	}
	c.unmatched()
	for i, name := range c.after.schema.Names() {
		if BuiltIn(name) || c.before != nil && has(c.before.schema, name) {
			continue
		}
		n, err := c.newCoordinate(ctx, gql.ID(i), name)
		if err != nil {
			return err
		}
		c.report.New = append(c.report.New, n)
	}
	slices.SortFunc(c.report.New, func(a, b NewCoordinate) int { return strings.Compare(a.Coordinate, b.Coordinate) })
	return nil
}

// BuiltIn reports whether a coordinate is a scalar that every schema has. It is part of no plan: whoever reads a field of that
// type reads it.
func BuiltIn(coordinate string) bool {
	return slices.Contains([]string{"Int", "Float", "String", "Boolean", "ID"}, coordinate)
}

func has(s *gql.Schema, name string) bool {
	_, ok := s.Lookup(name)
	return ok
}

func (c *comparison) newCoordinate(ctx context.Context, id gql.ID, name string) (NewCoordinate, error) {
	out := NewCoordinate{Coordinate: name, Scopes: []string{}, Unclassified: c.after.side.Snapshot.Unclassified(name)}
	everyone, err := c.after.reach(ctx, nil)
	if err != nil {
		return out, err
	}
	if everyone.Reads(id) {
		out.Everyone = true
		return out, nil
	}
	for _, s := range c.after.scopes {
		reach, err := c.after.reach(ctx, []string{s})
		if err != nil {
			return out, err
		}
		if reach.Reads(id) {
			out.Scopes = append(out.Scopes, s)
		}
	}
	return out, nil
}

// unmatched keeps the entries of the later side that match nothing, unless they matched nothing before.
func (c *comparison) unmatched() {
	known := map[string]bool{}
	if c.before != nil {
		for _, p := range c.before.side.Unmatched {
			known[p.Message] = true
		}
	}
	for _, p := range c.after.side.Unmatched {
		if !known[p.Message] {
			c.report.Unmatched = append(c.report.Unmatched, p)
		}
	}
}

// settings compares what is neither schema nor scopes.
func (c *comparison) settings() {
	if c.before == nil || c.after == nil {
		return
	}
	was, is := c.before.side.Snapshot.Content(), c.after.side.Snapshot.Content()
	for _, s := range []struct {
		key string
		of  func(*bundles.Content) string
	}{
		{"mode", func(c *bundles.Content) string { return c.Mode }},
		{"match", func(c *bundles.Content) string { return c.Match }},
		{"abstract", func(c *bundles.Content) string { return c.Abstract }},
		{"operations", func(c *bundles.Content) string { return strings.Join(c.Operations, ", ") }},
		{"introspection", func(c *bundles.Content) string { return c.Introspection }},
		{"directives", func(c *bundles.Content) string { return strings.Join(c.Directives, ", ") }},
	} {
		if before, after := s.of(was), s.of(is); before != after {
			widens := s.key == "mode" && after == string(scope.ModeObserve)
			c.report.Settings = append(c.report.Settings, Setting{Key: s.key, Before: before, After: after, Widens: widens})
		}
	}
}
