package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/policies"
)

// Input is everything that a data layer is compiled from.
type Input struct {
	Layer      scope.Layer
	SchemaFile string // name of the schema in errors
	Schema     string // SDL, or the JSON answer to an introspection query
	Scopes     []scope.Scope
	// Lock is what was accepted of the schema; nil when nothing says so, which `on_new_fields: restrict` refuses.
	Lock *scope.Lock
	// ScopeIDs are the ids of the scopes, by name: what a Subject's ScopeIDs hold, and what bundles know them by. Nil when
	// there is no store: a scope's id is its name then.
	ScopeIDs map[string]string
}

// scopeID returns the id of a scope. Compile has seen to it that there is one.
func (in Input) scopeID(name string) string {
	if in.ScopeIDs == nil {
		return name
	}
	return in.ScopeIDs[name]
}

// checkScopeIDs refuses scopes without an id of their own: a subject would hold the wrong one.
func (in Input) checkScopeIDs() error {
	seen := make(map[string]bool, len(in.Scopes))
	for _, s := range in.Scopes {
		id := in.scopeID(s.Name)
		if id == "" || seen[id] || id == scope.Unclassified {
			return fmt.Errorf("%w: scope %q has no id of its own", ErrContent, s.Name)
		}
		seen[id] = true
	}
	return nil
}

// Options are the server's settings for a snapshot. They are not part of a revision.
type Options struct {
	Limits        gql.Limits
	PolicyTimeout time.Duration // of one policy evaluation; 0 is one second
}

// Draft is a compiled data layer before it has a revision number. It is for one goroutine; several may Edit one that nobody
// activates, or asks for its text, any more.
type Draft struct {
	Content *bundles.Content
	Schema  *gql.Schema
	Guards  []gql.Guard  // in force, by coordinate and rule
	Escapes []gql.Escape // what may read without naming what it reads, by coordinate and kind
	// Unmatched are the scope entries that match nothing in the schema: errors when an author checks
	// the files, warnings at sync since the schema may have moved (R1).
	Unmatched scope.Problems
	// New are the coordinates that nobody may read until they are accepted, sorted.
	New []string

	input         Input
	bare          *gql.Schema  // without guards
	deriver       *gql.Deriver // nil until guards are derived
	matches       []match      // by scope
	guardProblems scope.Problems
	restricted    gql.Set
	text          *bundles.Text // nil until it is asked for
	classes       *classes      // nil until it is activated
}

// match is what a scope covers.
type match struct {
	entries   [][]gql.ID // by entry
	ids       []gql.ID   // of all of them, sorted, each once
	unmatched scope.Problems
}

// Compile reads the schema and finds what each scope covers. The errors are *gql.SchemaError and
// scope.Problems, with the places in the files, and ErrContent when scopes share an id.
func Compile(in Input) (*Draft, error) {
	if in.Schema == "" && in.Layer.Introspect != nil {
		return nil, scope.Problems{{
			Position: in.Layer.Positions.At("introspect"),
			Message:  "the schema of this data layer comes from its upstream, which is not asked here",
			Hint:     "save the answer to an introspection query beside layer.yaml and name it, as in `schema: schema.json`",
		}}
	}
	if err := in.checkScopeIDs(); err != nil {
		return nil, err
	}
	if problems := in.CheckLock(); problems != nil {
		return nil, problems
	}
	lenient := in.Layer.Validation.Schema == scope.SchemaLenient
	schema, err := gql.LoadSchema(in.SchemaFile, in.Schema, gql.LoadOptions{Lenient: lenient})
	if err != nil {
		return nil, err
	}
	if err := checkGuardRules(in.Layer); err != nil {
		return nil, err
	}
	d := &Draft{bare: schema, input: in}
	for _, s := range in.Scopes {
		d.matches = append(d.matches, matched(schema, s.Entries))
	}
	d.findNew()
	d.cover()
	d.guard()
	d.Content.Guards = guardContent(d.Schema, d.Guards)
	d.gatherProblems()
	return d, nil
}

// matched finds what the entries of a scope cover.
func matched(schema *gql.Schema, entries []scope.Entry) match {
	out := match{entries: make([][]gql.ID, len(entries))}
	for i, e := range entries {
		ids := schema.Match(e.Pattern)
		if len(ids) == 0 {
			out.unmatched = append(out.unmatched, unmatched(schema, e))
		}
		out.entries[i] = ids
		out.ids = append(out.ids, ids...)
	}
	slices.Sort(out.ids)
	out.ids = slices.Compact(out.ids)
	return out
}

