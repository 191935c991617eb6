package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/server"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/admin/client"
	"github.com/fieldgate/fieldgate/server/store"
)

// A data layer whose coordinates are in no scope but those that a test makes.
const (
	shopSchema     = "type Query { product: Product }\ntype Product { name: String cost: Int margin: Int }\n"
	shopDefinition = "data_layer: shop\nupstream: {url: %q}\n"
	everything     = "{ product { name cost margin } }"
)

// team is a server with a store, which the test reaches over HTTP alone.
type team struct {
	*client.Client // the owner's
	t              testing.TB
	data, dir      string
	public         string // http://host:port
	private        string
	key            string // of the owner
	caller         string // a key that may ask for decisions and bundles, and nothing else
	log            *logBuffer
	ticks          chan time.Time
	upstream       string // URL
	server         *server.Server
	stop           func() error // ends the server and returns what Run returned

	mu      sync.Mutex
	secrets []string // all that were handed out, and cookies
	bodies  []string // of answers that refused
}

// newTeam is a team with an owner and a server, and no data layer.
func newTeam(t testing.TB) *team {
	t.Helper()
	return teamIn(t, t.TempDir(), "", newUpstream(t))
}

// newUpstream returns the URL of an upstream.
func newUpstream(t testing.TB) string {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(product))
	t.Cleanup(upstream.Close)
	return upstream.URL
}

// teamIn is newTeam with its data directory, its access directory and its upstream chosen.
func teamIn(t testing.TB, data, dir, upstream string) *team {
	t.Helper()
	g := &team{t: t, data: data, dir: dir, log: &logBuffer{}, ticks: make(chan time.Time), upstream: upstream}
	g.key = initialize(t, data)
	g.secrets = append(g.secrets, g.key)
	g.start()
	who := must[api.Session](t)(g.Whoami(t.Context()))
	made := must[api.GeneratedKey](t)(g.GenerateKey(t.Context(), who.Member.ID, api.NewKey{Name: "caller", Permissions: []store.Permission{store.PermissionDecide}}))
	g.caller = made.Secret
	g.handedOut(g.caller)
	t.Cleanup(func() {
		if err := g.stop(); err != nil {
			t.Error(err)
		}
		g.scan()
	})
	return g
}

