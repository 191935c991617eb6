package peers

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/fieldgate/fieldgate/bench/workload"
)

// naivePolicy is what one writes first.
const naivePolicy = `package naive

default allow := false

allow if {
	every coordinate in input.coordinates { readable(coordinate) }
}

allowed contains coordinate if {
	some coordinate in input.coordinates
	readable(coordinate)
}

readable(coordinate) if not data.restricted[coordinate]

readable(coordinate) if {
	some scope in data.restricted[coordinate]
	scope in input.scopes
}
`

func naive(ctx context.Context, w *workload.World, query string) (rego.PreparedEvalQuery, error) {
	restricted := make(map[string]any, len(w.Covers))
	for c, scopes := range w.Covers {
		restricted[c] = list(scopes)
	}
	return rego.New(
		rego.Query(query), rego.Module("naive.rego", naivePolicy),
		rego.Store(inmem.NewFromObject(map[string]any{"restricted": restricted})),
	).PrepareForEval(ctx)
}

func list(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}

// perQuery asks OPA once, with all coordinates of the operation.
type perQuery struct{ prepared rego.PreparedEvalQuery }

// NewOPAPerQuery is OPA with a first policy, data and input as JSON values, asked once an operation.
func NewOPAPerQuery(ctx context.Context, w *workload.World) (Side, error) {
	prepared, err := naive(ctx, w, "data.naive.allowed")
	return newPeer("opa-per-query", w, &perQuery{prepared}), err
}

func (p *perQuery) ask(ctx context.Context, op *workload.Operation, scopes []string, answer []bool) error {
	input := map[string]any{"scopes": list(scopes), "coordinates": list(op.Coordinates)}
	results, err := p.prepared.Eval(ctx, rego.EvalInput(input))
	if err != nil {
		return err
	}
	allowed, ok := results[0].Expressions[0].Value.([]any)
	if !ok {
		return fmt.Errorf("opa: %T is no set", results[0].Expressions[0].Value)
	}
	readable := make(map[any]bool, len(allowed))
	for _, c := range allowed {
		readable[c] = true
	}
	for i, c := range op.Coordinates {
		answer[i] = readable[c]
	}
	return nil
}

// perField asks OPA for each field.
type perField struct {
	prepared rego.PreparedEvalQuery
	w        *workload.World
}

// NewOPAPerField is the same policy asked once for each field, as authorization in resolvers does.
func NewOPAPerField(ctx context.Context, w *workload.World) (Side, error) {
	prepared, err := naive(ctx, w, "data.naive.allow")
	return &fieldPeer{newPeer("opa-per-field", w, nil), perField{prepared, w}}, err
}

// fieldPeer answers field by field.
type fieldPeer struct {
	*peer
	fields perField
}

// Decide asks about every field.
func (p *fieldPeer) Decide(ctx context.Context, q Question) (bool, error) {
	fields, err := p.Fields(ctx, q)
	if err != nil {
		return false, err
	}
	for _, allowed := range fields {
		if !allowed {
			return false, nil
		}
	}
	return true, nil
}

// Fields asks about every field.
func (p *fieldPeer) Fields(ctx context.Context, q Question) ([]bool, error) {
	op := p.operations[key{q.Query, q.Name}]
	out := make([]bool, len(op.Fields))
	scopes := list(q.Scopes)
	for i, needs := range op.Fields {
		coordinates := make([]any, len(needs))
		for j, n := range needs {
			coordinates[j] = op.Coordinates[n]
		}
		results, err := p.fields.prepared.Eval(ctx, rego.EvalInput(map[string]any{"scopes": scopes, "coordinates": coordinates}))
		if err != nil {
			return nil, err
		}
		out[i] = results.Allowed()
	}
	return out, nil
}