func (d *Draft) gatherProblems() {
	d.Unmatched = nil
	for _, m := range d.matches {
		d.Unmatched = append(d.Unmatched, m.unmatched...)
	}
	d.Unmatched = append(d.Unmatched, d.guardProblems...)
}

// cover makes the content, without guards, and finds what is restricted.
func (d *Draft) cover() {
	d.Content = content(d.input, d.bare)
	d.contentScopes(nil)
	ids := map[string][]gql.ID{}
	for i, s := range d.input.Scopes {
		ids[d.input.scopeID(s.Name)] = d.matches[i].ids
	}
	for _, name := range d.New {
		id, _ := d.bare.Lookup(name)
		ids[scope.Unclassified] = append(ids[scope.Unclassified], id)
	}
	lists := make([][]string, d.bare.Len())
	d.restricted = gql.NewSet(d.bare.Len())
	for _, s := range d.Content.Scopes { // by id, so that every list is sorted
		for _, id := range ids[s.ID] {
			lists[id] = append(lists[id], s.ID)
			d.restricted.Add(id)
		}
	}
	for id, name := range d.bare.Names() {
		d.Content.Coordinates[name] = lists[id]
	}
}

// cover is one scope entry that covers a coordinate.
type cover struct {
	scope int
	entry scope.Entry
}

// coverage returns, by coordinate, the entries that cover it, in the order of the scopes.
func (d *Draft) coverage() [][]cover {
	out := make([][]cover, d.bare.Len())
	for i, m := range d.matches {
		for k, ids := range m.entries {
			for _, id := range ids {
				out[id] = append(out[id], cover{scope: i, entry: d.input.Scopes[i].Entries[k]})
			}
		}
	}
	return out
}

// Text returns the text of the content's data in a bundle.
func (d *Draft) Text() *bundles.Text {
	if d.text == nil {
		d.text = d.Content.Text()
	}
	return d.text
}

func unmatched(s *gql.Schema, e scope.Entry) scope.Problem {
	p := scope.Problem{Position: e.Position, Message: fmt.Sprintf("%q matches nothing in the schema", e.Text)}
	if c, ok := e.Pattern.Literal(); ok {
		p.Suggestion = s.Nearest(c)
		p.Hint = "remove the line, or correct it"
		if gql.IsIntrospection(c.Type) || gql.IsIntrospection(c.Member) {
			p.Suggestion, p.Hint = "", "introspection cannot be in a scope; `introspection: off` in layer.yaml refuses it for everyone"
		}
	} else {
		p.Hint = "`*` crosses neither `.` nor `(`, and a glob for types matches no enum, input or built-in type"
	}
	return p
}

// content is the compiled form that bundles carry and digests cover, without scopes and what they cover.
func content(in Input, schema *gql.Schema) *bundles.Content {
	l := in.Layer
	c := &bundles.Content{
		Layer: l.Name, Mode: string(l.Mode), Match: string(l.Match), Abstract: string(l.Abstract),
		Introspection: string(l.Introspection), Directives: l.ExecutableDirectives(),
		Validation:  bundles.Validation{Schema: string(l.Validation.Schema), OverlappingFields: string(l.Validation.OverlappingFields)},
		Schema:      schema.SDL(),
		Coordinates: make(map[string][]string, schema.Len()),
	}
	for _, op := range l.Operations {
		c.Operations = append(c.Operations, string(op))
	}
	slices.Sort(c.Operations)
	return c
}

