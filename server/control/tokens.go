package control

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

// Tokens returns tokens of a data layer by id, revoked and expired ones too.
func (c *Control) Tokens(ctx context.Context, layer string, p store.Page) (list []store.Token, err error) {
	err = c.view(ctx, func(r store.Reader) error {
		l, err := layerNamed(r, layer)
		if err != nil {
			return err
		}
		list, err = r.Tokens(l.ID, p)
		return err
	})
	return list, err
}

// Token returns a token of a data layer.
func (c *Control) Token(ctx context.Context, layer, id string) (t store.Token, err error) {
	err = c.view(ctx, func(r store.Reader) error {
		l, err := layerNamed(r, layer)
		if err != nil {
			return err
		}
		t, err = tokenOf(r, l, id)
		return err
	})
	return t, err
}

// tokenOf finds a token of this data layer: another's is not there (R6).
func tokenOf(r store.Reader, l store.DataLayer, id string) (store.Token, error) {
	t, err := r.Token(id)
	if err == nil && t.LayerID != l.ID {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Token{}, found("token", err)
	}
	return t, nil
}

// GenerateToken makes a token and returns it with its secret, which is nowhere else (R21). A second call with the same
// once.Key and the same request returns the token of the first and no secret; with another request it is a Conflict. A zero
// once.Request is computed from r.
func (c *Control) GenerateToken(ctx context.Context, by store.Origin, layer string, r TokenRequest, once store.Once) (store.Token, string, error) {
	if err := c.checkToken(r); err != nil {
		return store.Token{}, "", err
	}
	if once.Key != "" && once.Request == (store.Hash{}) {
		once.Request = r.hash(layer)
	}
	s, err := secret.New(secret.Token, c.o.Random)
	if err != nil {
		return store.Token{}, "", err
	}
	var made, earlier store.Token
	_, err = c.change(ctx, by, func(w store.Writer) error {
		l, err := layerNamed(w, layer)
		if err != nil {
			return err
		}
		if earlier, err = generatedBefore(w, by, l, once); err != nil || earlier.ID != "" {
			return err
		}
		made, err = c.newToken(w, by, l, r, s.Hash(), once)
		return err
	})
	switch {
	case err != nil:
		return store.Token{}, "", err
	case earlier.ID != "":
		return earlier, "", nil
	}
	return made, s.Reveal(), nil
}

// checkToken wants the choice between scopes and unrestricted to be said (R4).
func (c *Control) checkToken(r TokenRequest) error {
	if err := checkName("/name", r.Name); err != nil {
		return err
	}
	switch {
	case r.Scopes == nil && r.Unrestricted:
		return refused(Invalid, CodeScopesUnsaid, "/scopes", "an unrestricted token has `\"scopes\": []`, written out")
	case r.Scopes == nil:
		return refused(Invalid, CodeScopesUnsaid, "/scopes", "`scopes` is missing: name scopes, or ask for an unrestricted token")
	case len(r.Scopes) == 0 && !r.Unrestricted:
		return refused(Invalid, CodeUnrestricted, "/unrestricted", "`scopes` is empty: name scopes, or say `\"unrestricted\": true` if the token is to read everything")
	case len(r.Scopes) > 0 && r.Unrestricted:
		return refused(Invalid, CodeUnrestricted, "/unrestricted", "an unrestricted token has no scopes")
	}
	return c.checkExpiry(r.Expires)
}

// generatedBefore returns the token that was generated with the idempotency key, or none.
func generatedBefore(r store.Reader, by store.Origin, l store.DataLayer, once store.Once) (store.Token, error) {
	if once.Key == "" {
		return store.Token{}, nil
	}
	t, request, err := r.Generated(by.Actor.ID, once.Key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.Token{}, nil
	case err != nil:
		return store.Token{}, err
	case request != once.Request || t.LayerID != l.ID:
		return store.Token{}, refused(Conflict, CodeIdempotency, "", "this idempotency key was used for another request")
	}
	return t, nil
}

func (c *Control) newToken(w store.Writer, by store.Origin, l store.DataLayer, r TokenRequest, hash store.Hash, once store.Once) (store.Token, error) {
	ids, err := scopeIDs(w, l, r.Scopes)
	if err != nil {
		return store.Token{}, err
	}
	return w.GenerateToken(store.Token{
		ID: c.o.NewID(), LayerID: l.ID, Name: r.Name, Hash: hash, ScopeIDs: ids, Unrestricted: r.Unrestricted,
		CreatedBy: by.Actor.ID, Expires: r.Expires,
	}, once)
}

// scopeIDs returns the ids of scopes by name, sorted. Names are of this data layer, each once.
func scopeIDs(r store.Reader, l store.DataLayer, names []string) ([]string, error) {
	scopes, err := r.Scopes(l.ID)
	if err != nil {
		return nil, err
	}
	byName, known := map[string]string{}, make([]string, 0, len(scopes))
	for _, s := range scopes {
		byName[s.Name] = s.ID
		known = append(known, s.Name)
	}
	var ids []string
	e := &Error{Kind: Invalid, Code: CodeUnknownScope, Message: "the data layer has no such scope"}
	for i, name := range names {
		at := pointer("scopes", item(i))
		switch id, ok := byName[name]; {
		case !ok:
			e.Details = append(e.Details, Detail{Pointer: at, Message: "there is no scope of this name", Hint: didYouMean(coord.Nearest(name, known), known)})
		case slices.Contains(ids, id):
			e.Details = append(e.Details, Detail{Pointer: at, Message: "this scope is named twice"})
		default:
			ids = append(ids, id)
		}
	}
	if e.Details != nil {
		return nil, e
	}
	slices.Sort(ids)
	return ids, nil
}

// didYouMean is a hint at the nearest of some names, or at all when none is near.
func didYouMean(nearest string, known []string) string {
	switch {
	case nearest != "":
		return "did you mean `" + nearest + "`?"
	case len(known) == 0:
		return "the data layer has no scopes yet"
	case len(known) <= 20:
		return "there are: " + strings.Join(known, ", ")
	}
	return ""
}

// hash tells requests apart that are sent with the same idempotency key.
func (r TokenRequest) hash(layer string) store.Hash {
	text, err := json.Marshal(struct {
		Layer, Name  string
		Scopes       []string
		Unrestricted bool
		Expires      *time.Time
	}{layer, r.Name, r.Scopes, r.Unrestricted, r.Expires})
	if err != nil {
		panic(err) // a time with a year of five digits, which checkToken has not let through
	}
	return sha256.Sum256(text)
}

// RevokeToken revokes a token of a data layer, for good (R6). It is refused before RevokeToken returns. Revoking it again
// is no error.
func (c *Control) RevokeToken(ctx context.Context, by store.Origin, layer, id string) error {
	_, err := c.change(ctx, by, func(w store.Writer) error {
		l, err := layerNamed(w, layer)
		if err != nil {
			return err
		}
		if _, err := tokenOf(w, l, id); err != nil {
			return err
		}
		return w.RevokeToken(id)
	})
	return err
}
