// Package control is the control plane: what a member, a file or the server itself may do to tokens, scopes, data layers and
// members, and the sync that makes an active revision of it. Handlers and commands call it; it alone writes to the store.
//
// It promises that a change is checked against the current schema before it is stored, that it is in the directory and, where
// it changes who may read what, in the active snapshot before the call returns, and that whatever fails leaves the last good
// revision active (R22).
package control

import (
	"fmt"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

// Kind tells errors of the control plane apart.
type Kind int

// The kinds of errors, with the status that an API answers.
const (
	Invalid       Kind = iota + 1 // 400: the request itself is wrong
	NotFound                      // 404: also for what belongs to another data layer
	Conflict                      // 409: a name that is taken, an idempotency key that was used for something else
	FileOwned                     // 409: the row belongs to a file, which the text names
	Stale                         // 412: the row has changed since it was read
	Unprocessable                 // 422: it does not fit the schema; Details say where
	Full                          // 507: no room left; nothing was changed
)

// Error is a request that the control plane refused. Its texts are for members.
type Error struct {
	Kind    Kind
	Code    string // SCREAMING_SNAKE, stable
	Message string
	Details []Detail // sorted
	Err     error    // what is behind it, or nil
}

// Detail is one place in the request that is wrong.
type Detail struct {
	Pointer string `json:"pointer"` // JSON pointer into the request's body, as in /fields/3
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Message, e.Err)
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// TokenRequest asks for a new token.
type TokenRequest struct {
	Name         string
	Scopes       []string // names; nil is "not said"
	Unrestricted bool     // needs Scopes to be empty and not nil, or nil on the command line
	Expires      *time.Time
}

// ScopeRequest is what a scope is to be.
type ScopeRequest struct {
	Name        string
	Description string
	Fields      []string
}

// Deletion is what deleting a scope would do.
type Deletion struct {
	Opens  []string      // coordinates that every token could read then, sorted
	Tokens []store.Token // that would lose the scope, by id
}

// Applied is what applying files did to one data layer.
type Applied struct {
	DataLayer string
	Created   []string // names of scopes, sorted; so are the others
	Updated   []string
	Renamed   []string // "old -> new"
	Deleted   []string
	Sync      *store.Sync // nil when nothing changed
	Warnings  []string
}
