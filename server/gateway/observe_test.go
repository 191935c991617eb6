package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/fieldgate/fieldgate/server/decisionlog"
	"github.com/fieldgate/fieldgate/server/gateway"
)

// spans is a tracer that keeps the names and attributes of spans.
type spans struct {
	noop.Tracer
	mu  sync.Mutex
	all []string
}

type span struct {
	noop.Span
	of      *spans
	context trace.SpanContext
}

func (s *spans) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	config := trace.NewSpanStartConfig(options...)
	one := &span{of: s, context: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})}
	one.add(fmt.Sprintf("%s root=%v", name, config.NewRoot()))
	one.SetAttributes(config.Attributes()...)
	return trace.ContextWithSpan(ctx, one), one
}

func (s *span) add(text string) {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.of.all = append(s.of.all, text)
}

func (s *span) IsRecording() bool              { return true }
func (s *span) SpanContext() trace.SpanContext { return s.context }
func (s *span) SetAttributes(list ...attribute.KeyValue) {
	for _, kv := range list {
		s.add(string(kv.Key) + "=" + kv.Value.String())
	}
}

// observer counts what it is told.
type observer struct {
	mu  sync.Mutex
	all []string
}

func (o *observer) add(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, fmt.Sprintf(format, args...))
}

func (o *observer) Request(layer string, status int, _ time.Duration) {
	o.add("request %q %d", layer, status)
}
func (o *observer) Decision(layer, decision, effect string, _ time.Duration) {
	o.add("decision %q %s %s", layer, decision, effect)
}
func (o *observer) Upstream(layer, outcome string, _ time.Duration) {
	o.add("upstream %q %s", layer, outcome)
}
func (o *observer) Running(layer string, change int) { o.add("running %q %d", layer, change) }

// One request with everything secret in it, and all that is written down of it.
func TestWhatIsWrittenDownOfARequest(t *testing.T) {
	traced, counted := &spans{}, &observer{}
	b := newBench(t, "", nil, func(o *gateway.Options) { o.Tracer, o.Observer = traced, counted })
	w := b.post(t, tokenPlain, `{"query":"query Q($s: String) { product(id: \"1\") { id cost } echo(s: $s) }","variables":{"s":"s3cret-variable"}}`,
		header("X-Secret", "s3cret-header"), header("Cookie", "s3cret-cookie"), func(r *http.Request) { r.URL.RawQuery = "s3cret=parameter" })
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	events := b.events.take()
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	e := events[0]
	want := decisionlog.Result{
		Decision: "partial", Effect: "forward_pruned", Operation: &decisionlog.Operation{Name: "Q", Type: "query"},
		Denied: []decisionlog.Denial{{Path: []string{"product", "cost"}, Coordinate: "Product.cost", Kind: "field"}},
	}
	if diff := cmp.Diff(want, e.Result); diff != "" || e.Input.Subject.TokenID != "t-plain" || !strings.HasPrefix(e.Bundles["shop"].Revision, "1@sha256:") || e.TraceID == "" {
		t.Errorf("%s %+v", diff, e)
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(b.log.String()), &line); err != nil {
		t.Fatal(err)
	}
	if id := w.Header().Get("X-Request-Id"); id == "" || id != line["request_id"] || id != e.RequestID {
		t.Errorf("the id is %q, logged %v and %q", id, line["request_id"], e.RequestID)
	}
	for key, value := range map[string]any{"data_layer": "shop", "status": 200.0, "token_id": "t-plain", "decision": "partial", "effect": "forward_pruned", "method": "POST", "remote": "192.0.2.1"} {
		if line[key] != value {
			t.Errorf("%s is %v", key, line[key])
		}
	}
	for _, name := range []string{"graphql.request root=true", "decide root=false", "upstream root=false", "fieldgate.decision=partial", "fieldgate.data_layer=shop"} {
		if !slices.Contains(traced.all, name) {
			t.Errorf("no %s in %v", name, traced.all)
		}
	}
	counts := []string{`decision "shop" partial forward_pruned`, `request "shop" 200`, `running "shop" -1`, `running "shop" 1`, `upstream "shop" ok`}
	slices.Sort(counted.all)
	if diff := cmp.Diff(counts, counted.all); diff != "" {
		t.Error(diff)
	}
	logged, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(logged) + b.log.String() + fmt.Sprint(traced.all, counted.all); strings.Contains(text, "s3cret") || strings.Contains(text, tokenPlain) || strings.Contains(text, upstreamKey) {
		t.Errorf("a secret is written down: %s", text)
	}
	if sent := b.upstream.requests(); sent[0].header.Get("Traceparent") == "" {
		t.Error("a sampled trace does not go on at the upstream")
	}
}

// A client may name its request, but not write lines into logs.
func TestRequestIDs(t *testing.T) {
	b := newBench(t, "", nil)
	for id, kept := range map[string]bool{"mine-1.a_B": true, "a b": false, "a\n": false, "": false, strings.Repeat("a", 65): false} {
		w := b.post(t, tokenPlain, `{"query":"{ product { id } }"}`, func(r *http.Request) { r.Header["X-Request-Id"] = []string{id} })
		if got := w.Header().Get("X-Request-Id"); (got == id) != kept || got == "" {
			t.Errorf("%q becomes %q", id, got)
		}
	}
}

// Requests without a valid token make no label and no event.
func TestNobodyMakesSeries(t *testing.T) {
	counted := &observer{}
	b := newBench(t, "", nil, func(o *gateway.Options) { o.Observer = counted })
	b.post(t, "fg_unknown", `{}`, func(r *http.Request) { r.URL.Path = "/layers/made-up" })
	if diff := cmp.Diff([]string{`request "" 401`}, counted.all); diff != "" || b.events.take() != nil || strings.Contains(b.log.String(), "made-up") {
		t.Errorf("%s %s", diff, b.log)
	}
}
