package peers_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/bench/peers"
	"github.com/fieldgate/fieldgate/bench/workload"
)

// TestAllSidesAnswerAlike: what is compared in speed has to do the same. Field by field, on every schema, operation and
// number of restricted coordinates, for the token that is measured, for one that holds nothing and for one with other
// scopes.
func TestAllSidesAnswerAlike(t *testing.T) {
	for _, schema := range workload.Schemas() {
		for _, restricted := range workload.Restricted() {
			if schema == "github" && restricted == 100_000 {
				continue // half a minute; `bench run` compares before it measures
			}
			t.Run(fmt.Sprintf("%s/%d", schema, restricted), func(t *testing.T) {
				w, err := workload.Load("../..", schema, restricted)
				if err != nil {
					t.Fatal(err)
				}
				everything := slices.Concat(w.Held, w.Others[:min(2, len(w.Others))])
				sets := [][]string{w.Held, nil, w.Held[:2], everything}
				sides, err := peers.All(t.Context(), w, sets...)
				if err != nil {
					t.Fatal(err)
				}
				if err := peers.Compare(t.Context(), w, sides, sets...); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestNeedsAreFoundTwice: the coordinates that peers are asked about were found without the engine.
func TestNeedsAreFoundTwice(t *testing.T) {
	for _, schema := range workload.Schemas() {
		w, err := workload.Load("../..", schema, 1_000)
		if err != nil {
			t.Fatal(err)
		}
		snapshot, err := peers.Snapshot(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range w.Operations {
			got, err := peers.NewFieldgate(snapshot).Needs(t.Context(), peers.Ask(op, w.Held))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(slices.Sorted(slices.Values(op.Coordinates)), got); diff != "" {
				t.Errorf("%s, %d fields: bench (-) and engine (+) find other needs:\n%s", schema, op.Size, diff)
			}
		}
	}
}
