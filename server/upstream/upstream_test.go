package upstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const hidden = "s3cr3t-of-the-upstream"

func lookup(name string) (string, bool) {
	value, ok := map[string]string{
		"KEY": hidden, "BREAK": hidden + "\r\nX-Admin: yes", "URL": "http://example.com/" + hidden, "FILE": "file:///" + hidden,
		"USER": "https://user:" + hidden + "@example.com", "HASH": "https://example.com/#" + hidden, "HOST": "example.com",
	}[name]
	return value, ok
}

func TestResolve(t *testing.T) {
	tests := map[string]struct {
		in        scope.Upstream
		url, fail string
	}{
		"plain":          {in: scope.Upstream{URL: "https://example.com/graphql"}, url: "https://example.com/graphql"},
		"variables":      {in: scope.Upstream{URL: "https://${HOST}/a?key=${KEY}"}, url: "https://example.com/a?key=" + hidden},
		"whole variable": {in: scope.Upstream{URL: "${URL}"}, url: "http://example.com/" + hidden},
		"none":           {fail: "no upstream"},
		"unset":          {in: scope.Upstream{URL: "https://${GONE}/"}, fail: "upstream.url: environment variable GONE is not set"},
		"no http":        {in: scope.Upstream{URL: "${FILE}"}, fail: "upstream.url: it is no http"},
		"credentials":    {in: scope.Upstream{URL: "${USER}"}, fail: "upstream.url: it holds credentials"},
		"fragment":       {in: scope.Upstream{URL: "${HASH}"}, fail: "upstream.url: it holds a fragment"},
		"unset header":   {in: scope.Upstream{URL: "https://a", Headers: map[string]string{"X-Key": "${GONE}"}}, fail: "upstream.headers.X-Key: environment variable GONE"},
		"line break":     {in: scope.Upstream{URL: "https://a", Headers: map[string]string{"X-Key": "${BREAK}"}}, fail: "upstream.headers.X-Key: a variable holds"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e, err := upstream.Resolve(test.in, lookup)
			request, none := e.Request(t.Context(), nil, nil)
			switch {
			case test.fail == "" && (err != nil || none != nil || request.URL.String() != test.url):
				t.Errorf("%v, %v", request, err)
			case test.fail != "" && none == nil:
				t.Error("it makes requests")
			case test.fail != "" && (err == nil || !strings.Contains(err.Error(), test.fail)):
				t.Errorf("error %v, want %q", err, test.fail)
			}
			if text := fmt.Sprintf("%v %+v %#v %s", e, e, e, err); strings.Contains(strings.ReplaceAll(text, "<nil>", ""), hidden) {
				t.Errorf("the secret is in %q", text)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	deny := []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("::ffff:198.51.100.0/120")}
	for _, address := range []string{
		"127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "fd00::1", "8.8.8.8", "2606:4700::1", "::ffff:10.0.0.1", "2002:0808:0808::1",
	} {
		if err := upstream.Check(netip.MustParseAddr(address), deny); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{
		"169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "0.0.0.0", "::", "::ffff:0.0.0.0", "224.0.0.1", "ff02::1",
		"255.255.255.255", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe",
		"2002:a9fe:a9fe::1", "::a9fe:a9fe", "203.0.113.9", "::ffff:203.0.113.9", "64:ff9b::cb00:7109", "2001:db8::1", "198.51.100.7",
	} {
		if err := upstream.Check(netip.MustParseAddr(address), deny); !errors.Is(err, upstream.ErrAddress) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := upstream.Check(netip.Addr{}, nil); !errors.Is(err, upstream.ErrAddress) {
		t.Errorf("no address: %v", err)
	}
}

// serve starts an upstream and returns its endpoint with a secret header and query.
func serve(t *testing.T, handler http.HandlerFunc) upstream.Endpoint {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	e, err := upstream.Resolve(scope.Upstream{
		URL: server.URL + "/graphql?key=${KEY}", Headers: map[string]string{"X-Key": "${KEY}", "Host": "shop.example"},
	}, lookup)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func client(t *testing.T, o upstream.Options) *http.Client {
	t.Helper()
	c := upstream.NewClient(o)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

const answer = `{"data":{"__schema":{"queryType":{"name":"Query"},"types":[{"kind":"OBJECT","name":"Query","fields":[` +
	`{"name":"a","args":[],"type":{"kind":"SCALAR","name":"Int"}}]},{"kind":"SCALAR","name":"Int"}],"directives":[]}}}`

func TestIntrospect(t *testing.T) {
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != hidden || r.URL.Query().Get("key") != hidden || r.Host != "shop.example" {
			t.Errorf("the request is %v %v %v", r.Host, r.URL, r.Header)
		}
		_, _ = io.WriteString(w, answer)
	})
	text, err := upstream.Introspect(t.Context(), client(t, upstream.Options{}), e, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gql.LoadSchema("introspection", text, gql.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := schema.Lookup("Query.a"); !ok {
		t.Errorf("the schema is %s", schema.SDL())
	}
}

func TestIntrospectAsksOlderServersInTheirWords(t *testing.T) {
	for unknown, want := range map[string]int32{"isOneOf": 2, "specifiedByURL": 3} {
		var asked atomic.Int32
		e := serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			var body struct{ Query string }
			_ = json.NewDecoder(r.Body).Decode(&body)
			if strings.Contains(body.Query, unknown) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"errors":[{"message":"Cannot query field"}]}`)
				return
			}
			_, _ = io.WriteString(w, answer)
		})
		if _, err := upstream.Introspect(t.Context(), client(t, upstream.Options{}), e, 1<<20); err != nil || asked.Load() != want {
			t.Errorf("%s: asked %d times: %v", unknown, asked.Load(), err)
		}
	}
}

func TestIntrospectRefuses(t *testing.T) {
	tests := map[string]struct {
		handler http.HandlerFunc
		options upstream.Options
		want    error
		say     string
	}{
		"redirect": {handler: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/stolen" {
				t.Error("the redirect was followed")
			}
			http.Redirect(w, r, "/stolen", http.StatusTemporaryRedirect)
		}, say: "it redirects (status 307)"},
		"errors":       {handler: status(200, `{"errors":[{"message":"`+hidden+` is no key"}],"data":null}`), say: "introspection turned off"},
		"unauthorized": {handler: status(401, hidden), say: "other credentials (status 401)"},
		"broken":       {handler: status(500, hidden), say: "status 500"},
		"a page":       {handler: status(200, "<html>"+hidden), say: "no GraphQL response"},
		"no schema":    {handler: status(200, `{"data":{}}`), say: "no GraphQL response"},
		"too large":    {handler: status(200, answer+strings.Repeat(" ", 1<<20)), say: "larger than 1048576 bytes"},
		"denied": {
			handler: status(200, answer), say: "denied in fieldgate.yaml", want: upstream.ErrAddress,
			options: upstream.Options{Deny: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		},
		"slow": {handler: func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the client is gone
			<-r.Context().Done()
		}, options: upstream.Options{Timeout: 20 * time.Millisecond}, say: "timeout"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := serve(t, test.handler)
			text, err := upstream.Introspect(t.Context(), client(t, test.options), e, 1<<20)
			if text != "" || !errors.Is(err, upstream.ErrIntrospect) || !strings.Contains(err.Error(), test.say) {
				t.Errorf("%q, %v", text, err)
			}
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("%v is not %v", err, test.want)
			}
			if strings.Contains(fmt.Sprint(err), hidden) {
				t.Errorf("the secret is in %v", err)
			}
		})
	}
}

func status(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, text)
	}
}

// A name that resolves to the metadata service is caught when it is dialled, whatever it was called.
func TestClientNeverDialsMetadata(t *testing.T) {
	for _, address := range []string{"http://169.254.169.254/", "http://[::ffff:169.254.169.254]/", "http://0.0.0.0:1/"} {
		e, err := upstream.Resolve(scope.Upstream{URL: address}, lookup)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := upstream.Introspect(t.Context(), client(t, upstream.Options{}), e, 1<<20); !errors.Is(err, upstream.ErrAddress) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestIntrospectEndsWithItsContext(t *testing.T) {
	e := serve(t, status(200, answer))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := upstream.Introspect(ctx, client(t, upstream.Options{}), e, 1<<20); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// An answer that drips forever ends with the timeout of the whole.
func TestIntrospectorEnds(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
		}
	}))
	t.Cleanup(server.Close)
	ask := upstream.Introspector(client(t, upstream.Options{}), lookup, 50*time.Millisecond, 1<<40)
	if _, err := ask(t.Context(), scope.Upstream{URL: server.URL}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, err := ask(t.Context(), scope.Upstream{}); !errors.Is(err, upstream.ErrNone) {
		t.Error(err)
	}
}
