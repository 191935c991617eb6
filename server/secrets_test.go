package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/fieldgate/fieldgate/server/store"
)

// collector takes what a server exports.
type collector struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.Copy(&c.text, r.Body)
}

// TestR21SecretsAreInNothingThatIsExported uses every kind of secret, in the right places and in wrong ones, on a server that
// exports traces, decisions and metrics, and looks for them there. Data files, log and refusals are looked at for every team.
func TestR21SecretsAreInNothingThatIsExported(t *testing.T) {
	spans := &collector{}
	exported := httptest.NewServer(spans)
	defer exported.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", exported.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
	decisions := filepath.Join(t.TempDir(), "decisions.log")
	dir := t.TempDir()
	upstream := newUpstream(t)
	write(t, dir, "fieldgate.yaml", fmt.Sprintf("decision_log: {to: file, path: %q}\n", decisions))
	write(t, dir, "shop/layer.yaml", layerFile(upstream))
	write(t, dir, "shop/schema.graphql", shopSchema)
	write(t, dir, "shop/scopes/cost.yaml", "scope: cost\nfields: [Product.cost]\n")
	g := teamIn(t, t.TempDir(), dir, upstream)
	token := g.token("cost")
	_, key := g.member(store.RoleDeveloper, store.PermissionAdmin)
	g.mayRead("it", token, "name cost margin")
	for _, secret := range []string{token.Secret, key, g.key, token.Secret + "x"} {
		g.read(secret)
		g.decide(fmt.Sprintf(`{"token":%q}`, secret))
		g.decide(fmt.Sprintf(`{"token_id":%q}`, secret))
		g.api("GET", "/api/v1/layers/shop/tokens/"+secret, "")
		g.api("GET", "/api/v1/layers/"+secret, "")
		g.api("GET", "/api/v1/layers?key="+secret, "")
		g.api("POST", "/api/v1/layers/shop/tokens", fmt.Sprintf(`{"name":"x","scopes":[%q]}`, secret))
		g.ask("POST", g.private+"/api/v1/session", fmt.Sprintf(`{"key":%q}`, secret+"x"), "Content-Type", "application/json", "X-Fieldgate-Csrf", "1")
		g.ask("GET", g.private+"/api/v1/whoami", "", "Authorization", "Basic "+secret)
		g.ask("GET", g.private+"/api/v1/whoami", "", "Cookie", "__Host-fieldgate="+secret, "X-Request-Id", secret)
		g.api("POST", "/api/v1/layers/shop/syncs", "", "X-Request-Id", secret) // its audit entry has the id of the request
		g.read(token.Secret)
		g.ask("GET", g.public+"/layers/shop?access_token="+secret+"&query={product{name}}", "")
		g.ask("POST", g.public+"/layers/shop", `{"query":"{ product { name } }"}`, "Content-Type", "application/json", "Authorization", "Bearer "+token.Secret, "User-Agent", secret, "X-Request-Id", secret)
	}
	metrics := g.ask("GET", g.private+"/metrics", "")
	if err := g.stop(); err != nil {
		t.Error(err)
	}
	for place, text := range map[string][]byte{"spans": spans.text.Bytes(), "metrics": []byte(metrics.body), "the decision log": must[[]byte](t)(os.ReadFile(decisions))} {
		if !bytes.Contains(text, []byte("shop")) {
			t.Errorf("%s say nothing of the data layer: %d bytes", place, len(text))
		}
		for _, secret := range g.secrets {
			if bytes.Contains(text, []byte(secret[4:20])) {
				t.Errorf("%s hold %.6s... (R21)", place, secret)
			}
		}
	}
}
