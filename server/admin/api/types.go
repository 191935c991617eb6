package api

import (
	"encoding/base64"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

// Limits of what names and lists may hold, in bytes and rows.
const (
	MaxName    = 200
	PageRows   = 100  // of a page when the request does not say
	MaxPage    = 1000 // the most that a request may ask for
	MaxScopes  = 1000 // of one token
	MaxEntries = 100_000
)

// List is a page of a list. Next is the cursor (`after`) of the page behind it, "" on the last.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"cursor for the next page; absent on the last"`
}

// Cursor is the cursor of the page behind the row with a key.
func Cursor(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }

// CursorKey is the key that a cursor was made of.
func CursorKey(cursor string) (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(cursor)
	return string(key), err
}

// SignIn is what a member signs in with: exactly one of its members.
type SignIn struct {
	Key  string `json:"key,omitempty" doc:"a member key (fgm_...)"`
	Link string `json:"link,omitempty" doc:"the code of a one-time link: what stands behind # in its path"`
}

// SessionLink is a link to the console that signs in the browser that opens it first.
type SessionLink struct {
	Path    string    `json:"path" doc:"at the server's private listener; the code behind # is a secret until it is used"`
	Expires time.Time `json:"expires" doc:"when the link ends, used or not"`
}

// Session is who is asking, and what they may do.
type Session struct {
	Member      Member             `json:"member"`
	KeyID       string             `json:"key_id"`
	Via         string             `json:"via" enum:"key,session"`
	Permissions []store.Permission `json:"permissions" doc:"of the key"`
	May         []Permission       `json:"may" doc:"what the policy lets this member do, sorted"`
	Expires     *time.Time         `json:"expires,omitempty" doc:"when the session or the key ends"`
}

// Team is everyone who administers the deployment.
type Team struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Entitled bool      `json:"entitled" doc:"whether the team's plan has API access control"`
	Created  time.Time `json:"created"`
}

// Member is a person, or CI, of the team.
type Member struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Role    store.Role `json:"role" enum:"owner,developer"`
	Version uint64     `json:"version" doc:"the number in its ETag"`
	Created time.Time  `json:"created"`
}

// NewMember asks for a member.
type NewMember struct {
	Name string     `json:"name"`
	Role store.Role `json:"role" enum:"owner,developer"`
}

// MemberChange is what may be changed of a member.
type MemberChange struct {
	Role store.Role `json:"role" enum:"owner,developer"`
}

// Key is a member's key, without its secret.
type Key struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"`
	Permissions []store.Permission `json:"permissions" enum:"admin,decide"`
	State       string             `json:"state" enum:"active,expired,revoked"`
	Created     time.Time          `json:"created"`
	Expires     *time.Time         `json:"expires,omitempty"`
	Revoked     *time.Time         `json:"revoked,omitempty"`
	LastUsed    *time.Time         `json:"last_used,omitempty"`
}

// NewKey asks for a key.
type NewKey struct {
	Name        string             `json:"name"`
	Permissions []store.Permission `json:"permissions" enum:"admin,decide"`
	Expires     *time.Time         `json:"expires,omitempty"`
}

// GeneratedKey is a key with its secret, which is shown this once.
type GeneratedKey struct {
	Key    Key    `json:"key"`
	Secret string `json:"secret"`
}

// Layer is one guarded GraphQL API.
type Layer struct {
	ID           string      `json:"id"`
	Name         string      `json:"name"`
	Definition   string      `json:"definition,omitempty" doc:"the text of its layer.yaml, or JSON; absent when it is hidden"`
	Hidden       bool        `json:"definition_hidden,omitempty" doc:"the definition holds upstream headers that are written out and may be secrets"`
	File         string      `json:"file,omitempty" doc:"the file that owns it; absent when the API does"`
	SchemaDigest string      `json:"schema_digest,omitempty"`
	Pinned       uint64      `json:"pinned,omitempty" doc:"the revision whose schema is pinned"`
	Active       *RevisionID `json:"active,omitempty" doc:"the active revision; absent before the first sync"`
	Version      uint64      `json:"version" doc:"the number in its ETag"`
	Created      time.Time   `json:"created"`
}

// NewLayer asks for a data layer.
type NewLayer struct {
	Definition string `json:"definition" doc:"what a layer.yaml holds, as YAML or JSON"`
	Schema     string `json:"schema,omitempty" doc:"SDL; may be left out when the definition says introspect"`
}

// LayerChange is what may be changed of a data layer. What is left out stays.
type LayerChange struct {
	Definition string `json:"definition,omitempty"`
	Schema     string `json:"schema,omitempty"`
}

// Scope is an API scope.
type Scope struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Fields      []string  `json:"fields" doc:"entries in the author's order"`
	File        string    `json:"file,omitempty" doc:"the file that owns it; absent when the API does"`
	Version     uint64    `json:"version" doc:"the number in its ETag"`
	Created     time.Time `json:"created"`
	Updated     time.Time `json:"updated"`
}

// NewScope is what a scope is to be, for creating and for editing one.
type NewScope struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Fields      []string `json:"fields"`
}

// ChangedScope is a scope and the sync that its change started.
type ChangedScope struct {
	Scope Scope `json:"scope"`
	Sync  Sync  `json:"sync"`
}

