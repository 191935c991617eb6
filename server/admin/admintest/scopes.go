package admintest

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

// Scopes returns a layer's scopes by name.
func (c *Control) Scopes(_ context.Context, layer string) ([]store.Scope, error) {
	defer c.mu.Unlock()
	l, err := c.in("Scopes", layer)
	if err != nil {
		return nil, err
	}
	return c.scopesOf(l.ID), nil
}

func (c *Control) scope(layerID, id string, version uint64) (*store.Scope, error) {
	i := slices.IndexFunc(c.scopes, func(s store.Scope) bool { return s.ID == id && s.LayerID == layerID })
	if i < 0 {
		return nil, missing("scope")
	}
	return &c.scopes[i], current(version, c.scopes[i].Version)
}

// Scope returns one scope.
func (c *Control) Scope(_ context.Context, layer, id string) (store.Scope, error) {
	defer c.mu.Unlock()
	l, err := c.in("Scope", layer)
	if err != nil {
		return store.Scope{}, err
	}
	s, err := c.scope(l.ID, id, 0)
	if err != nil {
		return store.Scope{}, err
	}
	return *s, nil
}

// CreateScope creates a scope.
func (c *Control) CreateScope(_ context.Context, by store.Origin, layer string, r control.ScopeRequest) (store.Scope, store.Sync, error) {
	defer c.mu.Unlock()
	l, err := c.in("CreateScope", layer)
	if err == nil {
		err = c.fits(l.ID, "", r)
	}
	if err != nil {
		return store.Scope{}, store.Sync{}, err
	}
	s := store.Scope{ID: c.id("scope"), LayerID: l.ID, Name: r.Name, Description: r.Description, Entries: r.Fields, Created: c.Now(), Updated: c.Now()}
	s.Version = c.record(by, store.ScopeCreated, store.Target{Kind: "scope", ID: s.ID, Name: s.Name, DataLayer: layer})
	c.scopes = append(c.scopes, s)
	return s, c.sync(by, *l, "scope.created"), nil
}

// UpdateScope edits a scope.
func (c *Control) UpdateScope(_ context.Context, by store.Origin, layer, id string, r control.ScopeRequest, version uint64) (store.Scope, store.Sync, error) {
	defer c.mu.Unlock()
	l, err := c.in("UpdateScope", layer)
	if err != nil {
		return store.Scope{}, store.Sync{}, err
	}
	s, err := c.changeable(l.ID, id, version)
	if err == nil {
		err = c.fits(l.ID, id, r)
	}
	if err != nil {
		return store.Scope{}, store.Sync{}, err
	}
	s.Name, s.Description, s.Entries, s.Updated = r.Name, r.Description, r.Fields, c.Now()
	s.Version = c.record(by, store.ScopeUpdated, store.Target{Kind: "scope", ID: id, Name: s.Name, DataLayer: layer})
	return *s, c.sync(by, *l, "scope.updated"), nil
}

func (c *Control) changeable(layerID, id string, version uint64) (*store.Scope, error) {
	s, err := c.scope(layerID, id, version)
	if err == nil && s.File != "" {
		err = refused(control.FileOwned, "FILE_OWNED", "the scope belongs to %s: change it there", s.File)
	}
	return s, err
}

// OwnByFile makes a scope the property of a file.
func (c *Control) OwnByFile(id, file string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.scopes {
		if c.scopes[i].ID == id {
			c.scopes[i].File = file
		}
	}
}

// DeleteScope takes a scope off every token.
func (c *Control) DeleteScope(_ context.Context, by store.Origin, layer, id string, version uint64) (store.Sync, error) {
	defer c.mu.Unlock()
	l, err := c.in("DeleteScope", layer)
	if err != nil {
		return store.Sync{}, err
	}
	s, err := c.changeable(l.ID, id, version)
	if err != nil {
		return store.Sync{}, err
	}
	c.record(by, store.ScopeDeleted, store.Target{Kind: "scope", ID: id, Name: s.Name, DataLayer: layer})
	c.scopes = slices.DeleteFunc(c.scopes, func(s store.Scope) bool { return s.ID == id })
	for i := range c.tokens {
		c.tokens[i].ScopeIDs = slices.DeleteFunc(slices.Clone(c.tokens[i].ScopeIDs), func(s string) bool { return s == id })
	}
	return c.sync(by, *l, "scope.deleted"), nil
}

