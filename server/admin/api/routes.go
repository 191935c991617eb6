package api

import (
	"net/http"
	"strings"

	"github.com/fieldgate/fieldgate/server/store"
)

// Prefix is what every path of the API begins with.
const Prefix = "/api/v1"

// Permission is what policies/admin decides on: one for each kind of thing that a member can do.
type Permission string

// The permissions. A route without one is open to everyone.
const (
	Open Permission = ""

	SessionRead Permission = "session.read"
	SessionEnd  Permission = "session.end"
	TeamRead    Permission = "team.read"

	MemberRead   Permission = "member.read"
	MemberAdd    Permission = "member.add"
	MemberUpdate Permission = "member.update"
	MemberRemove Permission = "member.remove"
	KeyRead      Permission = "key.read"
	KeyGenerate  Permission = "key.generate"
	KeyRevoke    Permission = "key.revoke"

	LayerRead   Permission = "data_layer.read"
	LayerCreate Permission = "data_layer.create"
	LayerUpdate Permission = "data_layer.update"
	LayerDelete Permission = "data_layer.delete"

	ScopeRead   Permission = "scope.read"
	ScopeCreate Permission = "scope.create"
	ScopeUpdate Permission = "scope.update"
	ScopeDelete Permission = "scope.delete"

	TokenRead     Permission = "token.read"
	TokenGenerate Permission = "token.generate"
	TokenRevoke   Permission = "token.revoke"

	SandboxRun    Permission = "sandbox.run"
	SyncRead      Permission = "sync.read"
	SyncStart     Permission = "sync.start"
	RevisionRead  Permission = "revision.read"
	RevisionPin   Permission = "revision.pin"
	RevisionUnpin Permission = "revision.unpin"

	// Decide is no route's of this API: decision requests and bundles ask for it.
	Decide Permission = "decide"

	FilesApply Permission = "files.apply"
	AuditRead  Permission = "audit.read"
)

// Parameter is one of the query string or a header.
type Parameter struct {
	Name     string
	In       string // query, header
	Type     string // string, integer, boolean, date-time
	Required bool
	Doc      string
	Enum     []string
}

// Route is one operation of the API.
type Route struct {
	ID         string // operationId
	Method     string
	Path       string // with {parameters}, as OpenAPI writes it
	Summary    string
	Permission Permission
	Parameters []Parameter // besides those of the path
	Request    any         // zero value of the body, or nil
	Response   any         // zero value of the answer's body, or nil
	Media      string      // of the answer when it is not JSON; several are separated by ", "
	Status     int         // of success
	Others     []int       // further statuses of success
	Problems   []int       // besides 401, 403 and 429, which every route that is not open has, and 400
	Large      bool        // the body holds files: it has the larger limit
	Own        bool        // the policy is told whether the row is of the member who asks: {member} in the path
}

// GinPath returns the path as gin writes it.
func (r Route) GinPath() string {
	return strings.NewReplacer("{", ":", "}", "").Replace(r.Path)
}

// PathParameters returns the names in the path, in order.
func (r Route) PathParameters() []string {
	var out []string
	for _, part := range strings.Split(r.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			out = append(out, strings.TrimSuffix(name, "}"))
		}
	}
	return out
}

// Takes reports whether a parameter of the query string is the route's.
func (r Route) Takes(query string) bool {
	for _, p := range r.Parameters {
		if p.In == inQuery && p.Name == query {
			return true
		}
	}
	return false
}

// NeedsVersion reports whether the route needs If-Match.
func (r Route) NeedsVersion() bool {
	for _, p := range r.Parameters {
		if p.Name == ifMatch.Name && p.Required {
			return true
		}
	}
	return false
}

// Find returns the route with an id.
func Find(id string) (Route, bool) {
	for _, r := range Routes() {
		if r.ID == id {
			return r, true
		}
	}
	return Route{}, false
}

// Routes returns every operation of the API, in the order of the documentation.
func Routes() []Route {
	var out []Route
	for _, part := range [][]Route{sessionRoutes(), memberRoutes(), layerRoutes(), scopeRoutes(), tokenRoutes(), syncRoutes(), consoleRoutes(), auditRoutes()} {
		out = append(out, part...)
	}
	return out
}

const (
	inQuery  = "query"
	inHeader = "header"
	text     = "string"
	moment   = "date-time"
	flag     = "boolean"
)

// The headers that routes name.
const (
	IfMatch        = "If-Match"
	IdempotencyKey = "Idempotency-Key"
	CSRFHeader     = "X-Fieldgate-Csrf" // any value: a form on another site cannot send it
)

