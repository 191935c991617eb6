package docs_test

import (
	"regexp"
	"testing"

	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/policies"
)

// TestR19RolesAreAsThePageSays asks the policy each cell of the table of roles.md, and that the page knows every permission of
// the policy.
func TestR19RolesAreAsThePageSays(t *testing.T) {
	admin, err := eval.NewAdmin(t.Context(), policies.Admin(), policies.AdminData(true), eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `([a-z_]+\\.[a-z]+)` \\| (yes) \\| (yes|no|own) \\| (yes|no) \\|$").FindAllStringSubmatch(pages(t)["docs/roles.md"], -1)
	shown := map[string]bool{}
	for _, row := range rows {
		permission, developer, free := row[1], row[3], row[4]
		shown[permission] = true
		for _, test := range []struct {
			what string
			a    eval.Action
			want bool
		}{
			{"owner", eval.Action{Role: "owner", Entitled: true}, true},
			{"developer", eval.Action{Role: "developer", Entitled: true}, developer == "yes"},
			{"developer, own", eval.Action{Role: "developer", Own: true, Entitled: true}, developer != "no"},
			{"owner without the plan", eval.Action{Role: "owner"}, free == "yes"},
			{"developer without the plan", eval.Action{Role: "developer", Own: true}, developer != "no" && free == "yes"},
		} {
			test.a.Permission, test.a.KeyPermissions = permission, []string{"admin"}
			if may, err := admin.Allowed(t.Context(), test.a); err != nil || may != test.want {
				t.Errorf("%s: %s is %v, %v; the page says %v", permission, test.what, may, err, test.want)
			}
		}
	}
	for _, match := range regexp.MustCompile(`"([a-z_]+\.[a-z]+)"`).FindAllStringSubmatch(policies.Admin()[policies.AdminPath], -1) {
		if !shown[match[1]] {
			t.Errorf("docs/roles.md does not list %s", match[1])
		}
	}
}
