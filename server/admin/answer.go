package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/problem"
	"github.com/fieldgate/fieldgate/server/store"
)

// problemError is a problem with the headers that go with it.
type problemError struct {
	problem.Problem
	header http.Header
	bare   bool // 401 for a request without any credential
}

// Error returns the detail.
func (e *problemError) Error() string { return e.Detail }

func badRequest(pointer, detail string) *problemError {
	return &problemError{Problem: problem.Problem{Status: http.StatusBadRequest, Code: "BAD_REQUEST", Pointer: pointer, Detail: detail}}
}

// invalid is badRequest with the code that the control plane has for it.
func invalid(code, pointer, detail string) *problemError {
	p := badRequest(pointer, detail)
	p.Code = code
	return p
}

func forbidden(detail string) *problemError {
	return &problemError{Problem: problem.Problem{Status: http.StatusForbidden, Code: "FORBIDDEN", Detail: detail}}
}

func notFound(what string) *problemError {
	return &problemError{Problem: problem.Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: "there is no such " + what}}
}

// refuse answers with what is wrong. What is not meant for the client is only logged.
func (c *call) refuse(err error) {
	var p *problemError
	switch {
	case errors.As(err, &p):
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		p = &problemError{Problem: problem.Problem{Status: http.StatusServiceUnavailable, Code: "NOT_IN_TIME", Detail: "the request ended before its answer"}}
	default:
		p = c.translate(err)
	}
	for name, values := range p.header {
		c.Writer.Header()[name] = values
	}
	problem.Write(c.Writer, p.Problem)
}

// statuses are those of the control plane's kinds of errors.
var statuses = map[control.Kind]int{
	control.Invalid: http.StatusBadRequest, control.NotFound: http.StatusNotFound, control.Conflict: http.StatusConflict,
	control.FileOwned: http.StatusConflict, control.Stale: http.StatusPreconditionFailed,
	control.Unprocessable: http.StatusUnprocessableEntity, control.Full: http.StatusInsufficientStorage,
}

// translate turns an error of the control plane into a problem. Its message is for members; what is behind it is not.
func (c *call) translate(err error) *problemError {
	var e *control.Error
	if !errors.As(err, &e) || statuses[e.Kind] == 0 {
		if p := fromStore(err); p != nil {
			return p
		}
		c.api.Log.ErrorContext(c.ctx(), "admin request failed", "request_id", c.requestID(), "route", c.route.ID, "error", err.Error())
		return &problemError{Problem: problem.Problem{Status: http.StatusInternalServerError, Code: "INTERNAL_ERROR"}}
	}
	p := &problemError{Problem: problem.Problem{Status: statuses[e.Kind], Code: e.Code, Detail: e.Message}}
	for _, d := range e.Details {
		p.Places = append(p.Places, problem.Place{Pointer: d.Pointer, Detail: d.Message, Hint: d.Hint})
	}
	if len(e.Details) == 1 {
		p.Pointer = e.Details[0].Pointer
	}
	return p
}

// fromStore knows the store's own errors, should one come through as it is.
func fromStore(err error) *problemError {
	for _, known := range []struct {
		err    error
		status int
		code   string
	}{
		{store.ErrNotFound, http.StatusNotFound, "NOT_FOUND"}, {store.ErrConflict, http.StatusConflict, "CONFLICT"},
		{store.ErrStale, http.StatusPreconditionFailed, "STALE"}, {store.ErrFull, http.StatusInsufficientStorage, "STORE_FULL"},
	} {
		if errors.Is(err, known.err) {
			return &problemError{Problem: problem.Problem{Status: known.status, Code: known.code, Detail: known.err.Error()}}
		}
	}
	return nil
}

// answer writes JSON, which is encoded whole before anything is sent.
func (c *call) answer(status int, value any) error {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(value); err != nil { // escapes <, > and &: no text can become markup
		return err
	}
	c.Data(status, "application/json", body.Bytes())
	return nil
}

// answerRow writes a single row with its ETag, or 304 when the caller has it.
func (c *call) answerRow(status int, version uint64, value any) error {
	tag := etag(version)
	c.Header("Etag", tag)
	if c.Request.Method == http.MethodGet && noneMatch(c.Request.Header.Values("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	return c.answer(status, value)
}

func etag(version uint64) string { return `"` + strconv.FormatUint(version, 10) + `"` }

func noneMatch(values []string, tag string) bool {
	for _, value := range values {
		for _, one := range strings.Split(value, ",") {
			if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
				return true
			}
		}
	}
	return false
}

// version returns the version that If-Match names: 428 without one, 412 for a tag that is of no version at all. A `*`
// would mean "whatever it is by now", which is what If-Match is there to prevent.
func (c *call) version() (uint64, error) {
	values := c.Request.Header.Values("If-Match")
	switch {
	case len(values) == 0 || len(values) == 1 && (values[0] == "" || values[0] == "*"):
		return 0, &problemError{Problem: problem.Problem{
			Status: http.StatusPreconditionRequired, Code: "IF_MATCH_REQUIRED", Detail: "send the row's ETag as If-Match, as it was when you read it",
		}}
	case len(values) > 1 || strings.Contains(values[0], ","):
		return 0, badRequest("", "If-Match names one ETag here")
	}
	text, opened := strings.CutPrefix(values[0], `"`)
	text, closed := strings.CutSuffix(text, `"`)
	n, err := strconv.ParseUint(text, 10, 64)
	if !opened || !closed || err != nil || etag(n) != values[0] || n == 0 {
		return 0, &problemError{Problem: problem.Problem{
			Status: http.StatusPreconditionFailed, Code: "STALE", Detail: "If-Match is no ETag of this row: read it again",
		}}
	}
	return n, nil
}
