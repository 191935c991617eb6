package measure_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/bench/measure"
)

func TestTasksTakeTurns(t *testing.T) {
	var order []string
	task := func(name string) measure.Task {
		return measure.Task{Labels: map[string]string{"side": name}, Prepare: func(n int) (func(context.Context) error, error) {
			return func(context.Context) error {
				order = append(order, name)
				for end := time.Now().Add(time.Duration(n) * 100 * time.Microsecond); time.Now().Before(end); {
				}
				return nil
			}, nil
		}}
	}
	results, err := measure.Interleaved(t.Context(), []measure.Task{task("a"), task("b")}, measure.Options{Rounds: 3, Turn: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for round, turns := range slices.Collect(slices.Chunk(order[len(order)-6:], 2)) {
		if turns[0] == turns[1] {
			t.Errorf("both turns of round %d are %s's", round, turns[0])
		}
	}
	for _, r := range results {
		if len(r.Samples) != 3 {
			t.Fatalf("%d samples", len(r.Samples))
		}
		for _, s := range r.Samples {
			if s.Nanoseconds < 100_000 {
				t.Errorf("%v took %v ns", r.Labels, s.Nanoseconds)
			}
		}
	}
}

func TestAllocationsAreCounted(t *testing.T) {
	var kept []byte
	task := measure.Task{Prepare: measure.Loop(func(context.Context) error { kept = make([]byte, 4096); return nil })}
	results, err := measure.Interleaved(t.Context(), []measure.Task{task}, measure.Options{Rounds: 1, Turn: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if s := results[0].Samples[0]; s.Allocations < 0.9 || s.Allocations > 1.5 || s.Bytes < 4_000 || len(kept) != 4096 {
		t.Errorf("%+v", s)
	}
}

func TestASlowStartDoesNotShortenTurns(t *testing.T) {
	calls, longest := 0, 0
	task := measure.Task{Prepare: func(n int) (func(context.Context) error, error) {
		longest = max(longest, n)
		return func(context.Context) error {
			calls++
			each := time.Microsecond
			if calls == 1 {
				each = 10 * time.Millisecond
			}
			for end := time.Now().Add(time.Duration(n) * each); time.Now().Before(end); {
			}
			return nil
		}, nil
	}}
	if _, err := measure.Interleaved(t.Context(), []measure.Task{task}, measure.Options{Rounds: 1, Turn: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if longest < 100 {
		t.Errorf("a turn has %d operations of a microsecond", longest)
	}
}
