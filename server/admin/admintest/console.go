package admintest

import (
	"context"
	"slices"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/control"
)

// PreviewScope says that a scope covers its entries.
func (c *Control) PreviewScope(_ context.Context, layer string, e control.ScopeEdit) (*control.Preview, error) {
	defer c.mu.Unlock()
	l, err := c.in("PreviewScope", layer)
	if err != nil {
		return nil, err
	}
	if e.ID != "" {
		if _, err := c.scope(l.ID, e.ID, 0); err != nil {
			return nil, err
		}
	}
	out := &control.Preview{Covered: slices.Sorted(slices.Values(e.Scope.Fields)), Compared: true}
	if !e.Delete {
		out.YAML = scope.Print(e.Scope.Name, e.Scope.Description, e.Scope.Fields)
	}
	return out, nil
}

// SubjectByID returns what a token holds.
func (c *Control) SubjectByID(layer, id string) (engine.Subject, error) {
	defer c.mu.Unlock()
	l, err := c.in("SubjectByID", layer)
	if err != nil {
		return engine.Subject{}, err
	}
	i, err := c.token(l.ID, id)
	if err != nil || c.tokens[i].Revoked != nil {
		return engine.Subject{}, control.ErrToken
	}
	return engine.Subject{ScopeIDs: c.tokens[i].ScopeIDs, Unrestricted: c.tokens[i].Unrestricted}, nil
}
