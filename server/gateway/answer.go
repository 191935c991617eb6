package gateway

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/fieldgate/fieldgate/engine/gql"
)

// The codes of answers that no decision is behind, as `extensions.code`.
const (
	codeNotFound        gql.Code = "NOT_FOUND"
	codeMethod          gql.Code = "METHOD_NOT_ALLOWED"
	codeHeader          gql.Code = "HEADER_TOO_LARGE"
	codeAccept          gql.Code = "NOT_ACCEPTABLE"
	codeMediaType       gql.Code = "UNSUPPORTED_MEDIA_TYPE"
	codeTooLarge        gql.Code = "BODY_TOO_LARGE"
	codeRequest         gql.Code = "BAD_REQUEST"
	codePersisted       gql.Code = "PERSISTED_QUERY_NOT_SUPPORTED"
	codeUnauthenticated gql.Code = "UNAUTHENTICATED"
	codeToken           gql.Code = "INVALID_TOKEN"
	codeAuthorization   gql.Code = "BAD_AUTHORIZATION"
	codeSubject         gql.Code = "BAD_SUBJECT"
	codeDenied          gql.Code = "UNAUTHORIZED_FIELD_OR_TYPE"
	codeBusy            gql.Code = "UPSTREAM_BUSY"
	codeNoUpstream      gql.Code = "NO_UPSTREAM"
	codeUpstreamDown    gql.Code = "UPSTREAM_UNAVAILABLE"
	codeUpstreamSlow    gql.Code = "UPSTREAM_TIMEOUT"
	codeUpstreamBad     gql.Code = "UPSTREAM_BAD_RESPONSE"
	codeUpstreamError   gql.Code = "UPSTREAM_ERROR"
	codeInternal        gql.Code = "INTERNAL_ERROR"
)

// refusal is an answer without data. It is what a client sees: its texts name only what the client
// wrote or may read (R18).
type refusal struct {
	status    int // 4xx or 5xx
	errors    gql.Errors
	response  []byte // the body when it is not made of the errors
	lenient   bool   // a GraphQL response: 200 where the client takes application/json
	challenge string // WWW-Authenticate
	allow     string // Allow
	retry     int    // Retry-After, seconds
}

func refuse(status int, code gql.Code, message string) *refusal {
	return &refusal{status: status, errors: gql.Errors{{Code: code, Message: message}}}
}

// refuseOperation answers an operation that is not decided field by field. A limit is the client's to
// keep whatever it accepts (R16).
func refuseOperation(errs gql.Errors) *refusal {
	return &refusal{status: http.StatusBadRequest, errors: errs, lenient: !errs.Has(gql.CodeLimit)}
}

// body is the refusal as a GraphQL response (spec, section 7.1.2).
func (r *refusal) body() []byte {
	if r.response != nil {
		return r.response
	}
	type extensions struct {
		Code gql.Code `json:"code"`
	}
	type one struct {
		Message    string         `json:"message"`
		Locations  []gql.Location `json:"locations,omitempty"`
		Path       []string       `json:"path,omitempty"`
		Extensions extensions     `json:"extensions"`
	}
	list := make([]one, len(r.errors))
	for i, e := range r.errors {
		list[i] = one{e.Message, e.Locations, e.Path, extensions{e.Code}}
	}
	body, err := json.Marshal(map[string]any{"errors": list})
	if err != nil { // strings and numbers only
		body = []byte(`{"errors":[{"message":"internal error"}]}`)
	}
	return body
}

// The media types of GraphQL over HTTP.
const (
	mediaJSON     = "application/json"
	mediaResponse = "application/graphql-response+json"
)

// accepted returns the media type to answer with, or "" when the client takes none of them. Without a
// preference it is application/json, which every client reads.
func accepted(h http.Header) string {
	values := h["Accept"]
	if len(values) == 0 || len(values) == 1 && values[0] == mediaJSON {
		return mediaJSON
	}
	weights := map[string]float64{}
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			name, params, err := mime.ParseMediaType(part)
			if err != nil || !takesUTF8(params) {
				continue
			}
			weights[name] = max(weights[name], quality(params))
		}
	}
	return prefer(weights)
}

func takesUTF8(params map[string]string) bool {
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}

// quality is the weight of a media range (RFC 9110, section 12.4.2).
func quality(params map[string]string) float64 {
	text, ok := params["q"]
	if !ok {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || q < 0 || q > 1 {
		return 0
	}
	return q
}

func prefer(weights map[string]float64) string {
	weight := func(names ...string) float64 {
		for _, name := range names { // the most specific range counts
			if q, ok := weights[name]; ok {
				return q
			}
		}
		return 0
	}
	plain, response := weight(mediaJSON, "application/*", "*/*"), weight(mediaResponse, "application/*", "*/*")
	_, named := weights[mediaResponse]
	_, plainNamed := weights[mediaJSON]
	switch {
	case plain == 0 && response == 0:
		return ""
	case response > plain, response == plain && named:
		return mediaResponse
	case response > 0 && named && !plainNamed:
		return mediaResponse // named beside a wildcard
	}
	return mediaJSON
}

// write sends an answer and returns its status.
func write(w http.ResponseWriter, status int, media string, body []byte) int {
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	writeHeader(w, status, media)
	_, _ = w.Write(body) // the client is gone
	return status
}

// Values of headers, which nobody changes.
var (
	typeJSON     = []string{mediaJSON + "; charset=utf-8"}
	typeResponse = []string{mediaResponse + "; charset=utf-8"}
	noStore      = []string{"no-store"}
	noSniff      = []string{"nosniff"}
)

// writeHeader begins an answer.
func writeHeader(w http.ResponseWriter, status int, media string) {
	h := w.Header()
	switch media {
	case mediaJSON:
		h["Content-Type"] = typeJSON
	case mediaResponse:
		h["Content-Type"] = typeResponse
	default:
		h["Content-Type"] = []string{media + "; charset=utf-8"}
	}
	h["Cache-Control"], h["X-Content-Type-Options"] = noStore, noSniff
	w.WriteHeader(status)
}

// writeRefusal sends a refusal and returns its status.
func writeRefusal(w http.ResponseWriter, r *refusal, media string, body []byte) int {
	h := w.Header()
	if r.challenge != "" {
		h.Set("WWW-Authenticate", r.challenge)
	}
	if r.allow != "" {
		h.Set("Allow", r.allow)
	}
	if r.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(r.retry))
	}
	if r.status == http.StatusUnsupportedMediaType {
		h.Set("Accept-Post", mediaJSON)
		h.Set("Accept-Encoding", "identity")
	}
	status := r.status
	if media == "" {
		media = mediaJSON
	}
	if r.lenient && media == mediaJSON {
		status = http.StatusOK
	}
	return write(w, status, media, body)
}
