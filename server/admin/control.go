package admin

import (
	"context"
	"iter"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

// Control is what the admin API asks of the control plane; *control.Control is one. Data layers are named, other rows have
// ids. Errors are *control.Error or failures. A version is the one of an ETag: 0 is not compared, and is never sent for a
// request that needs If-Match.
type Control interface {
	Team(ctx context.Context) (store.Team, error)
	Members(ctx context.Context) ([]store.Member, error)
	AddMember(ctx context.Context, by store.Origin, name string, role store.Role) (store.Member, error)
	UpdateMember(ctx context.Context, by store.Origin, id string, role store.Role, version uint64) (store.Member, error)
	RemoveMember(ctx context.Context, by store.Origin, id string, version uint64) error // refuses the last owner
	Keys(ctx context.Context, memberID string) ([]store.Key, error)
	GenerateKey(ctx context.Context, by store.Origin, k store.Key) (store.Key, string, error) // and the secret
	RevokeKey(ctx context.Context, by store.Origin, memberID, id string) error

	Layers(ctx context.Context) ([]store.DataLayer, error)
	Layer(ctx context.Context, layer string) (store.DataLayer, error)
	CreateLayer(ctx context.Context, by store.Origin, definition, schema string) (store.DataLayer, error)
	UpdateLayer(ctx context.Context, by store.Origin, layer, definition, schema string, version uint64) (store.DataLayer, error) // "" keeps
	DeleteLayer(ctx context.Context, by store.Origin, layer string, version uint64) error
	Schema(ctx context.Context, layer string) (string, error)

	Scopes(ctx context.Context, layer string) ([]store.Scope, error)
	Scope(ctx context.Context, layer, id string) (store.Scope, error)
	CreateScope(ctx context.Context, by store.Origin, layer string, r control.ScopeRequest) (store.Scope, store.Sync, error)
	UpdateScope(ctx context.Context, by store.Origin, layer, id string, r control.ScopeRequest, version uint64) (store.Scope, store.Sync, error)
	DeleteScope(ctx context.Context, by store.Origin, layer, id string, version uint64) (store.Sync, error)
	PreviewDelete(ctx context.Context, layer, id string) (control.Deletion, error)

	// PreviewScope says what an edit would do. It may wait for other previews.
	PreviewScope(ctx context.Context, layer string, e control.ScopeEdit) (*control.Preview, error)

	Tokens(ctx context.Context, layer string, p store.Page) ([]store.Token, error)
	Token(ctx context.Context, layer, id string) (store.Token, error)
	// GenerateToken returns the token and its secret, or the token of an earlier call with the same once.Key and request
	// and no secret.
	GenerateToken(ctx context.Context, by store.Origin, layer string, r control.TokenRequest, once store.Once) (store.Token, string, error)
	RevokeToken(ctx context.Context, by store.Origin, layer, id string) error
	SubjectByID(layer, id string) (engine.Subject, error) // whom a token that opens something stands for

	StartSync(ctx context.Context, by store.Origin, layer string) (store.Sync, error) // returns once it has begun
	Syncs(ctx context.Context, layer string, p store.Page) ([]store.Sync, error)
	Sync(ctx context.Context, layer, id string) (store.Sync, error)
	Revisions(ctx context.Context, layer string, p store.Page) ([]store.Revision, error)
	Active(layer string) (store.Revision, bool)
	Bundle(ctx context.Context, layer string, number uint64) ([]byte, error) // signed
	Pin(ctx context.Context, by store.Origin, layer string, number uint64) (store.Sync, error)
	Unpin(ctx context.Context, by store.Origin, layer string) (store.Sync, error)

	// Apply writes what the files of an access directory say (R22). dryRun changes nothing.
	Apply(ctx context.Context, by store.Origin, files map[string][]byte, dryRun bool) ([]control.Applied, error)

	Audit(ctx context.Context, f store.AuditFilter) iter.Seq2[store.Entry, error]
	Head(ctx context.Context) (store.Head, error)
	Verify(ctx context.Context) (store.Head, error) // the head, when every entry of the chain is as it was written, else a *store.BrokenError
}
