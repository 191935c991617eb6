package plan

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/engine"
)

// Asked is an operation that was really asked for, as a decision log has it.
type Asked struct {
	Token         string   // its id; "" for a subject that is no token
	Before, After []string // names of the scopes held
	Unrestricted  bool
	Query         string
	OperationName string
}

// Redecided is an operation whose decision changes.
type Redecided struct {
	Token         string   `json:"token,omitempty"`
	Scopes        []string `json:"scopes"`
	Unrestricted  bool     `json:"unrestricted,omitempty"`
	OperationName string   `json:"operation_name,omitempty"`
	Query         string   `json:"query"`
	Before        string   `json:"before"` // decisions
	After         string   `json:"after"`
	Denied        []string `json:"denied"` // path and coordinate of what is denied from now on, sorted
	Allowed       []string `json:"allowed"`
	Count         int      `json:"count"` // how often it was asked for
}

// maxReplayed is how many different operations are remembered. Those beyond are decided, and forgotten when nothing changes.
const maxReplayed = 100_000

// Replay decides operations that were asked for on both sides of a change. It is for one goroutine. Variables are in no log, so
// that operations are decided without them: where a variable's value matters, both sides decide as if it were left out.
type Replay struct {
	before, after *Side
	known         map[string]*Redecided // by everything that is asked; nil: nothing changes
}

// NewReplay returns a replay of a change between two sides, none of which is nil.
func NewReplay(before, after *Side) *Replay {
	return &Replay{before: before, after: after, known: map[string]*Redecided{}}
}

// Ask decides an operation on both sides. ok is false when its subject holds a scope that one of them does not have; its errors
// are those of the policy.
func (r *Replay) Ask(ctx context.Context, a Asked) (ok bool, err error) {
	key := a.key()
	change, seen := r.known[key]
	if !seen {
		change, err = r.decide(ctx, a)
	}
	var unknown *engine.UnknownScopeError
	switch {
	case errors.As(err, &unknown):
		return false, nil
	case err != nil:
		return false, err
	case !seen && (change != nil || len(r.known) < maxReplayed):
		r.known[key] = change
	}
	if change != nil {
		change.Count++
	}
	return true, nil
}

func (a Asked) key() string {
	unrestricted := ""
	if a.Unrestricted {
		unrestricted = "*"
	}
	return strings.Join([]string{a.Token, strings.Join(a.Before, ","), strings.Join(a.After, ","), unrestricted, a.OperationName, a.Query}, "\x00")
}

// decide returns nil when both sides decide alike.
func (r *Replay) decide(ctx context.Context, a Asked) (*Redecided, error) {
	was, before, err := outcome(ctx, r.before, a, a.Before)
	if err != nil {
		return nil, err
	}
	is, after, err := outcome(ctx, r.after, a, a.After)
	if err != nil {
		return nil, err
	}
	out := &Redecided{
		Token: a.Token, Scopes: append([]string{}, a.Before...), Unrestricted: a.Unrestricted, OperationName: a.OperationName, Query: a.Query,
		Before: was, After: is, Denied: missing(after, before), Allowed: missing(before, after),
	}
	if was == is && len(out.Denied)+len(out.Allowed) == 0 {
		return nil, nil //nolint:nilnil // nothing changes, and that is no error
	}
	return out, nil
}

// outcome decides one operation and lists what is denied of it, sorted.
func outcome(ctx context.Context, s *Side, a Asked, held []string) (string, []string, error) {
	v, err := s.Snapshot.Decide(ctx, engine.Request{
		Subject: engine.Subject{Scopes: held, Unrestricted: a.Unrestricted}, Query: a.Query, OperationName: a.OperationName,
	})
	if err != nil {
		return "", nil, err
	}
	var denied []string
	for _, d := range v.Details().Denied {
		denied = append(denied, strings.Join(d.Path, ".")+" ("+d.Coordinate+")")
	}
	slices.Sort(denied)
	return v.Decision(), slices.Compact(denied), nil
}

func missing(list, of []string) []string {
	out := []string{}
	for _, x := range list {
		if _, ok := slices.BinarySearch(of, x); !ok {
			out = append(out, x)
		}
	}
	return out
}

// Changed returns the operations whose decision changes, those that were asked for most first.
func (r *Replay) Changed() []Redecided {
	out := []Redecided{}
	for _, c := range r.known {
		if c != nil {
			out = append(out, *c)
		}
	}
	slices.SortFunc(out, func(a, b Redecided) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Token, b.Token), cmp.Compare(a.Query, b.Query),
			cmp.Compare(a.OperationName, b.OperationName), slices.Compare(a.Scopes, b.Scopes))
	})
	return out
}
