package engine

import (
	"slices"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine/gql"
)

// What a decision says, whatever the mode of the data layer.
const (
	DecisionAllow   = string(gql.Allow)
	DecisionPartial = string(gql.Partial)
	DecisionDeny    = string(gql.Deny)
	DecisionError   = "error" // it could not be decided: nothing is allowed
)

// What an enforcer does about it, by the mode of the data layer.
const (
	EffectForward       = "forward"        // send Query
	EffectForwardPruned = "forward_pruned" // send Query, which lacks what is denied
	EffectRefuse        = "refuse"         // send nothing
)

// Decision is the long form of a verdict, the decision JSON of every interface. It names scopes that
// would help and is therefore for members and enforcers, not for token holders (R18).
type Decision struct {
	ID        string            `json:"id,omitempty"` // of a batch line
	Decision  string            `json:"decision"`
	Mode      string            `json:"mode,omitempty"`
	Effect    string            `json:"effect"`
	Revision  *bundles.Revision `json:"revision"`
	Operation *OperationInfo    `json:"operation"` // null when no operation could be picked
	Fields    []gql.Field       `json:"fields"`
	Denied    []Denial          `json:"denied"`
	Truncated bool              `json:"truncated,omitempty"` // more denials than are listed
	Query     *string           `json:"query"`               // what would be sent; null: nothing
	Variables map[string]any    `json:"variables,omitempty"` // what would be sent with it
	Errors    []*gql.Error      `json:"errors"`
	Warnings  []string          `json:"warnings,omitempty"`
}

// OperationInfo says which operation was decided.
type OperationInfo struct {
	Name string `json:"name"` // "" for an anonymous one
	Type string `json:"type"` // query, mutation or subscription
}

// Denial is one thing that is denied, identified by Path and Coordinate.
type Denial struct {
	Path         []string `json:"path"` // response keys, without list indices
	Coordinate   string   `json:"coordinate"`
	Kind         gql.Kind `json:"kind"`
	ArgumentPath []string `json:"argument_path,omitempty"`
	// Restricted holds the needed coordinates that are not readable, sorted.
	Restricted []string `json:"restricted"`
	// Missing holds, for each of Restricted, the names of the scopes that would open it, sorted:
	// any of them, or all of them on a layer with `match: all`.
	Missing map[string][]string `json:"missing"`
}

// ErrorDecision is the decision when none could be made (R16). The message is for the caller and
// must be safe to show.
func ErrorDecision(code gql.Code, message string) Decision {
	return Decision{
		Decision: DecisionError, Effect: EffectRefuse,
		Fields: []gql.Field{}, Denied: []Denial{}, Errors: []*gql.Error{{Code: code, Message: message}},
	}
}

func (s *Snapshot) denial(d gql.Denial, held []string) Denial {
	out := Denial{
		Path: d.Path, Coordinate: d.Coordinate, Kind: d.Kind, ArgumentPath: d.ArgumentPath,
		Restricted: []string{}, Missing: map[string][]string{},
	}
	for _, id := range d.Restricted {
		name := s.schema.Name(id)
		out.Restricted = append(out.Restricted, name)
		missing := []string{}
		for _, scope := range s.content.Coordinates[name] {
			if scopeName, ok := s.scopeByID[scope]; ok && !slices.Contains(held, scope) {
				missing = append(missing, scopeName)
			}
		}
		slices.Sort(missing)
		out.Missing[name] = missing
	}
	slices.Sort(out.Restricted)
	return out
}
