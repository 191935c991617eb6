package gateway_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// A client that does not take its answer holds no place among the requests to the upstream.
func TestSlowClientHoldsNoPlace(t *testing.T) {
	answer := `{"data":{"product":{"id":"` + strings.Repeat("0123456789", 1_200_000) + `"}}}` // more than a connection buffers
	b := newBench(t, "", say("application/json", answer), settings(func(s *scope.Settings) { s.Gateway.Concurrency = 1 }))
	server := httptest.NewServer(b.Handler)
	defer server.Close()
	slow, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close() //nolint:errcheck // it was only read
	body := `{"query":"{ product { id } }"}`
	if _, err := io.WriteString(slow, "POST /layers/shop HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer "+tokenPlain+
		"\r\nContent-Length: "+"30\r\n\r\n"+body); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 12)
	if _, err := io.ReadFull(slow, first); err != nil || string(first) != "HTTP/1.1 200" { // and no more
		t.Fatalf("%q %v", first, err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		got := asked(t, b.Handler, "{ product { id } }", nil)
		if got.err != nil {
			t.Fatal(got.err)
		}
		if got.status == http.StatusOK {
			if got.body != answer {
				t.Errorf("%d bytes", len(got.body))
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d %.200s", got.status, got.body)
		}
	}
}
