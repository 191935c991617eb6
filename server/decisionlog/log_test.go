package decisionlog_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/fieldgate/fieldgate/server/decisionlog"
)

// lumberjack has one goroutine for each file that it ever rotated, for good.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"))
}

func event(id, decision string) decisionlog.Event {
	return decisionlog.Event{
		DecisionID: id, Path: "fieldgate/gateway", Timestamp: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Bundles: map[string]decisionlog.Bundle{"shop": {Revision: "3@sha256:00"}},
		Input: decisionlog.Input{
			DataLayer: "shop", Subject: decisionlog.Subject{TokenID: "t1", Scopes: []string{"finance"}},
			Query: "query($c: String) { product(cost: $c) { id } }", HasVariables: true,
		},
		Result: decisionlog.Result{Decision: decision, Effect: "forward", Denied: []decisionlog.Denial{{Path: []string{"a"}, Coordinate: "A.b", Kind: "field"}}},
	}
}

// counts are what became of events.
type counts struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counts) Event(outcome string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[outcome]++
}

func (c *counts) of(outcome string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[outcome]
}

// written logs events to a writer and returns the lines as JSON.
func written(t *testing.T, o decisionlog.Options, events ...decisionlog.Event) []map[string]any {
	t.Helper()
	var out bytes.Buffer
	o.Sink = decisionlog.NewWriter(&out)
	l := decisionlog.New(o)
	for _, e := range events {
		l.Log(e)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return parse(t, out.String())
}

func parse(t *testing.T, text string) (out []map[string]any) {
	t.Helper()
	if strings.Contains(text, "s3cret") {
		t.Errorf("the value of a variable is logged: %s", text)
	}
	for line := range strings.Lines(text) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, one)
	}
	return out
}

