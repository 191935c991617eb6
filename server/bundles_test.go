package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/bundles"
)

// verifier trusts the public key that a server leaves in its data directory.
func verifier(t testing.TB, data string) *bundles.Verifier {
	t.Helper()
	text := must[[]byte](t)(os.ReadFile(filepath.Join(data, "signing-key.pub.pem")))
	block, _ := pem.Decode(text)
	sum := sha256.Sum256(block.Bytes)
	key := must[bundles.Key](t)(bundles.NewES256Key("fieldgate-"+hex.EncodeToString(sum[:6]), text))
	return must[*bundles.Verifier](t)(bundles.NewVerifier(key))
}

// contentOf reads a bundle, which must be signed by the server of g.
func (g *team) contentOf(bundle io.Reader) *bundles.Content {
	g.t.Helper()
	content, _, err := bundles.Load(bundle, bundles.LoadOptions{Verifier: verifier(g.t, g.data)})
	if err != nil {
		g.t.Fatal(err)
	}
	return content
}

const shopBundle = "/bundles/shop.tar.gz"

// bundle asks for the bundle of shop.
func (g *team) bundle(header ...string) answer {
	g.t.Helper()
	return g.send(g.t.Context(), "GET", g.private+shopBundle, http.NoBody, append(header, "Authorization", "Bearer "+g.caller)...)
}

func TestBundles(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	first := g.bundle()
	tag := first.header.Get("ETag")
	if first.status != http.StatusOK || first.header.Get("Content-Type") != "application/gzip" || tag == "" {
		t.Fatalf("%d %v", first.status, first.header)
	}
	if scopes := g.contentOf(strings.NewReader(first.body)).Scopes; len(scopes) != 1 || scopes[0].Name != "cost" {
		t.Errorf("the bundle holds the scopes %v", scopes)
	}
	for _, known := range []string{tag, "W/" + tag, `"x", ` + tag} {
		if got := g.bundle("If-None-Match", known); got.status != http.StatusNotModified || got.body != "" || got.header.Get("ETag") != tag {
			t.Errorf("If-None-Match %s: %d %v", known, got.status, got.header)
		}
	}
	g.edit("cost", "Product.cost", "Product.name")
	second := g.bundle("If-None-Match", tag)
	if second.status != http.StatusOK || second.header.Get("ETag") == tag {
		t.Errorf("after an edit: %d %v", second.status, second.header)
	}
	g.restart()
	if got := g.bundle("If-None-Match", second.header.Get("ETag")); got.status != http.StatusNotModified {
		t.Errorf("after a restart: %d %v", got.status, got.header)
	}
	for path, want := range map[string]int{
		"/bundles/site.tar.gz": 404, "/bundles/shop": 404, "/bundles/shop.zip": 404, "/bundles/.tar.gz": 404, "/bundles/": 404, "/bundles/..%2fshop.tar.gz": 404,
	} {
		if got := g.ask("GET", g.private+path, "", "Authorization", "Bearer "+g.caller); got.status != want {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

// TestBundlesAreHeldBack wants a long poll to be answered by the next edit and by the end of the server, and by neither more.
func TestBundlesAreHeldBack(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	g.layer("site")
	tag := g.bundle().header.Get("ETag")
	ask := func() <-chan answer {
		got := make(chan answer, 1)
		go func() { got <- g.bundle("If-None-Match", tag, "Prefer", "modes=snapshot,delta;wait=60") }()
		return got
	}
	if got := g.bundle("Prefer", "modes=snapshot,delta;wait=60"); got.status != http.StatusOK || got.header.Get("Content-Type") != "application/vnd.openpolicyagent.bundles" {
		t.Errorf("the first poll: %d %v", got.status, got.header)
	}
	if got := g.bundle("If-None-Match", tag, "Prefer", "wait=1"); got.status != http.StatusNotModified {
		t.Errorf("nothing has changed: %d %v", got.status, got.header)
	}
	waiting := ask()
	held(t)
	g.edit("cost", "Product.name")
	got := <-waiting
	if got.status != http.StatusOK || g.contentOf(strings.NewReader(got.body)).Scopes[0].Entries[0] != "Product.name" {
		t.Errorf("after an edit: %d %v", got.status, got.header)
	}
	tag = got.header.Get("ETag")
	waiting = ask()
	held(t)
	started := time.Now()
	if err := g.stop(); err != nil {
		t.Error(err)
	}
	if got := <-waiting; got.status != http.StatusNotModified || time.Since(started) > 20*time.Second {
		t.Errorf("the server ends: %d after %s", got.status, time.Since(started))
	}
}

// TestLongPollOutlastsTheServersTimeouts wants a poll to be held for as long as it prefers, on a server that gives other
// requests less.
func TestLongPollOutlastsTheServersTimeouts(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	short := httptest.NewUnstartedServer(g.server.Handler())
	short.Config.ReadTimeout, short.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	short.Start()
	defer short.Close()
	started := time.Now()
	got := g.ask("GET", short.URL+shopBundle, "", "Authorization", "Bearer "+g.caller, "If-None-Match", g.bundle().header.Get("ETag"), "Prefer", "wait=1")
	if took := time.Since(started); got.status != http.StatusNotModified || took < time.Second {
		t.Errorf("%d after %s", got.status, took)
	}
}

// held waits until the server holds a request for a bundle back.
func held(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	poll(t, "a request that is held back", func() bool {
		return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "(*State).bundle(")
	})
}
