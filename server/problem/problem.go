// Package problem writes what went wrong with an HTTP request as application/problem+json (RFC 9457).
// It never shows anything that its caller did not put into a text.
package problem

import (
	"encoding/json"
	"net/http"
)

// ContentType is the media type of a problem.
const ContentType = "application/problem+json"

// Problem is a problem detail object (RFC 9457, section 3.1). Its type is always about:blank, so that
// Title is the phrase of the status; Code is what programs tell problems apart by.
type Problem struct {
	Type       string  `json:"type"`
	Title      string  `json:"title"`
	Status     int     `json:"status"`
	Detail     string  `json:"detail,omitempty"` // for people: what to change
	Code       string  `json:"code"`
	Pointer    string  `json:"pointer,omitempty"`    // RFC 6901: the place in the body
	Suggestion string  `json:"suggestion,omitempty"` // the word that was probably meant
	RequestID  string  `json:"request_id,omitempty"` // as in the log
	Places     []Place `json:"errors,omitempty"`     // when several places in the body are wrong
}

// Place is one place in the body that is wrong.
type Place struct {
	Pointer string `json:"pointer"` // RFC 6901
	Detail  string `json:"detail"`
	Hint    string `json:"hint,omitempty"`
}

// RequestIDHeader names a request in answers, problems and the log.
const RequestIDHeader = "X-Request-Id"

// Write answers a request with p. Type, Title and RequestID are filled in; Status must be an HTTP
// status of 4xx or 5xx.
func Write(w http.ResponseWriter, p Problem) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	p.RequestID = w.Header().Get(RequestIDHeader)
	body, err := json.Marshal(p)
	if err != nil { // strings and numbers only
		body = []byte(`{}`)
	}
	h := w.Header()
	h.Set("Content-Type", ContentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // the client is gone
}
