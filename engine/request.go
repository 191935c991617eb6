package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Subject is who a decision is for: the holder of a set of scopes, or unrestricted.
// The zero value holds no scope and reads unscoped coordinates only.
type Subject struct {
	Scopes []string // names of scopes of the data layer
	// ScopeIDs are ids of scopes, as a token holds them (R5). One that the data layer does not have, or has no more, grants
	// nothing: a token may be read before the revision that knows its newest scope, or after the one that knew a deleted one.
	ScopeIDs     []string
	Unrestricted bool
}

// Request asks for the decision on one operation.
type Request struct {
	Subject       Subject
	Query         string
	OperationName string         // "" is none
	Variables     map[string]any // as encoding/json decodes them with UseNumber
}

// UnknownScopeError names scopes that a subject cannot hold since the data layer has none of that
// name. Its text is for members (R18).
type UnknownScopeError struct {
	Layer string
	Names []string
	Known []string // sorted
}

// Error names the scopes and those that there are.
func (e *UnknownScopeError) Error() string {
	return fmt.Sprintf("data layer %q has no scope named %s; it has: %s",
		e.Layer, strings.Join(quoted(e.Names), ", "), strings.Join(e.Known, ", "))
}

func quoted(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q", n)
	}
	return out
}

// Errors of a decision that could not be made. Each means: nothing is allowed.
var (
	ErrNoSnapshot = errors.New("the data layer has no active revision")
	ErrSubject    = errors.New("a subject is unrestricted or holds scopes, not both")
)

// resolve turns a subject into the ids that the policy knows, sorted, each once.
func (s *Snapshot) resolve(sub Subject) ([]string, error) {
	if sub.Unrestricted && len(sub.Scopes)+len(sub.ScopeIDs) > 0 {
		return nil, ErrSubject
	}
	var ids, unknown []string
	for _, id := range sub.ScopeIDs {
		if _, ok := s.scopeByID[id]; ok {
			ids = append(ids, id)
		}
	}
	for _, name := range sub.Scopes {
		if id, ok := s.scopeIDs[name]; ok {
			ids = append(ids, id)
		} else {
			unknown = append(unknown, name)
		}
	}
	if unknown != nil {
		return nil, &UnknownScopeError{Layer: s.content.Layer, Names: unknown, Known: s.scopeNames()}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