var (
	ifMatch     = Parameter{Name: IfMatch, In: inHeader, Type: text, Required: true, Doc: "the ETag of the row as it was read"}
	idempotency = Parameter{Name: IdempotencyKey, In: inHeader, Type: text, Doc: "chosen by the caller, 1 to 128 visible ASCII characters; a repeated one makes no second token and shows no secret"}
	dryRun      = Parameter{Name: "dry_run", In: inQuery, Type: flag, Doc: "change nothing, say what would happen"}
	limit       = Parameter{Name: "limit", In: inQuery, Type: "integer", Doc: "rows of the page, 1 to 1000"}
	after       = Parameter{Name: "after", In: inQuery, Type: text, Doc: "`next` of the page before"}
	paged       = []Parameter{limit, after}
)

func sessionRoutes() []Route {
	return []Route{
		{ID: "getOpenAPI", Method: http.MethodGet, Path: Prefix + "/openapi.json", Summary: "This document", Response: map[string]any{}, Status: 200},
		{ID: "signIn", Method: http.MethodPost, Path: Prefix + "/session", Summary: "Sign in with a member key or a one-time link; sets a cookie", Request: SignIn{}, Response: Session{}, Status: 201, Problems: []int{401, 403, 413, 415, 429}},
		{ID: "createSessionLink", Method: http.MethodPost, Path: Prefix + "/session/link", Summary: "Make a link to the console that signs in the browser that opens it first, as the member who asks", Permission: SessionRead, Response: SessionLink{}, Status: 201},
		{ID: "signOut", Method: http.MethodDelete, Path: Prefix + "/session", Summary: "End the session", Permission: SessionEnd, Status: 204},
		{ID: "whoami", Method: http.MethodGet, Path: Prefix + "/whoami", Summary: "Who is asking, and what they may do", Permission: SessionRead, Response: Session{}, Status: 200},
		{ID: "getTeam", Method: http.MethodGet, Path: Prefix + "/team", Summary: "The team", Permission: TeamRead, Response: Team{}, Status: 200},
	}
}

func memberRoutes() []Route {
	const members, keys = Prefix + "/members", Prefix + "/members/{member}/keys"
	return []Route{
		{ID: "listMembers", Method: http.MethodGet, Path: members, Summary: "Members, by name", Permission: MemberRead, Parameters: paged, Response: List[Member]{}, Status: 200},
		{ID: "addMember", Method: http.MethodPost, Path: members, Summary: "Add a member", Permission: MemberAdd, Request: NewMember{}, Response: Member{}, Status: 201, Problems: []int{409, 413, 415, 507}},
		{ID: "getMember", Method: http.MethodGet, Path: members + "/{member}", Summary: "One member", Permission: MemberRead, Response: Member{}, Status: 200, Problems: []int{404}},
		{ID: "updateMember", Method: http.MethodPatch, Path: members + "/{member}", Summary: "Change a member's role", Permission: MemberUpdate, Parameters: []Parameter{ifMatch}, Request: MemberChange{}, Response: Member{}, Status: 200, Problems: []int{404, 409, 412, 413, 415, 428, 507}},
		{ID: "removeMember", Method: http.MethodDelete, Path: members + "/{member}", Summary: "Remove a member and revoke their keys", Permission: MemberRemove, Parameters: []Parameter{ifMatch}, Status: 204, Problems: []int{404, 409, 412, 428, 507}},
		{ID: "listKeys", Method: http.MethodGet, Path: keys, Summary: "A member's keys, by creation, revoked ones too", Permission: KeyRead, Own: true, Parameters: paged, Response: List[Key]{}, Status: 200, Problems: []int{404}},
		{ID: "generateKey", Method: http.MethodPost, Path: keys, Summary: "Generate a key; its secret is in this answer and nowhere else", Permission: KeyGenerate, Own: true, Request: NewKey{}, Response: GeneratedKey{}, Status: 201, Problems: []int{404, 409, 413, 415, 507}},
		{ID: "revokeKey", Method: http.MethodDelete, Path: keys + "/{key}", Summary: "Revoke a key, for good", Permission: KeyRevoke, Own: true, Status: 204, Problems: []int{404, 409, 507}},
	}
}

func layerRoutes() []Route {
	const layers, one = Prefix + "/layers", Prefix + "/layers/{layer}"
	return []Route{
		{ID: "listLayers", Method: http.MethodGet, Path: layers, Summary: "Data layers, by name", Permission: LayerRead, Parameters: paged, Response: List[Layer]{}, Status: 200},
		{ID: "createLayer", Method: http.MethodPost, Path: layers, Summary: "Create a data layer", Permission: LayerCreate, Request: NewLayer{}, Response: Layer{}, Status: 201, Problems: []int{409, 413, 415, 422, 507}, Large: true},
		{ID: "getLayer", Method: http.MethodGet, Path: one, Summary: "One data layer", Permission: LayerRead, Response: Layer{}, Status: 200, Problems: []int{404}},
		{ID: "updateLayer", Method: http.MethodPatch, Path: one, Summary: "Change a data layer's definition or schema", Permission: LayerUpdate, Parameters: []Parameter{ifMatch}, Request: LayerChange{}, Response: Layer{}, Status: 200, Problems: []int{404, 409, 412, 413, 415, 422, 428, 507}, Large: true},
		{ID: "deleteLayer", Method: http.MethodDelete, Path: one, Summary: "Delete a data layer and revoke its tokens", Permission: LayerDelete, Parameters: []Parameter{ifMatch}, Status: 204, Problems: []int{404, 409, 412, 428, 507}},
		{ID: "getSchema", Method: http.MethodGet, Path: one + "/schema.graphql", Summary: "Its current schema, whole", Permission: LayerRead, Media: "application/graphql", Status: 200, Problems: []int{404, 409}},
	}
}

