package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// brokenPolicy answers as a policy might that has gone wrong.
type brokenPolicy struct {
	allowed []bool
	err     error
}

func (p brokenPolicy) Readable(context.Context, eval.Subject, []uint32) ([]bool, error) {
	return p.allowed, p.err
}

// TestR16WhateverGoesWrongIsNoVerdict: an error comes with no verdict at all, in every mode, so
// nothing can be sent.
func TestR16WhateverGoesWrongIsNoVerdict(t *testing.T) {
	for _, mode := range []scope.Mode{scope.ModePrune, scope.ModeReject, scope.ModeObserve, scope.ModeHide} {
		for name, policy := range map[string]readablePolicy{
			"undefined":       brokenPolicy{err: eval.ErrUndefined},
			"wrong shape":     brokenPolicy{err: eval.ErrShape},
			"timeout":         brokenPolicy{err: eval.ErrTimeout},
			"runtime error":   brokenPolicy{err: fmt.Errorf("%w: division by zero", eval.ErrEval)},
			"no answers":      brokenPolicy{},
			"too few answers": brokenPolicy{allowed: []bool{true}},
			"answers and an error": brokenPolicy{
				allowed: []bool{true, true, true, true}, err: eval.ErrEval,
			},
		} {
			for kind, query := range map[string]string{"valid": "{ a b }", "invalid": "{ c }"} {
				t.Run(fmt.Sprint(mode, "/", name, "/", kind), func(t *testing.T) {
					s := withPolicy(t, mode, policy)
					v, err := s.Decide(t.Context(), Request{Query: query})
					if err == nil || !allowsNothing(v) {
						t.Errorf("got a verdict %+v and error %v", v, err)
					}
					if view, err := s.View(t.Context(), Subject{}); err == nil {
						t.Errorf("got a view: %s", view.SDL())
					}
				})
			}
		}
	}
}

func TestR16CancelledRequestIsNoVerdict(t *testing.T) {
	s := withPolicy(t, scope.ModePrune, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v, err := s.Decide(ctx, Request{Query: "{ a }"})
	if !errors.Is(err, eval.ErrTimeout) || !allowsNothing(v) {
		t.Errorf("got %v, %v", v, err)
	}
}

// allowsNothing reports whether a verdict is the zero one, and says so by every way of asking.
func allowsNothing(v Verdict) bool {
	_, err := v.Completion(context.Background(), CompletionOptions{})
	return v.ruling == nil && v.Decision() == DecisionError && v.Effect() == EffectRefuse && v.Forward().Query == "" && errors.Is(err, ErrNoAnswer)
}

// restricting compiles an input with one scope, s, that opens a coordinate.
func restricting(t *testing.T, in Input, coordinate string) *Draft {
	t.Helper()
	restricted, problems := scope.ParseScope("s.yaml", []byte("scope: s\nfields: ["+coordinate+"]\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	in.Scopes = []scope.Scope{restricted}
	draft, err := Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	return draft
}

// withPolicy returns a snapshot that asks policy, or the real one when that is nil.
func withPolicy(t *testing.T, mode scope.Mode, policy readablePolicy) *Snapshot {
	t.Helper()
	layer := scope.DefaultLayer("test")
	layer.Mode = mode
	s := fresh(t, restricting(t, Input{Layer: layer, SchemaFile: "schema", Schema: "type Query { a: Int b: Int }"}, "Query.b"))
	if policy != nil {
		s.policy = policy
	}
	return s
}
