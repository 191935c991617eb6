package oracle

import (
	"cmp"
	"slices"
)

// Case is one question: a schema, scopes over it, a subject and an operation.
// Its JSON is one line of `fieldgate decide --batch`.
type Case struct {
	ID            string              `json:"id,omitempty"`
	SDL           string              `json:"schema"`
	Scopes        map[string][]string `json:"scopes"`
	Held          []string            `json:"token_scopes,omitzero"`
	Unrestricted  bool                `json:"unrestricted,omitempty"`
	Query         string              `json:"query"`
	OperationName string              `json:"operation_name,omitempty"`
	Variables     map[string]any      `json:"variables,omitzero"`
	Match         string              `json:"match,omitempty"`    // any (also when empty) or all
	Abstract      string              `json:"abstract,omitempty"` // deny (also when empty) or narrow
	Directives    []string            `json:"directives,omitzero"`
}

// The values of Denial.Kind.
const (
	KindField    = "field"
	KindArgument = "argument"
	KindFragment = "fragment"
)

// The values of Result.Decision.
const (
	Allow   = "allow"
	Partial = "partial"
	Deny    = "deny"
)

// Denial is one denied selection. Path and Coordinate identify it: no two
// denials of a Result share both.
type Denial struct {
	Path       []string `json:"path"`       // response keys, no list indices; empty, not nil, at the root
	Coordinate string   `json:"coordinate"` // P.f, or O for a fragment
	Kind       string   `json:"kind"`
	// ArgumentPath is the argument and then the input fields that lead to the
	// first unreadable coordinate of an argument, nil when none failed or when
	// it stands in an argument of a directive.
	ArgumentPath []string `json:"argument_path,omitempty"`
	Restricted   []string `json:"restricted"` // the needed coordinates that are not readable, sorted
}

// Field is one row of the list of what was written.
type Field struct {
	Path       []string `json:"path"`
	Coordinate string   `json:"coordinate"`
	Allowed    bool     `json:"allowed"`
}

// Result is the answer to a Case. Fields has one row per (path, coordinate) in
// document order, a field before what stands beneath it; Denied is sorted as by
// SortDenials. A refused document has neither.
type Result struct {
	Decision string   `json:"decision"`
	Fields   []Field  `json:"fields"`
	Denied   []Denial `json:"denied"`
}

// SortDenials orders denials by path, then coordinate.
func SortDenials(denied []Denial) {
	slices.SortFunc(denied, func(a, b Denial) int {
		return cmp.Or(slices.Compare(a.Path, b.Path), cmp.Compare(a.Coordinate, b.Coordinate))
	})
}
