package gateway_test

import (
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/gateway"
	"github.com/fieldgate/fieldgate/server/upstream"
)

// say answers with a content type and a body.
func say(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

func settings(change func(*scope.Settings)) with {
	return func(o *gateway.Options) { change(&o.Settings) }
}

// Whatever an upstream does, the client sees a GraphQL response with a code, and nothing of a stack
// trace, a debug extension or a header of the upstream.
func TestUpstreamFaults(t *testing.T) {
	const json = "application/json"
	tests := map[string]struct {
		answer http.HandlerFunc
		status int
		want   string
	}{
		"down": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 502, "UPSTREAM_UNAVAILABLE"},
		"HTML": {say("text/html", "<html>s3cret</html>"), 502, "UPSTREAM_BAD_RESPONSE"},
		"no content type": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, `{"data":{}}`)
		}, 502, "UPSTREAM_BAD_RESPONSE"},
		"garbage":       {say(json, `{"data":{"product":{"id":"s3cret"`), 502, "UPSTREAM_BAD_RESPONSE"},
		"trailing":      {say(json, `{"data":{"product":{"id":"1"}}} s3cret`), 502, "UPSTREAM_BAD_RESPONSE"},
		"not an object": {say(json, `["s3cret"]`), 502, "UPSTREAM_BAD_RESPONSE"},
		"empty":         {say(json, ``), 502, "UPSTREAM_BAD_RESPONSE"},
		"empty object":  {say(json, `{"s3cret":1}`), 502, "UPSTREAM_BAD_RESPONSE"},
		"invalid UTF-8": {say(json, "{\"data\":{\"product\":{\"id\":\"\xff\"}}}"), 502, "UPSTREAM_BAD_RESPONSE"},
		"too large":     {say(json, `{"data":{"product":{"id":"`+strings.Repeat("s3cret", 20_000)+`"}}}`), 502, "UPSTREAM_BAD_RESPONSE"},
		"too large inside": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", json)
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, `{"data":{"product":{"id":"`+strings.Repeat("s", 1<<20)+`"}}}`)
			_ = z.Close()
		}, 502, "UPSTREAM_BAD_RESPONSE"},
		"other coding": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", json)
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, `{"data":{}}`)
		}, 502, "UPSTREAM_BAD_RESPONSE"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/s3cret", http.StatusFound)
		}, 502, "UPSTREAM_BAD_RESPONSE"},
		"its own 401": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", "s3cret")
			w.WriteHeader(http.StatusUnauthorized)
		}, 502, "UPSTREAM_BAD_RESPONSE"},
		"500": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "s3cret", http.StatusInternalServerError) }, 502, "UPSTREAM_BAD_RESPONSE"},
		"error of the whole": {say(json, `{"errors":[{"message":"Cannot query field s3cret","extensions":{"code":"X","stacktrace":["s3cret"]}}]}`), 200,
			`{"errors":[{"message":"The upstream could not answer","extensions":{"code":"X"}}]}`},
		"error of a field": {say(json, `{"data":{"product":null},"errors":[{"message":"broken","path":["product"],"locations":[{"line":1,"column":1}],"extensions":{"exception":{"stacktrace":["s3cret"]},"debugMessage":"s3cret"}}],"extensions":{"tracing":"s3cret"}}`), 200,
			`{"data":{"product":null},"errors":[{"message":"broken","path":["product"]}]}`},
		"with a status": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/graphql-response+json")
			w.Header().Set("Set-Cookie", "s3cret=1")
			w.Header().Set("X-Powered-By", "s3cret")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"errors":[{"message":"s3cret"}]}`)
		}, 200, `{"errors":[{"message":"The upstream could not answer"}]}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "", test.answer, settings(func(s *scope.Settings) { s.Gateway.Response = 64 << 10 }))
			w := b.ask(t, tokenPlain, `{ product { id } }`)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, test.status, test.want)
			}
			if strings.Contains(w.Body.String()+b.log.String(), "s3cret") || len(w.Header()) > 5 {
				t.Errorf("%v %s\n%s", w.Header(), w.Body, b.log)
			}
		})
	}
}

// stuck is an upstream that waits until it is let go.
func stuck(t *testing.T) (http.HandlerFunc, func()) {
	t.Helper()
	release := make(chan struct{})
	once := sync.OnceFunc(func() { close(release) })
	t.Cleanup(once)
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		say("application/json", `{"data":{"product":{"id":"1"}}}`)(w, r)
	}, once
}

