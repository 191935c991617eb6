package scope

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a file: a slash path and a 1-based line and column (in
// characters). Line 0 is the file as a whole.
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String returns "file:line:column", or "file" for a file as a whole.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Compare orders positions by file, line and column. It returns -1, 0 or 1.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Problem is something in a file that its author has to change.
type Problem struct {
	Position
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"` // the word that was probably meant
	Hint       string `json:"hint,omitempty"`       // what to do; printed when there is no Suggestion
}

// Error returns "file:line:column: message", followed by `, did you mean "x"?` or ": hint".
func (p Problem) Error() string {
	s := p.Position.String() + ": " + p.Message
	switch {
	case p.Suggestion != "":
		s += fmt.Sprintf(", did you mean %q?", p.Suggestion)
	case p.Hint != "":
		s += ": " + p.Hint
	}
	return s
}

// Problems are sorted by file, line and column. As an error they are returned
// by Err only, so that no problems are a nil error.
type Problems []Problem

// Err returns p, or nil when there are no problems.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// Error returns one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns each Problem as an error.
func (p Problems) Unwrap() []error {
	errs := make([]error, len(p))
	for i, problem := range p {
		errs[i] = problem
	}
	return errs
}

// Sort puts the problems into order of position, then message.
func (p Problems) Sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Message, b.Message))
	})
}

// Positions says where the values of a file stand, by path: "mode",
// "upstream.url", "data_sources[0].types[1]". The path of the file's root is "".
type Positions map[string]Position

// At returns the position of the value at path, or else of the nearest value
// around it that the file has.
func (p Positions) At(path string) Position {
	for path != "" {
		if position, ok := p[path]; ok {
			return position
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return p[""]
}

// Has reports whether the file itself has a value at path, rather than a default.
func (p Positions) Has(path string) bool {
	_, ok := p[path]
	return ok
}
