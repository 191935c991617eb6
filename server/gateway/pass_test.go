package gateway_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// asked asks a gateway over a real connection and returns what arrives of the answer, and how reading it ended.
func asked(t *testing.T, h http.Handler, secret, query string) (*http.Response, string, error) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/layers/shop", strings.NewReader(`{"query":"`+query+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+secret)
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

// large is data that is passed on as it arrives.
var large = `{"product":{"id":"` + strings.Repeat("0123456789", 20_000) + `"}}`

// An answer is passed on while the upstream is still sending it.
func TestAnswerIsPassedOnAsItArrives(t *testing.T) {
	begun := make(chan struct{})
	b := newBench(t, "", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data":`+large[:150_000])
		_ = http.NewResponseController(w).Flush()
		select {
		case <-begun:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, large[150_000:]+`,"errors":[{"message":"slow","path":["product"],"extensions":{"code":"C","stacktrace":"s3cret"}}],"extensions":{"s3cret":1}}`)
	})
	server := httptest.NewServer(b.Handler)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/layers/shop", strings.NewReader(`{"query":"{ product { id } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+tokenPlain)
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections() //nolint:errcheck // it is one
	defer response.Body.Close()                                          //nolint:errcheck // it was only read
	head := make([]byte, 60_000)
	if _, err := io.ReadFull(response.Body, head); err != nil { // before the upstream has ended
		t.Fatal(err)
	}
	close(begun)
	rest, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"data":` + large + `,"errors":[{"message":"slow","path":["product"],"extensions":{"code":"C"}}]}`
	if got := string(head) + string(rest); got != want {
		t.Errorf("%d bytes that end in %s", len(got), got[max(0, len(got)-200):])
	}
	if h := response.Header; h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%v", h)
	}
}

// An answer that breaks off, or grows too large, after a part of it was passed on is broken off: its client must not take it
// for whole, and sees nothing of what is wrong.
func TestR16AnswerThatBreaksOffIsBrokenOff(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"the upstream breaks off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"data":`+large[:150_000])
			panic(http.ErrAbortHandler)
		},
		"it ends early":     say("application/json", `{"data":`+large[:150_000]),
		"something follows": say("application/json", `{"data":`+large+`} s3cret`),
		"data twice":        say("application/json", `{"data":`+large+`,"data":{"s3cret":1}}`),
		"too large": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for range 20 {
				_, _ = io.WriteString(w, strings.TrimSuffix(`{"data":`+large, "}}"))
				_ = http.NewResponseController(w).Flush() // the length is not known before
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "", answer, settings(func(s *scope.Settings) { s.Gateway.Response = 1 << 20 }))
			response, body, err := asked(t, b.Handler, tokenPlain, "{ product { id } }")
			if response.StatusCode != http.StatusOK || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%d, reading ends with %v", response.StatusCode, err)
			}
			if strings.Contains(body+b.log.String(), "s3cret") || !strings.Contains(b.log.String(), "UPSTREAM_BAD_RESPONSE") && !strings.Contains(b.log.String(), "UPSTREAM_UNAVAILABLE") {
				t.Errorf("%.200s", b.log)
			}
		})
	}
}

// What is denied, or added, is not passed on as it arrives.
func TestPrunedAnswerIsNotPassedOn(t *testing.T) {
	b := newBench(t, "", say("application/json", `{"data":`+large+`}`))
	response, body, err := asked(t, b.Handler, tokenPlain, "{ product { id cost } }")
	if err != nil || response.ContentLength < 0 || !strings.Contains(body, `"cost":null`) {
		t.Errorf("%v %d %.100s", err, response.ContentLength, body)
	}
}
