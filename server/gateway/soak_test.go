package gateway_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// count is how often a property is tried: few times in CI, or as often as the rules want with
// FIELDGATE_SOAK=1.
func count(few, soak int) int {
	if os.Getenv("FIELDGATE_SOAK") != "" {
		return soak
	}
	return few
}

// sender sends queries over real connections.
type sender struct {
	*http.Client
	url string
}

func newSender(t testing.TB, url string) sender {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return sender{&http.Client{Transport: transport}, url}
}

func (s sender) ask(ctx context.Context, token, query string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/layers/shop", strings.NewReader(`{"query":"`+query+`"}`))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	w, err := s.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer w.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(w.Body)
	return w.StatusCode, string(body), err
}

// Snapshots are swapped under load: no request fails, and each answer is that of one revision. Of two
// fields exactly one is restricted in every revision.
func TestHotSwapsUnderLoad(t *testing.T) {
	b := newBench(t, "", nil)
	server := httptest.NewServer(b.Handler)
	defer server.Close()
	send := newSender(t, server.URL)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	var asked atomic.Int64
	if err := b.layer.Activate(snapshot(t, 2, "", "Product.name")); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		running.Go(func() {
			for ctx.Err() == nil {
				status, body, err := send.ask(context.Background(), tokenPlain, "{ product { name cost } }")
				name, cost := strings.Contains(body, `"name":null`), strings.Contains(body, `"cost":null`)
				if err != nil || status != 200 || name == cost || strings.Count(body, "UNAUTHORIZED") != 1 {
					t.Errorf("%v %d %s", err, status, body)
					return
				}
				asked.Add(1)
			}
		})
	}
	drafts := []*engine.Draft{compile(t, "", "Product.cost"), compile(t, "", "Product.name")}
	for n := range uint64(1000) {
		s, err := drafts[n%2].Activate(t.Context(), 3+n, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.layer.Activate(s); err != nil {
			t.Fatal(err)
		}
		for before := asked.Load(); n%100 == 0 && asked.Load() == before && !t.Failed(); {
			runtime.Gosched()
		}
	}
	stop()
	running.Wait()
	revisions := map[string]bool{}
	for _, e := range b.events.take() {
		revisions[e.Bundles["shop"].Revision] = true
	}
	t.Logf("%d requests, %d revisions seen", asked.Load(), len(revisions))
	if asked.Load() < 20 || len(revisions) < 10 {
		t.Errorf("%d requests saw %d revisions", asked.Load(), len(revisions))
	}
}

// Three tokens send the same query at once: nobody gets another's answer.
func TestNoMixUpsBetweenTokens(t *testing.T) {
	b := newBench(t, "", nil)
	want := map[string]string{}
	queries := []string{"{ product { name cost } }", "{ products { cost id } }", "{ node(id: 1) { ... on Product { cost } } }", "{ secret { code } }", "{ __type(name: \\\"Product\\\") { fields { name } } }"}
	for _, token := range []string{tokenPlain, tokenFinance, tokenAll} {
		for _, q := range queries {
			want[token+q] = b.post(t, token, `{"query":"`+q+`"}`).Body.String()
		}
	}
	if want[tokenPlain+queries[0]] == want[tokenAll+queries[0]] {
		t.Fatal("the answers do not differ")
	}
	server := httptest.NewServer(b.Handler)
	defer server.Close()
	send := newSender(t, server.URL)
	var running sync.WaitGroup
	total := count(3000, 100_000)
	for worker := range 6 {
		running.Go(func() {
			tokens := []string{tokenPlain, tokenFinance, tokenAll}
			for i := range total / 6 {
				token, q := tokens[(i+worker)%3], queries[(i/3)%len(queries)]
				_, body, err := send.ask(t.Context(), token, q)
				if err != nil || body != want[token+q] {
					t.Errorf("%v %s: %s\nwant %s", err, token, body, want[token+q])
					return
				}
			}
		})
	}
	running.Wait()
}

// shared is a listener that outlives the servers on it, as a socket that is handed over does.
type shared struct {
	net.Listener
	done chan struct{}
	once sync.Once
	next chan net.Conn
}

func (s *shared) Accept() (net.Conn, error) {
	select {
	case <-s.done:
		return nil, net.ErrClosed
	case c := <-s.next:
		return c, nil
	}
}

func (s *shared) Close() error { s.once.Do(func() { close(s.done) }); return nil }

