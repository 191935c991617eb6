package accesstest

import (
	"slices"

	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Coverage says which restrictions of a data layer no test exercises: no tested operation needs the coordinate and no
// assertion is about it.
type Coverage struct {
	DataLayer     string   `json:"data_layer"`
	Restricted    int      `json:"restricted"` // coordinates that a scope covers
	Exercised     int      `json:"exercised"`  // of these
	Untested      []string `json:"untested"`   // the others, sorted
	Lines         int      `json:"lines"`      // of scope files that match something
	UntestedLines []Line   `json:"untested_lines"`
}

// Line is a line of a scope none of whose coordinates is exercised.
type Line struct {
	scope.Position
	Scope string `json:"scope"`
	Entry string `json:"entry"`
}

func (r *runner) coverage() Coverage {
	c := Coverage{DataLayer: r.Snapshot.Layer(), Untested: []string{}, UntestedLines: []Line{}}
	schema := r.Snapshot.Schema()
	restricted := gql.NewSet(schema.Len())
	for _, s := range r.Scopes {
		for _, e := range s.Entries {
			ids := schema.Match(e.Pattern)
			if len(ids) == 0 {
				continue
			}
			c.Lines++
			if !slices.ContainsFunc(ids, r.exercised.Has) {
				c.UntestedLines = append(c.UntestedLines, Line{Position: e.Position, Scope: s.Name, Entry: e.Text})
			}
			for _, id := range ids {
				restricted.Add(id)
			}
		}
	}
	for id, name := range schema.Names() {
		id := gql.ID(id)
		switch {
		case !restricted.Has(id):
		case r.exercised.Has(id):
			c.Restricted++
			c.Exercised++
		default:
			c.Restricted++
			c.Untested = append(c.Untested, name)
		}
	}
	slices.Sort(c.Untested)
	return c
}