// ScopeDeletion is what deleting a scope did, or with dry_run would do.
type ScopeDeletion struct {
	DryRun bool     `json:"dry_run"`
	Opens  []string `json:"opens,omitempty" doc:"with dry_run: coordinates that every token could read then, sorted"`
	Tokens []Token  `json:"tokens,omitempty" doc:"with dry_run: tokens that would lose the scope, by id"`
	Sync   *Sync    `json:"sync,omitempty" doc:"the sync that the deletion started"`
}

// ScopeRef names a scope that a token holds.
type ScopeRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Token is an API token, without its secret.
type Token struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Scopes       []ScopeRef `json:"scopes" doc:"those chosen that are still there, by name"`
	Unrestricted bool       `json:"unrestricted" doc:"chosen when it was generated"`
	State        string     `json:"state" enum:"active,expired,revoked"`
	CreatedBy    string     `json:"created_by,omitempty" doc:"id of a member"`
	Created      time.Time  `json:"created"`
	Expires      *time.Time `json:"expires,omitempty"`
	Revoked      *time.Time `json:"revoked,omitempty"`
	LastUsed     *time.Time `json:"last_used,omitempty" doc:"written at most once in 10 minutes"`
}

// NewToken asks for a token (R4).
type NewToken struct {
	Name         string     `json:"name"`
	Scopes       []string   `json:"scopes" doc:"names; [] needs unrestricted: true"`
	Unrestricted bool       `json:"unrestricted,omitempty"`
	Expires      *time.Time `json:"expires,omitempty"`
}

// GeneratedToken is a token with its secret, which is shown this once: a repeated Idempotency-Key answers without it.
type GeneratedToken struct {
	Token  Token  `json:"token"`
	Secret string `json:"secret,omitempty"`
}

// Sync is one run of: read schema, validate scopes, compile, sign, activate.
type Sync struct {
	ID       string          `json:"id"`
	Reason   string          `json:"reason"`
	State    store.SyncState `json:"state" enum:"running,succeeded,failed,superseded"`
	Steps    []Step          `json:"steps"`
	Error    string          `json:"error,omitempty"`
	Revision uint64          `json:"revision,omitempty" doc:"what it activated"`
	Started  time.Time       `json:"started"`
	Ended    *time.Time      `json:"ended,omitempty"`
}

// Step is one step of a sync.
type Step struct {
	Name    string          `json:"name"`
	State   store.SyncState `json:"state" enum:"running,succeeded,failed,superseded"`
	Detail  string          `json:"detail,omitempty"`
	Started time.Time       `json:"started"`
	Ended   *time.Time      `json:"ended,omitempty"`
}

// RevisionID names a revision.
type RevisionID struct {
	Number uint64 `json:"number"`
	Digest string `json:"digest"`
}

// Revision is what a sync left.
type Revision struct {
	Number       uint64    `json:"number"`
	Digest       string    `json:"digest"`
	SchemaDigest string    `json:"schema_digest"`
	SyncID       string    `json:"sync_id,omitempty"`
	Active       bool      `json:"active"`
	Pinned       bool      `json:"pinned" doc:"its schema is pinned"`
	Created      time.Time `json:"created"`
}

// Pin asks for the schema of a revision to stay.
type Pin struct {
	Revision uint64 `json:"revision"`
}

// Sandbox is a GraphQL request, and as whom it runs: as nobody of the subjects, without tokens and scopes, unless `as` has
// exactly one member.
type Sandbox struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName,omitempty"`
	Variables     map[string]any `json:"variables,omitempty"`
	As            *SandboxAs     `json:"as,omitempty"`
}

// SandboxAs names a token by its id, or scopes by name.
type SandboxAs struct {
	TokenID string   `json:"token_id,omitempty"`
	Scopes  []string `json:"scopes,omitempty"`
}

// Apply asks for the files of an access directory to be written (R22).
type Apply struct {
	Files  map[string]string `json:"files" doc:"slash path to text"`
	DryRun bool              `json:"dry_run,omitempty"`
	Commit string            `json:"commit,omitempty" doc:"the git commit of the files, for the audit log"`
}

// AppliedFiles is what applying files did, or with dry_run would do, by data layer.
type AppliedFiles struct {
	DryRun     bool           `json:"dry_run"`
	DataLayers []AppliedLayer `json:"data_layers"`
}

// AppliedLayer is what applying files did to one data layer; names of scopes are sorted.
type AppliedLayer struct {
	DataLayer string   `json:"data_layer"`
	Created   []string `json:"created"`
	Updated   []string `json:"updated"`
	Renamed   []string `json:"renamed" doc:"old -> new"`
	Deleted   []string `json:"deleted"`
	Warnings  []string `json:"warnings"`
	Sync      *Sync    `json:"sync,omitempty" doc:"absent when nothing changed"`
}

// Verification says whether every entry of the audit chain is as it was written.
type Verification struct {
	Intact  bool        `json:"intact"`
	Head    *store.Head `json:"head,omitempty" doc:"absent when the chain is not intact"`
	Problem string      `json:"problem,omitempty" doc:"where the chain breaks"`
}