// A server is replaced by another under load: the old one drains, and no request fails.
func TestRestartUnderLoad(t *testing.T) {
	first, second := newBench(t, "", nil), newBench(t, "", nil)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	connections := make(chan net.Conn)
	accepting := make(chan struct{})
	go func() {
		defer close(accepting)
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			connections <- c
		}
	}()
	serve := func(h http.Handler, open *atomic.Int64) (*http.Server, *shared, chan error) {
		s := &http.Server{Handler: h, ReadHeaderTimeout: time.Second, ConnState: func(_ net.Conn, is http.ConnState) {
			switch is {
			case http.StateNew:
				open.Add(1)
			case http.StateClosed:
				open.Add(-1)
			default:
			}
		}}
		l := &shared{Listener: listener, done: make(chan struct{}), next: connections}
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(l) }()
		return s, l, ended
	}
	var opened, openedLater atomic.Int64
	old, oldListener, oldEnded := serve(first.Handler, &opened)
	send := newSender(t, "http://"+listener.Addr().String())
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	var before, after atomic.Int64
	var replaced atomic.Bool
	for range 8 {
		running.Go(func() {
			for ctx.Err() == nil {
				status, body, err := send.ask(context.Background(), tokenPlain, "{ product { name } }")
				if err != nil || status != 200 {
					t.Errorf("%v %d %s", err, status, body)
					return
				}
				if replaced.Load() {
					after.Add(1)
				} else {
					before.Add(1)
				}
			}
		})
	}
	until(t, func() bool { return before.Load() > 100 })
	fresh, _, freshEnded := serve(second.Handler, &openedLater)
	_ = oldListener.Close()
	first.Drain()
	until(t, func() bool { return opened.Load() == 0 })
	if err := old.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-oldEnded
	replaced.Store(true)
	until(t, func() bool { return after.Load() > 100 || t.Failed() })
	stop()
	running.Wait()
	send.CloseIdleConnections()
	if err := fresh.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-freshEnded
	_ = listener.Close()
	<-accepting
}

// until polls a condition.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen in time")
		}
	}
}

// heap is what is reachable now, in bytes.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first made free of finalizers
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// After an upstream was killed, slow and lying, as many goroutines run as before, memory is as it was and no slot is taken.
func TestUpstreamTroubleLeavesNothingBehind(t *testing.T) {
	var how atomic.Int32
	b := newBench(t, "", func(w http.ResponseWriter, r *http.Request) {
		switch how.Load() {
		case 0:
			say("application/json", `{"data":{"product":{"id":"1"}}}`)(w, r)
		case 1:
			panic(http.ErrAbortHandler)
		case 2:
			<-r.Context().Done()
		case 3:
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(bytes.Repeat([]byte(" "), 1<<20))
		}
	}, settings(func(s *scope.Settings) {
		s.Gateway.Timeout, s.Gateway.Concurrency, s.Gateway.Response = 150*time.Millisecond, 4, 64<<10
	}))
	ask := func() int { return b.ask(t, tokenPlain, "{ product { id } }").Code }
	until(t, func() bool { return ask() == 200 })
	before := heap()
	for round := range 30 {
		how.Store(int32(round%3) + 1)
		if code := ask(); code != 502 && code != 504 {
			t.Errorf("round %d: %d", round, code)
		}
	}
	how.Store(0)
	for range 20 {
		until(t, func() bool { return ask() == 200 })
	}
	if grown := heap() - before; grown > 4<<20 {
		t.Errorf("%d bytes more than before", grown)
	}
	b.Close()
	b.upstream.CloseClientConnections()
	if n := runtime.NumGoroutine(); n > 60 {
		t.Errorf("%d goroutines run", n)
	}
}

// What a holder of no scope may not read is in no answer, header, log or event, whatever is asked.
func TestTaint(t *testing.T) {
	b := newBench(t, "", nil)
	for i, fields := range []string{"name cost", "cost", "... on Node { ... on Product { cost id } }", "maker { email name }", "related { related { cost } }", "maker { email }"} {
		for j, root := range []string{"product", "products", "a: products(first: 1)", "node(id: 1)", "search"} {
			query := fmt.Sprintf("{ %s { ... on Product { %s } } }", root, fields)
			w := b.post(t, tokenPlain, `{"query":"`+query+`"}`)
			if w.Code != 200 {
				t.Errorf("%s: %d %s", query, w.Code, w.Body)
			}
			text := fmt.Sprintf("%s %v", w.Body, w.Header())
			for _, e := range b.events.take() {
				text += fmt.Sprintf("%+v", e)
			}
			for _, marker := range []string{`"Product.cost"`, `"Maker.email"`, upstreamKey, tokenPlain} {
				if strings.Contains(text+b.log.String(), marker) {
					t.Errorf("%d.%d %s: %s is shown: %s", i, j, query, marker, text)
				}
			}
		}
	}
}
