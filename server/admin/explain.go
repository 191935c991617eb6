package admin

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/explain"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/admin/api"
)

// Snapshots returns the active snapshot of a data layer, by name, or an error when there is none.
type Snapshots func(layer string) (*engine.Snapshot, error)

// snapshot returns the active snapshot of the layer in the path.
func (c *call) snapshot() (*engine.Snapshot, error) {
	_, s, err := c.layerNow()
	return s, err
}

// explainer explains the active snapshot, with the scopes and files as they are stored.
func (c *call) explainer() (*explain.Explainer, error) {
	snapshot, err := c.snapshot()
	if err != nil {
		return nil, err
	}
	rows, err := c.api.Control.Scopes(c.ctx(), c.Param("layer"))
	if err != nil {
		return nil, err
	}
	var scopes []scope.Scope
	for _, row := range rows {
		s := scope.Scope{Name: row.Name}
		for _, text := range row.Entries {
			if p, err := coord.ParsePattern(text); err == nil {
				s.Entries = append(s.Entries, scope.Entry{Pattern: p, Text: text, Position: scope.Position{File: row.File}})
			}
		}
		scopes = append(scopes, s)
	}
	return explain.New(snapshot, scopes), nil
}

// coordinate reads the coordinate that is asked about.
func (c *call) coordinate() (coord.Coordinate, error) {
	at, err := coord.Parse(c.Query("coordinate"))
	if err != nil {
		return at, badRequest("", "the query parameter \"coordinate\" is Type, Type.field, Type.field(argument:), Input.field or Enum.VALUE")
	}
	return at, nil
}

// subject reads who is asked about: exactly one of scopes (names, separated by commas; empty holds none) and unrestricted.
func (c *call) subject() (engine.Subject, error) {
	unrestricted, err := c.flag("unrestricted")
	names, said := c.GetQuery("scopes")
	switch {
	case err != nil:
		return engine.Subject{}, err
	case said == unrestricted:
		return engine.Subject{}, badRequest("", "say who asks: either `scopes` (names, separated by commas; empty holds none) or `unrestricted=true`")
	case names == "":
		return engine.Subject{Unrestricted: unrestricted}, nil
	}
	return engine.Subject{Scopes: strings.Split(names, ",")}, nil
}

func (c *call) explain() error {
	at, err := c.coordinate()
	if err != nil {
		return err
	}
	subject, err := c.subject()
	if err != nil {
		return err
	}
	x, err := c.explainer()
	if err != nil {
		return err
	}
	e, err := x.Coordinate(c.ctx(), subject, at)
	if err != nil {
		return explainError(err)
	}
	return c.answer(http.StatusOK, api.Explanation{
		Coordinate: e.Coordinate, Readable: e.Readable, Query: e.Query, Needs: needsOut(e.Needs), Denied: needsOut(e.Denied), Add: e.Add, Hopeless: e.Hopeless,
	})
}

func (c *call) whoCan() error {
	at, err := c.coordinate()
	if err != nil {
		return err
	}
	x, err := c.explainer()
	if err != nil {
		return err
	}
	r, err := x.WhoCan(c.ctx(), at)
	if err != nil {
		return explainError(err)
	}
	return c.answer(http.StatusOK, api.Readers(*r))
}

// explainError says what of the request is not there.
func explainError(err error) error {
	var coordinate *explain.UnknownCoordinateError
	var names *engine.UnknownScopeError
	switch {
	case errors.As(err, &coordinate):
		p := badRequest("", "the schema has no "+clip(coordinate.Coordinate))
		p.Suggestion = coordinate.Suggestion
		return p
	case errors.As(err, &names):
		p := badRequest("", "the data layer has no scope "+clip(names.Names[0]))
		p.Suggestion = coord.Nearest(names.Names[0], names.Known)
		return p
	}
	return err
}

func needsOut(list []explain.Need) []api.Need {
	out := []api.Need{}
	for _, n := range list {
		need := api.Need{Coordinate: n.Coordinate, Why: n.Why, Readable: n.Readable, At: n.At, Covers: []api.Cover{}}
		for _, cover := range n.Covers {
			need.Covers = append(need.Covers, api.Cover{Scope: cover.Scope, Held: cover.Held, Entry: cover.Entry, File: cover.File})
		}
		out = append(out, need)
	}
	return out
}

// listGuards shows what inputs stand for; with a scope only those that stand for something that it covers.
func (c *call) listGuards() error {
	snapshot, err := c.snapshot()
	if err != nil {
		return err
	}
	guards := snapshot.Guards()
	if name := c.Query("scope"); name != "" {
		if guards, err = guardsOf(snapshot.Content(), name); err != nil {
			return err
		}
	}
	return answerSorted(c, guards, func(g bundles.Guard) string { return g.At + " " + g.Rule }, func(g bundles.Guard) api.Guard {
		return api.Guard{Coordinate: g.At, Rule: g.Rule, StandsFor: g.StandsFor}
	})
}

// guardsOf returns the guards that stand for something that a scope covers.
func guardsOf(content *bundles.Content, name string) ([]bundles.Guard, error) {
	i := slices.IndexFunc(content.Scopes, func(s bundles.Scope) bool { return s.Name == name })
	if i < 0 {
		return nil, badRequest("", "the data layer has no scope "+clip(name))
	}
	id := content.Scopes[i].ID
	var out []bundles.Guard
	for _, g := range content.Guards {
		if slices.ContainsFunc(g.StandsFor, func(at string) bool { return slices.Contains(content.Coordinates[at], id) }) {
			out = append(out, g)
		}
	}
	return out, nil
}
