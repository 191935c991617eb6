package plan

import (
	"context"
	"slices"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
)

// Difference is what a change does to whoever holds a set of scopes, what it does to every token included. Its lists are
// sorted, and never nil.
type Difference struct {
	Gains  []string
	Losses []string
}

// Holders compares two snapshots for sets of scopes, by id, of which those that there are not open nothing: an edit of a
// scope is compared without a name for it. It returns a difference for each set, in their order. Its errors are those of the
// policy.
func Holders(ctx context.Context, before, after *engine.Snapshot, sets [][]string) ([]Difference, error) {
	pairs := shared(before.Schema(), after.Schema())
	out := make([]Difference, 0, len(sets))
	for _, ids := range sets {
		was, err := before.Reach(ctx, engine.Subject{ScopeIDs: ids})
		if err != nil {
			return nil, err
		}
		is, err := after.Reach(ctx, engine.Subject{ScopeIDs: ids})
		if err != nil {
			return nil, err
		}
		d := Difference{Gains: []string{}, Losses: []string{}}
		for _, p := range pairs {
			switch before, after := was.Reads(p.before), is.Reads(p.after); {
			case after && !before:
				d.Gains = append(d.Gains, p.name)
			case before && !after:
				d.Losses = append(d.Losses, p.name)
			}
		}
		slices.Sort(d.Gains)
		slices.Sort(d.Losses)
		out = append(out, d)
	}
	return out, nil
}

// pair is a coordinate of two schemas.
type pair struct {
	name          string
	before, after gql.ID
}

// shared returns the coordinates that two schemas have.
func shared(before, after *gql.Schema) []pair {
	out := make([]pair, 0, after.Len())
	for i, name := range after.Names() {
		if id, ok := before.Lookup(name); ok && !BuiltIn(name) {
			out = append(out, pair{name, id, gql.ID(i)})
		}
	}
	return out
}
