package decisionlog

import (
	"time"
)

// Event is one decision. Its JSON is an event of OPA's decision logs.
type Event struct {
	Labels      map[string]string `json:"labels"` // set by the log
	DecisionID  string            `json:"decision_id"`
	TraceID     string            `json:"trace_id,omitempty"`
	SpanID      string            `json:"span_id,omitempty"`
	Bundles     map[string]Bundle `json:"bundles,omitempty"` // the revision that decided, by data layer
	Path        string            `json:"path"`              // what asked
	Input       Input             `json:"input"`
	Result      Result            `json:"result"`
	Erased      []string          `json:"erased,omitempty"` // set by the log: JSON pointers, sorted
	RequestedBy string            `json:"requested_by,omitempty"`
	Timestamp   time.Time         `json:"timestamp"`
	Metrics     map[string]int64  `json:"metrics,omitempty"`
	RequestID   string            `json:"request_id,omitempty"`
}

// Bundle says which revision of a data layer decided.
type Bundle struct {
	Revision string `json:"revision"`
}

// Input is what was decided.
type Input struct {
	DataLayer     string  `json:"data_layer"`
	Subject       Subject `json:"subject"`
	Query         string  `json:"query"`
	OperationName string  `json:"operation_name,omitempty"`
	// HasVariables says that there were variables. Their values never come here: the event says so in `erased`.
	HasVariables bool `json:"-"`
}

// Subject says who it was decided for.
type Subject struct {
	TokenID      string   `json:"token_id,omitempty"`
	Member       string   `json:"member,omitempty"`
	Scopes       []string `json:"scopes,omitempty"`
	ScopeIDs     []string `json:"scope_ids,omitempty"`
	Unrestricted bool     `json:"unrestricted,omitempty"`
}

// Result is what was decided about it.
type Result struct {
	Decision  string     `json:"decision"` // allow, partial, deny or error
	Effect    string     `json:"effect"`
	Operation *Operation `json:"operation,omitempty"`
	Denied    []Denial   `json:"denied,omitempty"`
	Truncated bool       `json:"truncated,omitempty"` // more is denied than is listed
	Codes     []string   `json:"codes,omitempty"`     // of errors
}

// Operation says which operation of the document was decided.
type Operation struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Denial is one thing that was denied.
type Denial struct {
	Path         []string `json:"path"`
	Coordinate   string   `json:"coordinate"`
	Kind         string   `json:"kind"`
	ArgumentPath []string `json:"argument_path,omitempty"`
}
