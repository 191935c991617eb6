package gql

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Code names why an operation was refused, for programs. It travels as `extensions.code`.
type Code string

// The codes of refused operations.
const (
	CodeParse         Code = "GRAPHQL_PARSE_FAILED"
	CodeInvalid       Code = "GRAPHQL_VALIDATION_FAILED"
	CodeLimit         Code = "LIMIT_EXCEEDED"
	CodeOperation     Code = "OPERATION_RESOLUTION_FAILURE"
	CodeOperationType Code = "OPERATION_TYPE_NOT_ALLOWED"
	CodeDirective     Code = "DIRECTIVE_NOT_ALLOWED"
	CodeReservedAlias Code = "RESERVED_ALIAS"
	CodeVariables     Code = "BAD_VARIABLES"
	CodeIntrospection Code = "INTROSPECTION_DISABLED"
)

// What one document can be told at most.
const (
	maxErrors   = 20
	maxErrorLen = 300
)

// ReservedKey is the response key under which a document that is sent asks for the type of an object.
const ReservedKey = "__fieldgate"

// Names with a meaning of their own.
const (
	reservedPrefix        = ReservedKey // of response keys that only Fieldgate uses
	deferName, streamName = "defer", "stream"
	skipName, includeName = "skip", "include"
	typenameField         = "__typename"
	introspectionPrefix   = "__"
)

// Location is a place in the client's document; lines and columns count from 1.
type Location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Error says why an operation was refused. Its message is safe for a token holder (R18) when
// Errors.Safe says so: it names only what the holder wrote or what its view holds.
type Error struct {
	Message   string     `json:"message"`
	Code      Code       `json:"code"`
	Path      []string   `json:"path,omitempty"`
	Locations []Location `json:"locations,omitempty"`

	schema bool // the message may name what is not in the subject's view
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Errors is a list of refusals, in document order. The zero length means none.
type Errors []*Error

// Err returns the list as an error, or nil when it is empty.
func (e Errors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// Error returns the messages, one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Message
	}
	return strings.Join(lines, "\n")
}

// Has reports whether one of the errors has the code.
func (e Errors) Has(code Code) bool {
	for _, one := range e {
		if one.Code == code {
			return true
		}
	}
	return false
}

// Safe reports whether a token holder may see the messages as they are. Those of a document that is
// not valid in the whole schema are not: View.Validate says the same in words of the view.
func (e Errors) Safe() bool {
	for _, one := range e {
		if one.schema {
			return false
		}
	}
	return true
}

func refuse(code Code, format string, args ...any) Errors {
	return Errors{{Code: code, Message: fmt.Sprintf(format, args...)}}
}

func fromParser(code Code, err error) Errors {
	var one *gqlerror.Error
	if errors.As(err, &one) {
		return Errors{{Code: code, Message: clip(one.Message), Locations: locations(one.Locations)}}
	}
	return Errors{{Code: code, Message: clip(err.Error())}}
}

func locations(in []gqlerror.Location) []Location {
	out := make([]Location, len(in))
	for i, l := range in {
		out[i] = Location{Line: l.Line, Column: l.Column}
	}
	return out
}

// clip bounds a message that quotes the client's document.
func clip(s string) string {
	if len(s) <= maxErrorLen {
		return s
	}
	return strings.ToValidUTF8(s[:maxErrorLen], "") + "..."
}

// AppendResponse appends the errors as a GraphQL response without data: the code stands in `extensions`.
func (e Errors) AppendResponse(dst []byte) []byte {
	type extensions struct {
		Code Code `json:"code"`
	}
	type entry struct {
		Message    string     `json:"message"`
		Path       []string   `json:"path,omitempty"`
		Locations  []Location `json:"locations,omitempty"`
		Extensions extensions `json:"extensions"`
	}
	out := struct {
		Errors []entry `json:"errors"`
	}{Errors: make([]entry, len(e))}
	for i, one := range e {
		out.Errors[i] = entry{Message: one.Message, Path: one.Path, Locations: one.Locations, Extensions: extensions{one.Code}}
	}
	text, err := json.Marshal(out)
	if err != nil { // strings and numbers always marshal
		return append(dst, `{"errors":[{"message":"refused"}]}`...)
	}
	return append(dst, text...)
}
