package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/server/admin/admintest"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

// The document has every route of the router, and the router every one of the document.
func TestDocumentIsTheRouter(t *testing.T) {
	f := setUp(t, admintest.Options{})
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(f.do(request{method: http.MethodGet, path: api.Prefix + "/openapi.json"}).is(200).Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	var described, served []string
	ids := map[string]bool{}
	for path, operations := range document.Paths {
		for method, o := range operations {
			described = append(described, strings.ToUpper(method)+" "+path)
			if ids[o.OperationID] {
				t.Errorf("two operations are called %s", o.OperationID)
			}
			ids[o.OperationID] = true
		}
	}
	for _, r := range f.Router.Routes() {
		parts := strings.Split(r.Path, "/")
		for i, part := range parts {
			if name, ok := strings.CutPrefix(part, ":"); ok {
				parts[i] = "{" + name + "}"
			}
		}
		served = append(served, r.Method+" "+strings.Join(parts, "/"))
	}
	slices.Sort(described)
	slices.Sort(served)
	if diff := cmp.Diff(described, served); diff != "" {
		t.Error(diff)
	}
	if !bytes.Equal(api.Document(), api.Document()) {
		t.Error("the document differs from one time to the next")
	}
}

// onlyOwners is R19: what a developer may not do, the keys of others among it. Everything else is open to both roles, and
// nothing to anyone else.
var onlyOwners = []api.Permission{
	api.MemberAdd, api.MemberUpdate, api.MemberRemove, api.KeyRead, api.KeyGenerate, api.KeyRevoke,
	api.LayerCreate, api.LayerUpdate, api.LayerDelete, api.ScopeDelete, api.FilesApply,
}

// TestR19EveryRouteAsksItsPermission goes through the real router: each route without a key is 401, with a key that may
// only ask for decisions 403, for a developer 403 where only owners may, and for whoever may is answered by its handler.
func TestR19EveryRouteAsksItsPermission(t *testing.T) {
	for _, r := range api.Routes() {
		t.Run(r.ID, func(t *testing.T) {
			f := withShop(t)
			path := strings.NewReplacer("{layer}", "shop", "{member}", f.OwnerMember.ID, "{scope}", "x", "{token}", "x", "{key}", "x", "{sync}", "x", "{revision}", "1").Replace(r.Path)
			ask := func(key string) int { return f.do(request{method: r.Method, path: path, key: key}).Code }
			if r.Permission == api.Open {
				if code := ask(""); code == 401 && r.ID != "signIn" {
					t.Errorf("an open route answers %d", code)
				}
				return
			}
			if code := ask(""); code != 401 {
				t.Errorf("without a key: %d", code)
			}
			if code := ask(f.Decider); code != 403 {
				t.Errorf("with a key for decisions: %d", code)
			}
			if code := ask(f.Developer); (code == 403) != slices.Contains(onlyOwners, r.Permission) {
				t.Errorf("a developer gets %d", code)
			}
			if code := ask(f.Owner); code == 403 || code == 401 {
				t.Errorf("an owner gets %d", code)
			}
		})
	}
}

// A developer's own keys are theirs.
func TestR19DeveloperManagesOwnKeys(t *testing.T) {
	f := setUp(t, admintest.Options{})
	keys := api.Prefix + "/members/" + f.DeveloperSelf.ID + "/keys"
	made := read[api.GeneratedKey](f.do(request{method: http.MethodPost, path: keys, key: f.Developer, body: api.NewKey{Name: "ci", Permissions: []store.Permission{store.PermissionDecide}}}).is(201))
	if !strings.HasPrefix(made.Secret, "fgm_") {
		t.Errorf("the secret is %q", made.Secret)
	}
	list := f.do(request{method: http.MethodGet, path: keys, key: f.Developer}).is(200).has(made.Key.ID)
	if strings.Contains(list.Body.String(), made.Secret) || strings.Contains(list.Body.String(), "fgm_") {
		t.Error("a list shows a secret")
	}
	f.do(request{method: http.MethodDelete, path: keys + "/" + made.Key.ID, key: f.Developer}).is(204)
	f.do(request{method: http.MethodGet, path: keys, key: f.Developer}).is(200).has(`"state":"revoked"`)
}

// R16: a policy that fails lets nobody in.
func TestR16PolicyErrorIsNoPermission(t *testing.T) {
	f := setUp(t, admintest.Options{Authorizer: brokenPolicy{}})
	for _, r := range api.Routes() {
		if r.Permission == api.Open {
			continue
		}
		a := f.do(request{method: r.Method, path: strings.NewReplacer("{", "", "}", "").Replace(r.Path), key: f.Owner}).is(503).has("POLICY_ERROR")
		if strings.Contains(a.Body.String(), errPolicy.Error()) {
			t.Errorf("the answer shows the error: %s", a.Body)
		}
	}
}

type brokenPolicy struct{}

func (brokenPolicy) Allowed(context.Context, eval.Action) (bool, error) { return true, errPolicy }

type policyError struct{}

func (policyError) Error() string { return "the evaluator tripped over data.secret" }

var errPolicy = policyError{}

func TestUnknownRolesMayNothing(t *testing.T) {
	f := setUp(t, admintest.Options{})
	m, err := f.AddMember(t.Context(), store.Origin{}, "Nobody", "superuser")
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := f.GenerateKey(t.Context(), store.Origin{}, store.Key{MemberID: m.ID, Permissions: []store.Permission{store.PermissionAdmin}})
	if err != nil {
		t.Fatal(err)
	}
	f.do(request{method: http.MethodGet, path: api.Prefix + "/whoami", key: key}).is(403)
}
