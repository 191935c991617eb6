package engine

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/fieldgate/fieldgate/engine/complete"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/engine/wire"
)

// CompletionOptions says how answers are completed.
type CompletionOptions struct {
	// Introspected are the answers to `__schema` and `__type` as JSON, by response key. Without one that is
	// asked for there is no completion (ErrNotIntrospected).
	Introspected map[string][]byte
	// Extensions are the keys that are kept of an upstream error's `extensions`; nil is `code` alone. Only
	// strings, numbers and booleans are kept.
	Extensions []string
	// Messages keeps the messages of upstream errors that have no place in what the client wrote, such as
	// those of requests that the upstream refuses. They may name what the client may not see (R18).
	Messages bool
	MaxBytes int // of a completed answer; 0 is complete.DefaultMaxBytes
}

// Errors of completions.
var (
	// ErrNoAnswer is an operation that is refused: *Refusal says why.
	ErrNoAnswer = errors.New("the operation is refused")
	// ErrNotIntrospected is a missing answer to `__schema` or `__type`.
	ErrNotIntrospected = errors.New("the answer to an introspection field is missing")
)

// Refusal is what a client is told of an operation that is refused: Errors, or when that is empty an
// entry for each denial.
type Refusal struct {
	Errors gql.Errors
	denied [][]string
}

// Error says that the operation is refused. What the client gets is Append's.
func (r *Refusal) Error() string { return ErrNoAnswer.Error() }

// Unwrap returns ErrNoAnswer.
func (r *Refusal) Unwrap() error { return ErrNoAnswer }

// Denied reports whether the operation is refused for what it selects, and not for what it is.
func (r *Refusal) Denied() bool { return len(r.Errors) == 0 }

// Append appends the GraphQL response: `errors` and no `data`.
func (r *Refusal) Append(dst []byte) []byte {
	if r.Denied() {
		return complete.AppendRefusal(dst, r.denied)
	}
	return r.Errors.AppendResponse(dst)
}

// Completion is how one request is answered (R15): what is sent upstream and what is made of the answer.
type Completion struct {
	snapshot *Snapshot
	key      planKey
	head     []byte
	forward  gql.Forward
	input    complete.Input
}

// planned is what requests share whose decisions are one and whose variables answer `@skip` and `@include` alike.
type planned struct {
	plan    *gql.Plan
	head    []byte      // of the request's body: the document and the operation's name
	forward gql.Forward // without the values of variables
	denied  [][]string
}

// planKey is a decision, the very one, and the answers of variables to `@skip` and `@include`.
type planKey struct {
	judged *judged
	truths string
}

// weighPlan is for all that a plan that is kept may grow to, with the operation that it keeps.
func weighPlan(k planKey, p *planned) uint32 {
	return entryBytes*maxPlanSize + k.judged.size() + uint32(len(p.forward.Query)+k.judged.decided.OperationSize()) //nolint:gosec // bounded by the limits of documents
}

// Completion returns how the operation is answered. The error is a *Refusal when it is not, and
// ErrNotIntrospected when the options lack an answer.
func (v Verdict) Completion(_ context.Context, o CompletionOptions) (*Completion, error) {
	if v.ruling == nil || v.judged.decided == nil || len(v.judged.errors) > 0 {
		return nil, &Refusal{Errors: v.Errors()}
	}
	mode := scope.Mode(v.snapshot.content.Mode)
	if v.judged.effect == EffectRefuse && (mode != scope.ModePrune || v.bound.Operation().Type != string(ast.Query)) {
		return nil, refusal(mode, v.decided().Plan(nil).Denials())
	}
	c := &Completion{snapshot: v.snapshot}
	p, err := c.planned(v, mode, o.Introspected)
	if err != nil {
		return nil, err
	}
	c.head, c.forward = p.head, p.forward.For(&v.bound)
	c.input = complete.Input{Plan: p.plan, Denied: p.denied, Extensions: o.Extensions, Messages: o.Messages, MaxBytes: o.MaxBytes}
	if o.Extensions == nil {
		c.input.Extensions = []string{"code"}
	}
	return c, nil
}

