package engine_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// withIDs compiles a data layer whose scopes cost and margin have the ids given.
func withIDs(t *testing.T, ids map[string]string) (*engine.Draft, error) {
	t.Helper()
	in := engine.Input{
		Layer: scope.DefaultLayer("shop"), ScopeIDs: ids, SchemaFile: "schema.graphql",
		Schema: "type Query { product: Product }\ntype Product { name: String cost: Int margin: Int }",
	}
	for _, field := range []string{"cost", "margin"} {
		s, problems := scope.ParseScope("scopes/"+field+".yaml", []byte("scope: "+field+"\nfields: [Product."+field+"]\n"))
		if problems != nil {
			t.Fatal(problems)
		}
		in.Scopes = append(in.Scopes, s)
	}
	return engine.Compile(in)
}

func TestR5SubjectsHoldScopeIDs(t *testing.T) {
	draft, err := withIDs(t, map[string]string{"cost": "id-1", "margin": "id-2"})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := draft.Activate(t.Context(), 1, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		who  engine.Subject
		want string
	}{
		"by id":               {engine.Subject{ScopeIDs: []string{"id-1"}}, engine.DecisionAllow},
		"by name":             {engine.Subject{Scopes: []string{"cost"}}, engine.DecisionAllow},
		"unrestricted":        {engine.Subject{Unrestricted: true}, engine.DecisionAllow},
		"another":             {engine.Subject{ScopeIDs: []string{"id-2"}}, engine.DecisionPartial},
		"an id of before":     {engine.Subject{ScopeIDs: []string{"id-0"}}, engine.DecisionPartial},
		"a name is no id":     {engine.Subject{ScopeIDs: []string{"cost"}}, engine.DecisionPartial},
		"the empty id":        {engine.Subject{ScopeIDs: []string{""}}, engine.DecisionPartial},
		"nothing":             {engine.Subject{}, engine.DecisionPartial},
		"an old one and both": {engine.Subject{ScopeIDs: []string{"id-0", "id-1", "id-1", "id-2"}}, engine.DecisionAllow},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v, err := snapshot.Decide(t.Context(), engine.Request{Subject: test.who, Query: "{ product { name cost } }"})
			if err != nil {
				t.Fatal(err)
			}
			if got := v.Decision(); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
	if _, err := snapshot.Decide(t.Context(), engine.Request{
		Subject: engine.Subject{ScopeIDs: []string{"id-1"}, Unrestricted: true}, Query: "{ product { name } }",
	}); !errors.Is(err, engine.ErrSubject) {
		t.Errorf("unrestricted with ids: %v", err)
	}
	if diff := cmp.Diff([]string{"cost", "margin"}, snapshot.Scopes()); diff != "" {
		t.Error(diff)
	}
}

func TestScopesWithoutAnIDOfTheirOwnDoNotCompile(t *testing.T) {
	for name, ids := range map[string]map[string]string{
		"missing": {"cost": "id-1"}, "empty": {"cost": "id-1", "margin": ""}, "shared": {"cost": "id-1", "margin": "id-1"}, "none": {},
	} {
		if _, err := withIDs(t, ids); !errors.Is(err, engine.ErrContent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
