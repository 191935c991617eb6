package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// Endpoint is an upstream whose ${VARIABLE} references are resolved. It may hold secrets: it prints as its host.
type Endpoint struct {
	url    *url.URL
	host   string      // that it is asked for; "" is the URL's
	header http.Header // of every request; it is never changed
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
	e := Endpoint{url: address, header: make(http.Header, len(u.Headers)+4)}
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
	e.host = e.header.Get("Host")
	e.header.Del("Host")
	e.header.Set("Accept", "application/json, application/graphql-response+json;q=0.9")
	e.header.Set("Content-Type", "application/json")
	e.header.Set("User-Agent", "fieldgate")
	e.header["Idempotency-Key"] = nil // net/http: asked again on a connection that turns out closed, and not sent
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

// Request returns a POST of a GraphQL request in JSON, with the endpoint's headers and those of more that it does not say
// itself. The error is ErrNone.
func (e Endpoint) Request(ctx context.Context, body []byte, more http.Header) (*http.Request, error) {
	if e.url == nil {
		return nil, ErrNone
	}
	header := e.header
	if len(more) > 0 {
		header = maps.Clone(more)
		maps.Copy(header, e.header)
	}
	return (&http.Request{
		Method: http.MethodPost, URL: e.url, Host: e.host, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}).WithContext(ctx), nil
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