func TestSlowUpstreamIs504(t *testing.T) {
	answer, _ := stuck(t)
	b := newBench(t, "", answer, settings(func(s *scope.Settings) { s.Gateway.Timeout = 50 * time.Millisecond }))
	if w := b.ask(t, tokenPlain, `{ product { id } }`); w.Code != http.StatusGatewayTimeout || !strings.Contains(w.Body.String(), "UPSTREAM_TIMEOUT") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A body that trickles is cut off as well.
func TestTricklingUpstreamIs504(t *testing.T) {
	b := newBench(t, "", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data":`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}, settings(func(s *scope.Settings) { s.Gateway.Timeout = 50 * time.Millisecond }))
	if w := b.ask(t, tokenPlain, `{ product { id } }`); w.Code != http.StatusGatewayTimeout {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Over the limit requests are shed, and the others are answered.
func TestTooManyRequestsAreShed(t *testing.T) {
	answer, release := stuck(t)
	b := newBench(t, "", answer, settings(func(s *scope.Settings) { s.Gateway.Concurrency = 2 }))
	codes := make(chan int, 2)
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() { codes <- b.ask(t, tokenPlain, `{ product { id } }`).Code })
	}
	for n := 0; n < 2; {
		n += len(b.upstream.requests())
	}
	w := b.ask(t, tokenPlain, `{ product { id } }`)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "UPSTREAM_BUSY") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if w := b.ask(t, tokenPlain, `{ __schema { queryType { name } } }`); w.Code != 200 {
		t.Errorf("introspection needs no upstream: %d %s", w.Code, w.Body)
	}
	release()
	running.Wait()
	if a, b := <-codes, <-codes; a != 200 || b != 200 {
		t.Errorf("those that ran: %d %d", a, b)
	}
}

// A link-local address is not dialled, whatever name leads there; neither is a denied network.
func TestR17AddressesAreCheckedAtDialTime(t *testing.T) {
	for name, change := range map[string]with{
		"metadata": func(o *gateway.Options) {
			e, err := upstream.Resolve(scope.Upstream{URL: "http://169.254.169.254/latest"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			o.Upstreams = upstreams{"shop": e}
		},
		"denied": settings(func(s *scope.Settings) { s.Gateway.Deny = append(s.Gateway.Deny, prefix("127.0.0.0/8")) }),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "", nil, change)
			if w := b.ask(t, tokenPlain, `{ product { id } }`); w.Code != http.StatusBadGateway || b.upstream.requests() != nil || strings.Contains(w.Body.String(), "169") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

// R16: what cannot be decided is 503, and nothing goes upstream.
func TestR16FailsClosed(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		change with
		ctx    context.Context
		code   string
	}{
		"no revision": {func(o *gateway.Options) { o.Layers = layers{"shop": engine.NewLayer("shop")} }, t.Context(), "NO_ACTIVE_REVISION"},
		"layer gone":  {func(o *gateway.Options) { o.Layers = layers{} }, t.Context(), "NO_ACTIVE_REVISION"},
		"no upstream": {func(o *gateway.Options) { o.Upstreams = upstreams{} }, t.Context(), "NO_UPSTREAM"},
		"client gone": {func(*gateway.Options) {}, cancelled, "POLICY"},
		"bad subject": {func(o *gateway.Options) {
			o.Tokens = &tokens{by: map[string]gateway.Caller{"shop " + tokenPlain: {Subject: engine.Subject{Unrestricted: true, Scopes: []string{"finance"}}}}}
		}, t.Context(), "BAD_SUBJECT"},
		"panic": {func(o *gateway.Options) { o.Layers = panicking{} }, t.Context(), "POLICY_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "", nil, test.change)
			w := b.post(t, tokenPlain, `{"query":"{ product { id } }"}`, func(r *http.Request) { *r = *r.WithContext(test.ctx) })
			if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), test.code) || b.upstream.requests() != nil {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if events := b.events.take(); name != "no upstream" && (len(events) != 1 || events[0].Result.Decision != engine.DecisionError) {
				t.Errorf("%+v", events)
			}
		})
	}
}

type panicking struct{}

func (panicking) Layer(string) (*engine.Layer, bool) { panic("a mistake") }

// A token that is revoked between two requests of one connection is refused on that connection.
func TestR6RevokedBetweenTwoRequestsOfOneConnection(t *testing.T) {
	b := newBench(t, "", nil)
	server := httptest.NewServer(b.Handler)
	defer server.Close()
	connections := 0
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		connections++
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}}
	defer client.CloseIdleConnections()
	ask := func() int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/layers/shop", strings.NewReader(`{"query":"{ product { id } }"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+tokenFinance)
		w, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, w.Body)
		_ = w.Body.Close()
		return w.StatusCode
	}
	before := ask()
	b.tokens.revoke("shop", tokenFinance)
	if after := ask(); before != 200 || after != 401 || connections != 1 {
		t.Errorf("%d, then %d, on %d connections", before, after, connections)
	}
}
