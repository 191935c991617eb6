package store

import (
	"encoding/json"
	"time"
)

// Hash is the SHA-256 of a token or a key.
type Hash [32]byte

// Role is what a member may do (R19).
type Role string

// The roles.
const (
	RoleOwner     Role = "owner"
	RoleDeveloper Role = "developer"
)

// Team is everyone who administers the deployment. There is one.
type Team struct {
	ID       string
	Name     string
	Entitled bool // whether the team's plan has API access control
	Created  time.Time
}

// Member is a person, or CI, of the team.
type Member struct {
	ID      string
	Name    string // unique among those that are there
	Role    Role
	Version uint64 // sequence of its last change; its ETag
	Created time.Time
	Removed *time.Time
}

// Permission is what a key may be used for.
type Permission string

// The permissions of keys.
const (
	PermissionAdmin  Permission = "admin"  // what its member's role may do
	PermissionDecide Permission = "decide" // decision requests
)

// Key is a secret that a member signs in with. Only its hash is known.
type Key struct {
	ID          string
	MemberID    string
	Name        string
	Hash        Hash
	Permissions []Permission // sorted
	Created     time.Time
	Expires     *time.Time
	Revoked     *time.Time
	LastUsed    *time.Time
}

// DataLayer is one guarded GraphQL API.
type DataLayer struct {
	ID           string
	Name         string // unique; goes into URLs; never changes
	Definition   string // the text of its layer.yaml, or the JSON that the API was given, which is YAML too
	File         string // slash path of the layer.yaml that owns it; "" when the API does
	SchemaDigest string // of its current schema, "sha256:..."; "" before the first was read
	SchemaFile   string // the schema's name in errors
	LockDigest   string // of the schema.lock that came with its files, kept like a schema; "" without one
	Pinned       uint64 // the revision whose schema is pinned; 0: none
	Version      uint64 // sequence of its last change; its ETag
	Created      time.Time
	Removed      *time.Time
}

// Scope is an API scope. Its ID never changes and is never used again (R5).
type Scope struct {
	ID          string
	LayerID     string
	Name        string // unique among the layer's scopes that are there
	Description string
	Entries     []string // in the author's order
	File        string   // slash path of the file that owns it; "" when the API does
	Version     uint64   // sequence of its last change; its ETag
	Created     time.Time
	Updated     time.Time
}

// Token is an API token. It is immutable but for Revoked, LastUsed and the scopes that were deleted (R4).
type Token struct {
	ID           string
	LayerID      string
	Name         string
	Hash         Hash
	ScopeIDs     []string // sorted; the scopes chosen that are still there
	Unrestricted bool     // chosen when it was generated, never derived
	CreatedBy    string   // id of a member
	Created      time.Time
	Expires      *time.Time
	Revoked      *time.Time
	LastUsed     *time.Time
}

// SyncState is how far a sync has come.
type SyncState string

// The states of a sync. All but the first are final.
const (
	SyncRunning    SyncState = "running"
	SyncSucceeded  SyncState = "succeeded"
	SyncFailed     SyncState = "failed"
	SyncSuperseded SyncState = "superseded" // a newer request was started before this one ended
)

// Sync is one run of: read schema, validate scopes, compile, sign, activate.
type Sync struct {
	ID       string
	LayerID  string
	Reason   string // scope.created, schema, manual, ...
	State    SyncState
	Steps    []Step
	Error    string // for members
	Revision uint64 // what it activated; 0: none
	Started  time.Time
	Ended    *time.Time
}

// Step is one step of a sync.
type Step struct {
	Name    string    `json:"name"` // schema, validate, compile, sign, activate
	State   SyncState `json:"state"`
	Detail  string    `json:"detail,omitempty"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
}

// Revision is what a sync left.
type Revision struct {
	LayerID      string
	Number       uint64 // in order per data layer, from 1
	Digest       string // "sha256:..."
	SchemaDigest string
	SyncID       string
	Created      time.Time
}

// ActorKind is what kind of actor made a change.
type ActorKind string

// The kinds of actors.
const (
	ActorMember ActorKind = "member" // signed in
	ActorKey    ActorKind = "key"    // with a key as bearer
	ActorFile   ActorKind = "file"   // an access directory
	ActorSystem ActorKind = "system" // the server by itself
)

// Actor made a change.
type Actor struct {
	Kind   ActorKind `json:"kind"`
	ID     string    `json:"id,omitempty"`     // of the member
	Name   string    `json:"name,omitempty"`   // of the member, or the file's slash path
	KeyID  string    `json:"key_id,omitempty"` // of the key that was used
	Commit string    `json:"commit,omitempty"` // git commit of the files
}

// Origin is who makes a change, from where and when.
type Origin struct {
	Actor     Actor
	IP        string // socket address without port; "" when there is none
	RequestID string
}

// Action names a change in the audit log.
type Action string

// The actions.
const (
	TokenGenerated    Action = "token.generated"
	TokenRevoked      Action = "token.revoked"
	ScopeCreated      Action = "scope.created"
	ScopeUpdated      Action = "scope.updated"
	ScopeDeleted      Action = "scope.deleted"
	SyncStarted       Action = "sync.started"
	SyncSucceededDone Action = "sync.succeeded"
	SyncFailedDone    Action = "sync.failed"
	RevisionPinned    Action = "revision.pinned"
	RevisionUnpinned  Action = "revision.unpinned"
	MemberAdded       Action = "member.added"
	MemberUpdated     Action = "member.updated"
	MemberRemoved     Action = "member.removed"
	KeyGenerated      Action = "member.key_generated"
	KeyRevoked        Action = "member.key_revoked"
	LayerCreated      Action = "data_layer.created"
	LayerUpdated      Action = "data_layer.updated" // definition or schema
	LayerDeleted      Action = "data_layer.deleted"
	TeamCreated       Action = "team.created"
)

// Target is what a change is about.
type Target struct {
	Kind      string `json:"kind"` // team, member, key, data_layer, scope, token, sync, revision
	ID        string `json:"id"`
	Name      string `json:"name,omitempty"`
	DataLayer string `json:"data_layer,omitempty"` // name of the layer that it belongs to
}

// Entry is one entry of the audit chain. Its hash covers everything in it and the hash of the entry before.
type Entry struct {
	Sequence  uint64          `json:"sequence"` // from 1, without gaps, in commit order
	Time      time.Time       `json:"time"`     // UTC, microseconds
	Actor     Actor           `json:"actor"`
	IP        string          `json:"ip,omitempty"`
	RequestID string          `json:"request_id,omitempty"`
	Action    Action          `json:"action"`
	Target    Target          `json:"target"`
	Before    json.RawMessage `json:"before,omitempty"` // the row before the change, without hashes of secrets
	After     json.RawMessage `json:"after,omitempty"`
	Previous  string          `json:"previous"` // hex SHA-256; 64 zeros before the first
	Hash      string          `json:"hash"`     // hex SHA-256
}

// Head is the newest entry of the chain.
type Head struct {
	Sequence uint64 `json:"sequence"`
	Hash     string `json:"hash"`
}
