package control

import (
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/directory"
)

// ErrToken is every token that opens nothing: one that is malformed, unknown, revoked, expired, or another data layer's (R6).
// It says no more.
var ErrToken = refused(NotFound, CodeUnknownToken, "", "the token does not open this data layer")

// Subject returns who a token stands for, by its secret, or ErrToken. It asks the directory only.
func (c *Control) Subject(layer, secret string) (engine.Subject, error) {
	return subject(c.o.Directory.Authenticate(layer, secret, c.o.Clock()))
}

// SubjectByID is Subject for who names a token without having it.
func (c *Control) SubjectByID(layer, id string) (engine.Subject, error) {
	return subject(c.o.Directory.AuthenticateID(layer, id, c.o.Clock()))
}

// subject holds scopes by id: a new scope of an old name is another (R5).
func subject(t directory.Token, ok bool) (engine.Subject, error) {
	if !ok {
		return engine.Subject{}, ErrToken
	}
	return engine.Subject{ScopeIDs: t.ScopeIDs, Unrestricted: t.Unrestricted}, nil
}
