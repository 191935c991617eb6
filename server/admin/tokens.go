package admin

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

// scopeNames returns the names of the layer's scopes by id.
func (c *call) scopeNames() (map[string]string, error) {
	scopes, err := c.api.Control.Scopes(c.ctx(), c.Param("layer"))
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(scopes))
	for _, s := range scopes {
		out[s.ID] = s.Name
	}
	return out, nil
}

func sortScopes(s []api.ScopeRef) {
	slices.SortFunc(s, func(a, b api.ScopeRef) int { return cmp.Compare(a.Name, b.Name) })
}

func (c *call) listTokens() error {
	p, err := c.page()
	if err != nil {
		return err
	}
	tokens, err := c.api.Control.Tokens(c.ctx(), c.Param("layer"), p)
	if err != nil {
		return err
	}
	names, err := c.scopeNames()
	if err != nil {
		return err
	}
	now := c.api.Now()
	return answerPage(c, p, tokens, func(t store.Token) string { return t.ID }, func(t store.Token) api.Token { return tokenOut(t, names, now) })
}

func (c *call) getToken() error {
	t, err := c.api.Control.Token(c.ctx(), c.Param("layer"), c.Param("token"))
	if err != nil {
		return err
	}
	names, err := c.scopeNames()
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, tokenOut(t, names, c.api.Now()))
}

func (c *call) revokeToken() error {
	return c.done(c.api.Control.RevokeToken(c.ctx(), c.origin(), c.Param("layer"), c.Param("token")))
}

// generateToken answers 201 with the secret, or 200 without it when the idempotency key was used before.
func (c *call) generateToken() error {
	var body api.NewToken
	if err := c.body(&body); err != nil {
		return err
	}
	if err := c.checkToken(body); err != nil {
		return err
	}
	once, err := c.once(body)
	if err != nil {
		return err
	}
	t, secret, err := c.api.Control.GenerateToken(c.ctx(), c.origin(), c.Param("layer"), control.TokenRequest{
		Name: body.Name, Scopes: body.Scopes, Unrestricted: body.Unrestricted, Expires: body.Expires,
	}, once)
	if err != nil {
		return err
	}
	names, err := c.scopeNames()
	if err != nil && secret == "" {
		return err
	} // else the token is made and its secret is shown now or never: its scopes lack their names
	c.Header("Location", c.Request.URL.EscapedPath()+"/"+t.ID)
	status := http.StatusCreated
	if secret == "" {
		status = http.StatusOK
	}
	return c.answer(status, api.GeneratedToken{Token: tokenOut(t, names, c.api.Now()), Secret: secret})
}

// checkToken holds R4: what a token may read is said, one way or the other.
func (c *call) checkToken(body api.NewToken) error {
	if err := checkName(body.Name); err != nil {
		return err
	}
	switch {
	case body.Scopes == nil:
		return invalid(control.CodeScopesUnsaid, "/scopes", "`scopes` is missing: name scopes, or send [] with `unrestricted`: true")
	case len(body.Scopes) == 0 && !body.Unrestricted:
		return invalid(control.CodeUnrestricted, "/scopes", "a token without scopes is unrestricted, and must say so: `unrestricted`: true")
	case len(body.Scopes) > 0 && body.Unrestricted:
		return invalid(control.CodeUnrestricted, "/unrestricted", "a token has scopes or is unrestricted, not both")
	case len(body.Scopes) > api.MaxScopes:
		return badRequest("/scopes", fmt.Sprintf("more than %d scopes", api.MaxScopes))
	}
	seen := map[string]bool{}
	for i, name := range body.Scopes {
		if strings.TrimSpace(name) == "" || seen[name] {
			return badRequest(fmt.Sprintf("/scopes/%d", i), "the name of a scope is empty or there twice")
		}
		seen[name] = true
	}
	return c.checkExpiry(body.Expires)
}

func (c *call) checkExpiry(at *time.Time) error {
	if expired(at, c.api.Now()) {
		return invalid(control.CodeExpiry, "/expires", "the expiry is in the past")
	}
	return nil
}

// once is what makes a repeated request generate one token: the caller's key, and the hash of what was asked for.
func (c *call) once(body api.NewToken) (store.Once, error) {
	values := c.Request.Header.Values(api.IdempotencyKey)
	if len(values) == 0 {
		return store.Once{}, nil
	}
	key := values[0]
	visible := strings.IndexFunc(key, func(r rune) bool { return r < '!' || r > '~' }) < 0
	if len(values) > 1 || key == "" || len(key) > 128 || !visible {
		return store.Once{}, badRequest("", api.IdempotencyKey+" is 1 to 128 visible ASCII characters, once")
	}
	request, err := json.Marshal([]any{c.Param("layer"), body})
	if err != nil {
		return store.Once{}, err
	}
	return store.Once{Key: key, Request: sha256.Sum256(request)}, nil
}
