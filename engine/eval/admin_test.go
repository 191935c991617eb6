package eval_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/policies"
)

func newAdmin(t testing.TB, entitled bool) *eval.Admin {
	t.Helper()
	admin, err := eval.NewAdmin(t.Context(), policies.Admin(), policies.AdminData(entitled), eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return admin
}

func allowed(t *testing.T, admin *eval.Admin, a eval.Action) bool {
	t.Helper()
	may, err := admin.Allowed(t.Context(), a)
	if err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	return may
}

var (
	everyone = []string{
		"audit.read", "data_layer.read", "member.read", "revision.pin", "revision.read", "revision.unpin", "scope.create", "scope.read",
		"scope.update", "session.end", "session.read", "sync.read", "sync.start", "team.read", "token.generate", "token.read", "token.revoke",
	}
	onlyOwners = []string{
		"data_layer.create", "data_layer.delete", "data_layer.update", "files.apply", "member.add", "member.remove", "member.update", "scope.delete",
	}
	ownKeys = []string{"key.generate", "key.read", "key.revoke"}
)

func TestR19RolesAndPermissions(t *testing.T) {
	admin := newAdmin(t, true)
	for _, permission := range slices.Concat(everyone, onlyOwners, ownKeys) {
		for _, own := range []bool{false, true} {
			a := eval.Action{Role: "owner", KeyPermissions: []string{"admin"}, Permission: permission, Own: own, Entitled: true}
			if !allowed(t, admin, a) {
				t.Errorf("an owner may not %s", permission)
			}
			a.Role = "developer"
			want := slices.Contains(everyone, permission) || own && slices.Contains(ownKeys, permission)
			if allowed(t, admin, a) != want {
				t.Errorf("a developer, own %v: %s is %v", own, permission, !want)
			}
			for name, change := range map[string]func(*eval.Action){
				"no role":               func(a *eval.Action) { a.Role = "" },
				"another role":          func(a *eval.Action) { a.Role = "viewer" },
				"no key":                func(a *eval.Action) { a.KeyPermissions = nil },
				"a key for decisions":   func(a *eval.Action) { a.KeyPermissions = []string{"decide"} },
				"another permission":    func(a *eval.Action) { a.Permission += "x" },
				"nothing in particular": func(a *eval.Action) { a.Permission = "" },
			} {
				changed := a
				changed.Role = "owner"
				change(&changed)
				if allowed(t, admin, changed) {
					t.Errorf("%s: may %s", name, permission)
				}
			}
		}
	}
	if allowed(t, admin, eval.Action{}) {
		t.Error("nobody may do nothing")
	}
}

func TestDecisionsNeedAKeyForThem(t *testing.T) {
	admin := newAdmin(t, false)
	for _, role := range []string{"owner", "developer"} {
		a := eval.Action{Role: role, KeyPermissions: []string{"decide"}, Permission: "decide"}
		if !allowed(t, admin, a) {
			t.Errorf("a key of a %s may not ask", role)
		}
		a.KeyPermissions = []string{"admin"}
		if allowed(t, admin, a) {
			t.Errorf("an admin key of a %s may ask", role)
		}
	}
}

// Both the deployment's plan and the team's are needed to add something; neither to take something away.
func TestPlanIsNeededToAdd(t *testing.T) {
	for _, deployment := range []bool{false, true} {
		admin := newAdmin(t, deployment)
		for _, team := range []bool{false, true} {
			a := eval.Action{Role: "owner", KeyPermissions: []string{"admin"}, Entitled: team}
			for _, permission := range []string{"token.generate", "scope.create", "scope.update", "data_layer.create", "data_layer.update", "files.apply"} {
				a.Permission = permission
				if allowed(t, admin, a) != (deployment && team) {
					t.Errorf("deployment %v, team %v: %s", deployment, team, permission)
				}
			}
			for _, permission := range []string{"token.revoke", "scope.delete", "data_layer.delete", "member.remove", "key.revoke", "audit.read"} {
				a.Permission = permission
				if !allowed(t, admin, a) {
					t.Errorf("deployment %v, team %v: may not %s", deployment, team, permission)
				}
			}
		}
	}
}

// brokenAdmin compiles a policy that stands in for the embedded one.
func brokenAdmin(t *testing.T, rules string, o eval.Options) *eval.Admin {
	t.Helper()
	modules := map[string]string{"broken.rego": "package fieldgate.admin\n\n" + rules}
	admin, err := eval.NewAdmin(t.Context(), modules, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return admin
}

func TestR16BrokenAdminPolicyAllowsNothing(t *testing.T) {
	for _, test := range []struct {
		name, rules string
		want        error
	}{
		{"no entrypoint", `permitted := true`, eval.ErrUndefined},
		{"undefined", `allowed if input.nothing`, eval.ErrUndefined},
		{"null", `allowed := null`, eval.ErrShape},
		{"text", `allowed := "true"`, eval.ErrShape},
		{"number", `allowed := 1`, eval.ErrShape},
		{"set", `allowed contains true`, eval.ErrShape},
		{"array", `allowed := [true]`, eval.ErrShape},
		{"object", `allowed := {"allowed": true}`, eval.ErrShape},
		{"failing built-in", `allowed if to_number(input.role) > 0`, eval.ErrEval},
		{"failing built-in under not", `allowed if not to_number(input.role)`, eval.ErrEval},
		{"conflicting rules", "allowed := true if input.entitled\nallowed := false if input.entitled", eval.ErrEval},
	} {
		t.Run(test.name, func(t *testing.T) {
			may, err := brokenAdmin(t, test.rules, eval.Options{}).Allowed(t.Context(), eval.Action{Role: "owner", Entitled: true})
			if may {
				t.Errorf("allowed beside %v", err)
			}
			wantOnly(t, err, test.want)
		})
	}
}

func TestR16AdminIsCutOff(t *testing.T) {
	const endlessAdmin = `allowed if {
		some a in numbers.range(1, 1000000)
		some b in numbers.range(1, 1000000)
		a + b < 0
	}`
	may, err := brokenAdmin(t, endlessAdmin, eval.Options{Timeout: 20 * time.Millisecond}).Allowed(t.Context(), eval.Action{})
	if may {
		t.Error("allowed")
	}
	wantOnly(t, err, eval.ErrTimeout)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	may, err = brokenAdmin(t, endlessAdmin, eval.Options{Timeout: time.Hour}).Allowed(ctx, eval.Action{})
	if may || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", may, err)
	}
	wantOnly(t, err, eval.ErrTimeout)
}

func TestNewAdminRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		source  string
		data    map[string]any
		options eval.Options
	}{
		"Rego that does not parse":   {"package", nil, eval.Options{}},
		"Rego that does not compile": {"package fieldgate.admin\n\nallowed if x", nil, eval.Options{}},
		"the network":                {"package fieldgate.admin\n\nallowed if http.send({\"method\": \"get\", \"url\": \"http://127.0.0.1\"})", nil, eval.Options{}},
		"a rule in the way of data":  {"package fieldgate.plan\n\nentitled := true", policies.AdminData(false), eval.Options{}},
		"data that is not JSON":      {"package fieldgate.admin", map[string]any{"f": func() {}}, eval.Options{}},
		"a negative timeout":         {"package fieldgate.admin", nil, eval.Options{Timeout: -1}},
	} {
		admin, err := eval.NewAdmin(t.Context(), map[string]string{"broken.rego": test.source}, test.data, test.options)
		if err == nil || admin != nil {
			t.Errorf("%s: got %v, %v", name, admin, err)
		}
	}
}

func BenchmarkAdmin(b *testing.B) {
	admin := newAdmin(b, true)
	a := eval.Action{Role: "developer", KeyPermissions: []string{"admin"}, Permission: "token.generate", Entitled: true}
	b.ReportAllocs()
	for b.Loop() {
		if may, err := admin.Allowed(b.Context(), a); err != nil || !may {
			b.Fatal(may, err)
		}
	}
}
