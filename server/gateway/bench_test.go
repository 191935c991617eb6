package gateway_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/server/decisionlog"
	"github.com/fieldgate/fieldgate/server/gateway"
)

// benchQuery has the size of what clients send; the answer is some 600 bytes.
const benchQuery = `{"query":"query Products { products(first: 10) { id name related { id name maker { name } } maker { name } } product(id: \"1\") { id name } }"}`

// BenchmarkGuarded compares a guarded request that is allowed with a bare, tuned httputil.ReverseProxy
// before the same upstream, over real connections on one machine.
func BenchmarkGuarded(b *testing.B) {
	quiet := func(o *gateway.Options) { o.Log, o.Decisions = slog.New(slog.DiscardHandler), nil }
	answer := newBench(b, "", nil).ask(b, tokenPlain, "{ products { id name related { id name maker { name } } maker { name } } product { id name } }").Body.String()
	fixed := say("application/json", answer)
	for name, handler := range map[string]func(b *testing.B) http.Handler{
		"proxy": func(b *testing.B) http.Handler {
			b.Helper()
			target, err := url.Parse(newRecorder(b, fixed).URL)
			if err != nil {
				b.Fatal(err)
			}
			transport := &http.Transport{MaxIdleConnsPerHost: 256}
			b.Cleanup(transport.CloseIdleConnections)
			return &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
		},
		"gateway": func(b *testing.B) http.Handler {
			b.Helper()
			return newBench(b, "", fixed, quiet).Handler
		},
		"gateway with logs": func(b *testing.B) http.Handler {
			b.Helper()
			l := decisionlog.New(decisionlog.Options{Sink: decisionlog.NewWriter(io.Discard)})
			b.Cleanup(func() { _ = l.Close(b.Context()) })
			return newBench(b, "", fixed, func(o *gateway.Options) {
				o.Log, o.Decisions = slog.New(slog.NewJSONHandler(io.Discard, nil)), l
			}).Handler
		},
	} {
		b.Run(name, func(b *testing.B) { requests(b, handler(b)) })
	}
}

func requests(b *testing.B, h http.Handler) {
	b.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	defer transport.CloseIdleConnections()
	b.SetParallelism(16)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL+"/layers/shop", strings.NewReader(benchQuery))
			if err != nil {
				b.Error(err)
				return
			}
			r.Header["Content-Type"], r.Header["Authorization"] = []string{"application/json"}, []string{"Bearer " + tokenPlain}
			w, err := transport.RoundTrip(r)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, w.Body)
			_ = w.Body.Close()
			if w.StatusCode != http.StatusOK {
				b.Errorf("status %d", w.StatusCode)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
