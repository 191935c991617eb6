package precompressed_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/fieldgate/fieldgate/server/precompressed"
)

func ask(t *testing.T, text *precompressed.Text, method string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", http.NoBody)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	text.ServeHTTP(w, r)
	return w
}

// Each form has an ETag of its own, and whoever has a form is told so.
func TestForms(t *testing.T) {
	long := []byte(strings.Repeat("a text that repeats itself ", 200))
	text := precompressed.New("application/json", long)
	plain, packed := ask(t, text, "GET"), ask(t, text, "GET", "Accept-Encoding", "br", "Accept-Encoding", "gzip")
	if !bytes.Equal(plain.Body.Bytes(), long) || packed.Body.Len() > len(long)/10 || plain.Header().Get("ETag") == packed.Header().Get("ETag") {
		t.Errorf("%v, %v, %d bytes", plain.Header(), packed.Header(), packed.Body.Len())
	}
	for _, form := range []*httptest.ResponseRecorder{plain, packed} {
		coding := ""
		if form == packed {
			coding = "gzip"
		}
		for tag, want := range map[string]int{form.Header().Get("ETag"): 304, `"another", ` + form.Header().Get("ETag"): 304, `"another"`: 200} {
			if got := ask(t, text, "GET", "Accept-Encoding", coding, "If-None-Match", tag); got.Code != want || got.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("%q with %s: %d %v", coding, tag, got.Code, got.Header())
			}
		}
	}
	if got := ask(t, text, "HEAD"); got.Code != http.StatusOK || got.Body.Len() > 0 || got.Header().Get("ETag") != plain.Header().Get("ETag") {
		t.Errorf("HEAD: %d %v", got.Code, got.Header())
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, long) {
		t.Errorf("unpacked: %v", err)
	}
}

func TestWhatIsSentAsItIs(t *testing.T) {
	long := []byte(strings.Repeat("x", 5000))
	for name, text := range map[string]*precompressed.Text{"an image": precompressed.New("image/png", long), "a short text": precompressed.New("text/plain", []byte("short"))} {
		if got := ask(t, text, "GET", "Accept-Encoding", "gzip"); got.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: %v", name, got.Header())
		}
	}
}

func TestConcurrentAnswers(t *testing.T) {
	text := precompressed.New("text/css", []byte(strings.Repeat("a{}", 5000)))
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			if got := ask(t, text, "GET", "Accept-Encoding", "gzip"); got.Header().Get("Content-Encoding") != "gzip" {
				t.Error("not compressed")
			}
		})
	}
	running.Wait()
}
