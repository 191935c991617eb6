package cases

import (
	"context"
	"slices"
	"strconv"

	"github.com/fieldgate/fieldgate/bench/measure"
	"github.com/fieldgate/fieldgate/bench/peers"
	"github.com/fieldgate/fieldgate/bench/workload"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/directory"
)

// Growth measures how the cost of a warm decision grows with fields, restricted coordinates, the scopes that a token holds
// and data layers, and that of a token's look-up with the number of tokens. All points of a line are measured in turns.
func Growth(ctx context.Context, o Options, tokens []int) ([]measure.Result, error) {
	o.Log("growth with scopes, layers and tokens")
	var tasks []measure.Task
	for _, add := range []func(context.Context, Options) ([]measure.Task, error){
		byFields, byCoordinates, byScopes, byLayers,
		func(ctx context.Context, _ Options) ([]measure.Task, error) { return byTokens(ctx, tokens) },
	} {
		list, err := add(ctx, o)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, list...)
	}
	return measure.Interleaved(ctx, tasks, o.Options)
}

func growth(axis string, x int) labels {
	return labels{"suite": "growth", "axis": axis, "x": strconv.Itoa(x), "side": "fieldgate"}
}

// warmTask repeats a question. The points of a line are axis and x.
func warmTask(side *peers.Fieldgate, axis string, x int, q peers.Question) measure.Task {
	return measure.Task{Labels: growth(axis, x), Prepare: measure.Loop(func(ctx context.Context) error {
		_, err := side.Decide(ctx, q)
		return err
	})}
}

func byFields(ctx context.Context, o Options) ([]measure.Task, error) {
	w, err := workload.Load(o.Root, "storefront", 1_000)
	if err != nil {
		return nil, err
	}
	snapshot, err := peers.Snapshot(ctx, w)
	if err != nil {
		return nil, err
	}
	var tasks []measure.Task
	for _, op := range w.Operations {
		tasks = append(tasks, warmTask(peers.NewFieldgate(snapshot), "fields", op.Size, peers.Ask(op, w.Held)))
	}
	return tasks, nil
}

func byCoordinates(ctx context.Context, o Options) ([]measure.Task, error) {
	var tasks []measure.Task
	for _, restricted := range o.Restricted {
		w, err := workload.Load(o.Root, "storefront", restricted)
		if err != nil {
			return nil, err
		}
		snapshot, err := peers.Snapshot(ctx, w)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, warmTask(peers.NewFieldgate(snapshot), "coordinates", restricted, peers.Ask(w.Operation(30), w.Held)))
	}
	return tasks, nil
}

// byScopes holds 1 to 1,000 scopes of a layer of 1,000 scopes.
func byScopes(ctx context.Context, o Options) ([]measure.Task, error) {
	w, err := workload.LoadSpread(o.Root, "github", 5_000, 1_000)
	if err != nil {
		return nil, err
	}
	snapshot, err := peers.Snapshot(ctx, w)
	if err != nil {
		return nil, err
	}
	side := peers.NewFieldgate(snapshot)
	all := slices.Concat(w.Held, w.Rest, w.Others)
	var tasks []measure.Task
	for _, n := range []int{1, 10, 100, 1_000} {
		tasks = append(tasks, warmTask(side, "scopes", n, peers.Ask(w.Operation(30), all[:min(n, len(all))])))
	}
	return tasks, nil
}

// byLayers asks 1 to 100 layers in turn.
func byLayers(ctx context.Context, o Options) ([]measure.Task, error) {
	w, err := workload.Load(o.Root, "storefront", 1_000)
	if err != nil {
		return nil, err
	}
	in, err := peers.Input(w)
	if err != nil {
		return nil, err
	}
	draft, err := engine.Compile(in)
	if err != nil {
		return nil, err
	}
	var sides []*peers.Fieldgate
	var tasks []measure.Task
	q := peers.Ask(w.Operation(30), w.Held)
	for _, n := range []int{1, 10, 100} {
		for len(sides) < n {
			snapshot, err := draft.Activate(ctx, 1, engine.Options{})
			if err != nil {
				return nil, err
			}
			side := peers.NewFieldgate(snapshot)
			if _, err := side.Decide(ctx, q); err != nil {
				return nil, err
			}
			sides = append(sides, side)
		}
		turn, some := 0, sides[:n:n]
		tasks = append(tasks, measure.Task{Labels: growth("layers", n), Prepare: measure.Loop(func(ctx context.Context) error {
			turn++
			_, err := some[turn%len(some)].Decide(ctx, q)
			return err
		})})
	}
	return tasks, nil
}

// byTokens looks tokens up in directories of several sizes.
func byTokens(ctx context.Context, counts []int) ([]measure.Task, error) {
	var tasks []measure.Task
	for _, n := range counts {
		d, err := directory.Open(ctx, manyTokens{count: n, sets: [][]string{{"a", "b"}}})
		if err != nil {
			return nil, err
		}
		i := 0
		hashes := tokenHashes(n)
		tasks = append(tasks, measure.Task{Labels: growth("tokens", n), Prepare: measure.Loop(func(context.Context) error {
			i++
			if _, found := d.Token(hashes[i%len(hashes)]); !found {
				return peers.ErrDiffer
			}
			return nil
		})})
	}
	return tasks, nil
}