func scopeRoutes() []Route {
	const scopes, one = Prefix + "/layers/{layer}/scopes", Prefix + "/layers/{layer}/scopes/{scope}"
	return []Route{
		{ID: "listScopes", Method: http.MethodGet, Path: scopes, Summary: "API scopes, by name", Permission: ScopeRead, Parameters: paged, Response: List[Scope]{}, Status: 200, Problems: []int{404}},
		{ID: "explain", Method: http.MethodGet, Path: Prefix + "/layers/{layer}/explain", Summary: "Why a subject can or cannot read a coordinate, and which scopes would be enough", Permission: ScopeRead, Parameters: []Parameter{
			{Name: "coordinate", In: inQuery, Type: text, Required: true, Doc: "as in Product.cost"},
			{Name: "scopes", In: inQuery, Type: text, Doc: "names of the scopes that the subject holds, separated by commas; empty: none"},
			{Name: "unrestricted", In: inQuery, Type: flag, Doc: "the subject is unrestricted; instead of scopes"},
		}, Response: Explanation{}, Status: 200, Problems: []int{404, 409}},
		{ID: "whoCan", Method: http.MethodGet, Path: Prefix + "/layers/{layer}/who-can", Summary: "Who can read a coordinate", Permission: ScopeRead, Parameters: []Parameter{
			{Name: "coordinate", In: inQuery, Type: text, Required: true, Doc: "as in Product.cost"},
		}, Response: Readers{}, Status: 200, Problems: []int{404, 409}},
		{ID: "listGuards", Method: http.MethodGet, Path: Prefix + "/layers/{layer}/guards", Summary: "What arguments, input fields and enum values stand for (R14)", Permission: ScopeRead, Parameters: []Parameter{
			limit, after, {Name: "scope", In: inQuery, Type: text, Doc: "only those that stand for what the scope of this name covers"},
		}, Response: List[Guard]{}, Status: 200, Problems: []int{404, 409}},
		{ID: "createScope", Method: http.MethodPost, Path: scopes, Summary: "Create a scope", Permission: ScopeCreate, Request: NewScope{}, Response: ChangedScope{}, Status: 201, Problems: []int{404, 409, 413, 415, 422, 507}},
		{ID: "getScope", Method: http.MethodGet, Path: one, Summary: "One scope", Permission: ScopeRead, Response: Scope{}, Status: 200, Problems: []int{404}},
		{ID: "updateScope", Method: http.MethodPut, Path: one, Summary: "Edit a scope; every token that holds it follows at once (R5)", Permission: ScopeUpdate, Parameters: []Parameter{ifMatch}, Request: NewScope{}, Response: ChangedScope{}, Status: 200, Problems: []int{404, 409, 412, 413, 415, 422, 428, 507}},
		{ID: "deleteScope", Method: http.MethodDelete, Path: one, Summary: "Delete a scope: what only it covered becomes readable by every token (R5)", Permission: ScopeDelete, Parameters: []Parameter{
			{Name: IfMatch, In: inHeader, Type: text, Doc: "the ETag of the scope as it was read; needed unless dry_run"}, dryRun,
		}, Response: ScopeDeletion{}, Status: 200, Problems: []int{404, 409, 412, 428, 507}},
	}
}

func tokenRoutes() []Route {
	const tokens, one = Prefix + "/layers/{layer}/tokens", Prefix + "/layers/{layer}/tokens/{token}"
	return []Route{
		{ID: "listTokens", Method: http.MethodGet, Path: tokens, Summary: "API tokens, by id, revoked and expired ones too", Permission: TokenRead, Parameters: paged, Response: List[Token]{}, Status: 200, Problems: []int{404}},
		{ID: "generateToken", Method: http.MethodPost, Path: tokens, Summary: "Generate a token; its secret is in this answer and nowhere else (R21)", Permission: TokenGenerate, Parameters: []Parameter{idempotency}, Request: NewToken{}, Response: GeneratedToken{}, Status: 201, Others: []int{200}, Problems: []int{404, 409, 413, 415, 422, 507}},
		{ID: "getToken", Method: http.MethodGet, Path: one, Summary: "One token", Permission: TokenRead, Response: Token{}, Status: 200, Problems: []int{404}},
		{ID: "revokeToken", Method: http.MethodDelete, Path: one, Summary: "Revoke a token, for good (R6)", Permission: TokenRevoke, Status: 204, Problems: []int{404, 507}},
	}
}

