// Package accesstest runs access tests: operations whose decisions are compared, and assertions about every operation there
// is. It promises that an assertion which passes holds for each operation that is valid, and that one which fails comes with
// the shortest operation that breaks it. It does no I/O.
package accesstest

import (
	"context"
	"regexp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Kind is what kind of test a result is about.
type Kind string

// The kinds of tests.
const (
	KindOperation Kind = "test"
	KindNever     Kind = "never"
	KindOnly      Kind = "only"
	KindRego      Kind = "rego"
)

// Suite is the tests of one data layer.
type Suite struct {
	Snapshot *engine.Snapshot
	Scopes   []scope.Scope // of the snapshot, for coverage
	Files    []scope.Tests
	// Token returns what a token of a server holds. It is nil when no server is asked.
	Token  func(name string) (engine.Subject, bool)
	Select *regexp.Regexp // names of the tests that are run; nil is all
}

// Result is the outcome of one test.
type Result struct {
	DataLayer string         `json:"data_layer"`
	Kind      Kind           `json:"kind"`
	Name      string         `json:"name"`
	Position  scope.Position `json:"position"`
	Failures  []Failure      `json:"failures,omitempty"`
}

// Passed reports whether the test holds.
func (r Result) Passed() bool { return len(r.Failures) == 0 }

// Failure is one way in which a test does not hold.
type Failure struct {
	Message  string         `json:"message"`
	Position scope.Position `json:"position"`
	Want     []string       `json:"want,omitempty"`   // lines
	Got      []string       `json:"got,omitempty"`    // lines
	Query    string         `json:"query,omitempty"`  // an operation that shows it
	Scopes   []string       `json:"scopes,omitempty"` // of the token that shows it
}

// Run runs the tests in the order of the files. Its errors are those of the policy, never of a test.
func (s Suite) Run(ctx context.Context) ([]Result, Coverage, error) {
	r := &runner{Suite: s, exercised: gql.NewSet(s.Snapshot.Schema().Len()), reaches: map[string]*gql.Reach{}}
	for _, file := range s.Files {
		if err := r.file(ctx, file); err != nil {
			return nil, Coverage{}, err
		}
	}
	return r.results, r.coverage(), nil
}

// runner runs the tests of one data layer.
type runner struct {
	Suite
	results   []Result
	exercised gql.Set
	reaches   map[string]*gql.Reach // by the scopes held
}

func (r *runner) file(ctx context.Context, file scope.Tests) error {
	tokens := map[string]engine.Subject{}
	for _, t := range file.Tokens {
		tokens[t.Name] = engine.Subject{Scopes: t.Scopes, Unrestricted: t.Unrestricted}
	}
	for _, t := range file.Tests {
		if err := r.run(KindOperation, t.Name, t.Position, func() ([]Failure, error) { return r.operation(ctx, file, tokens, t) }); err != nil {
			return err
		}
	}
	for _, n := range file.Never {
		if err := r.run(KindNever, n.String(), n.Position, func() ([]Failure, error) { return r.never(ctx, n) }); err != nil {
			return err
		}
	}
	for _, o := range file.Only {
		if err := r.run(KindOnly, o.String(), o.Position, func() ([]Failure, error) { return r.only(ctx, o) }); err != nil {
			return err
		}
	}
	return nil
}

// run runs one test when it is asked for.
func (r *runner) run(kind Kind, name string, at scope.Position, f func() ([]Failure, error)) error {
	if r.Select != nil && !r.Select.MatchString(name) {
		return nil
	}
	failures, err := f()
	r.results = append(r.results, Result{DataLayer: r.Snapshot.Layer(), Kind: kind, Name: name, Position: at, Failures: failures})
	return err
}
