package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

// signedIn follows a one-time link and returns the session's cookie.
func (g *team) signedIn() string {
	g.t.Helper()
	link := must[api.SessionLink](g.t)(g.SessionLink(g.t.Context()))
	_, code, _ := strings.Cut(g.URL(link.Path), "#")
	g.handedOut("x_" + code)
	in := g.follow(code)
	cookie, _, _ := strings.Cut(in.header.Get("Set-Cookie"), ";")
	_, value, _ := strings.Cut(cookie, "=")
	if in.status != http.StatusCreated || value == "" {
		g.t.Fatalf("sign in: %d %s", in.status, in.body)
	}
	g.handedOut("x_" + value)
	if again := g.follow(code); again.status != http.StatusUnauthorized {
		g.t.Errorf("a link signs in twice: %d %s", again.status, again.body)
	}
	return cookie
}

func (g *team) follow(code string) answer {
	g.t.Helper()
	return g.ask("POST", g.private+"/api/v1/session", fmt.Sprintf(`{"link":%q}`, code), "Content-Type", "application/json", "X-Fieldgate-Csrf", "1")
}

// The private listener has the console on every path that is no program's, and the public one on none. Codes of links and
// cookies are in no log and no answer that refuses: every team is looked at for that when its test ends.
func TestR21ConsoleAndItsLinks(t *testing.T) {
	g := newTeam(t)
	cookie := g.signedIn()
	if who := g.ask("GET", g.private+"/api/v1/whoami", "", "Cookie", cookie); who.status != http.StatusOK || !strings.Contains(who.body, `"via":"session"`) {
		t.Errorf("%d %s", who.status, who.body)
	}
	g.ask("GET", g.private+"/layers/"+g.key, "") // pasted into the wrong place: it is not in the log
	g.ask("GET", g.private+"/api/v1/keys/"+g.key, "")
	for path, want := range map[string]int{
		"/": 200, "/sign-in": 200, "/layers/shop/scopes": 200, "/nothing.js": 404, "/assets/nothing.js": 404,
		"/api": 404, "/api/v2/layers": 404, "/api/v1/nothing": 404, "/v1": 404, "/v1/nothing": 404, "/bundles": 404, "/metrics/x": 404, "/healthz/x": 404,
	} {
		got := g.ask("GET", g.private+path, "")
		isPage := strings.HasPrefix(got.header.Get("Content-Type"), "text/html")
		if got.status != want || isPage != (want == 200) || want == 200 && !strings.Contains(got.header.Get("Content-Security-Policy"), "script-src 'self'") {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
	}
	for _, path := range []string{"/", "/sign-in", "/index.html"} {
		if got := g.ask("GET", g.public+path, ""); got.status == http.StatusOK || strings.Contains(got.header.Get("Content-Type"), "html") {
			t.Errorf("the public listener has the console: %s: %d", path, got.status)
		}
		if got := g.ask("POST", g.private+path, ""); got.status != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, got.status)
		}
	}
}

// A server without keys has nothing that a console could ask.
func TestNoConsoleWithoutAnAPI(t *testing.T) {
	r := start(t, directory(t))
	if status, header, _ := r.ask("GET", "/", ""); status != http.StatusNotFound || strings.Contains(header.Get("Content-Type"), "html") {
		t.Errorf("%d %v", status, header)
	}
}

// What clients were told is counted, and what members try in the sandbox is not.
func TestStatsAreOfClients(t *testing.T) {
	g := newTeam(t)
	g.shop("cost", "margin")
	token, all := g.token("cost"), g.token()
	g.read(token.Secret)
	g.read(token.Secret)
	g.read(all.Secret)
	g.read("fgt_nobody")
	g.api("POST", "/api/v1/layers/shop/sandbox", `{"query":"{ product { margin } }","as":{"scopes":[]}}`)
	got := must[api.Stats](t)(g.Stats(t.Context(), "shop"))
	allow, partial := 0, 0
	for _, m := range got.Minutes {
		allow, partial = allow+m.Allow, partial+m.Partial
		if m.Deny+m.Error > 0 {
			t.Errorf("%+v", m)
		}
	}
	if allow != 1 || partial != 2 || len(got.Denied) != 1 || got.Denied[0].Coordinate != "Product.margin" || got.Denied[0].Count != 2 {
		t.Errorf("allow %d, partial %d, denied %+v", allow, partial, got.Denied)
	}
	layer := must[api.Layer](t)(g.Layer(t.Context(), "shop"))
	if err := g.DeleteLayer(t.Context(), layer); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Stats(t.Context(), "shop"); status(err) != http.StatusNotFound {
		t.Errorf("of a data layer that is gone: %v", err)
	}
}

// events opens the events of shop and returns the lines that come, and a channel that is closed at the end.
func (g *team) events(cookie string) <-chan string {
	g.t.Helper()
	r := must[*http.Request](g.t)(http.NewRequestWithContext(context.WithoutCancel(g.t.Context()), http.MethodGet, g.private+"/api/v1/layers/shop/events", http.NoBody))
	r.Header.Set("Cookie", cookie)
	transport := &http.Transport{}
	got, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = got.Body.Close(); transport.CloseIdleConnections() })
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(got.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// until reads lines to one that holds text, and returns it; "" when the events end before.
func (g *team) until(lines <-chan string, text string) string {
	g.t.Helper()
	for {
		select {
		case line, ok := <-lines:
			if !ok || strings.Contains(line, text) {
				return line
			}
		case <-time.After(30 * time.Second):
			g.t.Fatalf("no event holds %s", text)
		}
	}
}

// A sync is told step by step to who watches, then its revision; a server that ends does not wait for who watches.
func TestSyncsAreToldAsTheyHappen(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	lines := g.events(g.signedIn())
	g.until(lines, "event: revision")
	g.until(lines, `"number":2`)
	g.scope("margin", "Product.margin")
	steps := map[string]bool{}
	var last api.Sync
	for last.State != store.SyncSucceeded {
		line := g.until(lines, "data: ")
		if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &last); err != nil {
			t.Fatal(err)
		}
		for _, s := range last.Steps {
			steps[s.Name] = true
		}
	}
	if last.Revision != 3 || last.Reason != "scope.created" || !steps["schema"] || !steps["compile"] || !steps["activate"] {
		t.Errorf("%+v, steps %v", last, steps)
	}
	if line := g.until(lines, "data: "); !strings.Contains(line, `"number":3`) {
		t.Errorf("after the sync: %s", line)
	}
	begun := time.Now()
	if err := g.stop(); err != nil {
		t.Error(err)
	}
	if g.until(lines, "nothing") != "" || time.Since(begun) > 10*time.Second {
		t.Errorf("the server took %v to end", time.Since(begun))
	}
}