func TestEventsAreOPAs(t *testing.T) {
	got := written(t, decisionlog.Options{Labels: map[string]string{"id": "server-1"}}, event("d1", "partial"))[0]
	want := map[string]any{
		"labels": map[string]any{"id": "server-1"}, "decision_id": "d1", "path": "fieldgate/gateway", "timestamp": "2026-01-02T03:04:05Z",
		"bundles": map[string]any{"shop": map[string]any{"revision": "3@sha256:00"}}, "erased": []any{"/input/variables"},
		"input": map[string]any{
			"data_layer": "shop", "query": "query($c: String) { product(cost: $c) { id } }", "subject": map[string]any{"token_id": "t1", "scopes": []any{"finance"}},
		},
		"result": map[string]any{"decision": "partial", "effect": "forward", "denied": []any{map[string]any{"path": []any{"a"}, "coordinate": "A.b", "kind": "field"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestErase(t *testing.T) {
	got := written(t, decisionlog.Options{Erase: []string{"/input/query", "/result/denied/0/path", "/nothing", "/input/subject/scopes/0"}}, event("d1", "partial"))[0]
	if text, _ := json.Marshal(got); strings.Contains(string(text), "product") || strings.Contains(string(text), "finance") || strings.Contains(string(text), `"a"`) {
		t.Errorf("%s", text)
	}
	want := []any{"/input/query", "/input/subject/scopes/0", "/input/variables", "/result/denied/0/path"}
	if diff := cmp.Diff(want, got["erased"].([]any)); diff != "" {
		t.Error(diff)
	}
}

func TestLargeEventsShrink(t *testing.T) {
	e := event("d1", "partial")
	e.Input.Query = strings.Repeat("x", 2*decisionlog.MaxEvent)
	got := written(t, decisionlog.Options{}, e)[0]
	if text, _ := json.Marshal(got); len(text) > decisionlog.MaxEvent || !slices.Contains(got["erased"].([]any), any("/input/query")) || slices.Contains(got["erased"].([]any), any("/result/denied")) {
		t.Errorf("%d bytes: %v", len(text), got["erased"])
	}
}

func TestSampling(t *testing.T) {
	n := &counts{}
	l := decisionlog.New(decisionlog.Options{Sink: decisionlog.NewWriter(io.Discard), Sample: 10, Observer: n})
	wanted := 0
	for range 100 {
		if l.Wants("allow") {
			wanted++
		}
		if !l.Wants("partial") || !l.Wants("deny") || !l.Wants("error") {
			t.Fatal("a decision that is no allow is not wanted")
		}
	}
	if err := l.Close(t.Context()); err != nil || wanted != 10 || n.of(decisionlog.SampledOut) != 90 {
		t.Errorf("%v, %d wanted, %v", err, wanted, n.n)
	}
}

// blocked is a sink that waits.
type blocked struct{ release chan struct{} }

func (b blocked) Write(ctx context.Context, _ []byte, events int) error {
	select {
	case <-b.release:
		return nil
	case <-ctx.Done():
		return &decisionlog.LostError{Events: events, Err: ctx.Err()}
	}
}
func (blocked) Flush(context.Context) error { return nil }
func (blocked) Close() error                { return nil }

// A sink that does not keep up costs events and not time, and does not hold up the end.
func TestFullQueueDropsAndCounts(t *testing.T) {
	n := &counts{}
	l := decisionlog.New(decisionlog.Options{Sink: blocked{make(chan struct{})}, Queue: 8, Observer: n})
	for range 100 {
		l.Log(event("d", "allow"))
	}
	if dropped := n.of(decisionlog.DroppedFull); dropped < 91 || dropped > 92 {
		t.Errorf("%d dropped", dropped)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Close(ctx); err != nil {
		t.Error(err)
	}
	if n.of(decisionlog.DroppedFull)+n.of(decisionlog.DroppedSink) != 100 {
		t.Errorf("%v", n.n)
	}
	l.Log(event("late", "allow"))
	if n.of(decisionlog.DroppedFull)+n.of(decisionlog.DroppedSink) != 101 {
		t.Errorf("an event after the end: %v", n.n)
	}
}

// uploads is a service that takes OPA's uploads.
type uploads struct {
	mu     sync.Mutex
	status []int // of the next answers; 200 when empty
	ids    []string
	tries  int
	t      *testing.T
}

func (u *uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.tries++
	if len(u.status) > 0 {
		w.WriteHeader(u.status[0])
		u.status = u.status[1:]
		return
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Encoding") != "gzip" || r.Header.Get("Content-Type") != "application/json" {
		u.t.Errorf("%s %v", r.Method, r.Header)
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		u.t.Error(err)
		return
	}
	var events []decisionlog.Event
	if err := json.NewDecoder(z).Decode(&events); err != nil {
		u.t.Error(err)
	}
	for _, e := range events {
		u.ids = append(u.ids, e.DecisionID)
	}
}

func TestUpload(t *testing.T) {
	for name, test := range map[string]struct {
		status []int
		tries  int
		lost   int
	}{
		"at once":           {nil, 1, 0},
		"after two tries":   {[]int{500, 429}, 3, 0},
		"refused for good":  {[]int{403}, 1, 3},
		"never":             {[]int{503, 503, 503, 503}, 4, 3},
		"a redirect is not": {[]int{302}, 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			service := &uploads{status: test.status, t: t}
			server := httptest.NewServer(service)
			defer server.Close()
			client := &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			defer client.CloseIdleConnections()
			n, log := &counts{}, &bytes.Buffer{}
			sink := decisionlog.NewUpload(decisionlog.UploadOptions{Client: client, URL: server.URL + "/logs?key=s3cret", Attempts: 4, Wait: func(int) time.Duration { return 0 }})
			l := decisionlog.New(decisionlog.Options{Sink: sink, Observer: n, Log: slog.New(slog.NewTextHandler(log, nil))})
			for _, id := range []string{"d1", "d2", "d3"} {
				l.Log(event(id, "allow"))
			}
			if err := l.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := []string{"d1", "d2", "d3"}
			if test.lost > 0 {
				want = nil
			}
			if diff := cmp.Diff(want, service.ids); diff != "" || service.tries != test.tries || n.of(decisionlog.DroppedSink) != test.lost {
				t.Errorf("%d tries, %v: %s", service.tries, n.n, diff)
			}
			if strings.Contains(log.String(), "s3cret") {
				t.Errorf("the URL is in the log: %s", log)
			}
		})
	}
}

// What does not fit into one upload goes into several.
func TestUploadInChunks(t *testing.T) {
	service := &uploads{t: t}
	server := httptest.NewServer(service)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	l := decisionlog.New(decisionlog.Options{Sink: decisionlog.NewUpload(decisionlog.UploadOptions{Client: client, URL: server.URL})})
	for range 1000 {
		l.Log(event("d", "allow"))
	}
	if err := l.Close(t.Context()); err != nil || len(service.ids) != 1000 || service.tries < 2 {
		t.Errorf("%v: %d events in %d uploads", err, len(service.ids), service.tries)
	}
}

func TestFlushIsAsked(t *testing.T) {
	service := &uploads{t: t}
	server := httptest.NewServer(service)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	ticks := make(chan time.Time)
	l := decisionlog.New(decisionlog.Options{Sink: decisionlog.NewUpload(decisionlog.UploadOptions{Client: client, URL: server.URL}), Flush: ticks})
	l.Log(event("d1", "allow"))
	for done := false; !done; {
		ticks <- time.Time{}
		service.mu.Lock()
		done = len(service.ids) == 1
		service.mu.Unlock()
	}
	if err := l.Close(t.Context()); err != nil || service.tries != 1 {
		t.Errorf("%v %d", err, service.tries)
	}
}

// A file is appended to, and is its owner's alone.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decisions.log")
	for _, id := range []string{"d1", "d2"} {
		l := decisionlog.New(decisionlog.Options{Sink: decisionlog.NewFile(path)})
		l.Log(event(id, "allow"))
		if err := l.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || len(parse(t, string(text))) != 2 {
		t.Errorf("%v %q", err, text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestNoLog(t *testing.T) {
	var l *decisionlog.Log
	l.Log(event("d1", "allow"))
	if l.Wants("deny") || l.Close(t.Context()) != nil {
		t.Error("a log that is not there wants events")
	}
}
