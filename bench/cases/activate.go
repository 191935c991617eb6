package cases

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/fieldgate/fieldgate/bench/measure"
	"github.com/fieldgate/fieldgate/bench/peers"
	"github.com/fieldgate/fieldgate/bench/workload"
	"github.com/fieldgate/fieldgate/engine"
)

// Activate measures how long it takes until a change of scopes is active, at a number of restricted coordinates: a full
// activation (compile and activate), and the edit of one scope.
func Activate(ctx context.Context, o Options, restricted int) ([]measure.Result, error) {
	o.Log("activation at %d restricted coordinates", restricted)
	w, err := workload.Load(o.Root, "storefront", restricted)
	if err != nil {
		return nil, err
	}
	in, err := peers.Input(w)
	if err != nil {
		return nil, err
	}
	e := &editor{w: w, in: in}
	if e.draft, err = engine.Compile(in); err != nil {
		return nil, err
	}
	if err := e.works(ctx); err != nil {
		return nil, err
	}
	name := labels{"suite": "activate", "restricted": strconv.Itoa(restricted)}
	return measure.Interleaved(ctx, []measure.Task{
		{Labels: name.with("side", "full"), Prepare: measure.Loop(e.full)},
		{Labels: name.with("side", "scope-edit"), Prepare: measure.Loop(func(ctx context.Context) error {
			_, err := e.edit(ctx)
			return err
		})},
	}, o.Options)
}

// editor takes the first field of a scope out and puts it in again.
type editor struct {
	w      *workload.World
	in     engine.Input
	draft  *engine.Draft
	number uint64
}

func (e *editor) full(ctx context.Context) error {
	draft, err := engine.Compile(e.in)
	if err != nil {
		return err
	}
	e.number++
	_, err = draft.Activate(ctx, e.number, engine.Options{})
	return err
}

// edit changes a scope that the token holds and activates what comes of it.
func (e *editor) edit(ctx context.Context) (*engine.Snapshot, error) {
	e.number++
	in := e.in
	in.Scopes = slices.Clone(e.in.Scopes)
	if e.number%2 == 0 {
		in.Scopes[0].Entries = in.Scopes[0].Entries[1:]
	}
	draft, err := e.draft.Edit(in)
	if err != nil {
		return nil, err
	}
	e.draft = draft
	return draft.Activate(ctx, e.number, engine.Options{})
}

// works wants an edit to change what a token that lacks the scope may read, and a second edit to change it back.
func (e *editor) works(ctx context.Context) error {
	coordinate := e.in.Scopes[0].Entries[0].Text
	for range 2 {
		s, err := e.edit(ctx)
		if err != nil {
			return err
		}
		id, found := s.Schema().Lookup(coordinate)
		readable, err := s.ReadableTo(ctx, engine.Subject{})
		if err != nil {
			return err
		}
		if open := e.number%2 == 0; !found || readable.Has(id) != open {
			return fmt.Errorf("%w: %s is readable: %v, after edit %d", peers.ErrDiffer, coordinate, readable.Has(id), e.number)
		}
	}
	return nil
}
