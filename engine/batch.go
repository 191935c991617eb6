package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/maypok86/otter/v2"

	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/engine/wire"
)

// BatchLine is one self-contained question: a schema, scopes, who asks and what. It is what
// `fieldgate decide --batch` reads, one JSON object per line.
type BatchLine struct {
	ID            string              `json:"id"`
	Schema        string              `json:"schema"` // SDL or introspection JSON, read leniently
	Scopes        map[string][]string `json:"scopes"` // name to coordinates and globs
	TokenScopes   []string            `json:"token_scopes"`
	Unrestricted  bool                `json:"unrestricted"`
	Query         string              `json:"query"`
	OperationName string              `json:"operation_name"`
	Variables     map[string]any      `json:"variables"`
	Match         string              `json:"match"`      // any (default) or all
	Abstract      string              `json:"abstract"`   // deny (default) or narrow
	Directives    []string            `json:"directives"` // executable directives let through, with or without @
	Guards        string              `json:"guards"`     // on (default) or off: whether guards are derived
}

// CodeBatch marks a batch line that cannot be decided as it is written.
const CodeBatch gql.Code = "BAD_BATCH_LINE"

// Batch decides lines. It remembers compiled schemas between lines, since many lines share one. It
// is safe for concurrent use.
type Batch struct {
	options   Options
	snapshots *otter.Cache[string, batchEntry]
}

type batchEntry struct {
	snapshot *Snapshot
	warnings []string
}

// maxBatchSnapshots bounds what a Batch remembers.
const maxBatchSnapshots = 32

// NewBatch returns a batch without anything remembered.
func NewBatch(o Options) *Batch {
	return &Batch{options: o, snapshots: otter.Must(&otter.Options[string, batchEntry]{
		MaximumSize: maxBatchSnapshots, Executor: func(task func()) { task() },
	})}
}

// Line decides one line of JSON. Whatever is wrong with it is in the decision, with the line's id
// where it can be read; a panic is one more way of not deciding.
func (b *Batch) Line(ctx context.Context, data []byte) (d Decision) {
	defer func() {
		if value := recover(); value != nil {
			d = ErrorDecision("INTERNAL_ERROR", "the line could not be decided")
			d.ID = idOf(data)
		}
	}()
	var line BatchLine
	if err := wire.Unmarshal(data, &line); err != nil {
		d := ErrorDecision(CodeBatch, err.Error())
		d.ID = idOf(data)
		return d
	}
	d = b.Decide(ctx, line)
	d.ID = line.ID
	return d
}

// idOf finds the id of a line that is not read otherwise, so that its answer can be told apart.
func idOf(data []byte) string {
	var loose struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(data, &loose); err != nil {
		return ""
	}
	return loose.ID
}

// Decide decides one question. Every operation type is open; an entry that matches nothing covers
// nothing, with a warning; a scope of the token that does not exist opens nothing.
func (b *Batch) Decide(ctx context.Context, line BatchLine) Decision {
	snapshot, warnings, err := b.snapshot(ctx, line)
	if err != nil {
		return ErrorDecision(CodeBatch, err.Error())
	}
	v, err := snapshot.Decide(ctx, Request{
		Subject: line.subject(), Query: line.Query, OperationName: line.OperationName, Variables: line.Variables,
	})
	if err != nil {
		return ErrorDecision(errorCode(err), err.Error())
	}
	d := v.Details()
	d.Warnings = warnings
	return d
}

// errorCode is the code of a decision that could not be made.
func errorCode(err error) gql.Code {
	var unknown *UnknownScopeError
	switch {
	case errors.As(err, &unknown), errors.Is(err, ErrSubject):
		return "BAD_SUBJECT"
	case errors.Is(err, ErrNoSnapshot):
		return "NO_ACTIVE_REVISION"
	case errors.Is(err, eval.ErrTimeout):
		return "POLICY_TIMEOUT"
	}
	return "POLICY_ERROR"
}

