package peers

import (
	"context"
	"maps"
	"slices"

	"github.com/fieldgate/fieldgate/bench/workload"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Input is a world as the engine compiles it. Guards are off: no peer has them, and the answers could not be compared.
func Input(w *workload.World) (engine.Input, error) {
	in := engine.Input{Layer: scope.DefaultLayer(w.Schema), SchemaFile: "schema.graphql", Schema: w.SDL}
	in.Layer.GuardsOff = map[string]string{scope.AllGuards: "peers have none"}
	for _, name := range slices.Sorted(maps.Keys(w.Scopes)) {
		s := scope.Scope{Name: name}
		for _, text := range w.Scopes[name] {
			p, err := coord.ParsePattern(text)
			if err != nil {
				return in, err
			}
			s.Entries = append(s.Entries, scope.Entry{Pattern: p, Text: text})
		}
		in.Scopes = append(in.Scopes, s)
	}
	return in, nil
}

// Snapshot compiles and activates a world.
func Snapshot(ctx context.Context, w *workload.World) (*engine.Snapshot, error) {
	in, err := Input(w)
	if err != nil {
		return nil, err
	}
	draft, err := engine.Compile(in)
	if err != nil {
		return nil, err
	}
	return draft.Activate(ctx, 1, engine.Options{})
}

// Fieldgate is the engine.
type Fieldgate struct{ snapshot *engine.Snapshot }

// NewFieldgate is the engine as a Go library, asked with ids of scopes as the gateway asks it.
func NewFieldgate(s *engine.Snapshot) *Fieldgate { return &Fieldgate{s} }

// Name is fieldgate.
func (f *Fieldgate) Name() string { return "fieldgate" }

// Decide asks the snapshot.
func (f *Fieldgate) Decide(ctx context.Context, q Question) (bool, error) {
	v, err := f.snapshot.Decide(ctx, request(q))
	if err != nil {
		return false, err
	}
	if errs := v.Errors(); errs != nil {
		return false, errs
	}
	return v.Decision() == engine.DecisionAllow, nil
}

func request(q Question) engine.Request {
	return engine.Request{Subject: engine.Subject{ScopeIDs: q.Scopes}, Query: q.Query, OperationName: q.Name, Variables: q.Variables}
}

// Fields reads the long form of the decision.
func (f *Fieldgate) Fields(ctx context.Context, q Question) ([]bool, error) {
	v, err := f.snapshot.Decide(ctx, request(q))
	if err != nil {
		return nil, err
	}
	details := v.Details()
	out := make([]bool, len(details.Fields))
	for i, field := range details.Fields {
		out[i] = field.Allowed
	}
	return out, nil
}

// Needs are the coordinates that the engine finds an operation to need, sorted.
func (f *Fieldgate) Needs(ctx context.Context, q Question) ([]string, error) {
	v, err := f.snapshot.Decide(ctx, request(q))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, id := range v.Needs() {
		out = append(out, f.snapshot.Schema().Name(id))
	}
	slices.Sort(out)
	return out, nil
}
