package scope_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/fieldgate/fieldgate/engine/scope"
)

func TestDefine(t *testing.T) {
	tests := map[string]struct {
		name, description string
		fields            []string
		want              []string // paths of the faults
	}{
		"good":              {"finance", "Cost prices\nof all", []string{"Product.cost", "Shopify*"}, nil},
		"empty name":        {"", "", []string{"A"}, []string{"scope"}},
		"bad name":          {"a b", "", []string{"A"}, []string{"scope"}},
		"reserved name":     {"fieldgate:x", "", []string{"A"}, []string{"scope"}},
		"line break":        {"a\nb", "", []string{"A"}, []string{"scope"}},
		"control character": {"a", "x\x1by", []string{"A"}, []string{"description"}},
		"long":              {"a", strings.Repeat("é", 4097), []string{"A"}, []string{"description"}},
		"no fields":         {"a", "", nil, []string{"fields"}},
		"fields":            {"a", "", []string{"A", "", "A", "__Type", "A.b.c"}, []string{"fields[1]", "fields[2]", "fields[3]", "fields[4]"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s, faults := scope.Define("scope x", test.name, test.description, test.fields)
			var got []string
			for _, f := range faults {
				got = append(got, f.Path)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if len(faults) == 0 && (s.Entries[1].Text != "Shopify*" || s.Entries[1].Position.String() != "scope x") {
				t.Errorf("the entries are %+v", s.Entries)
			}
		})
	}
}

// What the API takes, a file may say, and the other way round: a team can move its scopes.
func TestDefineAgreesWithParseScope(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("aB1.*(): _-/é\x01")))
		name := rapid.OneOf(rapid.Just("finance"), text).Draw(t, "name")
		description := rapid.OneOf(rapid.Just(""), text).Draw(t, "description")
		fields := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]string{"A", "A.b", "A.b(c:)", "*.x", "A*"}), text), 0, 4).Draw(t, "fields")
		src, err := yaml.Marshal(map[string]any{"scope": name, "description": description, "fields": fields})
		if err != nil {
			t.Fatal(err)
		}
		_, faults := scope.Define("f", name, description, fields)
		_, problems := scope.ParseScope("f", src)
		if (len(faults) == 0) != (len(problems) == 0) {
			t.Errorf("%s\nfaults %v\nproblems %v", src, faults, problems)
		}
	})
}
