package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/fieldgate/fieldgate/server/admin/admintest"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/admin/client"
	"github.com/fieldgate/fieldgate/server/problem"
	"github.com/fieldgate/fieldgate/server/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder is a transport without a network that notes which operations were asked.
type recorder struct {
	handler http.Handler
	asked   map[string]bool
}

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	for _, route := range api.Routes() {
		if route.Method == q.Method && matches(route.Path, q.URL.EscapedPath()) {
			r.asked[route.ID] = true
		}
	}
	in := httptest.NewRequestWithContext(q.Context(), q.Method, q.URL.String(), q.Body)
	in.Header = q.Header
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, in)
	return w.Result(), nil
}

func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}

func setUp(t *testing.T) (*admintest.Team, *recorder, *client.Client) {
	t.Helper()
	team, err := admintest.New(admintest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{handler: team.Router, asked: map[string]bool{}}
	c, err := client.New("http://127.0.0.1:8081", team.Owner, r)
	if err != nil {
		t.Fatal(err)
	}
	return team, r, c
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The client asks for every operation of the document, and understands every answer.
func TestClientCoversTheDocument(t *testing.T) {
	team, r, c := setUp(t)
	ctx := t.Context()
	people(ctx, t, team, c)
	layers(ctx, t, c)
	audit(ctx, t, c)
	for _, route := range api.Routes() {
		if route.ID == "signIn" || route.ID == "signOut" || route.ID == "runSandbox" || route.ID == "watchLayer" { // a browser's
			continue
		}
		if !r.asked[route.ID] {
			t.Errorf("no method of the client asks %s", route.ID)
		}
	}
}

func people(ctx context.Context, t *testing.T, team *admintest.Team, c *client.Client) {
	t.Helper()
	if who := must(c.Whoami(ctx))(t); who.Member.ID != team.OwnerMember.ID || who.Via != "key" || len(who.May) < 20 {
		t.Errorf("whoami: %+v", who)
	}
	if link := must(c.SessionLink(ctx))(t); !strings.HasPrefix(c.URL(link.Path), "http://127.0.0.1:8081/sign-in#") || strings.Contains(c.URL(link.Path), "%") {
		t.Errorf("link: %s", c.URL(link.Path))
	}
	must(c.Team(ctx))(t)
	if document := must(c.OpenAPI(ctx))(t); document["openapi"] != "3.1.0" {
		t.Errorf("the document is %v", document["openapi"])
	}
	m := must(c.AddMember(ctx, api.NewMember{Name: "Ann", Role: store.RoleDeveloper}))(t)
	m = must(c.UpdateMember(ctx, m, store.RoleOwner))(t)
	if got := must(c.Member(ctx, m.ID))(t); got != m {
		t.Errorf("got %+v, want %+v", got, m)
	}
	k := must(c.GenerateKey(ctx, m.ID, api.NewKey{Name: "ci", Permissions: []store.Permission{"decide", "admin"}}))(t)
	ok(t, c.RevokeKey(ctx, m.ID, k.Key.ID))
	if keys := must(c.Keys(ctx, m.ID))(t); len(keys) != 1 || keys[0].State != "revoked" {
		t.Errorf("keys: %+v", keys)
	}
	ok(t, c.RemoveMember(ctx, m))
	if members := must(c.Members(ctx))(t); len(members) != 2 {
		t.Errorf("members: %+v", members)
	}
}

// ofConsole asks what the console shows besides rows.
func ofConsole(ctx context.Context, t *testing.T, c *client.Client, s api.Scope, token api.Token) {
	t.Helper()
	if got := must(c.Catalog(ctx, "shop"))(t); len(got.Types) != 1 || got.Types[0].Name != "Query" || got.Scopes[0] != "finance" {
		t.Errorf("catalog: %+v", got)
	}
	if got := must(c.PreviewScope(ctx, "shop", api.ScopeDraft{Scope: s.ID, Name: "f", Entries: []string{"Order"}}))(t); len(got.Covered) != 1 || got.YAML == "" {
		t.Errorf("preview: %+v", got)
	}
	if got := must(c.Matrix(ctx, "shop"))(t); len(got.Subjects) != 1 || got.Subjects[0].Tokens[0].ID != token.ID {
		t.Errorf("matrix: %+v", got)
	}
	if got := must(c.Stats(ctx, "shop"))(t); len(got.Minutes) != 60 || len(got.Denied) != 0 || got.StepSeconds != 60 {
		t.Errorf("stats: %+v", got)
	}
	var view bytes.Buffer
	ok(t, c.View(ctx, "shop", token.ID, &view))
	if !strings.Contains(view.String(), "type Query") {
		t.Errorf("view: %s", view.String())
	}
}

func layers(ctx context.Context, t *testing.T, c *client.Client) {
	t.Helper()
	l := must(c.CreateLayer(ctx, api.NewLayer{Definition: "data_layer: shop", Schema: "type Query { a: Int }"}))(t)
	must(c.UpdateLayer(ctx, l, api.LayerChange{Schema: "type Query { b: Int }"}))(t)
	var text bytes.Buffer
	ok(t, c.Schema(ctx, "shop", &text))
	if text.String() != "type Query { b: Int }" {
		t.Errorf("schema: %s", text.String())
	}
	s := must(c.CreateScope(ctx, "shop", api.NewScope{Name: "finance", Fields: []string{"Product.cost"}}))(t).Scope
	s = must(c.UpdateScope(ctx, "shop", s, api.NewScope{Name: "finance", Fields: []string{"Product.cost", "Order"}}))(t).Scope
	must(c.Scope(ctx, "shop", s.ID))(t)
	if e := must(c.Explain(ctx, "shop", "Query.b", []string{"finance"}))(t); !e.Readable || e.Query != "{ b }" {
		t.Errorf("explain: %+v", e)
	}
	if r := must(c.WhoCan(ctx, "shop", "Query.b"))(t); !r.Everyone {
		t.Errorf("who can: %+v", r)
	}
	if g := must(c.Guards(ctx, "shop", "finance"))(t); len(g) != 0 {
		t.Errorf("guards: %+v", g)
	}
	g := must(c.GenerateToken(ctx, "shop", api.NewToken{Name: "site", Scopes: []string{"finance"}}, "once-1"))(t)
	again := must(c.GenerateToken(ctx, "shop", api.NewToken{Name: "site", Scopes: []string{"finance"}}, "once-1"))(t)
	if g.Secret == "" || again.Secret != "" || again.Token.ID != g.Token.ID {
		t.Errorf("first %+v, then %+v", g, again)
	}
	must(c.Token(ctx, "shop", g.Token.ID))(t)
	ofConsole(ctx, t, c, s, g.Token)
	if p := must(c.PreviewDelete(ctx, "shop", s.ID))(t); len(p.Opens) != 2 || len(p.Tokens) != 1 || p.Sync != nil {
		t.Errorf("preview: %+v", p)
	}
	must(c.DeleteScope(ctx, "shop", s))(t)
	must(c.Scopes(ctx, "shop"))(t)
	ok(t, c.RevokeToken(ctx, "shop", g.Token.ID))
	if tokens := must(c.Tokens(ctx, "shop"))(t); len(tokens) != 1 || tokens[0].State != "revoked" || len(tokens[0].Scopes) != 0 {
		t.Errorf("tokens: %+v", tokens)
	}
	run := must(c.StartSync(ctx, "shop"))(t)
	must(c.Sync(ctx, "shop", run.ID))(t)
	must(c.Syncs(ctx, "shop"))(t)
	must(c.Pin(ctx, "shop", 1))(t)
	must(c.Unpin(ctx, "shop"))(t)
	must(c.Revisions(ctx, "shop"))(t)
	ok(t, c.Bundle(ctx, "shop", 1, io.Discard))
	must(c.Apply(ctx, api.Apply{Files: map[string]string{"shop/scopes/web.yaml": "scope: web"}, DryRun: true}))(t)
	l = must(c.Layer(ctx, "shop"))(t)
	ok(t, c.DeleteLayer(ctx, l))
	if all := must(c.Layers(ctx))(t); len(all) != 0 {
		t.Errorf("layers: %+v", all)
	}
}

func audit(ctx context.Context, t *testing.T, c *client.Client) {
	t.Helper()
	var last uint64
	ok(t, c.Audit(ctx, url.Values{"limit": {"3"}}, func(e store.Entry) error {
		if e.Sequence != last+1 {
			t.Errorf("entry %d follows %d", e.Sequence, last)
		}
		last = e.Sequence
		return nil
	}))
	if h := must(c.Head(ctx))(t); h.Sequence != last {
		t.Errorf("the head is %d, the last entry %d", h.Sequence, last)
	}
	must(c.AuditPage(ctx, url.Values{"newest": {"true"}}))(t)
	ok(t, c.ExportAudit(ctx, url.Values{"format": {"csv"}}, io.Discard))
	if v := must(c.Verify(ctx))(t); !v.Intact {
		t.Errorf("verify: %+v", v)
	}
}

// A key goes to one server, and never in the clear over a network.
func TestR21KeyStaysWithItsServer(t *testing.T) {
	for _, address := range []string{
		"http://example.org", "ftp://127.0.0.1", "127.0.0.1:8081", "http://user:pw@127.0.0.1", "http://127.0.0.1.example.org", "http://0.0.0.0:1", "https://h/?x=1", "",
	} {
		if _, err := client.New(address, "fgm_x", nil); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
	if _, err := client.New("http://localhost:1", "fgm_x\r\nX: y", nil); err == nil || strings.Contains(err.Error(), "fgm_x") {
		t.Errorf("a key with a line break: %v", err)
	}
	asked := 0
	away := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "https://example.org/", http.StatusTemporaryRedirect)
	})
	c, err := client.New("http://127.0.0.1:1", "fgm_s3cret", &recorder{handler: away, asked: map[string]bool{}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Whoami(t.Context())
	if err == nil || asked != 1 || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v after %d requests", err, asked)
	}
}

// What the caller names cannot lead to another route.
func TestPathParametersAreEscaped(t *testing.T) {
	_, r, c := setUp(t)
	for _, name := range []string{"../members", "a/../../members", "x?dry_run=true", "x#y", "..", ".", ""} {
		clear(r.asked)
		if _, err := c.Layer(t.Context(), name); err == nil {
			t.Errorf("%q is a layer", name)
		}
		for id := range r.asked {
			if id != "getLayer" {
				t.Errorf("%q asked %s", name, id)
			}
		}
	}
}

func TestErrorsHaveTheServersWords(t *testing.T) {
	_, _, c := setUp(t)
	_, err := c.Layer(t.Context(), "nowhere")
	var e *client.Error
	if !errors.As(err, &e) || e.Status != 404 || e.Code != "NOT_FOUND" || e.RequestID == "" {
		t.Errorf("got %v", err)
	}
	if _, err := c.CreateLayer(t.Context(), api.NewLayer{Definition: "x"}); err == nil || !strings.Contains(err.Error(), "\n  /definition: layer.yaml:1:1: ") {
		t.Errorf("got %v", err)
	}
	html := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<b>\x1b[2J</b>")
	})
	c, err = client.New("http://127.0.0.1:1", "", &recorder{handler: html, asked: map[string]bool{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.RevokeToken(t.Context(), "shop", "x"); err == nil || err.Error() != "the server answered 502 Bad Gateway" {
		t.Errorf("got %v", err)
	}
	if text := (&client.Error{Problem: problem.Problem{Detail: "no", Pointer: "/name"}}).Error(); text != "no (at /name)" {
		t.Errorf("got %s", text)
	}
}
