package gateway

import (
	"time"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/directory"
)

// Holders are the tokens of a directory, as of now.
type Holders struct {
	Directory *directory.Directory
	Now       func() time.Time
}

// Authenticate is part of Tokens.
func (h Holders) Authenticate(layer, secret string) (Caller, bool) {
	token, ok := h.Directory.Authenticate(layer, secret, h.Now())
	return callerOf(token), ok
}

// Token is part of Tokens. It is no use of the token.
func (h Holders) Token(layer, id string) (Caller, bool) {
	token, ok := h.Directory.AuthenticateID(layer, id, h.Now())
	return callerOf(token), ok
}

// callerOf never makes an unrestricted caller of a token that holds no scope (R4).
func callerOf(t directory.Token) Caller {
	return Caller{TokenID: t.ID, Subject: engine.Subject{ScopeIDs: t.ScopeIDs, Unrestricted: t.Unrestricted}}
}
