package access_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/access"
)

func TestR22ScopesThatVanishAreNotDeleted(t *testing.T) {
	scopes := func(names ...string) (out []scope.Scope) {
		for _, n := range names {
			name, former, _ := strings.Cut(n, "<-")
			out = append(out, scope.Scope{Name: name, RenamedFrom: former})
		}
		return out
	}
	tests := map[string]struct {
		active  []string
		next    []scope.Scope
		deleted []string
		want    []string // the scopes that vanished
	}{
		"first revision":            {nil, scopes("a"), nil, nil},
		"same":                      {[]string{"a", "b"}, scopes("a", "b"), nil, nil},
		"one more":                  {[]string{"a"}, scopes("a", "b"), nil, nil},
		"one less":                  {[]string{"a", "b"}, scopes("a"), nil, []string{"b"}},
		"all gone":                  {[]string{"b", "a"}, nil, nil, []string{"a", "b"}},
		"deleted":                   {[]string{"a", "b"}, scopes("a"), []string{"b"}, nil},
		"another one deleted":       {[]string{"a", "b"}, scopes("a"), []string{"c"}, []string{"b"}},
		"renamed":                   {[]string{"a"}, scopes("b<-a"), nil, nil},
		"renamed without saying so": {[]string{"a"}, scopes("b"), nil, []string{"a"}},
		"renamed from another":      {[]string{"a"}, scopes("b<-c"), nil, []string{"a"}},
		"renamed twice at once":     {[]string{"a"}, scopes("c<-b"), nil, []string{"a"}},
		"letter case":               {[]string{"a"}, scopes("A"), nil, []string{"a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			next := scope.LayerFiles{Dir: "shop", Scopes: test.next, Layer: scope.Layer{Name: "shop", DeletedScopes: test.deleted}}
			var vanished *access.VanishedScopesError
			err := access.Succeeds(test.active, next)
			if errors.As(err, &vanished) != (test.want != nil) || err != nil && vanished == nil {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if vanished == nil {
				return
			}
			if diff := cmp.Diff(test.want, vanished.Scopes); diff != "" {
				t.Error(diff)
			}
			for _, say := range append(test.want, "shop/layer.yaml", "`deleted_scopes`", "`renamed_from: ") {
				if !strings.Contains(err.Error(), say) {
					t.Errorf("the error does not say %q: %v", say, err)
				}
			}
		})
	}
}
