package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/plan"
)

func TestReplay(t *testing.T) {
	before := side(t, "", schema, "f: Product.cost, Product.margin", "m: Product.margin")
	after := side(t, "", schema, "f: Product.cost", "m: Product.margin")
	r := plan.NewReplay(before, after)
	ask := func(times int, a plan.Asked) {
		for range times {
			if ok, err := r.Ask(t.Context(), a); !ok || err != nil {
				t.Fatalf("%+v: %v, %v", a, ok, err)
			}
		}
	}
	f := []string{"f"}
	ask(2, plan.Asked{Token: "t1", Before: f, After: f, Query: "{ product { margin title } }"})
	ask(3, plan.Asked{Token: "t2", Before: f, After: f, Query: "{ product { margin } }"})
	ask(1, plan.Asked{Token: "t2", Before: f, After: f, Query: "{ product { cost } }"})
	ask(4, plan.Asked{Before: nil, Query: "{ product { margin } }"})
	ask(1, plan.Asked{Unrestricted: true, Query: "{ product { margin } }"})
	ask(1, plan.Asked{Token: "t1", Before: f, After: f, Query: "query A { product { cost } } query B { product { margin } }", OperationName: "B"})
	ask(1, plan.Asked{Token: "t1", Before: f, After: f, Query: "{ nonsense"})
	var got []string
	for _, c := range r.Changed() {
		got = append(got, fmt.Sprint(c.Count, " ", c.Token, " ", c.Before, " ", c.After, " -", strings.Join(c.Denied, ","), " +", strings.Join(c.Allowed, ",")))
	}
	want := []string{
		"3 t2 allow partial -product.margin (Product.margin) +",
		"2 t1 allow partial -product.margin (Product.margin) +",
		"1 t1 allow partial -product.margin (Product.margin) +",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if ok, err := r.Ask(t.Context(), plan.Asked{Before: []string{"gone"}, Query: "{ product { margin } }"}); ok || err != nil {
		t.Errorf("a scope that there is not: %v, %v", ok, err)
	}
	back := plan.NewReplay(after, before)
	if _, err := back.Ask(t.Context(), plan.Asked{Before: f, After: f, Query: "{ product { margin } }"}); err != nil {
		t.Fatal(err)
	}
	if changed := back.Changed(); len(changed) != 1 || len(changed[0].Allowed) != 1 || changed[0].After != "allow" {
		t.Errorf("backwards: %+v", changed)
	}
}

// TestPlanShowsWhatWaits says of what is new and not accepted that nobody reads it.
func TestPlanShowsWhatWaits(t *testing.T) {
	before := side(t, "", schema)
	locked := lockedSide(t, schema+" type Extra { a: Int }", before)
	report, err := plan.Compare(t.Context(), before, locked, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range report.New {
		if !n.Unclassified || n.Everyone || len(n.Scopes) > 0 {
			t.Errorf("%+v", n)
		}
	}
	if len(report.New) != 2 || report.Widened() {
		t.Errorf("%+v", report)
	}
}
