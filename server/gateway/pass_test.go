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

// received is what arrived of an answer.
type received struct {
	status int
	length int64 // -1: not said
	header http.Header
	body   string
	err    error // how reading the body ended
}

// asked asks a gateway over a real connection. Whatever is to happen once the answer has begun is done by begun.
func asked(t *testing.T, h http.Handler, query string, begun func(head []byte)) received {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/layers/shop", strings.NewReader(`{"query":"`+query+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+tokenPlain)
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	var head []byte
	if begun != nil {
		head = make([]byte, 60_000)
		if _, err := io.ReadFull(response.Body, head); err != nil {
			t.Fatal(err)
		}
		begun(head)
	}
	rest, err := io.ReadAll(response.Body)
	return received{response.StatusCode, response.ContentLength, response.Header, string(head) + string(rest), err}
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
	got := asked(t, b.Handler, "{ product { id } }", func([]byte) { close(begun) }) // the upstream has not ended before
	if got.err != nil {
		t.Fatal(got.err)
	}
	want := `{"data":` + large + `,"errors":[{"message":"slow","path":["product"],"extensions":{"code":"C"}}]}`
	if got.body != want {
		t.Errorf("%d bytes that end in %s", len(got.body), got.body[max(0, len(got.body)-200):])
	}
	if h := got.header; h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != "application/json; charset=utf-8" {
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
			got := asked(t, b.Handler, "{ product { id } }", nil)
			if got.status != http.StatusOK || !errors.Is(got.err, io.ErrUnexpectedEOF) {
				t.Errorf("%d, reading ends with %v", got.status, got.err)
			}
			if strings.Contains(got.body+b.log.String(), "s3cret") || !strings.Contains(b.log.String(), "UPSTREAM_BAD_RESPONSE") && !strings.Contains(b.log.String(), "UPSTREAM_UNAVAILABLE") {
				t.Errorf("%.200s", b.log)
			}
		})
	}
}

// What is denied, or added, is not passed on as it arrives.
func TestPrunedAnswerIsNotPassedOn(t *testing.T) {
	b := newBench(t, "", say("application/json", `{"data":`+large+`}`))
	got := asked(t, b.Handler, "{ product { id cost } }", nil)
	if got.err != nil || got.length < 0 || !strings.Contains(got.body, `"cost":null`) {
		t.Errorf("%v %d %.100s", got.err, got.length, got.body)
	}
}
