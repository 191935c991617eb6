package gateway

import (
	"net/http"
	"strings"
)

// Prefix is the path that the endpoints of all data layers begin with.
const Prefix = "/layers/"

// kind is what a path asks for.
type kind int

const (
	nothing kind = iota
	endpoint
	sdl
)

// route reads a path letter by letter: an escape, a double slash or a dot segment names nothing, so
// that no other reader can take it for another data layer.
func route(escapedPath string) (layer string, is kind) {
	rest, ok := strings.CutPrefix(escapedPath, Prefix)
	if !ok {
		return "", nothing
	}
	layer, tail, deeper := strings.Cut(rest, "/")
	switch {
	case !plainName(layer):
		return "", nothing
	case !deeper || tail == "graphql":
		return layer, endpoint
	case tail == "schema.graphql":
		return layer, sdl
	}
	return "", nothing
}

// plainName reports whether a name holds only what a name of a data layer can.
func plainName(s string) bool {
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
		default:
			return false
		}
	}
	return s != "" && len(s) <= 128
}

// maxHeader is how large the request line and the headers may be together.
const maxHeader = 16 << 10

func headerSize(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Host) + len("  HTTP/1.1\r\nHost: \r\n")
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}

// checkHeaders refuses what can be refused before the token is looked at.
func checkHeaders(r *http.Request, is kind) *refusal {
	allow := "GET, POST"
	if is == sdl {
		allow = http.MethodGet
	}
	switch {
	case is == nothing:
		return refuse(http.StatusNotFound, codeNotFound, "there is nothing at this path")
	case r.Method != http.MethodGet && (r.Method != http.MethodPost || is == sdl):
		out := refuse(http.StatusMethodNotAllowed, codeMethod, "use "+allow)
		out.allow = allow
		return out
	case headerSize(r) > maxHeader:
		return refuse(http.StatusRequestHeaderFieldsTooLarge, codeHeader, "the headers are larger than 16 KiB")
	case r.Method == http.MethodPost:
		if detail := bodyType(r.Header); detail != "" {
			return refuse(http.StatusUnsupportedMediaType, codeMediaType, detail)
		}
	case r.ContentLength != 0:
		return refuse(http.StatusBadRequest, codeRequest, "a GET has no body: use POST, or the parameter `query`")
	}
	return nil
}