func syncRoutes() []Route {
	const layer = Prefix + "/layers/{layer}"
	return []Route{
		{ID: "listSyncs", Method: http.MethodGet, Path: layer + "/syncs", Summary: "Syncs, newest first", Permission: SyncRead, Parameters: paged, Response: List[Sync]{}, Status: 200, Problems: []int{404}},
		{ID: "startSync", Method: http.MethodPost, Path: layer + "/syncs", Summary: "Start a sync; a running one is superseded", Permission: SyncStart, Response: Sync{}, Status: 202, Problems: []int{404, 409, 507}},
		{ID: "getSync", Method: http.MethodGet, Path: layer + "/syncs/{sync}", Summary: "One sync with its steps", Permission: SyncRead, Response: Sync{}, Status: 200, Problems: []int{404}},
		{ID: "runSandbox", Method: http.MethodPost, Path: layer + "/sandbox", Summary: "Run a query without tokens and scopes, or as a token or scopes would (R7)", Permission: SandboxRun, Request: Sandbox{}, Media: "application/json, application/graphql-response+json", Status: 200, Problems: []int{404, 413, 415}},
		{ID: "listRevisions", Method: http.MethodGet, Path: layer + "/revisions", Summary: "Revisions, newest first", Permission: RevisionRead, Parameters: paged, Response: List[Revision]{}, Status: 200, Problems: []int{404}},
		{ID: "getBundle", Method: http.MethodGet, Path: layer + "/revisions/{revision}/bundle.tar.gz", Summary: "The signed OPA bundle of a revision", Permission: RevisionRead, Media: "application/gzip", Status: 200, Problems: []int{404}},
		{ID: "pinRevision", Method: http.MethodPut, Path: layer + "/pin", Summary: "Pin a revision's schema; it compiles with the current scopes", Permission: RevisionPin, Request: Pin{}, Response: Sync{}, Status: 202, Problems: []int{404, 409, 413, 415, 422, 507}},
		{ID: "unpinRevision", Method: http.MethodDelete, Path: layer + "/pin", Summary: "Follow the current schema again", Permission: RevisionUnpin, Response: Sync{}, Status: 202, Problems: []int{404, 409, 422, 507}},
		{ID: "apply", Method: http.MethodPost, Path: Prefix + "/apply", Summary: "Write what the files of an access directory say (R22)", Permission: FilesApply, Request: Apply{}, Response: AppliedFiles{}, Status: 200, Problems: []int{409, 413, 415, 422, 507}, Large: true},
	}
}

// chosen are the filters of the audit log.
var chosen = []Parameter{
	{Name: "actor", In: inQuery, Type: text, Doc: "id or name of the actor, or id of its key"},
	{Name: "action", In: inQuery, Type: text, Doc: "whole, or its beginning up to a dot, as in `scope.`"},
	{Name: "target", In: inQuery, Type: text, Doc: "id or name"},
	{Name: "data_layer", In: inQuery, Type: text, Doc: "name"},
	{Name: "from", In: inQuery, Type: moment, Doc: "inclusive"},
	{Name: "until", In: inQuery, Type: moment, Doc: "exclusive"},
}

func auditRoutes() []Route {
	const audit = Prefix + "/audit"
	with := func(more ...Parameter) []Parameter { return append(append([]Parameter{}, chosen...), more...) }
	return []Route{
		{ID: "listAudit", Method: http.MethodGet, Path: audit, Summary: "Audit entries, in order", Permission: AuditRead, Parameters: with(
			Parameter{Name: "newest", In: inQuery, Type: flag, Doc: "newest first"}, limit, after,
		), Response: List[store.Entry]{}, Status: 200},
		{ID: "exportAudit", Method: http.MethodGet, Path: audit + "/export", Summary: "Audit entries as JSON lines or CSV", Permission: AuditRead, Parameters: with(
			Parameter{Name: "format", In: inQuery, Type: text, Enum: []string{"jsonl", "csv"}, Doc: "jsonl when left out"},
		), Media: "application/jsonl, text/csv", Status: 200},
		{ID: "getAuditHead", Method: http.MethodGet, Path: audit + "/head", Summary: "Sequence and hash of the newest entry, to keep and compare later", Permission: AuditRead, Response: store.Head{}, Status: 200},
		{ID: "verifyAudit", Method: http.MethodGet, Path: audit + "/verify", Summary: "Check every entry of the chain", Permission: AuditRead, Response: Verification{}, Status: 200},
	}
}
