package console_test

import (
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/fieldgate/fieldgate/server/console"
)

const page = `<!doctype html><script type="module" src="/assets/index-1a2b.js"></script>`

func build() fstest.MapFS {
	script := []byte("export const a = 1;\n" + strings.Repeat("// text that repeats itself\n", 200))
	return fstest.MapFS{
		"index.html": {Data: []byte(page)}, "favicon.svg": {Data: []byte("<svg/>")}, ".keep": {Data: nil},
		"assets/index-1a2b.js": {Data: script}, "assets/logo-3c4d.png": {Data: []byte("png")}, "assets/odd-5e6f.xyz": {Data: []byte("?")},
	}
}

func from(t *testing.T, build fs.FS) *console.Handler {
	t.Helper()
	h, err := console.From(build)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func ask(t *testing.T, h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPathsOfTheConsole(t *testing.T) {
	h := from(t, build())
	if !h.Built() {
		t.Error("the console is not there")
	}
	const html = "text/html; charset=utf-8"
	for _, c := range []struct {
		method, path, accept string
		status               int
		media, caching       string
	}{
		{"GET", "/", "", 200, html, "no-cache"},
		{"HEAD", "/", "", 200, html, "no-cache"},
		{"GET", "/layers/shop/scopes", "", 200, html, "no-cache"},
		{"GET", "/layers/shop/who-can/Product.cost", "text/html,application/xhtml+xml", 200, html, "no-cache"},
		{"GET", "/layers/shop/who-can/Product.cost", "*/*", 404, "application/problem+json", "no-store"},
		{"GET", "/favicon.svg", "", 200, "image/svg+xml", "no-cache"},
		{"GET", "/favicon.ico", "image/png,*/*", 404, "application/problem+json", "no-store"},
		{"GET", "/assets/index-1a2b.js", "*/*", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"GET", "/assets/logo-3c4d.png", "", 200, "image/png", "public, max-age=31536000, immutable"},
		{"GET", "/assets/odd-5e6f.xyz", "", 200, "application/octet-stream", "public, max-age=31536000, immutable"},
		{"GET", "/assets/index-0000.js", "text/html", 404, "application/problem+json", "no-store"}, // of another build
		{"GET", "/assets/", "text/html", 404, "application/problem+json", "no-store"},
		{"GET", "/.keep", "", 404, "application/problem+json", "no-store"},
		{"GET", "/../console.go", "", 404, "application/problem+json", "no-store"},
		{"POST", "/", "", 405, "application/problem+json", "no-store"},
	} {
		got := ask(t, h, c.method, c.path, "Accept", c.accept)
		if got.Code != c.status || got.Header().Get("Content-Type") != c.media || got.Header().Get("Cache-Control") != c.caching {
			t.Errorf("%s %s: %d %v", c.method, c.path, got.Code, got.Header())
		}
		if c.media == html && c.method == "GET" && got.Body.String() != page {
			t.Errorf("%s: %s", c.path, got.Body)
		}
	}
}

// Whatever is answered, a page runs nothing that stands in markup and loads nothing from elsewhere.
func TestEveryAnswerIsStrict(t *testing.T) {
	for name, h := range map[string]*console.Handler{"built": from(t, build()), "not built": from(t, fstest.MapFS{".keep": {}})} {
		for _, path := range []string{"/", "/layers", "/assets/index-1a2b.js", "/nothing.js"} {
			header := ask(t, h, "GET", path).Header()
			policy := header.Get("Content-Security-Policy")
			for _, directive := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
				if !strings.Contains(policy, directive) {
					t.Errorf("%s: %s: no %s", name, path, directive)
				}
			}
			if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || strings.Contains(policy, "http") {
				t.Errorf("%s: %s: %s", name, path, policy)
			}
			for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin"} {
				if got := ask(t, h, "GET", path).Header().Get(header); got != want {
					t.Errorf("%s: %s: %s is %q", name, path, header, got)
				}
			}
		}
	}
}

func TestFilesAreKeptAndCompressed(t *testing.T) {
	h := from(t, build())
	const path = "/assets/index-1a2b.js"
	plain := ask(t, h, "GET", path)
	for _, coding := range []string{"", "br", "gzip;q=0", "gzip; q=0.0", "identity"} {
		if got := ask(t, h, "GET", path, "Accept-Encoding", coding); got.Header().Get("Content-Encoding") != "" || got.Body.String() != plain.Body.String() {
			t.Errorf("%q: %v", coding, got.Header())
		}
	}
	for _, coding := range []string{"gzip", "br, gzip", "deflate, GZIP;q=0.5"} {
		got := ask(t, h, "GET", path, "Accept-Encoding", coding)
		if got.Header().Get("Content-Encoding") != "gzip" || got.Header().Get("Vary") != "Accept-Encoding" || got.Header().Get("ETag") == plain.Header().Get("ETag") {
			t.Fatalf("%q: %v", coding, got.Header())
		}
		if got.Body.Len() >= plain.Body.Len()/4 {
			t.Errorf("%d bytes of %d", got.Body.Len(), plain.Body.Len())
		}
		r, err := gzip.NewReader(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != plain.Body.String() {
			t.Errorf("%q: %v %q", coding, err, text)
		}
	}
	for _, path := range []string{"/", path} {
		tag := ask(t, h, "GET", path).Header().Get("ETag")
		if got := ask(t, h, "GET", path, "If-None-Match", tag); got.Code != http.StatusNotModified || got.Body.Len() > 0 || tag == "" {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
}

// A program that was built without Node works, and says what is missing on its page.
func TestNotBuiltSaysSo(t *testing.T) {
	h := from(t, fstest.MapFS{".keep": {}, "assets/old.js": {Data: []byte("1")}})
	if h.Built() {
		t.Error("there is a console")
	}
	for _, path := range []string{"/", "/layers/shop"} {
		got := ask(t, h, "GET", path)
		if body := got.Body.String(); got.Code != 200 || !strings.Contains(body, "make build") || !strings.Contains(body, "/api/v1") || strings.Contains(body, "<script") {
			t.Errorf("%s: %d %s", path, got.Code, body)
		}
	}
	if got := ask(t, h, "GET", "/assets/old.js"); got.Code != http.StatusNotFound {
		t.Errorf("a part of a console: %d", got.Code)
	}
}

// What is embedded in this very program can be served, built or not.
func TestEmbedded(t *testing.T) {
	h, err := console.New()
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, h, "GET", "/"); got.Code != 200 || !strings.HasPrefix(strings.ToLower(got.Body.String()), "<!doctype html>") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	t.Logf("built: %v", h.Built())
}

type brokenFS struct{ fs.FS }

var errDisk = errors.New("the disk is gone")

func (brokenFS) Open(string) (fs.File, error) { return nil, errDisk }

func TestABuildThatCannotBeRead(t *testing.T) {
	if _, err := console.From(brokenFS{}); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
}
