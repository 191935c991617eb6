package admin_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/policies"
	"github.com/fieldgate/fieldgate/server/admin"
	"github.com/fieldgate/fieldgate/server/admin/admintest"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/directory"
	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/store/sqlite"
)

// The admin API on what it is made for: the control plane, its directory and its SQLite store.

var (
	_ admin.Control   = (*control.Control)(nil)
	_ admin.Directory = (*directory.Directory)(nil)
)

// live is a fixture with the whole control plane below.
type live struct {
	*fixture
	control *control.Control
	dir     string
	log     *bytes.Buffer
}

func setUpReal(t *testing.T) *live {
	t.Helper()
	ctx := context.Background() // the test's own ends before what was started is ended
	r := &live{dir: t.TempDir(), log: &bytes.Buffer{}}
	log := slog.New(slog.NewJSONHandler(&locked{w: r.log}, nil))
	st, err := sqlite.Open(ctx, r.dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir, err := directory.Open(ctx, st)
	if err != nil {
		t.Fatal(err)
	}
	r.control = openControl(t, st, dir, log)
	t.Cleanup(func() {
		if err := errors.Join(r.control.Close(), st.Close()); err != nil {
			t.Error(err)
		}
	})
	_, key, err := r.control.Init(ctx, store.Origin{Actor: store.Actor{Kind: store.ActorSystem}}, "Acme", "Olive")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := eval.NewAdmin(ctx, policies.Admin(), policies.AdminData(true), eval.Options{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := admin.NewKeys(admin.KeysOptions{Authorizer: policy, Directory: dir, Sessions: st, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	a, err := admin.New(admin.Options{Control: r.control, Keys: keys, Log: log, Snapshots: func(layer string) (*engine.Snapshot, error) {
		active, ok := r.control.Registry().Layer(layer)
		if !ok {
			return nil, engine.ErrNoSnapshot
		}
		return active.Snapshot()
	}})
	if err != nil {
		t.Fatal(err)
	}
	r.fixture = setUp(t, admintest.Options{})
	gin.SetMode(gin.ReleaseMode)
	r.Router, r.Owner, r.Developer = gin.New(), key, ""
	r.Router.HandleMethodNotAllowed = true
	a.Routes(r.Router)
	return r
}

func openControl(t *testing.T, st store.Store, dir *directory.Directory, log *slog.Logger) *control.Control {
	t.Helper()
	secret := []byte("a secret of bundles, 32 bytes long")
	signer, err := bundles.NewHS256Signer("test", secret)
	if err != nil {
		t.Fatal(err)
	}
	key, err := bundles.NewHS256Key("test", secret)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := bundles.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := control.Open(context.Background(), control.Options{
		Store: st, Directory: dir, Log: log, Signer: signer, Verifier: verifier, Clock: time.Now, Random: rand.Reader, NewID: uuid.NewString,
		Introspect: func(context.Context, scope.Upstream) (string, error) { return "", errors.New("there is no upstream") },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type locked struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

const realSchema = `type Query { product: Product }
type Product { name: String cost: Int margin: Int }
`

// withRealShop makes a data layer.
func withRealShop(t *testing.T) *live {
	t.Helper()
	r := setUpReal(t)
	r.send(http.MethodPost, api.Prefix+"/layers", api.NewLayer{Definition: "data_layer: shop\n", Schema: realSchema}).is(201)
	return r
}

func (r *live) token(name string, scopes ...string) api.GeneratedToken {
	r.t.Helper()
	request := api.NewToken{Name: name, Scopes: scopes}
	if scopes == nil {
		request.Scopes, request.Unrestricted = []string{}, true
	}
	return read[api.GeneratedToken](r.send(http.MethodPost, shop+"/tokens", request).is(201))
}

// reads says how a token's query is decided: "allow", "partial", "deny", or "refused" for a token that opens nothing.
func (r *live) reads(secret, query string) string {
	r.t.Helper()
	subject, err := r.control.Subject("shop", secret)
	if err != nil {
		return "refused"
	}
	layer, ok := r.control.Registry().Layer("shop")
	if !ok {
		r.t.Fatal("there is no data layer to decide on")
	}
	snapshot, err := layer.Snapshot()
	if err != nil {
		r.t.Fatal(err)
	}
	verdict, err := snapshot.Decide(r.t.Context(), engine.Request{Subject: subject, Query: query})
	if err != nil {
		r.t.Fatal(err)
	}
	return verdict.Details().Decision
}

const askCost, askName = `{ product { cost } }`, `{ product { name } }`

// edit sends a change with the row's current ETag.
func (r *live) edit(method, path string, body any) answer {
	r.t.Helper()
	return r.send(method, path, body, "If-Match", r.get(path).is(200).Header().Get("ETag"))
}

// TestR4ToR6ThroughTheAPI: what the API answers is so in the next decision.
func TestR4ToR6ThroughTheAPI(t *testing.T) {
	r := withRealShop(t)
	want := func(token api.GeneratedToken, query, decision string) {
		t.Helper()
		if got := r.reads(token.Secret, query); got != decision {
			t.Errorf("%s reads %s: %s, want %s", token.Token.Name, query, got, decision)
		}
	}
	s := r.scope("finance", "Product.cost")
	holder, all := r.token("holder", "finance"), r.token("all")
	r.scope("other", "Product.margin")
	stranger := r.token("stranger", "other")
	want(holder, askCost, "allow")
	want(all, askCost, "allow")
	want(stranger, askCost, "partial")

	path := shop + "/scopes/" + s.ID
	r.edit(http.MethodPut, path, api.NewScope{Name: "finance", Fields: []string{"Product.margin"}}).is(200) // R5: at once, for all that hold it
	want(stranger, askCost, "allow")
	want(holder, `{ product { margin } }`, "allow")
	r.edit(http.MethodPut, path, api.NewScope{Name: "finance", Fields: []string{"Product.cost"}}).is(200)
	want(stranger, askCost, "partial")

	preview := read[api.ScopeDeletion](r.send(http.MethodDelete, path+"?dry_run=true", nil).is(200))
	if len(preview.Opens) != 1 || preview.Opens[0] != "Product.cost" || len(preview.Tokens) != 1 || preview.Tokens[0].ID != holder.Token.ID {
		t.Errorf("preview: %+v", preview)
	}
	want(stranger, askCost, "partial") // a dry run changes nothing
	r.edit(http.MethodDelete, path, nil).is(200)
	want(stranger, askCost, "allow") // R5: what only it covered is open
	r.scope("finance", "Product.cost")
	want(holder, askCost, "partial") // R5: the same name grants nobody; R4: without its last scope it reads unscoped coordinates
	want(holder, askName, "allow")
	want(all, askCost, "allow") // R4: unrestricted stays so
	if now := read[api.Token](r.get(shop + "/tokens/" + holder.Token.ID).is(200)); len(now.Scopes) != 0 || now.Unrestricted {
		t.Errorf("the token is %+v", now)
	}
	r.send(http.MethodDelete, shop+"/tokens/"+all.Token.ID, nil).is(204)
	want(all, askName, "refused") // R6: before the answer was sent
	r.noSecrets(holder.Secret, all.Secret, stranger.Secret, r.Owner)
}

// noSecrets wants secrets in no file of the store and in no line of the log (R21).
func (r *live) noSecrets(secrets ...string) {
	r.t.Helper()
	files := map[string][]byte{"the log": r.log.Bytes()}
	err := filepath.WalkDir(r.dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for name, text := range files {
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) || bytes.Contains(text, []byte(secret[4:44])) {
				r.t.Errorf("%s holds a secret", name)
			}
		}
	}
}

// Everything that the API has, once, on the real control plane: answers stay those that the document describes.
func TestEveryRouteOnTheRealControlPlane(t *testing.T) {
	r := withRealShop(t)
	s := r.scope("finance", "Product.cost")
	r.send(http.MethodPost, shop+"/scopes", api.NewScope{Name: "finance", Fields: []string{"Product.name"}}).is(409)
	r.send(http.MethodPost, shop+"/scopes", api.NewScope{Name: "bad", Fields: []string{"Product.name", "Nope.x"}}).is(422).has(`"pointer":"/fields/1"`)
	r.send(http.MethodPost, shop+"/scopes", api.NewScope{Name: "Bad Name\n", Fields: []string{"Product.name"}}).is(400)
	token := r.token("site", "finance").Token
	for _, path := range []string{
		"/team", "/whoami", "/members", "/layers", "/layers/shop", "/layers/shop/schema.graphql", "/layers/shop/scopes", "/layers/shop/scopes/" + s.ID,
		"/layers/shop/tokens", "/layers/shop/tokens/" + token.ID, "/layers/shop/syncs", "/layers/shop/revisions", "/layers/shop/revisions/1/bundle.tar.gz",
		"/audit", "/audit?newest=true&limit=2", "/audit/export", "/audit/export?format=csv", "/audit/head", "/openapi.json",
	} {
		r.get(api.Prefix + path).is(200)
	}
	r.get(api.Prefix + "/audit/verify").is(200).has(`"intact":true`)
	run := read[api.Sync](r.send(http.MethodPost, shop+"/syncs", nil).is(202))
	r.get(shop + "/syncs/" + run.ID).is(200)
	r.send(http.MethodPut, shop+"/pin", api.Pin{Revision: 1}).is(202)
	r.get(shop).is(200).has(`"pinned":1`)
	r.send(http.MethodDelete, shop+"/pin", nil).is(202)
	m := read[api.Member](r.send(http.MethodPost, api.Prefix+"/members", api.NewMember{Name: "Ann", Role: store.RoleDeveloper}).is(201))
	keys := api.Prefix + "/members/" + m.ID + "/keys"
	k := read[api.GeneratedKey](r.send(http.MethodPost, keys, api.NewKey{Name: "ci", Permissions: []store.Permission{"admin"}}).is(201))
	r.do(request{method: http.MethodGet, path: keys, key: k.Secret}).is(200)
	r.do(request{method: http.MethodDelete, path: shop + "/scopes/" + s.ID, key: k.Secret, header: map[string]string{"If-Match": `"1"`}}).is(403)
	r.edit(http.MethodPatch, api.Prefix+"/members/"+m.ID, api.MemberChange{Role: store.RoleOwner}).is(200)
	r.send(http.MethodDelete, keys+"/"+k.Key.ID, nil).is(204)
	r.do(request{method: http.MethodGet, path: keys, key: k.Secret}).is(401) // R6: in the next request
	r.edit(http.MethodDelete, api.Prefix+"/members/"+m.ID, nil).is(204)
	olive := read[api.Session](r.get(whoami).is(200)).Member
	r.send(http.MethodDelete, api.Prefix+"/members/"+olive.ID, nil, "If-Match", fmt.Sprintf(`"%d"`, olive.Version)).is(409)
	r.edit(http.MethodPatch, shop, api.LayerChange{Schema: realSchema + "type Extra { a: Int }\n"}).is(200)
	r.edit(http.MethodDelete, shop, nil).is(204)
	r.get(shop).is(404)
	r.get(api.Prefix + "/audit/verify").is(200).has(`"intact":true`)
}

// R22: files own what they wrote, and what vanishes from them is not deleted.
func TestR22ApplyThroughTheAPI(t *testing.T) {
	r := setUpReal(t)
	files := map[string]string{
		"shop/layer.yaml": "data_layer: shop\n", "shop/schema.graphql": realSchema,
		"shop/scopes/finance.yaml": "scope: finance\nfields: [Product.cost]\n",
	}
	apply := func(a api.Apply) answer { return r.send(http.MethodPost, api.Prefix+"/apply", a) }
	apply(api.Apply{Files: files, DryRun: true}).is(200).has(`"created":["finance"]`)
	r.get(shop).is(404)
	apply(api.Apply{Files: files, Commit: "0123abc"}).is(200)
	s := read[api.List[api.Scope]](r.get(shop + "/scopes").is(200)).Items[0]
	r.edit(http.MethodPut, shop+"/scopes/"+s.ID, api.NewScope{Name: "finance", Fields: []string{"Product.name"}}).is(409).has("shop/scopes/finance.yaml")
	r.edit(http.MethodDelete, shop+"/scopes/"+s.ID, nil).is(409)
	delete(files, "shop/scopes/finance.yaml")
	refused := apply(api.Apply{Files: files})
	if refused.Code < 400 || refused.Code >= 500 {
		t.Errorf("a scope that vanished: %d %s", refused.Code, refused.Body)
	}
	if again := read[api.List[api.Scope]](r.get(shop + "/scopes").is(200)).Items; len(again) != 1 {
		t.Errorf("scopes: %+v", again)
	}
	apply(api.Apply{Files: map[string]string{"README.md": "x"}}) // whatever it answers, nothing is opened:
	if again := read[api.List[api.Scope]](r.get(shop + "/scopes").is(200)).Items; len(again) != 1 {
		t.Errorf("scopes: %+v", again)
	}
}

// R20: eight admins at once; every conflict is a 412, and the chain is whole.
func TestR20ConcurrentAdmins(t *testing.T) {
	r := withRealShop(t)
	s := r.scope("finance", "Product.cost")
	var wait sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for n := range 8 {
		wait.Go(func() {
			for i := range 10 {
				etag := r.get(shop + "/scopes/" + s.ID).Header().Get("ETag")
				edit := r.send(http.MethodPut, shop+"/scopes/"+s.ID, api.NewScope{Name: "finance", Description: fmt.Sprint(n, i), Fields: []string{"Product.cost"}}, "If-Match", etag)
				token := r.send(http.MethodPost, shop+"/tokens", api.NewToken{Name: fmt.Sprint(n, i), Scopes: []string{"finance"}})
				mu.Lock()
				statuses[edit.Code]++
				statuses[token.Code]++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if statuses[201] != 80 || statuses[200]+statuses[412] != 80 || statuses[200] < 10 {
		t.Errorf("statuses: %v", statuses)
	}
	t.Logf("statuses: %v", statuses)
	r.get(api.Prefix + "/audit/verify").is(200).has(`"intact":true`)
	edits, path := 0, api.Prefix+"/audit?action=scope.updated&limit=50"
	for path != "" {
		page := read[api.List[store.Entry]](r.get(path).is(200))
		edits += len(page.Items)
		if path = ""; page.Next != "" {
			path = api.Prefix + "/audit?action=scope.updated&limit=50&after=" + page.Next
		}
	}
	if edits != statuses[200] {
		t.Errorf("%d edits were acknowledged, %d are in the log", statuses[200], edits)
	}
}

// The document is a valid OpenAPI 3.1 document as far as JSON Schema reaches: its schemas compile, and hold what they should.
func TestDocumentSchemasAreSchemas(t *testing.T) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(api.Document()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("openapi.json", value); err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(api.Document(), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Components.Schemas) < 30 {
		t.Errorf("%d schemas", len(document.Components.Schemas))
	}
	for name, text := range document.Components.Schemas {
		schema, err := c.Compile("openapi.json#/components/schemas/" + name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := schema.Validate(map[string]any{"no such name": true}); err == nil {
			t.Errorf("%s takes anything: %s", name, text)
		}
		if strings.Contains(strings.ToLower(name), "hash") {
			t.Errorf("the document speaks of hashes: %s", name)
		}
	}
}
