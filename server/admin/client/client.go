// Package client speaks the admin API. Its methods, paths and types are those of package api, which the server registers,
// so it cannot ask for what the server does not have.
//
// It promises that the key goes to the one server it was made for: redirects are not followed, and plain HTTP is for this
// machine only. It never prints, and never puts a key into an error.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/problem"
)

// Client asks one server. It is safe for concurrent use.
type Client struct {
	base *url.URL
	key  string
	http *http.Client
}

// maxAnswer bounds what is read of an answer that is not streamed.
const maxAnswer = 64 << 20

// New returns a client of the server at an address such as http://127.0.0.1:8081, which it asks with a member key. It
// refuses a key over plain HTTP to another machine. Redirects are never followed, whatever transport does.
func New(server, key string, transport http.RoundTripper) (*Client, error) {
	base, err := url.Parse(server)
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("the server is a URL as in http://127.0.0.1:8081, without user, query and fragment")
	}
	if base.Scheme != "https" && (base.Scheme != "http" || !thisMachine(base.Hostname())) {
		return nil, errors.New("the server must be https://, or http:// on this machine: a key is not sent in the clear")
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r < '!' || r > '~' }) {
		return nil, errors.New("the key holds a character that no key has")
	}
	return &Client{base: base, key: key, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// URL returns the address of a path of the server, as in /sign-in#code.
func (c *Client) URL(path string) string {
	page, fragment, _ := strings.Cut(path, "#")
	out := c.base.JoinPath(page)
	out.Fragment = fragment
	return out.String()
}

func thisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// Error is a request that the server refused.
type Error struct{ problem.Problem }

// Error says what is wrong, with places in the request.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Detail != "" {
		b.WriteString(e.Detail)
	} else {
		fmt.Fprintf(&b, "the server answered %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Pointer != "" && len(e.Places) == 0 {
		fmt.Fprintf(&b, " (at %s)", e.Pointer)
	}
	for _, p := range e.Places {
		fmt.Fprintf(&b, "\n  %s: %s", p.Pointer, p.Detail)
		if p.Hint != "" {
			fmt.Fprintf(&b, " (%s)", p.Hint)
		}
	}
	return b.String()
}

// Call is one request to a route.
type Call struct {
	Path    map[string]string // parameters of the path
	Query   url.Values
	Version uint64 // for If-Match; 0 sends none
	Once    string // for Idempotency-Key; "" sends none
	Body    any    // JSON; nil is none
}

// Do asks the route with an id and decodes the answer into out, which may be nil. The error is an *Error when the server
// refused.
func (c *Client) Do(ctx context.Context, id string, call Call, out any) error {
	answer, err := c.send(ctx, id, call)
	if err != nil {
		return err
	}
	defer answer.Close() //nolint:errcheck // it was only read
	if out == nil {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(answer, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if len(text) > maxAnswer {
		return fmt.Errorf("the answer is larger than %d bytes", maxAnswer)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("the answer is not what the API answers: %w", err)
	}
	return nil
}

// Stream asks a route and copies the answer to w as it comes.
func (c *Client) Stream(ctx context.Context, id string, call Call, w io.Writer) error {
	answer, err := c.send(ctx, id, call)
	if err != nil {
		return err
	}
	defer answer.Close() //nolint:errcheck // it was only read
	if _, err := io.Copy(w, answer); err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	return nil
}

// send returns the body of a good answer, which the caller closes.
func (c *Client) send(ctx context.Context, id string, call Call) (io.ReadCloser, error) {
	request, err := c.request(ctx, id, call)
	if err != nil {
		return nil, err
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, unreachable(c.base, err)
	}
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return answer.Body, nil
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	return nil, refused(answer)
}

// request builds a request. Parameters of the path are escaped: they cannot lead to another route.
func (c *Client) request(ctx context.Context, id string, call Call) (*http.Request, error) {
	route, ok := api.Find(id)
	if !ok {
		return nil, fmt.Errorf("the API has no operation %q", id)
	}
	path := route.Path
	for _, name := range route.PathParameters() {
		value := call.Path[name]
		if value == "" || value == "." || value == ".." {
			return nil, fmt.Errorf("%q is no %s", value, name)
		}
		path = strings.Replace(path, "{"+name+"}", url.PathEscape(value), 1)
	}
	target := strings.TrimSuffix(c.base.String(), "/") + path
	if len(call.Query) > 0 {
		target += "?" + call.Query.Encode()
	}
	var body io.Reader
	if call.Body != nil {
		text, err := json.Marshal(call.Body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, route.Method, target, body)
	if err != nil {
		return nil, fmt.Errorf("the request cannot be made: %w", err)
	}
	c.header(r.Header, call)
	return r, nil
}

func (c *Client) header(h http.Header, call Call) {
	if c.key != "" {
		h.Set("Authorization", "Bearer "+c.key)
	}
	if call.Body != nil {
		h.Set("Content-Type", "application/json")
	}
	if call.Version > 0 {
		h.Set(api.IfMatch, `"`+strconv.FormatUint(call.Version, 10)+`"`)
	}
	if call.Once != "" {
		h.Set(api.IdempotencyKey, call.Once)
	}
}

// unreachable says which server did not answer, and why.
func unreachable(base *url.URL, err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return fmt.Errorf("no server answers at %s: %w", base, op.Err)
	}
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	return fmt.Errorf("ask %s: %w", base, err)
}

// refused reads a problem. An answer that is none comes from something else than the API, whose text is not shown.
func refused(answer *http.Response) error {
	e := &Error{problem.Problem{Status: answer.StatusCode}}
	media, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || media != problem.ContentType {
		return e
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return e
	}
	var p problem.Problem
	if json.Unmarshal(text, &p) == nil {
		p.Status = answer.StatusCode
		e.Problem = p
	}
	return e
}

// All asks a list page by page and calls each with every row, in order, until it returns an error.
func All[T any](ctx context.Context, c *Client, id string, call Call, each func(T) error) error {
	query := url.Values{}
	for name, values := range call.Query {
		query[name] = values
	}
	call.Query = query
	for {
		var page api.List[T]
		if err := c.Do(ctx, id, call, &page); err != nil {
			return err
		}
		for _, row := range page.Items {
			if err := each(row); err != nil {
				return err
			}
		}
		if page.Next == "" || page.Next == query.Get("after") {
			return nil
		}
		query.Set("after", page.Next)
	}
}

// Rows asks for a whole list.
func Rows[T any](ctx context.Context, c *Client, id string, call Call) ([]T, error) {
	out := []T{}
	err := All(ctx, c, id, call, func(row T) error {
		out = append(out, row)
		return nil
	})
	return out, err
}
