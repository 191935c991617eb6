package engine_test

import (
	"testing"

	"github.com/fieldgate/fieldgate/engine"
)

const threeFields = "type Query { open: Int x: Int y: Int }"

// A batch line names its scopes as it likes. Whatever the names, two combinations of scopes are two.
func TestR2NoNameMakesTwoCombinationsOfScopesOne(t *testing.T) {
	for name, c := range map[string]struct {
		scopes map[string][]string
		held   []string
	}{
		"a name with the separator of names": {
			map[string][]string{"a": {"Query.x"}, "b": {"Query.x"}, "a\x00b": {"Query.y"}}, []string{"a"},
		},
		"a name that is only a separator": {map[string][]string{"-": {"Query.x"}, "\x00": {"Query.y"}}, []string{"-"}},
		"a name that looks like a length": {map[string][]string{"1:a1:b": {"Query.y"}, "a": {"Query.x"}, "b": {"Query.x"}}, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := engine.NewBatch(engine.Options{}).Decide(t.Context(), engine.BatchLine{
				Schema: threeFields, Scopes: c.scopes, TokenScopes: c.held, Query: "{ open y }",
			})
			if d.Decision != engine.DecisionPartial || d.Query == nil || *d.Query != "{ open }" {
				t.Errorf("y is not denied: %s", brief(d))
			}
		})
	}
}

// The empty name is no id: nothing is decided, and nothing sent.
func TestR2TheEmptyNameIsNoScope(t *testing.T) {
	d := engine.NewBatch(engine.Options{}).Decide(t.Context(), engine.BatchLine{
		Schema: threeFields, Scopes: map[string][]string{"": {"Query.y"}}, Query: "{ open y }",
	})
	if d.Decision != engine.DecisionError || d.Query != nil {
		t.Errorf("got %s", brief(d))
	}
}

// The views of one snapshot are remembered, each for one set of scopes.
func TestR13NoNameMakesTwoViewsOne(t *testing.T) {
	s, err := engine.NewBatch(engine.Options{}).Snapshot(t.Context(), engine.BatchLine{
		Schema: threeFields, Scopes: map[string][]string{"a": {"Query.x"}, "b": {"Query.x"}, "a\x00b": {"Query.y"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	both := sdlFor(t, s, "a", "b")
	if one := sdlFor(t, s, "a\x00b"); one == both {
		t.Errorf("one view for two subjects:\n%s", both)
	}
}

func sdlFor(t *testing.T, s *engine.Snapshot, scopes ...string) string {
	t.Helper()
	v, err := s.View(t.Context(), engine.Subject{Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	return v.SDL()
}
