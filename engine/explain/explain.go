// Package explain says why a subject may or may not read something, and what would change that. Its texts name scopes and the
// lines of files, and are for members (R18). It does no I/O.
package explain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Explainer explains the decisions of one snapshot. It remembers what it computed and is for one goroutine.
type Explainer struct {
	snapshot *engine.Snapshot
	scopes   []scope.Scope
	reaches  map[string]*gql.Reach
}

// New returns an explainer. scopes are those that the snapshot was compiled from, with their places.
func New(s *engine.Snapshot, scopes []scope.Scope) *Explainer {
	return &Explainer{snapshot: s, scopes: scopes, reaches: map[string]*gql.Reach{}}
}

// Coordinate is why a subject can or cannot read a coordinate.
type Coordinate struct {
	Coordinate string `json:"coordinate"`
	Readable   bool   `json:"readable"`
	// Query is the shortest operation that reads it: as the subject when it can, as a holder of every scope when it cannot;
	// "" when there is none.
	Query string `json:"query"`
	Needs []Need `json:"needs"` // what R3 asks for it
	// Denied is what stands in the way in Query, when the subject cannot read it.
	Denied []Need `json:"denied"`
	// Add is a smallest set of scopes that would do, besides those held. It is empty when none is needed, and when none is
	// enough.
	Add      []string `json:"add"`
	Hopeless bool     `json:"hopeless"` // no set of scopes is enough: only an unrestricted token reads it, or nobody
}

// Need is a coordinate that must be readable.
type Need struct {
	Coordinate string   `json:"coordinate"`
	Why        string   `json:"why"`
	Readable   bool     `json:"readable"`
	At         []string `json:"at,omitempty"` // the path in the operation that needs it
	Covers     []Cover  `json:"covers"`       // no scope: everyone may read it, unless it is not accepted
	// Unclassified says that it is not in schema.lock, under `on_new_fields: restrict`.
	Unclassified bool `json:"unclassified,omitempty"`
}

// Cover is a line of a scope that covers a coordinate.
type Cover struct {
	Scope string `json:"scope"`
	Held  bool   `json:"held"`
	Entry string `json:"entry"`
	scope.Position
}

// UnknownCoordinateError is a coordinate that the schema does not have.
type UnknownCoordinateError struct {
	Coordinate string
	Suggestion string // "" when nothing is near
}

// Error names it and what was probably meant.
func (e *UnknownCoordinateError) Error() string {
	if e.Suggestion == "" {
		return fmt.Sprintf("the schema has no %s", e.Coordinate)
	}
	return fmt.Sprintf("the schema has no %s, did you mean %s?", e.Coordinate, e.Suggestion)
}

// Coordinate explains a coordinate. Its errors are *UnknownCoordinateError, *engine.UnknownScopeError and those of the policy.
func (e *Explainer) Coordinate(ctx context.Context, sub engine.Subject, c coord.Coordinate) (*Coordinate, error) {
	id, err := e.lookup(c)
	if err != nil {
		return nil, err
	}
	reach, err := e.reach(ctx, sub)
	if err != nil {
		return nil, err
	}
	out := &Coordinate{Coordinate: c.String(), Readable: reach.Reads(id), Query: reach.Query(id), Denied: []Need{}, Add: []string{}}
	if out.Needs, err = e.needs(ctx, sub, id); err != nil || out.Readable {
		return out, err
	}
	all := engine.Subject{Scopes: e.snapshot.Scopes()}
	most, err := e.reach(ctx, all)
	if err != nil {
		return nil, err
	}
	if out.Query = most.Query(id); out.Query == "" {
		out.Hopeless = true
		return out, nil
	}
	if out.Denied, err = e.denied(ctx, sub, out.Query); err != nil {
		return nil, err
	}
	out.Add, err = e.fewest(sub.Scopes, func(held []string) (bool, error) {
		r, err := e.reach(ctx, engine.Subject{Scopes: held})
		return err == nil && r.Reads(id), err
	})
	return out, err
}

func (e *Explainer) lookup(c coord.Coordinate) (gql.ID, error) {
	id, ok := e.snapshot.Schema().Lookup(c.String())
	if !ok {
		return 0, &UnknownCoordinateError{Coordinate: c.String(), Suggestion: e.snapshot.Schema().Nearest(c)}
	}
	return id, nil
}

