package oracle_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/fieldgate/fieldgate/engine/internal/oracle"
)

func TestExamplesByHand(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range oracle.Examples() {
		if seen[e.Name] {
			t.Errorf("two examples are named %q", e.Name)
		}
		seen[e.Name] = true
		t.Run(e.Rule+"/"+e.Name, func(t *testing.T) {
			got, err := oracle.Decide(e.Case)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(e.Want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("decision (-by hand +oracle):\n%s", diff)
			}
		})
	}
}

func TestR9NoOperationIsChosen(t *testing.T) {
	c := oracle.Examples()[0].Case
	c.Query = `query A { me { name } } query B { me { name } }`
	for _, name := range []string{"", "C"} {
		c.OperationName = name
		if _, err := oracle.Decide(c); err == nil {
			t.Errorf("operation name %q: no error", name)
		}
	}
}

func TestExamplesAreValid(t *testing.T) {
	set := rules.NewDefaultRules()
	set.RemoveRule("NoUnusedFragments")
	set.RemoveRule("NoUnusedVariables")
	for _, e := range oracle.Examples() {
		schema := gqlparser.MustLoadSchema(&ast.Source{Input: e.Case.SDL})
		if _, errs := gqlparser.LoadQueryWithRules(schema, e.Case.Query, set); len(errs) > 0 {
			t.Errorf("%s: %v", e.Name, errs)
		}
	}
}
