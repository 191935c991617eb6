// Package plan says what a change of schema, settings and scopes does to access: what every token can read that it could not
// read before, what each scope and each token gains and loses, what is new and what is gone. It compares two snapshots by what
// subjects can read ([gql.Reach]), so that its sets are exact: a coordinate is in them when some valid operation that is
// allowed reads it on the one side and none does on the other. It does no I/O.
package plan

import (
	"context"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Side is a data layer before or after a change.
type Side struct {
	Snapshot  *engine.Snapshot
	Scopes    []scope.Scope
	Unmatched scope.Problems // entries that match nothing in the schema
}

// Kind is what a subject of a plan is.
type Kind string

// The kinds of subjects.
const (
	KindScope Kind = "scope" // a token that holds this scope and no other
	KindToken Kind = "token" // a token of a server
)

// Subject is someone whose access is compared, besides every scope.
type Subject struct {
	Kind   Kind
	Name   string
	ID     string   // of a token
	Before []string // names of the scopes held; those that there are not open nothing
	After  []string
}

// State is what becomes of a data layer as a whole.
type State string

// The states of a data layer.
const (
	StateAdded   State = "added"
	StateRemoved State = "removed"
	StateKept    State = "kept"
)

// Reading is a coordinate with the shortest operation that reads it.
type Reading struct {
	Coordinate string `json:"coordinate"`
	Query      string `json:"query"`
}

// Change is what a change does to one subject, besides what it does to every token.
type Change struct {
	Kind  Kind      `json:"kind"`
	Name  string    `json:"name"`
	ID    string    `json:"id,omitempty"`  // of a token
	Was   string    `json:"was,omitempty"` // former name of a scope that was renamed
	New   bool      `json:"new,omitempty"`
	Gone  bool      `json:"gone,omitempty"`
	Gains []Reading `json:"gains"` // sorted by coordinate
	Loses []string  `json:"loses"` // sorted
}

// NewCoordinate is a coordinate that the schema did not have.
type NewCoordinate struct {
	Coordinate string   `json:"coordinate"`
	Everyone   bool     `json:"everyone"` // every token can read it
	Scopes     []string `json:"scopes"`   // whose holders can read it when not everyone can, sorted
	// Unclassified says that it waits to be accepted, under `on_new_fields: restrict`.
	Unclassified bool `json:"unclassified,omitempty"`
}

// Setting is a setting of the data layer that changed.
type Setting struct {
	Key    string `json:"key"`
	Before string `json:"before"`
	After  string `json:"after"`
	Widens bool   `json:"widens"` // it stops enforcing
}

// Report is what a change does to one data layer. Lists are never nil, and sorted.
type Report struct {
	DataLayer  string          `json:"data_layer"`
	State      State           `json:"state"`
	Opened     []Reading       `json:"opened"`     // becomes readable by every token
	Restricted []string        `json:"restricted"` // was readable by every token
	Subjects   []Change        `json:"subjects"`   // those that change: scopes, then tokens
	New        []NewCoordinate `json:"new"`
	Vanished   []string        `json:"vanished"`  // coordinates that the schema has no more
	Unmatched  scope.Problems  `json:"unmatched"` // entries that match nothing any more
	Settings   []Setting       `json:"settings"`
	// Guards are those that appear and vanish where something that they stand for is restricted, or was.
	GuardsAdded   []Guard `json:"guards_added"`
	GuardsRemoved []Guard `json:"guards_removed"`
}

// Guard is an input or derived output that stands for restricted fields (R14).
type Guard struct {
	Coordinate string   `json:"coordinate"`
	Rule       string   `json:"rule"`
	StandsFor  []string `json:"stands_for"` // what of it is restricted, sorted
}

// Widened reports whether someone can read what they could not read before, of what there was before.
func (r *Report) Widened() bool {
	return len(r.Opened) > 0 ||
		slices.ContainsFunc(r.Subjects, func(c Change) bool { return !c.New && len(c.Gains) > 0 }) ||
		slices.ContainsFunc(r.Settings, func(s Setting) bool { return s.Widens })
}

// Changed reports whether there is anything in the report.
func (r *Report) Changed() bool {
	return r.State != StateKept || len(r.Opened)+len(r.Restricted)+len(r.Subjects)+len(r.New)+len(r.Vanished)+len(r.Unmatched)+len(r.Settings)+len(r.GuardsAdded)+len(r.GuardsRemoved) > 0
}

// Compare returns what changes between two sides, one of which may be nil. Its errors are those of the policy.
func Compare(ctx context.Context, before, after *Side, subjects []Subject) (*Report, error) {
	c := &comparison{before: view(before), after: view(after)}
	c.report = &Report{
		DataLayer: name(before, after), State: state(before, after),
		Opened: []Reading{}, Restricted: []string{}, Subjects: []Change{}, New: []NewCoordinate{}, Vanished: []string{},
		Unmatched: scope.Problems{}, Settings: []Setting{}, GuardsAdded: []Guard{}, GuardsRemoved: []Guard{},
	}
	if err := c.everyone(ctx); err != nil {
		return nil, err
	}
	for _, s := range append(scopeSubjects(before, after), subjects...) {
		if err := c.subject(ctx, s); err != nil {
			return nil, err
		}
	}
	if err := c.drift(ctx); err != nil {
		return nil, err
	}
	c.settings()
	c.guards()
	return c.report, nil
}

func name(before, after *Side) string {
	if after != nil {
		return after.Snapshot.Layer()
	}
	return before.Snapshot.Layer()
}

func state(before, after *Side) State {
	switch {
	case before == nil:
		return StateAdded
	case after == nil:
		return StateRemoved
	}
	return StateKept
}

// scopeSubjects returns a subject for each scope of either side, by the later name. One that was renamed is one subject.
func scopeSubjects(before, after *Side) []Subject {
	was := map[string]bool{}
	if before != nil {
		for _, s := range before.Scopes {
			was[s.Name] = true
		}
	}
	var out []Subject
	if after != nil {
		for _, s := range after.Scopes {
			subject := Subject{Kind: KindScope, Name: s.Name, After: []string{s.Name}}
			for _, former := range []string{s.Name, s.RenamedFrom} {
				if was[former] {
					subject.Before = []string{former}
					delete(was, former)
					break
				}
			}
			out = append(out, subject)
		}
	}
	for former := range was {
		out = append(out, Subject{Kind: KindScope, Name: former, Before: []string{former}})
	}
	slices.SortFunc(out, func(a, b Subject) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// comparison compares two sides.
type comparison struct {
	before, after *reader
	report        *Report
	opened        map[string]bool // coordinates that every token gains
	restricted    map[string]bool // that every token loses
}

// everyone compares what a token without a scope can read: every token can.
func (c *comparison) everyone(ctx context.Context) error {
	gains, loses, err := c.difference(ctx, nil, nil)
	if err != nil {
		return err
	}
	c.report.Opened, c.report.Restricted = gains, loses
	c.opened, c.restricted = map[string]bool{}, map[string]bool{}
	for _, r := range gains {
		c.opened[r.Coordinate] = true
	}
	for _, name := range loses {
		c.restricted[name] = true
	}
	return nil
}

// subject compares one subject.
func (c *comparison) subject(ctx context.Context, s Subject) error {
	gains, loses, err := c.difference(ctx, s.Before, s.After)
	if err != nil {
		return err
	}
	change := Change{
		Kind: s.Kind, Name: s.Name, ID: s.ID, New: s.Kind == KindScope && s.Before == nil, Gone: s.Kind == KindScope && s.After == nil,
		Gains: slices.DeleteFunc(gains, func(r Reading) bool { return c.opened[r.Coordinate] }),
		Loses: slices.DeleteFunc(loses, func(name string) bool { return c.restricted[name] }),
	}
	if s.Kind == KindScope && len(s.Before) == 1 && s.Before[0] != s.Name {
		change.Was = s.Before[0]
	}
	if change.New || change.Gone || change.Was != "" || len(change.Gains)+len(change.Loses) > 0 {
		c.report.Subjects = append(c.report.Subjects, change)
	}
	return nil
}

// difference returns what is read after and not before, of what is in both schemas, and the reverse.
func (c *comparison) difference(ctx context.Context, before, after []string) ([]Reading, []string, error) {
	gains, loses := []Reading{}, []string{}
	if c.before == nil || c.after == nil {
		return gains, loses, nil
	}
	was, err := c.before.reach(ctx, before)
	if err != nil {
		return nil, nil, err
	}
	is, err := c.after.reach(ctx, after)
	if err != nil {
		return nil, nil, err
	}
	for i, name := range c.after.schema.Names() {
		id := gql.ID(i)
		old, ok := c.before.schema.Lookup(name)
		switch {
		case !ok || BuiltIn(name):
		case is.Reads(id) && !was.Reads(old):
			gains = append(gains, Reading{Coordinate: name, Query: is.Query(id)})
		case was.Reads(old) && !is.Reads(id):
			loses = append(loses, name)
		}
	}
	slices.SortFunc(gains, func(a, b Reading) int { return strings.Compare(a.Coordinate, b.Coordinate) })
	slices.Sort(loses)
	return gains, loses, nil
}