// needs returns what R3 asks for a coordinate.
func (e *Explainer) needs(ctx context.Context, sub engine.Subject, id gql.ID) ([]Need, error) {
	readable, err := e.snapshot.ReadableTo(ctx, sub)
	if err != nil {
		return nil, err
	}
	var out []Need
	for _, r := range e.snapshot.Schema().Reasons(id) {
		n := e.need(sub, e.snapshot.Schema().Name(r.Coordinate), r.Why)
		n.Readable = readable.Has(r.Coordinate)
		out = append(out, n)
	}
	return out, nil
}

func (e *Explainer) need(sub engine.Subject, name, why string) Need {
	n := Need{Coordinate: name, Why: why, Covers: []Cover{}, Unclassified: e.snapshot.Unclassified(name)}
	id, ok := e.snapshot.Schema().Lookup(name)
	for _, s := range e.scopes {
		for _, entry := range s.Entries {
			if ok && slices.Contains(e.snapshot.Schema().Match(entry.Pattern), id) {
				n.Covers = append(n.Covers, Cover{Scope: s.Name, Held: slices.Contains(sub.Scopes, s.Name), Entry: entry.Text, Position: entry.Position})
			}
		}
	}
	return n
}

// denied decides an operation and returns what stands in the way.
func (e *Explainer) denied(ctx context.Context, sub engine.Subject, query string) ([]Need, error) {
	v, err := e.snapshot.Decide(ctx, engine.Request{Subject: sub, Query: query})
	if err != nil {
		return nil, err
	}
	return e.denials(sub, v.Details()), nil
}

func (e *Explainer) denials(sub engine.Subject, d engine.Decision) []Need {
	out := []Need{}
	for _, denial := range d.Denied {
		for _, name := range denial.Restricted {
			why := fmt.Sprintf("%s %s", denial.Kind, denial.Coordinate)
			if len(denial.ArgumentPath) > 0 {
				why += " uses " + strings.Join(denial.ArgumentPath, ".")
			}
			n := e.need(sub, name, why)
			n.At = denial.Path
			out = append(out, n)
		}
	}
	return out
}

// Query is why a subject may or may not read what an operation selects.
type Query struct {
	Decision engine.Decision `json:"decision"`
	Denied   []Need          `json:"denied"`
	Add      []string        `json:"add"`      // a smallest set of scopes with which nothing is denied
	Hopeless bool            `json:"hopeless"` // no set of scopes is enough
}

// Query explains the decision on an operation. Its errors are those of engine.Snapshot.Decide.
func (e *Explainer) Query(ctx context.Context, r engine.Request) (*Query, error) {
	v, err := e.snapshot.Decide(ctx, r)
	if err != nil {
		return nil, err
	}
	out := &Query{Decision: v.Details(), Add: []string{}}
	out.Denied = e.denials(r.Subject, out.Decision)
	if len(out.Decision.Denied) == 0 {
		return out, nil
	}
	allowed := func(held []string) (bool, error) {
		with := r
		with.Subject = engine.Subject{Scopes: held}
		v, err := e.snapshot.Decide(ctx, with)
		return err == nil && v.Decision() == engine.DecisionAllow, err
	}
	enough, err := allowed(e.snapshot.Scopes())
	if err != nil || !enough {
		out.Hopeless = true
		return out, err
	}
	out.Add, err = e.fewest(r.Subject.Scopes, allowed)
	return out, err
}

// Reach returns the coordinates that a subject can read, sorted.
func (e *Explainer) Reach(ctx context.Context, sub engine.Subject) ([]string, error) {
	reach, err := e.reach(ctx, sub)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for id, name := range e.snapshot.Schema().Names() {
		if reach.Reads(gql.ID(id)) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (e *Explainer) reach(ctx context.Context, sub engine.Subject) (*gql.Reach, error) {
	key := "*"
	if !sub.Unrestricted {
		key = "s" + strings.Join(slices.Sorted(slices.Values(sub.Scopes)), ",")
	}
	if r, ok := e.reaches[key]; ok {
		return r, nil
	}
	r, err := e.snapshot.Reach(ctx, sub)
	if err == nil {
		e.reaches[key] = r
	}
	return r, err
}
