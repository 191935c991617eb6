package explain

import (
	"context"
	"slices"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
)

// maxTries is how many sets of scopes are tried for a smallest one, before one from which nothing can be left out has to do.
const maxTries = 2000

// fewest returns a smallest set of scopes that, with those held, is enough; all of them are known to be. enough must hold for
// whatever holds more.
func (e *Explainer) fewest(held []string, enough func(held []string) (bool, error)) ([]string, error) {
	others := slices.DeleteFunc(e.snapshot.Scopes(), func(s string) bool { return slices.Contains(held, s) })
	minimal, err := reduce(held, others, enough)
	if err != nil {
		return nil, err
	}
	tries := 0
	for size := 0; size < len(minimal); size++ {
		found, err := choose(others, size, func(set []string) (bool, error) {
			tries++
			if tries > maxTries {
				return false, nil
			}
			return enough(append(slices.Clone(held), set...))
		})
		if err != nil || found != nil {
			return found, err
		}
	}
	return minimal, nil
}

// reduce leaves out of others what can be left out.
func reduce(held, others []string, enough func([]string) (bool, error)) ([]string, error) {
	set := slices.Clone(others)
	for _, name := range others {
		fewer := slices.DeleteFunc(slices.Clone(set), func(s string) bool { return s == name })
		ok, err := enough(append(slices.Clone(held), fewer...))
		if err != nil {
			return nil, err
		}
		if ok {
			set = fewer
		}
	}
	return set, nil
}

// choose tries the subsets of a size in order, and returns the first that is good, or nil.
func choose(from []string, size int, good func([]string) (bool, error)) ([]string, error) {
	var try func(set []string, rest []string) ([]string, error)
	try = func(set []string, rest []string) ([]string, error) {
		if len(set) == size {
			ok, err := good(set)
			if !ok {
				return nil, err
			}
			return append([]string{}, set...), err
		}
		for i, name := range rest {
			if found, err := try(append(slices.Clip(set), name), rest[i+1:]); found != nil || err != nil {
				return found, err
			}
		}
		return nil, nil
	}
	return try(nil, from)
}

// Readers is who can read a coordinate.
type Readers struct {
	Coordinate string   `json:"coordinate"`
	Everyone   bool     `json:"everyone"` // every token
	Scopes     []string `json:"scopes"`   // each by itself is enough, sorted; empty when everyone can
	Together   []string `json:"together"` // a smallest set that is enough when no scope is by itself
	Query      string   `json:"query"`    // the shortest operation, with all scopes
}

// WhoCan returns who can read a coordinate. Unrestricted tokens always can. Its errors are those of Coordinate.
func (e *Explainer) WhoCan(ctx context.Context, c coord.Coordinate) (*Readers, error) {
	id, err := e.lookup(c)
	if err != nil {
		return nil, err
	}
	reads := func(held []string) (bool, error) {
		r, err := e.reach(ctx, engine.Subject{Scopes: held})
		return err == nil && r.Reads(id), err
	}
	out := &Readers{Coordinate: c.String(), Scopes: []string{}, Together: []string{}}
	if out.Everyone, err = reads(nil); err != nil {
		return nil, err
	}
	all, err := e.reach(ctx, engine.Subject{Scopes: e.snapshot.Scopes()})
	if err != nil {
		return nil, err
	}
	out.Query = all.Query(id)
	if out.Everyone || out.Query == "" {
		return out, nil
	}
	for _, s := range e.snapshot.Scopes() {
		ok, err := reads([]string{s})
		if err != nil {
			return nil, err
		}
		if ok {
			out.Scopes = append(out.Scopes, s)
		}
	}
	if len(out.Scopes) == 0 {
		out.Together, err = e.fewest(nil, reads)
	}
	return out, err
}
