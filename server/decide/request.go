package decide

import (
	"errors"
	"net/http"
	"strings"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/wire"
	"github.com/fieldgate/fieldgate/server/problem"
)

// Request is the body of a decision request. What may be left out may also be null.
type Request struct {
	DataLayer     *string        `json:"data_layer"` // may be left out when there is only one
	Subject       *Subject       `json:"subject"`
	Query         *string        `json:"query"`
	OperationName *string        `json:"operation_name"` // may be left out, or "": none
	Variables     map[string]any `json:"variables"`      // may be left out
}

// Subject says who the decision is for. Exactly one member is set.
type Subject struct {
	Token        *string  `json:"token"`
	TokenID      *string  `json:"token_id"`
	Scopes       []string `json:"scopes"`       // names; [] holds none, null is not set
	Unrestricted *bool    `json:"unrestricted"` // true
}

// dataRequest is the body of a request in the shape of OPA's Data API.
type dataRequest struct {
	Input *Request `json:"input"`
}

// ParseRequest reads the body of POST /v1/decisions strictly. The error is a *RequestError.
func ParseRequest(body []byte) (*Request, error) {
	var r Request
	if err := wire.Unmarshal(body, &r); err != nil {
		return nil, badJSON(err)
	}
	return &r, r.check("")
}

// ParseDataRequest reads the same as the `input` of OPA's Data API. The error is a *RequestError.
func ParseDataRequest(body []byte) (*Request, error) {
	var r dataRequest
	if err := wire.Unmarshal(body, &r); err != nil {
		return nil, badJSON(err)
	}
	if r.Input == nil {
		return nil, badRequest("/input", "`input` is missing: it holds what the body of /v1/decisions holds")
	}
	return r.Input, r.Input.check("/input")
}

// RequestError is a request that was not taken. Its texts name only what the client wrote, and the
// data layers and scopes that there are.
type RequestError struct{ problem.Problem }

// Error returns the detail.
func (e *RequestError) Error() string { return e.Detail }

// The codes of problems with requests.
const (
	codeRequest   = "BAD_REQUEST"
	codeSubject   = "BAD_SUBJECT"
	codeScope     = "UNKNOWN_SCOPE"
	codeLayer     = "UNKNOWN_DATA_LAYER"
	codeToken     = "UNKNOWN_TOKEN"
	codeMediaType = "UNSUPPORTED_MEDIA_TYPE"
	codeTooLarge  = "BODY_TOO_LARGE"
)

func badRequest(pointer, detail string) *RequestError {
	return &RequestError{problem.Problem{Status: http.StatusBadRequest, Code: codeRequest, Pointer: pointer, Detail: detail}}
}

func badSubject(pointer, detail string) *RequestError {
	return &RequestError{problem.Problem{Status: http.StatusBadRequest, Code: codeSubject, Pointer: pointer, Detail: detail}}
}

func badJSON(err error) *RequestError {
	var at *wire.Error
	if errors.As(err, &at) {
		return badRequest(clip(at.Pointer), clip(err.Error()))
	}
	return badRequest("", "the body is not JSON")
}

// clip bounds a text that quotes the client.
func clip(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

// check returns nil, or what a request lacks. at is the pointer to the request in the body.
func (r *Request) check(at string) error {
	if r.Subject == nil {
		return badSubject(at+"/subject", "`subject` is missing: "+subjects)
	}
	if err := r.Subject.check(at + "/subject"); err != nil {
		return err
	}
	if r.Query == nil {
		return badRequest(at+"/query", "`query` is missing: the text of the GraphQL document")
	}
	return nil
}

const subjects = "it has exactly one of `token`, `token_id`, `scopes` (a list of names, [] for none) and `unrestricted` (true)"

func (s *Subject) check(at string) error {
	set := 0
	for _, is := range []bool{s.Token != nil, s.TokenID != nil, s.Scopes != nil, s.Unrestricted != nil} {
		if is {
			set++
		}
	}
	switch {
	case set != 1:
		return badSubject(at, "the subject is not clear: "+subjects)
	case s.Unrestricted != nil && !*s.Unrestricted:
		return badSubject(at+"/unrestricted", "`unrestricted` can only be true: name `scopes` instead")
	}
	return nil
}

// token reports whether the subject is a token.
func (s *Subject) token() bool { return s.Token != nil || s.TokenID != nil }

// engine returns the request in the engine's words, but for a subject that is a token.
func (r *Request) engine() engine.Request {
	out := engine.Request{Query: *r.Query, Variables: r.Variables}
	if !r.Subject.token() {
		out.Subject = engine.Subject{Scopes: r.Subject.Scopes, Unrestricted: r.Subject.Unrestricted != nil}
	}
	if r.OperationName != nil {
		out.OperationName = *r.OperationName
	}
	return out
}
