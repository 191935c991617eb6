package telemetry_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/goleak"

	"github.com/fieldgate/fieldgate/server/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetrics(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	m := telemetry.NewMetrics("1.2.3", func() time.Time { return now })
	m.Request("shop", 200, 3*time.Millisecond)
	m.Request("", 401, time.Millisecond)
	m.Decision("shop", "partial", "forward_pruned", 30*time.Microsecond)
	m.Upstream("shop", "ok", time.Millisecond)
	m.Upstream("shop", "shed", 0)
	m.Running("shop", 1)
	m.Event("logged")
	m.Activated("shop", 7, now.Add(-90*time.Second))
	text := scrape(t, m)
	for _, want := range []string{
		`fieldgate_requests_total{data_layer="shop",status="200"} 1`, `fieldgate_requests_total{data_layer="unknown",status="401"} 1`,
		`fieldgate_decisions_total{data_layer="shop",decision="partial",effect="forward_pruned"} 1`,
		`fieldgate_decision_duration_seconds_bucket{data_layer="shop",le="2.5e-05"} 0`, `fieldgate_decision_duration_seconds_bucket{data_layer="shop",le="5e-05"} 1`,
		`fieldgate_upstream_requests_total{data_layer="shop",outcome="ok"} 1`, `fieldgate_shed_total{data_layer="shop"} 1`,
		`fieldgate_upstream_duration_seconds_count{data_layer="shop"} 1`, `fieldgate_upstream_requests_running{data_layer="shop"} 1`,
		`fieldgate_decision_log_events_total{outcome="logged"} 1`, `fieldgate_active_revision{data_layer="shop"} 7`,
		`fieldgate_active_revision_age_seconds{data_layer="shop"} 90`, `fieldgate_build_info{version="1.2.3"} 1`, `go_goroutines`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	m.Removed("shop")
	if text := scrape(t, m); strings.Contains(text, `data_layer="shop"`) {
		t.Errorf("a data layer that is gone is still there:\n%s", text)
	}
}

// env is an environment; the SDK reads the real one.
func env(t *testing.T, values map[string]string) func(string) (string, bool) {
	t.Helper()
	for name, value := range values {
		t.Setenv(name, value)
	}
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

func TestTracesAreOffUnlessConfigured(t *testing.T) {
	for name, values := range map[string]map[string]string{
		"nothing": {}, "disabled": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
		"none": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"},
	} {
		traces, err := telemetry.NewTraces(t.Context(), "1", env(t, values))
		if err != nil {
			t.Fatal(err)
		}
		if traces.Tracer() != nil || traces.Close(t.Context()) != nil {
			t.Errorf("%s: spans are recorded", name)
		}
	}
}

func TestTracesAreExported(t *testing.T) {
	got := make(chan string, 1)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.URL.Path + " " + string(body)
	}))
	defer collector.Close()
	traces, err := telemetry.NewTraces(t.Context(), "1", env(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL}))
	if err != nil {
		t.Fatal(err)
	}
	_, span := traces.Tracer().Start(context.Background(), "graphql.request")
	span.SetAttributes(attribute.String("fieldgate.data_layer", "shop"))
	span.End()
	if err := traces.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := <-got; !strings.HasPrefix(text, "/v1/traces ") || !strings.Contains(text, "graphql.request") || !strings.Contains(text, "fieldgate") {
		t.Errorf("%q", text)
	}
}