// planned finds the plan of an earlier request, or makes it.
func (c *Completion) planned(v Verdict, mode scope.Mode, introspected map[string][]byte) (*planned, error) {
	if !v.judged.shared || v.bound.Operation().Introspects() {
		return newPlanned(v, mode, introspected)
	}
	c.key = planKey{v.judged, v.truths()}
	if p, ok := v.snapshot.plans.GetIfPresent(c.key); ok {
		return p, nil
	}
	p, err := newPlanned(v, mode, nil)
	if err == nil {
		v.snapshot.plans.Set(c.key, p)
	}
	return p, err
}

// truths are the answers of the variables to `@skip` and `@include`, where a plan depends on them: where nothing is denied
// the answer is the upstream's.
func (v Verdict) truths() string {
	if v.judged.outcome == gql.Allow {
		return ""
	}
	return v.bound.Truths()
}

// newPlanned finds what is sent upstream and how its answer is read. Where denials are only reported
// nothing is taken away.
func newPlanned(v Verdict, mode scope.Mode, introspected map[string][]byte) (*planned, error) {
	decided, forward := v.decided(), v.judged.forward
	switch {
	case mode == scope.ModeObserve:
		decided = decided.Undecided()
	case v.judged.outcome != gql.Allow: // where nothing is denied no type has to be known
		var errs gql.Errors
		if forward, errs = decided.ForwardTyped(); errs != nil {
			return nil, &Refusal{Errors: errs}
		}
	}
	var missing error
	p := &planned{forward: forward.Bare(), head: requestHead(forward.Query, v.bound.Operation().Name)}
	p.plan = decided.Plan(func(key string) []byte {
		if introspected[key] == nil {
			missing = ErrNotIntrospected
		}
		return introspected[key]
	})
	if root := p.plan.Root; root != nil {
		root.Sole() // asks for every answer
	}
	if mode != scope.ModeHide {
		p.denied = v.decided().Plan(nil).Denials()
	}
	return p, missing
}

func refusal(mode scope.Mode, denied [][]string) *Refusal {
	if mode == scope.ModeHide || len(denied) == 0 {
		denied = [][]string{{}}
	}
	return &Refusal{denied: denied}
}

// Query returns the document that is to be sent upstream; "" when nothing is.
func (c *Completion) Query() string { return c.forward.Query }

// requestHead is the body of a request but for its variables and its end.
func requestHead(query, name string) []byte {
	head, _ := wire.Append([]byte(`{"query":`), query) // a text has JSON
	if name != "" {
		head, _ = wire.Append(append(head, `,"operationName":`...), name)
	}
	return head
}

// AppendRequest appends the body of the request that is to be sent upstream, as GraphQL over HTTP has it: the reprint and
// exactly the decided variables (R17). The error is of variables that have no JSON.
func (c *Completion) AppendRequest(dst []byte) ([]byte, error) {
	dst = append(slices.Grow(dst, len(c.head)+256), c.head...)
	if len(c.forward.Variables) > 0 {
		var err error
		if dst, err = wire.Append(append(dst, `,"variables":`...), c.forward.Variables); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// Variables returns what is to be sent with it.
func (c *Completion) Variables() map[string]any { return c.forward.Variables }

// Untouched reports whether the data of the upstream's answer is the client's as it stands and no entry
// is added to the errors.
func (c *Completion) Untouched() bool { return c.input.Plan.Root == nil && len(c.input.Denied) == 0 }

// Passes reports whether the upstream's answer, of which head is the beginning, can be passed on as it arrives.
func (c *Completion) Passes(head []byte) bool { return complete.Passes(head, c.input) }

// Pass writes the client's answer to w as the upstream's arrives: head, for which Passes holds, and then what is read from r. It
// returns the size of what was written, which is not an answer when there is an error.
func (c *Completion) Pass(ctx context.Context, w io.Writer, head []byte, r io.Reader) (int64, error) {
	return complete.Pass(ctx, w, head, r, c.input)
}

// nothing is the answer to what was not sent.
var nothing = []byte(`{"data":{}}`)

// Complete appends the client's answer to dst. The body is the upstream's, which is not read when there
// is no Query. Errors are those of complete.Append; what was appended may not be used then.
func (c *Completion) Complete(ctx context.Context, dst, body []byte) ([]byte, error) {
	if c.forward.Query == "" {
		body = nothing
	}
	out, err := complete.Append(ctx, dst, body, c.input)
	if c.key.judged != nil && c.input.Plan.Size() > maxPlanSize {
		c.snapshot.plans.Invalidate(c.key)
	}
	return out, err
}
