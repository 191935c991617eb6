package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/internal/oracle"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/walk"
)

// reachEvery says of how many cases one is tried: each decides hundreds of operations.
const reachEvery = 30

// TestReachIsWhatAllowedOperationsRead: whatever the reach holds is read by an operation that the
// engine allows, and whatever an allowed operation of the generator reads is in the reach.
func TestReachIsWhatAllowedOperationsRead(t *testing.T) {
	batch := patientBatch()
	forEachCase(t, func(seed uint64, c oracle.Case) error {
		if seed%reachEvery != 0 {
			return nil
		}
		subject := subjectOf(c)
		snapshot, err := batch.Snapshot(t.Context(), line(c))
		if err != nil {
			return fmt.Errorf("%w\n%s", err, describe(c))
		}
		reach, err := snapshot.Reach(t.Context(), subject)
		if err != nil {
			return err
		}
		for id, name := range snapshot.Schema().Names() {
			if !reach.Reads(gql.ID(id)) {
				continue
			}
			query := reach.Query(gql.ID(id))
			if err := allowed(t.Context(), snapshot, subject, query); err != nil {
				return fmt.Errorf("%s is in the reach by %s: %w\n%s", name, query, err, describe(c))
			}
			if err := reads(c.SDL, query, name); err != nil {
				return fmt.Errorf("%w\n%s", err, describe(c))
			}
		}
		return walkable(t.Context(), snapshot, subject, reach, c)
	})
}

// subjectOf is the subject of a case; scopes that there are not open nothing.
func subjectOf(c oracle.Case) engine.Subject {
	if c.Unrestricted {
		return engine.Subject{Unrestricted: true}
	}
	var held []string
	for _, name := range c.Held {
		if _, ok := c.Scopes[name]; ok {
			held = append(held, name)
		}
	}
	return engine.Subject{Scopes: held}
}

func allowed(ctx context.Context, s *engine.Snapshot, subject engine.Subject, query string) error {
	v, err := s.Decide(ctx, engine.Request{Subject: subject, Query: query})
	switch {
	case err != nil:
		return err
	case !whole(v):
		return fmt.Errorf("it is %s: %w %v", v.Decision(), v.Errors(), v.Details().Denied)
	}
	return nil
}

// whole reports whether every selection of an operation is allowed: all that narrowing takes out are objects.
func whole(v engine.Verdict) bool {
	if v.Decision() != engine.DecisionPartial {
		return v.Decision() == engine.DecisionAllow
	}
	d := v.Details()
	return !slices.ContainsFunc(d.Fields, func(f gql.Field) bool { return !f.Allowed }) &&
		!slices.ContainsFunc(d.Denied, func(d engine.Denial) bool { return d.Kind != gql.KindFragment })
}

// reads checks that a query names the last part of a coordinate.
func reads(sdl, query, name string) error {
	if _, err := walk.Selected(sdl, query, ""); err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	member := strings.TrimSuffix(name[strings.LastIndexAny(name, ".(")+1:], ":)")
	if strings.ContainsAny(name, ".(") && !strings.Contains(query, member) {
		return fmt.Errorf("%s does not read %s", query, name)
	}
	return nil
}

// walkable tries every way of at most four fields from the roots, with a fragment on every type at
// each, and wants what the engine allows in the reach.
func walkable(ctx context.Context, s *engine.Snapshot, subject engine.Subject, reach *gql.Reach, c oracle.Case) error {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: c.SDL})
	if err != nil {
		return err
	}
	w := walker{ctx: ctx, snapshot: s, subject: subject, reach: reach, schema: schema, budget: 400}
	return w.on(schema.Query, schema.Query, 4, func(inner string) string { return "{ " + inner + " }" })
}

type walker struct {
	ctx      context.Context
	snapshot *engine.Snapshot
	subject  engine.Subject
	reach    *gql.Reach
	schema   *ast.Schema
	budget   int
}

// on tries every field of a type where objects of type object stand.
func (w *walker) on(object, as *ast.Definition, depth int, enclose func(string) string) error {
	for _, f := range as.Fields {
		if strings.HasPrefix(f.Name, "__") || hasRequired(f) {
			continue
		}
		w.budget--
		if w.budget < 0 {
			return nil
		}
		inner := f.Name
		under := w.schema.Types[f.Type.Name()]
		if under.IsCompositeType() {
			inner += " { __typename }"
		}
		written := inner
		if as != object {
			written = "... on " + as.Name + " { " + inner + " }"
		}
		v, err := w.snapshot.Decide(w.ctx, engine.Request{Subject: w.subject, Query: enclose(written)})
		if err != nil {
			return err
		}
		if !whole(v) {
			continue
		}
		id, _ := w.snapshot.Schema().Lookup(as.Name + "." + f.Name)
		if !w.reach.Reads(id) {
			return fmt.Errorf("%s is allowed and %s.%s is not in the reach\n%s", enclose(written), as.Name, f.Name, w.schema.Query.Name)
		}
		if depth > 1 && under.IsCompositeType() {
			if err := w.below(f, under, depth-1, enclose); err != nil {
				return err
			}
		}
	}
	return nil
}

// below goes on with each object type that the field can return, and with each interface of it.
func (w *walker) below(f *ast.FieldDefinition, under *ast.Definition, depth int, enclose func(string) string) error {
	for _, object := range w.schema.GetPossibleTypes(under) {
		if object.Kind != ast.Object {
			continue
		}
		next := func(inner string) string {
			if under != object {
				inner = "... on " + object.Name + " { " + inner + " }"
			}
			return enclose(f.Name + " { " + inner + " }")
		}
		if err := w.on(object, object, depth, next); err != nil {
			return err
		}
		for _, name := range object.Interfaces {
			if err := w.on(object, w.schema.Types[name], depth, next); err != nil {
				return err
			}
		}
	}
	return nil
}

func hasRequired(f *ast.FieldDefinition) bool {
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			return true
		}
	}
	return false
}
