package store

import (
	"encoding/json"
	"fmt"
	"time"
)

// Record returns what the audit log shows of a row, as JSON: a Team, Member, Key, DataLayer, Scope, Token, Sync or Pin.
// It shows no hash of a secret, and nothing that changes without an entry, such as when a token was last used.
func Record(row any) (json.RawMessage, error) {
	var shown any
	switch r := row.(type) {
	case nil:
		return nil, nil
	case Team:
		shown = teamRecord{r.ID, r.Name, r.Entitled}
	case Member:
		shown = memberRecord{r.ID, r.Name, r.Role, r.Removed}
	case Key:
		shown = keyRecord{r.ID, r.MemberID, r.Name, r.Permissions, r.Expires, r.Revoked}
	case DataLayer:
		shown = layerRecord{r.ID, r.Name, showDefinition(r.Definition), r.File, r.SchemaDigest, r.SchemaFile, r.LockDigest, r.Pinned, r.Removed}
	case Scope:
		shown = scopeRecord{r.ID, r.Name, r.Description, r.Entries, r.File}
	case Token:
		shown = tokenRecord{r.ID, r.Name, r.ScopeIDs, r.Unrestricted, r.CreatedBy, r.Expires, r.Revoked}
	case Sync:
		shown = syncRecord{r.ID, r.Reason, r.State, r.Steps, r.Error, r.Revision}
	case Pin:
		shown = r
	default:
		return nil, fmt.Errorf("the audit log has no record of a %T", row)
	}
	return json.Marshal(shown)
}

// Pin is which revision's schema a data layer is pinned to, as the audit log shows it.
type Pin struct {
	Revision uint64 `json:"revision"` // 0: none
}

type teamRecord struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Entitled bool   `json:"entitled"`
}

type memberRecord struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Role    Role       `json:"role"`
	Removed *time.Time `json:"removed,omitempty"`
}

type keyRecord struct {
	ID          string       `json:"id"`
	MemberID    string       `json:"member_id"`
	Name        string       `json:"name"`
	Permissions []Permission `json:"permissions"`
	Expires     *time.Time   `json:"expires,omitempty"`
	Revoked     *time.Time   `json:"revoked,omitempty"`
}

type layerRecord struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	shownDefinition
	File         string     `json:"file,omitempty"`
	SchemaDigest string     `json:"schema_digest,omitempty"`
	SchemaFile   string     `json:"schema_file,omitempty"`
	LockDigest   string     `json:"lock_digest,omitempty"`
	Pinned       uint64     `json:"pinned,omitempty"`
	Removed      *time.Time `json:"removed,omitempty"`
}

type scopeRecord struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Entries     []string `json:"fields"`
	File        string   `json:"file,omitempty"`
}

type tokenRecord struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	ScopeIDs     []string   `json:"scope_ids"`
	Unrestricted bool       `json:"unrestricted"`
	CreatedBy    string     `json:"created_by,omitempty"`
	Expires      *time.Time `json:"expires,omitempty"`
	Revoked      *time.Time `json:"revoked,omitempty"`
}

type syncRecord struct {
	ID       string    `json:"id"`
	Reason   string    `json:"reason"`
	State    SyncState `json:"state"`
	Steps    []Step    `json:"steps,omitempty"`
	Error    string    `json:"error,omitempty"`
	Revision uint64    `json:"revision,omitempty"`
}
