package accesstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// never asks for what the holder of exactly these scopes reaches.
func (r *runner) never(ctx context.Context, n scope.Never) ([]Failure, error) {
	matched, failures := r.match(n.Read, n.Position)
	if failures != nil {
		return failures, nil
	}
	reach, err := r.reach(ctx, n.Scopes)
	if failures := unknownScope(err, n.Position); failures != nil {
		return failures, nil
	}
	if err != nil {
		return nil, err
	}
	return r.broken(reach, matched, n.Scopes, n.Position), nil
}

// only asks for what the holder of every other scope reaches. Holding more scopes never reads less, so that this is every
// token that holds none of those listed.
func (r *runner) only(ctx context.Context, o scope.Only) ([]Failure, error) {
	matched, failures := r.match(o.Read, o.Position)
	if failures != nil {
		return failures, nil
	}
	known := r.Snapshot.Scopes()
	for _, name := range o.Scopes {
		if !slices.Contains(known, name) {
			return fail(o.Position, "there is no scope %q%s", name, didYouMean(coord.Nearest(name, known))), nil
		}
	}
	others := slices.DeleteFunc(slices.Clone(known), func(name string) bool { return slices.Contains(o.Scopes, name) })
	reach, err := r.reach(ctx, others)
	if err != nil {
		return nil, err
	}
	failures = r.broken(reach, matched, others, o.Position)
	for i := range failures {
		if err := r.fewest(ctx, &failures[i]); err != nil {
			return nil, err
		}
	}
	return failures, nil
}

// match returns the coordinates that an assertion is about.
func (r *runner) match(p coord.Pattern, at scope.Position) ([]gql.ID, []Failure) {
	ids := r.Snapshot.Schema().Match(p)
	if len(ids) == 0 {
		return nil, fail(at, "%q matches nothing in the schema", p.String())
	}
	for _, id := range ids {
		r.exercised.Add(id)
	}
	return ids, nil
}

// broken returns a failure for each coordinate that is reached, those of the shortest operations first, and at most ten.
func (r *runner) broken(reach *gql.Reach, matched []gql.ID, scopes []string, at scope.Position) []Failure {
	var out []Failure
	for _, id := range matched {
		if reach.Reads(id) {
			out = append(out, Failure{
				Position: at, Message: r.Snapshot.Schema().Name(id) + " can be read", Query: reach.Query(id), Scopes: scopes,
			})
		}
	}
	slices.SortStableFunc(out, func(a, b Failure) int { return len(a.Query) - len(b.Query) })
	const most = 10
	if len(out) > most {
		out[most-1].Message += fmt.Sprintf(" (and %d coordinates more)", len(out)-most)
		out = out[:most]
	}
	return out
}

// fewest takes scopes out of a failure as long as the token still reads what it must not.
func (r *runner) fewest(ctx context.Context, f *Failure) error {
	id, _ := r.Snapshot.Schema().Lookup(strings.Fields(f.Message)[0])
	held := f.Scopes
	for _, name := range f.Scopes {
		fewer := slices.DeleteFunc(slices.Clone(held), func(s string) bool { return s == name })
		reach, err := r.reach(ctx, fewer)
		if err != nil {
			return err
		}
		if reach.Reads(id) {
			held, f.Query = fewer, reach.Query(id)
		}
	}
	f.Scopes = held
	return nil
}

// reach remembers what holders of scopes reach.
func (r *runner) reach(ctx context.Context, scopes []string) (*gql.Reach, error) {
	key := strings.Join(sorted(scopes), ",")
	if reach, ok := r.reaches[key]; ok {
		return reach, nil
	}
	reach, err := r.Snapshot.Reach(ctx, engine.Subject{Scopes: scopes})
	if err == nil {
		r.reaches[key] = reach
	}
	return reach, err
}

func unknownScope(err error, at scope.Position) []Failure {
	var unknown *engine.UnknownScopeError
	if !errors.As(err, &unknown) {
		return nil
	}
	return fail(at, "there is no scope %q%s", unknown.Names[0], didYouMean(coord.Nearest(unknown.Names[0], unknown.Known)))
}

func didYouMean(word string) string {
	if word == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", word)
}