// PreviewDelete says that a scope's entries open.
func (c *Control) PreviewDelete(_ context.Context, layer, id string) (control.Deletion, error) {
	defer c.mu.Unlock()
	l, err := c.in("PreviewDelete", layer)
	if err != nil {
		return control.Deletion{}, err
	}
	s, err := c.scope(l.ID, id, 0)
	if err != nil {
		return control.Deletion{}, err
	}
	out := control.Deletion{Opens: slices.Sorted(slices.Values(s.Entries))}
	for _, t := range c.tokens {
		if slices.Contains(t.ScopeIDs, id) {
			out.Tokens = append(out.Tokens, t)
		}
	}
	return out, nil
}

// Tokens returns tokens by id.
func (c *Control) Tokens(_ context.Context, layer string, p store.Page) ([]store.Token, error) {
	defer c.mu.Unlock()
	l, err := c.in("Tokens", layer)
	if err != nil {
		return nil, err
	}
	var out []store.Token
	for _, t := range c.tokens {
		if t.LayerID == l.ID && t.ID > p.After && (p.Limit == 0 || len(out) < p.Limit) {
			out = append(out, t)
		}
	}
	return out, nil
}

// token returns the index of a token.
func (c *Control) token(layerID, id string) (int, error) {
	i := slices.IndexFunc(c.tokens, func(t store.Token) bool { return t.ID == id && t.LayerID == layerID })
	if i < 0 {
		return 0, missing("token")
	}
	return i, nil
}

// Token returns one token.
func (c *Control) Token(_ context.Context, layer, id string) (store.Token, error) {
	defer c.mu.Unlock()
	l, err := c.in("Token", layer)
	if err != nil {
		return store.Token{}, err
	}
	i, err := c.token(l.ID, id)
	if err != nil {
		return store.Token{}, err
	}
	return c.tokens[i], nil
}

// GenerateToken makes a token of the right form, once for an idempotency key.
func (c *Control) GenerateToken(_ context.Context, by store.Origin, layer string, r control.TokenRequest, once store.Once) (store.Token, string, error) {
	defer c.mu.Unlock()
	l, err := c.in("GenerateToken", layer)
	if err != nil {
		return store.Token{}, "", err
	}
	if was, ok := c.once[by.Actor.ID+" "+once.Key]; ok && once.Key != "" {
		if was.request != once.Request {
			return store.Token{}, "", refused(control.Conflict, "IDEMPOTENCY_KEY_REUSED", "the Idempotency-Key was used for another request")
		}
		i, err := c.token(l.ID, was.token)
		return c.tokens[i], "", err
	}
	t := store.Token{ID: c.id("token"), LayerID: l.ID, Name: r.Name, Unrestricted: r.Unrestricted, CreatedBy: by.Actor.ID, Created: c.Now(), Expires: r.Expires}
	if t.ScopeIDs, err = c.chosenScopes(l.ID, r.Scopes); err != nil {
		return store.Token{}, "", err
	}
	s, err := secret.New(secret.Token, rand.Reader)
	if err != nil {
		return store.Token{}, "", err
	}
	t.Hash = s.Hash()
	c.record(by, store.TokenGenerated, store.Target{Kind: "token", ID: t.ID, Name: t.Name, DataLayer: layer})
	c.tokens = append(c.tokens, t)
	c.once[by.Actor.ID+" "+once.Key] = generated{once.Request, t.ID}
	return t, s.Reveal(), nil
}

// chosenScopes returns the ids of scopes, sorted.
func (c *Control) chosenScopes(layerID string, names []string) ([]string, error) {
	var out []string
	for i, name := range names {
		s := slices.IndexFunc(c.scopes, func(s store.Scope) bool { return s.Name == name && s.LayerID == layerID })
		if s < 0 {
			return nil, &control.Error{
				Kind: control.Invalid, Code: "UNKNOWN_SCOPE", Message: "there is no scope " + name,
				Details: []control.Detail{{Pointer: fmt.Sprintf("/scopes/%d", i), Message: "there is no such scope"}},
			}
		}
		out = append(out, c.scopes[s].ID)
	}
	slices.Sort(out)
	return out, nil
}

// RevokeToken revokes a token.
func (c *Control) RevokeToken(_ context.Context, by store.Origin, layer, id string) error {
	defer c.mu.Unlock()
	l, err := c.in("RevokeToken", layer)
	if err != nil {
		return err
	}
	i, err := c.token(l.ID, id)
	if err != nil {
		return err
	}
	if c.tokens[i].Revoked == nil {
		now := c.Now()
		c.tokens[i].Revoked = &now
		c.record(by, store.TokenRevoked, store.Target{Kind: "token", ID: id, Name: c.tokens[i].Name, DataLayer: layer})
	}
	return nil
}
