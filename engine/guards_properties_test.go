package engine_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/internal/oracle"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/generate"
)

// guardsEvery says of how many cases one is tried with guards: each is decided twice and more.
const guardsEvery = 3

// TestR14GuardsOnlyDeny: with guards a decision is never wider than without: what is allowed with them is
// allowed without them, and what is denied without them is denied with them.
func TestR14GuardsOnlyDeny(t *testing.T) {
	batch := patientBatch()
	var narrower atomic.Int64
	every := uint64(guardsEvery)
	if cases() < 1000 {
		every = 1 // else too few to meet a guard
	}
	forEachCase(t, func(seed uint64, c oracle.Case) error {
		if seed%every != 0 {
			return nil
		}
		asked := line(c)
		without := batch.Decide(t.Context(), asked)
		asked.Guards = "on"
		with := batch.Decide(t.Context(), asked)
		if with.Decision != without.Decision {
			narrower.Add(1)
		}
		if with.Decision == engine.DecisionAllow && without.Decision != engine.DecisionAllow {
			return fmt.Errorf("allowed with guards, %s without\n%s", without.Decision, describe(c))
		}
		if len(with.Fields) != len(without.Fields) {
			return fmt.Errorf("%d fields with guards, %d without\n%s", len(with.Fields), len(without.Fields), describe(c))
		}
		for i, f := range with.Fields {
			if f.Allowed && !without.Fields[i].Allowed {
				return fmt.Errorf("%v (%s) is allowed with guards only\n%s", f.Path, f.Coordinate, describe(c))
			}
		}
		for _, x := range without.Denied {
			if !slices.ContainsFunc(with.Denied, func(y engine.Denial) bool { return slices.Equal(x.Path, y.Path) }) {
				return fmt.Errorf("%v (%s) is denied without guards only\n%s", x.Path, x.Coordinate, describe(c))
			}
		}
		return nil
	})
	t.Logf("%d decisions were narrower with guards", narrower.Load())
	if narrower.Load() == 0 {
		t.Error("no guard was in force: this shows nothing")
	}
}

// TestR13ViewIsSoundWithGuards: what is valid in the view of somebody for whom guards hold is allowed.
func TestR13ViewIsSoundWithGuards(t *testing.T) {
	batch := patientBatch()
	var tried atomic.Int64
	forEachCase(t, func(seed uint64, c oracle.Case) error {
		if seed%guardsEvery != 0 {
			return nil
		}
		asked := line(c)
		asked.Guards = "on"
		sdl, err := viewOf(t, batch, asked)
		if err != nil || sdl == "" {
			return err
		}
		for run := range uint64(3) {
			op, ok := generate.Operation(seed*11+run, sdl, c.Directives)
			if !ok {
				continue
			}
			tried.Add(1)
			asked.Query, asked.OperationName, asked.Variables = op.Query, op.OperationName, op.Variables
			if err := nothingDenied(c, batch.Decide(t.Context(), asked)); err != nil {
				return fmt.Errorf("%w\nvalid in the view: %s %v\nview:\n%s\n%s", err, op.Query, op.Variables, sdl, describe(c))
			}
		}
		return nil
	})
	t.Logf("%d operations of views", tried.Load())
}

// TestR14ReachCountsGuards: whatever the reach holds with guards is read by an operation that the engine
// allows, directly or by an input that stands for it.
func TestR14ReachCountsGuards(t *testing.T) {
	batch := patientBatch()
	forEachCase(t, func(seed uint64, c oracle.Case) error {
		if seed%reachEvery != 0 {
			return nil
		}
		asked := line(c)
		asked.Guards = "on"
		snapshot, err := batch.Snapshot(t.Context(), asked)
		if err != nil {
			return err
		}
		reach, err := snapshot.Reach(t.Context(), subjectOf(c))
		if err != nil {
			return err
		}
		for id, name := range snapshot.Schema().Names() {
			if !reach.Reads(gql.ID(id)) {
				continue
			}
			if err := allowed(t.Context(), snapshot, subjectOf(c), reach.Query(gql.ID(id))); err != nil {
				return fmt.Errorf("%s is in the reach by %s: %w\n%s", name, reach.Query(gql.ID(id)), err, describe(c))
			}
		}
		return nil
	})
}

// TestR14ReachThroughAnInput: a field that can be selected nowhere is read by whoever may use an input that
// stands for it.
func TestR14ReachThroughAnInput(t *testing.T) {
	const sdl = `type Query { orders(filter: OrderFilter): [Order] }
		type Order { id: ID customer: Customer } type Customer { email: String }
		input OrderFilter { customer: CustomerFilter } input CustomerFilter { email: String }`
	snapshot := activate(t, sdl, map[string][]string{"mail": {"Customer.email"}, "people": {"Order.customer"}})
	id, _ := snapshot.Schema().Lookup("Customer.email")
	for name, want := range map[string]bool{"mail": false, "people": false} {
		reach, err := snapshot.Reach(t.Context(), engine.Subject{Scopes: []string{name}})
		if err != nil {
			t.Fatal(err)
		}
		if reach.Reads(id) != want {
			t.Errorf("%s: reads %v by %s", name, reach.Reads(id), reach.Query(id))
		}
	}
	const inputOnly = `type Query { find(email: String): [Order] } type Order { id: ID } type Customer { email: String }`
	snapshot = activate(t, inputOnly, map[string][]string{"mail": {"Customer.email"}}, addGuard(t, "Query.find(email:)", "Customer.email"))
	id, _ = snapshot.Schema().Lookup("Customer.email")
	for scopes, want := range map[string]string{"": "", "mail": `{ find(email: "x") { __typename } }`} {
		reach, err := snapshot.Reach(t.Context(), subjectWith(scopes))
		if err != nil {
			t.Fatal(err)
		}
		if got := reach.Query(id); got != want {
			t.Errorf("%q reads Customer.email by %q, want %q", scopes, got, want)
		}
	}
}
