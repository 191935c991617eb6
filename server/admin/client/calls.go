package client

import (
	"context"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

// Each method is one operation of the API; package api says what it does. Lists are read whole.

func in(layer string) Call { return Call{Path: map[string]string{"layer": layer}} }

func (c Call) at(name, value string) Call {
	c.Path[name] = value
	return c
}

func (c Call) asking(name, value string) Call {
	if c.Query == nil {
		c.Query = url.Values{}
	}
	c.Query.Set(name, value)
	return c
}

func (c Call) with(body any) Call {
	c.Body = body
	return c
}

func (c Call) version(v uint64) Call {
	c.Version = v
	return c
}

func do[T any](ctx context.Context, c *Client, id string, call Call) (T, error) {
	var out T
	err := c.Do(ctx, id, call, &out)
	return out, err
}

// Whoami returns who asks.
func (c *Client) Whoami(ctx context.Context) (api.Session, error) {
	return do[api.Session](ctx, c, "whoami", Call{})
}

// SessionLink makes a link that signs one browser in.
func (c *Client) SessionLink(ctx context.Context) (api.SessionLink, error) {
	return do[api.SessionLink](ctx, c, "createSessionLink", Call{})
}

// Team returns the team.
func (c *Client) Team(ctx context.Context) (api.Team, error) {
	return do[api.Team](ctx, c, "getTeam", Call{})
}

// OpenAPI returns the server's document.
func (c *Client) OpenAPI(ctx context.Context) (map[string]any, error) {
	return do[map[string]any](ctx, c, "getOpenAPI", Call{})
}

// Members returns members by name.
func (c *Client) Members(ctx context.Context) ([]api.Member, error) {
	return Rows[api.Member](ctx, c, "listMembers", Call{})
}

func ofMember(id string) Call { return Call{Path: map[string]string{"member": id}} }

// Member returns one member.
func (c *Client) Member(ctx context.Context, id string) (api.Member, error) {
	return do[api.Member](ctx, c, "getMember", ofMember(id))
}

// AddMember adds a member.
func (c *Client) AddMember(ctx context.Context, m api.NewMember) (api.Member, error) {
	return do[api.Member](ctx, c, "addMember", Call{Body: m})
}

// UpdateMember changes the role of a member as it was read.
func (c *Client) UpdateMember(ctx context.Context, m api.Member, role store.Role) (api.Member, error) {
	return do[api.Member](ctx, c, "updateMember", ofMember(m.ID).version(m.Version).with(api.MemberChange{Role: role}))
}

// RemoveMember removes a member as it was read.
func (c *Client) RemoveMember(ctx context.Context, m api.Member) error {
	return c.Do(ctx, "removeMember", ofMember(m.ID).version(m.Version), nil)
}

// Keys returns a member's keys by creation.
func (c *Client) Keys(ctx context.Context, member string) ([]api.Key, error) {
	return Rows[api.Key](ctx, c, "listKeys", ofMember(member))
}

// GenerateKey returns a new key with its secret.
func (c *Client) GenerateKey(ctx context.Context, member string, k api.NewKey) (api.GeneratedKey, error) {
	return do[api.GeneratedKey](ctx, c, "generateKey", ofMember(member).with(k))
}

// RevokeKey revokes a key.
func (c *Client) RevokeKey(ctx context.Context, member, id string) error {
	return c.Do(ctx, "revokeKey", ofMember(member).at("key", id), nil)
}

// Layers returns data layers by name.
func (c *Client) Layers(ctx context.Context) ([]api.Layer, error) {
	return Rows[api.Layer](ctx, c, "listLayers", Call{})
}

// Layer returns one data layer.
func (c *Client) Layer(ctx context.Context, name string) (api.Layer, error) {
	return do[api.Layer](ctx, c, "getLayer", in(name))
}

// CreateLayer creates a data layer.
func (c *Client) CreateLayer(ctx context.Context, l api.NewLayer) (api.Layer, error) {
	return do[api.Layer](ctx, c, "createLayer", Call{Body: l})
}

// UpdateLayer changes a data layer as it was read.
func (c *Client) UpdateLayer(ctx context.Context, l api.Layer, change api.LayerChange) (api.Layer, error) {
	return do[api.Layer](ctx, c, "updateLayer", in(l.Name).version(l.Version).with(change))
}

// DeleteLayer deletes a data layer as it was read.
func (c *Client) DeleteLayer(ctx context.Context, l api.Layer) error {
	return c.Do(ctx, "deleteLayer", in(l.Name).version(l.Version), nil)
}

// Schema writes a data layer's schema.
func (c *Client) Schema(ctx context.Context, layer string, w io.Writer) error {
	return c.Stream(ctx, "getSchema", in(layer), w)
}

// Scopes returns a layer's scopes by name.
func (c *Client) Scopes(ctx context.Context, layer string) ([]api.Scope, error) {
	return Rows[api.Scope](ctx, c, "listScopes", in(layer))
}

// Scope returns one scope.
func (c *Client) Scope(ctx context.Context, layer, id string) (api.Scope, error) {
	return do[api.Scope](ctx, c, "getScope", in(layer).at("scope", id))
}

// CreateScope creates a scope.
func (c *Client) CreateScope(ctx context.Context, layer string, s api.NewScope) (api.ChangedScope, error) {
	return do[api.ChangedScope](ctx, c, "createScope", in(layer).with(s))
}

// UpdateScope edits a scope as it was read.
func (c *Client) UpdateScope(ctx context.Context, layer string, s api.Scope, to api.NewScope) (api.ChangedScope, error) {
	return do[api.ChangedScope](ctx, c, "updateScope", in(layer).at("scope", s.ID).version(s.Version).with(to))
}

// DeleteScope deletes a scope as it was read.
func (c *Client) DeleteScope(ctx context.Context, layer string, s api.Scope) (api.ScopeDeletion, error) {
	return do[api.ScopeDeletion](ctx, c, "deleteScope", in(layer).at("scope", s.ID).version(s.Version))
}

// PreviewDelete says what deleting a scope would do.
func (c *Client) PreviewDelete(ctx context.Context, layer, id string) (api.ScopeDeletion, error) {
	call := in(layer).at("scope", id)
	call.Query = url.Values{"dry_run": {"true"}}
	return do[api.ScopeDeletion](ctx, c, "deleteScope", call)
}

// Tokens returns a layer's tokens by id.
func (c *Client) Tokens(ctx context.Context, layer string) ([]api.Token, error) {
	return Rows[api.Token](ctx, c, "listTokens", in(layer))
}

// Token returns one token.
func (c *Client) Token(ctx context.Context, layer, id string) (api.Token, error) {
	return do[api.Token](ctx, c, "getToken", in(layer).at("token", id))
}

// GenerateToken returns a new token with its secret; once is an idempotency key, or "".
func (c *Client) GenerateToken(ctx context.Context, layer string, t api.NewToken, once string) (api.GeneratedToken, error) {
	call := in(layer).with(t)
	call.Once = once
	return do[api.GeneratedToken](ctx, c, "generateToken", call)
}

// RevokeToken revokes a token.
func (c *Client) RevokeToken(ctx context.Context, layer, id string) error {
	return c.Do(ctx, "revokeToken", in(layer).at("token", id), nil)
}

// Explain says why a subject, who holds scopes, can or cannot read a coordinate.
func (c *Client) Explain(ctx context.Context, layer, coordinate string, scopes []string) (api.Explanation, error) {
	return do[api.Explanation](ctx, c, "explain", in(layer).asking("coordinate", coordinate).asking("scopes", strings.Join(scopes, ",")))
}

// WhoCan says who can read a coordinate.
func (c *Client) WhoCan(ctx context.Context, layer, coordinate string) (api.Readers, error) {
	return do[api.Readers](ctx, c, "whoCan", in(layer).asking("coordinate", coordinate))
}

// Guards returns what inputs stand for; of one scope, or of all for "".
func (c *Client) Guards(ctx context.Context, layer, scope string) ([]api.Guard, error) {
	call := in(layer)
	if scope != "" {
		call = call.asking("scope", scope)
	}
	return Rows[api.Guard](ctx, c, "listGuards", call)
}

// StartSync starts a sync.
func (c *Client) StartSync(ctx context.Context, layer string) (api.Sync, error) {
	return do[api.Sync](ctx, c, "startSync", in(layer))
}

// Syncs returns a layer's syncs, newest first.
func (c *Client) Syncs(ctx context.Context, layer string) ([]api.Sync, error) {
	return Rows[api.Sync](ctx, c, "listSyncs", in(layer))
}

// Sync returns one sync.
func (c *Client) Sync(ctx context.Context, layer, id string) (api.Sync, error) {
	return do[api.Sync](ctx, c, "getSync", in(layer).at("sync", id))
}

// Revisions returns a layer's revisions, newest first.
func (c *Client) Revisions(ctx context.Context, layer string) ([]api.Revision, error) {
	return Rows[api.Revision](ctx, c, "listRevisions", in(layer))
}

// Bundle writes the signed bundle of a revision.
func (c *Client) Bundle(ctx context.Context, layer string, number uint64, w io.Writer) error {
	return c.Stream(ctx, "getBundle", in(layer).at("revision", strconv.FormatUint(number, 10)), w)
}

// Pin pins a revision's schema.
func (c *Client) Pin(ctx context.Context, layer string, number uint64) (api.Sync, error) {
	return do[api.Sync](ctx, c, "pinRevision", in(layer).with(api.Pin{Revision: number}))
}

// Unpin follows the current schema again.
func (c *Client) Unpin(ctx context.Context, layer string) (api.Sync, error) {
	return do[api.Sync](ctx, c, "unpinRevision", in(layer))
}

// Apply writes the files of an access directory.
func (c *Client) Apply(ctx context.Context, a api.Apply) (api.AppliedFiles, error) {
	return do[api.AppliedFiles](ctx, c, "apply", Call{Body: a})
}

// Audit calls each with the entries that a query chooses, in order.
func (c *Client) Audit(ctx context.Context, query url.Values, each func(store.Entry) error) error {
	return All(ctx, c, "listAudit", Call{Query: query}, each)
}

// AuditPage returns one page of entries.
func (c *Client) AuditPage(ctx context.Context, query url.Values) (api.List[store.Entry], error) {
	return do[api.List[store.Entry]](ctx, c, "listAudit", Call{Query: query})
}

// EntryAt returns the entry with a sequence, and whether there is one.
func (c *Client) EntryAt(ctx context.Context, sequence uint64) (store.Entry, bool, error) {
	query := url.Values{"limit": {"1"}}
	if sequence > 1 {
		query.Set("after", api.Cursor(strconv.FormatUint(sequence-1, 10)))
	}
	page, err := c.AuditPage(ctx, query)
	if err != nil || len(page.Items) == 0 || page.Items[0].Sequence != sequence {
		return store.Entry{}, false, err
	}
	return page.Items[0], true, nil
}

// ExportAudit writes entries in the format that the query names.
func (c *Client) ExportAudit(ctx context.Context, query url.Values, w io.Writer) error {
	return c.Stream(ctx, "exportAudit", Call{Query: query}, w)
}

// Head returns the newest entry's sequence and hash.
func (c *Client) Head(ctx context.Context) (store.Head, error) {
	return do[store.Head](ctx, c, "getAuditHead", Call{})
}

// Verify checks the audit chain.
func (c *Client) Verify(ctx context.Context) (api.Verification, error) {
	return do[api.Verification](ctx, c, "verifyAudit", Call{})
}