func (l BatchLine) subject() Subject {
	if l.Unrestricted {
		return Subject{Unrestricted: true}
	}
	var held []string
	for _, name := range l.TokenScopes {
		if _, ok := l.Scopes[name]; ok {
			held = append(held, name)
		}
	}
	return Subject{Scopes: held}
}

// key is the same for lines that compile to the same snapshot, and for no others.
func (l BatchLine) key() string {
	parts := []string{l.Schema, l.Match, l.Abstract, l.Guards, listKey(l.Directives)}
	for _, name := range slices.Sorted(maps.Keys(l.Scopes)) {
		parts = append(parts, name, listKey(l.Scopes[name]))
	}
	return listKey(parts)
}

func (b *Batch) snapshot(ctx context.Context, line BatchLine) (*Snapshot, []string, error) {
	key := line.key()
	if e, ok := b.snapshots.GetIfPresent(key); ok {
		return e.snapshot, e.warnings, nil
	}
	in, err := line.input()
	if err != nil {
		return nil, nil, err
	}
	draft, err := Compile(in)
	if err != nil {
		return nil, nil, err
	}
	s, err := draft.Activate(ctx, 1, b.options)
	if err != nil {
		return nil, nil, err
	}
	var warnings []string
	for _, p := range draft.Unmatched {
		warnings = append(warnings, p.Error())
	}
	b.snapshots.Set(key, batchEntry{s, warnings})
	return s, warnings, nil
}

// input makes of a line what files would have made.
func (l BatchLine) input() (Input, error) {
	layer := scope.DefaultLayer("batch")
	layer.Operations = []scope.Operation{scope.OperationQuery, scope.OperationMutation, scope.OperationSubscription}
	layer.Validation.Schema = scope.SchemaLenient
	for _, d := range l.Directives {
		layer.Directives = append(layer.Directives, strings.TrimPrefix(d, "@"))
	}
	switch m := scope.Match(l.Match); m {
	case scope.MatchAny, scope.MatchAll:
		layer.Match = m
	case "":
	default:
		return Input{}, fmt.Errorf("match: %q is neither %q nor %q", l.Match, scope.MatchAny, scope.MatchAll)
	}
	switch a := scope.Abstract(l.Abstract); a {
	case scope.AbstractDeny, scope.AbstractNarrow:
		layer.Abstract = a
	case "":
	default:
		return Input{}, fmt.Errorf("abstract: %q is neither %q nor %q", l.Abstract, scope.AbstractDeny, scope.AbstractNarrow)
	}
	if err := l.guards(&layer); err != nil {
		return Input{}, err
	}
	in := Input{Layer: layer, SchemaFile: "schema", Schema: l.Schema}
	for _, name := range slices.Sorted(maps.Keys(l.Scopes)) {
		s, err := batchScope(name, l.Scopes[name])
		if err != nil {
			return Input{}, err
		}
		in.Scopes = append(in.Scopes, s)
	}
	return in, nil
}

func (l BatchLine) guards(layer *scope.Layer) error {
	switch l.Guards {
	case "", "on":
	case "off":
		layer.GuardsOff = map[string]string{scope.AllGuards: "the line says so"}
	default:
		return fmt.Errorf("guards: %q is neither \"on\" nor \"off\"", l.Guards)
	}
	return nil
}

func batchScope(name string, coordinates []string) (scope.Scope, error) {
	s := scope.Scope{Name: name}
	for i, text := range coordinates {
		p, err := coord.ParsePattern(text)
		if err != nil {
			return s, fmt.Errorf("scopes.%s[%d]: %w", name, i, err)
		}
		s.Entries = append(s.Entries, scope.Entry{Pattern: p, Text: text, Position: scope.Position{File: "scopes." + name, Line: i + 1, Column: 1}})
	}
	return s, nil
}

// Snapshot returns the snapshot that a line is decided on.
func (b *Batch) Snapshot(ctx context.Context, line BatchLine) (*Snapshot, error) {
	s, _, err := b.snapshot(ctx, line)
	return s, err
}
