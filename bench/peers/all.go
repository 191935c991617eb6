package peers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/bench/workload"
)

// All sets every side up for a world. The sides that prepare verdicts prepare those of the scope sets.
func All(ctx context.Context, w *workload.World, scopeSets ...[]string) ([]Side, error) {
	snapshot, err := Snapshot(ctx, w)
	if err != nil {
		return nil, err
	}
	sides := []Side{NewFieldgate(snapshot), NewMaps(w, scopeSets...)}
	for _, set := range []func() (Side, error){
		func() (Side, error) { return NewOPAPerQuery(ctx, w) },
		func() (Side, error) { return NewOPAPerField(ctx, w) },
		func() (Side, error) { return NewCedar(w) },
		func() (Side, error) { return NewCasbinCached(w) },
		func() (Side, error) { return NewCasbin(w) },
		func() (Side, error) { return NewCEL(w) },
	} {
		side, err := set()
		if err != nil {
			return nil, err
		}
		sides = append(sides, side)
	}
	return sides, nil
}

// What a side may take for one operation: policies that casbin looks at, some 1.5 million a second.
const (
	slowest     = 2_000_000
	slowestOnce = 5_000_000
)

// Feasible reports whether a side answers within some seconds: the first time, and always. All do but casbin, whose time
// is proportional to the number of policies (cached: when it is asked for the first time).
func Feasible(side Side, w *workload.World, op *workload.Operation) (first, always bool) {
	if !strings.HasPrefix(side.Name(), "casbin") {
		return true, true
	}
	looked := 0
	for _, c := range op.Coordinates {
		if w.Covers[c] != nil {
			looked += len(w.Covers)
		}
	}
	always = looked <= slowest
	return always || side.Name() == "casbin-cached" && looked <= slowestOnce, always
}

// ErrDiffer is sides that do not answer alike: comparing their speed would mean nothing.
var ErrDiffer = errors.New("the sides do not answer alike")

// Compare asks each side about each operation for each scope set and holds the answers against the definition of what is
// readable, field by field. What is not Feasible is left out.
func Compare(ctx context.Context, w *workload.World, sides []Side, scopeSets ...[]string) error {
	for n, scopes := range scopeSets {
		for _, op := range w.Operations {
			want := expected(w, op, scopes)
			for _, side := range sides {
				if first, always := Feasible(side, w, op); !first || n > 0 && !always {
					continue
				}
				if err := agrees(ctx, side, Ask(op, scopes), want); err != nil {
					return fmt.Errorf("%s, %d restricted, %d fields, %d scopes: %w", w.Schema, len(w.Covers), op.Size, len(scopes), err)
				}
			}
		}
	}
	return nil
}

func expected(w *workload.World, op *workload.Operation, scopes []string) []bool {
	out := make([]bool, len(op.Fields))
	for i, needs := range op.Fields {
		out[i] = !slices.ContainsFunc(needs, func(n int) bool { return !w.Readable(op.Coordinates[n], scopes) })
	}
	return out
}

func agrees(ctx context.Context, side Side, q Question, want []bool) error {
	got, err := side.Fields(ctx, q)
	if err != nil {
		return fmt.Errorf("%s: %w", side.Name(), err)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("%w: %s says %v, wanted %v", ErrDiffer, side.Name(), got, want)
	}
	allowed, err := side.Decide(ctx, q)
	if err != nil {
		return fmt.Errorf("%s: %w", side.Name(), err)
	}
	if allowed != !slices.Contains(want, false) {
		return fmt.Errorf("%w: %s decides %v", ErrDiffer, side.Name(), allowed)
	}
	return nil
}