// contentScopes puts the scopes into the content, by id. Those in known are taken as they are.
func (d *Draft) contentScopes(known map[string]bundles.Scope) {
	var out []bundles.Scope
	for _, s := range d.input.Scopes {
		if same, ok := known[d.input.scopeID(s.Name)]; ok {
			out = append(out, same)
			continue
		}
		entries := make([]string, len(s.Entries))
		for i, e := range s.Entries {
			entries[i] = e.Text
		}
		out = append(out, bundles.Scope{ID: d.input.scopeID(s.Name), Name: s.Name, Description: s.Description, Entries: entries})
	}
	if d.New != nil {
		out = append(out, d.reserved())
	}
	slices.SortFunc(out, func(a, b bundles.Scope) int { return compareText(a.ID, b.ID) })
	d.Content.Scopes = out
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Activate makes the snapshot of a draft under a revision number.
func (d *Draft) Activate(ctx context.Context, number uint64, o Options) (*Snapshot, error) {
	if d.classes == nil {
		d.classes = classify(d.Content, d.Schema)
	}
	return newSnapshot(ctx, d.Content, d.Schema, d.classes, bundles.Revision{Number: number, Digest: d.Text().Digest()}, o)
}

// Load makes the snapshot of content that came in a bundle.
func Load(ctx context.Context, c *bundles.Content, number uint64, o Options) (*Snapshot, error) {
	schema, err := gql.LoadSchema("bundle", c.Schema, gql.LoadOptions{})
	if err != nil {
		return nil, err
	}
	for id := range schema.Len() {
		name := schema.Name(gql.ID(id))
		if _, ok := c.Coordinates[name]; !ok {
			return nil, fmt.Errorf("%w: %s is in the schema but not in the data", ErrContent, name)
		}
	}
	if schema, err = loadGuards(schema, c); err != nil {
		return nil, err
	}
	return newSnapshot(ctx, c, schema, classify(c, schema), bundles.Revision{Number: number, Digest: c.Digest()}, o)
}

// ErrContent is content whose parts do not fit together.
var ErrContent = errors.New("the content of the revision contradicts itself")

// readPolicy is the embedded policy, compiled when it is first needed. It is a constant of the
// program: every snapshot has the same.
var readPolicy = sync.OnceValues(func() (*eval.Program, error) { return eval.Compile(policies.Read()) })

func newSnapshot(ctx context.Context, c *bundles.Content, schema *gql.Schema, classes *classes, revision bundles.Revision, o Options) (*Snapshot, error) {
	program, err := readPolicy()
	if err != nil {
		return nil, err
	}
	policy, err := program.New(ctx, classes.data(c), classes.representatives, eval.Options{Timeout: o.PolicyTimeout})
	if err != nil {
		return nil, err
	}
	s := &Snapshot{
		content: c, revision: revision, schema: schema, policy: policy, classes: classes,
		settings: settings(c, o), scopeIDs: map[string]string{}, scopeByID: map[string]string{},
	}
	for _, sc := range c.Scopes {
		if sc.ID == scope.Unclassified {
			continue // nobody can hold it
		}
		s.scopeIDs[sc.Name], s.scopeByID[sc.ID] = sc.ID, sc.Name
	}
	s.caches()
	return s, nil
}

// caches makes them. Each is bounded and takes in what is asked for again rather than what was asked for last, so that a
// flood of requests that come once does not empty it.
func (s *Snapshot) caches() {
	inline := func(task func()) { task() }
	s.everything, s.nothing = s.newRights(Subject{Unrestricted: true}, eval.Subject{Unrestricted: true}), s.newRights(Subject{}, eval.Subject{})
	s.holders = otter.Must(&otter.Options[uint64, *rights]{
		MaximumWeight: maxRightsBytes, Weigher: func(_ uint64, r *rights) uint32 { return r.size() }, Executor: inline,
	})
	s.operations = otter.Must(&otter.Options[operationKey, *compiled]{
		MaximumWeight: maxOperationBytes,
		Weigher:       func(k operationKey, c *compiled) uint32 { return uint32(len(k.query) + c.op.Size()) }, //nolint:gosec // bounded by the limits of documents
		Executor:      inline,
	})
	s.judged = otter.Must(&otter.Options[judgedKey, *judged]{MaximumWeight: maxJudgedBytes, Weigher: weighJudged, Executor: inline})
	s.answers = otter.Must(&otter.Options[answerKey, []gql.Introspected]{MaximumWeight: maxAnswerBytes, Weigher: weighAnswers, Executor: inline})
	s.views = otter.Must(&otter.Options[string, *gql.View]{MaximumSize: maxViews, Executor: inline})
	s.plans = otter.Must(&otter.Options[planKey, *planned]{MaximumWeight: maxPlanBytes, Weigher: weighPlan, Executor: inline})
}

func settings(c *bundles.Content, o Options) gql.Settings {
	return gql.Settings{
		Limits: o.Limits, Narrow: c.Abstract == string(scope.AbstractNarrow) || c.Mode == string(scope.ModeHide),
		IgnoreOverlap: c.Validation.OverlappingFields == string(scope.OverlappingIgnore), Directives: c.Directives, Operations: c.Operations,
		NoIntrospect: c.Introspection == string(scope.IntrospectionOff),
	}
}

// coordinateAt is the coordinate with the number id, as a parsed value.
func coordinateAt(s *gql.Schema, id int) coord.Coordinate {
	return s.Coordinate(gql.ID(id)) //nolint:gosec // IDs are dense from 0
}