// initialize makes a team in a data directory and returns its owner's key.
func initialize(t testing.TB, data string) string {
	t.Helper()
	s, err := server.OpenState(t.Context(), data, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := s.Control.Init(t.Context(), store.Origin{Actor: store.Actor{Kind: store.ActorSystem, Name: "test"}}, "team", "olga")
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return key
}

// product answers what the upstream is asked for.
func product(w http.ResponseWriter, r *http.Request) {
	var body struct{ Query string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	row := map[string]any{}
	for name, value := range map[string]any{"name": "chair", "cost": 70, "margin": 30} {
		if strings.Contains(body.Query, name) {
			row[name] = value
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"product": row}})
}

// options are those that the team's server runs with.
func (g *team) options() server.Options {
	return server.Options{
		Dir: g.dir, Data: g.data, Public: "127.0.0.1:0", Private: "127.0.0.1:0", Ticks: g.ticks,
		Log: slog.New(slog.NewJSONHandler(g.log, nil)), Drain: 30 * time.Second,
	}
}

// start runs a server on the team's data directory.
func (g *team) start() {
	g.t.Helper()
	s, err := server.New(context.WithoutCancel(g.t.Context()), g.options())
	if err != nil {
		g.t.Fatal(err)
	}
	g.server = s
	ctx, cancel := context.WithCancel(context.WithoutCancel(g.t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	g.stop = sync.OnceValue(func() error { cancel(); return <-done })
	address := s.Addr(g.t.Context())
	if address == nil {
		g.t.Fatal(g.stop())
	}
	g.private, g.public = "http://"+address.String(), "http://"+s.PublicAddr(g.t.Context()).String()
	g.Client = g.as(g.key)
}

// restart ends the server and starts another.
func (g *team) restart() {
	g.t.Helper()
	if err := g.stop(); err != nil {
		g.t.Fatal(err)
	}
	g.start()
}

// look has the server look at its access directory, and returns when it has.
func (g *team) look(times int) {
	for range times + 1 { // a tick is taken when the look before is over
		g.ticks <- time.Time{}
	}
}

// as is a client with a key.
func (g *team) as(key string) *client.Client {
	g.t.Helper()
	c, err := client.New(g.private, key, &http.Transport{DisableKeepAlives: true})
	if err != nil {
		g.t.Fatal(err)
	}
	return c
}

// must is for calls that the server is to take.
func must[T any](t testing.TB) func(value T, err error) T {
	t.Helper()
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// shop makes a data layer with scopes, each of one field of Product that it is called after.
func (g *team) shop(scopes ...string) {
	g.t.Helper()
	g.layer("shop")
	for _, name := range scopes {
		g.scope(name, "Product."+name)
	}
}

func (g *team) layer(name string) {
	g.t.Helper()
	definition := strings.Replace(fmt.Sprintf(shopDefinition, g.upstream), "shop", name, 1)
	must[api.Layer](g.t)(g.CreateLayer(g.t.Context(), api.NewLayer{Definition: definition, Schema: shopSchema}))
}

func (g *team) scope(name string, fields ...string) {
	g.t.Helper()
	must[api.ChangedScope](g.t)(g.CreateScope(g.t.Context(), "shop", api.NewScope{Name: name, Fields: fields}))
}

func (g *team) named(name string) api.Scope {
	g.t.Helper()
	for _, s := range must[[]api.Scope](g.t)(g.Scopes(g.t.Context(), "shop")) {
		if s.Name == name {
			return s
		}
	}
	g.t.Fatalf("there is no scope %s", name)
	return api.Scope{}
}

func (g *team) edit(name string, fields ...string) {
	g.t.Helper()
	must[api.ChangedScope](g.t)(g.UpdateScope(g.t.Context(), "shop", g.named(name), api.NewScope{Name: name, Fields: fields}))
}

func (g *team) drop(name string) {
	g.t.Helper()
	must[api.ScopeDeletion](g.t)(g.DeleteScope(g.t.Context(), "shop", g.named(name)))
}

// token is one with scopes, or without any an unrestricted one.
func (g *team) token(scopes ...string) api.GeneratedToken {
	g.t.Helper()
	return g.tokenOf("shop", api.NewToken{Name: "site", Scopes: append([]string{}, scopes...), Unrestricted: len(scopes) == 0})
}

func (g *team) tokenOf(layer string, in api.NewToken) api.GeneratedToken {
	g.t.Helper()
	made := must[api.GeneratedToken](g.t)(g.GenerateToken(g.t.Context(), layer, in, ""))
	g.handedOut(made.Secret)
	return made
}

func (g *team) handedOut(secret string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.secrets = append(g.secrets, secret)
}

// member is a new member with a key of some permissions.
func (g *team) member(role store.Role, permissions ...store.Permission) (api.Member, string) {
	g.t.Helper()
	m := must[api.Member](g.t)(g.AddMember(g.t.Context(), api.NewMember{Name: fmt.Sprintf("%s %d", role, time.Now().UnixNano()), Role: role}))
	made := must[api.GeneratedKey](g.t)(g.GenerateKey(g.t.Context(), m.ID, api.NewKey{Name: "k", Permissions: permissions}))
	g.handedOut(made.Secret)
	return m, made.Secret
}

// status is that of a refusal, 0 for none.
func status(err error) int {
	var refused *client.Error
	if errors.As(err, &refused) {
		return refused.Status
	}
	return 0
}

// code is that of a refusal, "" for none.
func code(err error) string {
	var refused *client.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

// verified wants the audit chain to hold, and returns its head.
func (g *team) verified() store.Head {
	g.t.Helper()
	v := must[api.Verification](g.t)(g.Verify(g.t.Context()))
	if !v.Intact || v.Head == nil {
		g.t.Fatalf("the audit chain does not hold: %s", v.Problem)
	}
	return *v.Head
}

// scan wants no secret in the files of the data directory, the log, and the bodies of refusals (R21).
func (g *team) scan() {
	g.t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	places := map[string][]byte{"the log": g.log.bytes(), "the body of a refusal": []byte(strings.Join(g.bodies, "\n"))}
	files, err := filepath.Glob(filepath.Join(g.data, "*"))
	if err != nil || len(files) < 3 {
		g.t.Errorf("the data directory holds %v: %v", files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			g.t.Error(err)
		}
		places[filepath.Base(name)] = text
	}
	for place, text := range places {
		for _, secret := range g.secrets {
			// Without its prefix too, and the beginning of it: a part of a secret is a leak.
			if body := secret[strings.IndexByte(secret, '_')+1:]; bytes.Contains(text, []byte(body[:16])) {
				g.t.Errorf("%s holds %.6s... (R21)", place, secret)
			}
		}
	}
	if sum := sha256.Sum256([]byte(g.key)); !bytes.Contains(bytes.Join(values(places), nil), sum[:]) {
		g.t.Error("the hash of the owner's key is nowhere: the scan does not see what is stored")
	}
}

func values(m map[string][]byte) (out [][]byte) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}
