package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// Endpoint is an upstream whose ${VARIABLE} references are resolved. It may hold secrets: it prints as its host.
type Endpoint struct {
	url    *url.URL
	header http.Header
}

// ErrNone is a data layer without an upstream.
var ErrNone = errors.New("the data layer has no upstream: say `upstream: {url: ...}` in layer.yaml")

// Resolve returns the endpoint of an upstream. lookup is os.LookupEnv, say. The errors are ErrNone, and *scope.UnsetError
// and others that name the place in layer.yaml; none holds the value of a variable.
func Resolve(u scope.Upstream, lookup func(name string) (value string, ok bool)) (Endpoint, error) {
	if u.URL == "" {
		return Endpoint{}, ErrNone
	}
	text, err := scope.Expand(u.URL, lookup)
	if err != nil {
		return Endpoint{}, fmt.Errorf("upstream.url: %w", err)
	}
	address, err := parseURL(text)
	if err != nil {
		return Endpoint{}, fmt.Errorf("upstream.url: %w", err)
	}
	e := Endpoint{url: address, header: make(http.Header, len(u.Headers))}
	for name, text := range u.Headers {
		value, err := scope.Expand(text, lookup)
		if err != nil {
			return Endpoint{}, fmt.Errorf("upstream.headers.%s: %w", name, err)
		}
		if strings.ContainsFunc(value, isControl) {
			return Endpoint{}, fmt.Errorf("upstream.headers.%s: a variable holds what no header can, such as a line break", name)
		}
		e.header.Set(name, strings.TrimSpace(value))
	}
	return e, nil
}

// isControl reports what no header may hold (RFC 9110, section 5.5).
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// parseURL never quotes the text: a variable may have put a secret into it.
func parseURL(text string) (*url.URL, error) {
	address, err := url.Parse(text)
	switch {
	case err != nil || address.Hostname() == "" || address.Scheme != "http" && address.Scheme != "https":
		return nil, errors.New("it is no http or https URL once its variables are replaced")
	case address.User != nil:
		return nil, errors.New("it holds credentials once its variables are replaced: send them in `headers`")
	case address.Fragment != "":
		return nil, errors.New("it holds a fragment once its variables are replaced")
	}
	return address, nil
}

// URL returns the address, for requests. It may hold secrets.
func (e Endpoint) URL() *url.URL {
	copied := *e.url
	return &copied
}

// Header returns the headers that every request to the upstream has. They may hold secrets.
func (e Endpoint) Header() http.Header { return e.header.Clone() }

// Request returns a POST of a GraphQL request in JSON, with the endpoint's headers.
func (e Endpoint) Request(ctx context.Context, body io.Reader) (*http.Request, error) {
	if e.url == nil {
		return nil, ErrNone
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url.String(), body)
	if err != nil {
		return nil, errors.New("the request to the upstream cannot be made") // the error would quote the URL
	}
	r.Header.Set("Accept", "application/graphql-response+json, application/json;q=0.9")
	for name, values := range e.header {
		r.Header[name] = values[:1:1]
	}
	r.Header.Set("Content-Type", "application/json")
	r.Host = e.header.Get("Host") // "" is the URL's
	r.Header.Del("Host")
	return r, nil
}

// String returns scheme and host, which are no secrets.
func (e Endpoint) String() string {
	if e.url == nil {
		return ""
	}
	return e.url.Scheme + "://" + e.url.Host
}

// GoString is String.
func (e Endpoint) GoString() string { return e.String() }
