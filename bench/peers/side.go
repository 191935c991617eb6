// Package peers has everything that decides the same operations: the engine, and what one would use instead of it. Each
// is set up as its documentation shows and as well as its kind allows, and gets the same compiled operations from a map
// in front of it. It promises that a side answers from its own evaluation: nothing here knows the right answer.
package peers

import (
	"context"
	"fmt"

	"github.com/fieldgate/fieldgate/bench/workload"
)

// Question is what goes in: document text, operation name, scope set and variables.
type Question struct {
	Query     string
	Name      string
	Scopes    []string // names, sorted
	Variables map[string]any
}

// Ask makes the question that a token with these scopes asks with an operation.
func Ask(op *workload.Operation, scopes []string) Question {
	return Question{Query: op.Query, Name: op.Name, Scopes: scopes, Variables: op.Variables}
}

// Side decides. It is for one goroutine.
type Side interface {
	// Name is a short name, for tables.
	Name() string
	// Decide reports whether all of the operation is allowed.
	Decide(ctx context.Context, q Question) (bool, error)
	// Fields reports of each selected field, in document order, whether it is allowed. It is not measured.
	Fields(ctx context.Context, q Question) ([]bool, error)
}

// asker says which of an operation's coordinates a scope set may read.
type asker interface {
	// ask fills answer, which has a place for each of op's coordinates and is all false.
	ask(ctx context.Context, op *workload.Operation, scopes []string, answer []bool) error
}

// key is compared whole, as the engine's is.
type key struct{ query, name string }

// peer is an asker with the cache of compiled operations in front of it.
type peer struct {
	asker
	name       string
	operations map[key]*workload.Operation
	answer     []bool
}

func newPeer(name string, w *workload.World, a asker) *peer {
	p := &peer{asker: a, name: name, operations: map[key]*workload.Operation{}}
	for _, op := range w.Operations {
		p.operations[key{op.Query, op.Name}] = op
		p.answer = make([]bool, max(len(p.answer), len(op.Coordinates)))
	}
	return p
}

// Name is the name that newPeer was given.
func (p *peer) Name() string { return p.name }

// Decide asks about every coordinate of the operation.
func (p *peer) Decide(ctx context.Context, q Question) (bool, error) {
	_, answer, err := p.evaluate(ctx, q)
	if err != nil {
		return false, err
	}
	for _, readable := range answer {
		if !readable {
			return false, nil
		}
	}
	return true, nil
}

func (p *peer) evaluate(ctx context.Context, q Question) (*workload.Operation, []bool, error) {
	op := p.operations[key{q.Query, q.Name}]
	if op == nil {
		return nil, nil, fmt.Errorf("%s: an operation that is not compiled", p.name)
	}
	answer := p.answer[:len(op.Coordinates)]
	clear(answer)
	return op, answer, p.ask(ctx, op, q.Scopes, answer)
}

// Fields joins the answers for coordinates into answers for fields.
func (p *peer) Fields(ctx context.Context, q Question) ([]bool, error) {
	op, answer, err := p.evaluate(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(op.Fields))
	for i, needs := range op.Fields {
		out[i] = true
		for _, n := range needs {
			out[i] = out[i] && answer[n]
		}
	}
	return out, nil
}
