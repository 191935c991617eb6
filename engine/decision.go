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

// Verdict is the short form of a decision: what an enforcer needs on every request.
type Verdict struct {
	snapshot *Snapshot
	scopes   []string // ids that the subject holds
	op       *gql.Operation
	bound    *gql.Bound
	decided  *gql.Decision // nil when the operation was refused before it was decided
	outcome  gql.Outcome
	effect   string
	forward  gql.Forward
	errors   gql.Errors
}

// Decision returns allow, partial or deny.
func (v *Verdict) Decision() string { return string(v.outcome) }

// Effect returns what to do about it: EffectForward, EffectForwardPruned or EffectRefuse.
func (v *Verdict) Effect() string { return v.effect }

// Forward returns what may be sent to the upstream; it is empty when the effect is EffectRefuse or
// when only introspection was asked for.
func (v *Verdict) Forward() gql.Forward { return v.forward }

// Needs returns the coordinates that the operation was found to need; nil when it was refused before it was decided.
func (v *Verdict) Needs() []gql.ID {
	if v.bound == nil {
		return nil
	}
	return v.bound.Needs()
}

// Errors returns why the operation was refused before its selections were decided; the texts are
// safe for the subject (R18).
func (v *Verdict) Errors() gql.Errors { return v.errors }

// Revision returns the revision that decided.
func (v *Verdict) Revision() bundles.Revision { return v.snapshot.revision }

// Details returns the long form. It costs more than the decision itself and is computed anew on
// every call.
func (v *Verdict) Details() Decision {
	out := Decision{
		Decision: string(v.outcome), Mode: v.snapshot.content.Mode, Effect: v.effect, Revision: &v.snapshot.revision,
		Fields: []gql.Field{}, Denied: []Denial{}, Errors: []*gql.Error{},
	}
	out.Errors = append(out.Errors, v.errors...)
	if v.op != nil {
		out.Operation = &OperationInfo{Name: v.op.Name, Type: v.op.Type}
	}
	if v.decided != nil {
		d := v.decided.Details()
		out.Fields = append(out.Fields, d.Fields...)
		out.Truncated = d.Truncated
		for _, denial := range d.Denied {
			out.Denied = append(out.Denied, v.snapshot.denial(denial, v.scopes))
		}
	}
	if v.forward.Query != "" {
		out.Query, out.Variables = &v.forward.Query, v.forward.Variables
	}
	return out
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
