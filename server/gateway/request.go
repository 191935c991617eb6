package gateway

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fieldgate/fieldgate/engine/wire"
)

// operation is what a client asks for.
type operation struct {
	query, name string
	variables   map[string]any
}

// postBody is the body of a GraphQL request in JSON. What may be left out may be null. Other names are
// refused: an upstream, or a proxy before it, might know them.
type postBody struct {
	Query         *string        `json:"query"`
	OperationName *string        `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"` // dropped
}

// bodyType returns what is wrong with the media type of a body, or "".
func bodyType(h http.Header) string {
	for _, coding := range h["Content-Encoding"] {
		if !strings.EqualFold(coding, "identity") {
			return "a body with a Content-Encoding is not read: send it as it is"
		}
	}
	types := h["Content-Type"]
	if len(types) == 1 && types[0] == mediaJSON {
		return ""
	}
	if len(types) != 1 {
		return "say Content-Type: application/json, once"
	}
	name, params, err := mime.ParseMediaType(types[0])
	switch {
	case err != nil || name != mediaJSON:
		return "the body must be JSON and say so: Content-Type: application/json"
	case !takesUTF8(params):
		return "JSON is UTF-8, no other charset is read"
	}
	return ""
}

// read reads the operation that a request asks for, strictly.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (operation, *refusal) {
	if r.Method == http.MethodGet {
		return readQuery(r.URL.RawQuery)
	}
	if name := parameter(r.URL.RawQuery); name != "" {
		return operation{}, badRequest("the parameter `" + name + "` in the URL of a POST: send it in the body")
	}
	body := buffers.get(int(min(max(r.ContentLength, 0), 1<<20)) + 512)
	defer body.release() // what is read of it is copied
	if refused := readBody(body, w, r, h.Settings.Limits.Body); refused != nil {
		return operation{}, refused
	}
	return readPost(body.b)
}

func readBody(into *buffer, w http.ResponseWriter, r *http.Request, limit int64) *refusal {
	tooLarge := func() *refusal {
		return refuse(http.StatusRequestEntityTooLarge, codeTooLarge, "the body is larger than "+strconv.FormatInt(limit, 10)+" bytes")
	}
	if r.ContentLength > limit {
		return tooLarge()
	}
	var err error
	into.b, err = appendAll(into.b, http.MaxBytesReader(w, r.Body, limit))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return tooLarge()
	}
	if err != nil {
		return badRequest("the body did not arrive whole")
	}
	return nil
}

// readPost reads the body of a POST.
func readPost(body []byte) (operation, *refusal) {
	trimmed := strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n")
	switch {
	case trimmed == "":
		return operation{}, badRequest("the body is empty: send a JSON object with `query`")
	case trimmed[0] == '[':
		return operation{}, badRequest("a batch of operations is not taken: send one operation in a request")
	case trimmed[0] != '{':
		return operation{}, badRequest("the body must be a JSON object with `query`")
	}
	in, ok := readPlain(body)
	if !ok {
		in = postBody{}
		if err := wire.Unmarshal(body, &in); err != nil {
			return operation{}, badRequest("the body is not a GraphQL request: " + clip(err.Error()))
		}
	}
	if in.Query == nil {
		return operation{}, noQuery(in.Extensions)
	}
	out := operation{query: *in.Query, variables: in.Variables}
	if in.OperationName != nil {
		out.name = *in.OperationName
	}
	return out, nil
}

// readPlain reads a body as nearly all clients write it. It says false for others, which may be good or bad.
func readPlain(body []byte) (in postBody, ok bool) {
	p := wire.NewPlain(body)
	text := func(into **string) bool {
		value, ok := p.Text()
		if !ok || *into != nil {
			return false
		}
		*into = &value
		return true
	}
	ok = p.Object(func(name []byte) bool {
		switch string(name) {
		case "query":
			return text(&in.Query)
		case "operationName":
			return text(&in.OperationName)
		case "variables":
			if in.Variables != nil {
				return false
			}
			var ok bool
			in.Variables, ok = p.Scalars()
			return ok
		}
		return false
	})
	return in, ok && p.End()
}

// noQuery says what is missing. Clients of persisted queries fall back to sending the query when they
// see this code.
func noQuery(extensions map[string]any) *refusal {
	if _, ok := extensions["persistedQuery"]; ok {
		return refuse(http.StatusBadRequest, codePersisted, "persisted queries are not taken: send the document as `query`")
	}
	return badRequest("`query` is missing: the text of the GraphQL document")
}

// The parameters of a GET.
var parameters = []string{"query", "operationName", "variables", "extensions"}

// parameter returns a parameter of a GET that stands in a query string, in whichever case, or "".
func parameter(rawQuery string) string {
	if rawQuery == "" {
		return ""
	}
	values, _ := url.ParseQuery(rawQuery) // nothing of it is used
	for _, name := range parameters {
		for have := range values {
			if strings.EqualFold(name, have) {
				return name
			}
		}
	}
	return ""
}

// readQuery reads the query string of a GET. It quotes nothing of it: that may be a secret.
func readQuery(rawQuery string) (operation, *refusal) {
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return operation{}, badRequest("the query string cannot be read")
	}
	var in postBody
	for name, list := range values {
		switch {
		case !slices.Contains(parameters, name):
			return operation{}, badRequest("the parameters are " + strings.Join(parameters, ", ") + "; there is another")
		case len(list) != 1:
			return operation{}, badRequest("the parameter `" + name + "` is there more than once")
		case !utf8.ValidString(list[0]):
			return operation{}, badRequest("the parameter `" + name + "` is not UTF-8")
		}
	}
	for name, into := range map[string]*map[string]any{"variables": &in.Variables, "extensions": &in.Extensions} {
		if text := values.Get(name); text != "" {
			if err := wire.Unmarshal([]byte(text), into); err != nil {
				return operation{}, badRequest("the parameter `" + name + "` is not a JSON object")
			}
		}
	}
	if !values.Has("query") {
		return operation{}, noQuery(in.Extensions)
	}
	return operation{query: values.Get("query"), name: values.Get("operationName"), variables: in.Variables}, nil
}

func badRequest(detail string) *refusal {
	return refuse(http.StatusBadRequest, codeRequest, detail)
}

// clip bounds a text that quotes the client.
func clip(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
