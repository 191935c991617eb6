package generate_test

import (
	"encoding/json"
	"flag"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fieldgate/fieldgate/engine/internal/oracle"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/generate"
)

// cases is how many random cases each property is held against.
var cases = flag.Uint64("cases", 800, "random cases per property")

func decide(t *testing.T, c oracle.Case) oracle.Result {
	t.Helper()
	r, err := oracle.Decide(c)
	if err != nil {
		t.Fatalf("seed %s: %v\n%s", c.ID, err, c.Query)
	}
	return r
}

func each(t *testing.T, check func(c oracle.Case)) {
	t.Helper()
	for seed := range *cases {
		check(generate.Case(seed))
		if t.Failed() {
			t.Fatalf("at seed %d", seed)
		}
	}
}

func TestEqualSeedsGiveEqualCases(t *testing.T) {
	for seed := range uint64(50) {
		if diff := cmp.Diff(generate.Case(seed), generate.Case(seed)); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

func TestCaseSurvivesJSON(t *testing.T) {
	for seed := range uint64(200) {
		c := generate.Case(seed)
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back oracle.Case
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, back); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

func TestOperationIsValidInItsSchema(t *testing.T) {
	for seed := range uint64(100) {
		sdl := generate.Schema(seed)
		op, ok := generate.Operation(seed, sdl, nil)
		if !ok {
			t.Errorf("seed %d: no operation for\n%s", seed, sdl)
			continue
		}
		decide(t, oracle.Case{SDL: sdl, Query: op.Query, OperationName: op.OperationName, Variables: op.Variables})
	}
	if _, ok := generate.Operation(1, "type A { a: Int }", nil); ok {
		t.Error("an operation without a query type")
	}
}

func TestR2UnrestrictedIsAllowed(t *testing.T) {
	each(t, func(c oracle.Case) {
		c.Unrestricted = true
		if r := decide(t, c); r.Decision != oracle.Allow || len(r.Denied) > 0 {
			t.Errorf("decision %s, denied %v", r.Decision, r.Denied)
		}
	})
}

func TestR2HoldingEveryScopeIsAllowed(t *testing.T) {
	each(t, func(c oracle.Case) {
		for name := range c.Scopes {
			c.Held = append(c.Held, name)
		}
		if r := decide(t, c); r.Decision != oracle.Allow {
			t.Errorf("match %s: decision %s, denied %v", c.Match, r.Decision, r.Denied)
		}
	})
}

// stillAllowed fails for a row that is allowed in less and denied in more.
func stillAllowed(t *testing.T, less, more oracle.Result) {
	t.Helper()
	for i, row := range less.Fields {
		if row.Allowed && !more.Fields[i].Allowed {
			t.Errorf("%v %s was allowed", row.Path, row.Coordinate)
		}
	}
}

func TestR2AnotherHeldScopeClosesNothing(t *testing.T) {
	each(t, func(c oracle.Case) {
		c.Abstract = "deny" // in narrow a fragment that becomes possible may show a denial
		less := decide(t, c)
		for name := range c.Scopes {
			more := c
			more.Held = append([]string{name}, c.Held...)
			stillAllowed(t, less, decide(t, more))
		}
	})
}

func TestR2MatchAllAllowsNoMoreThanAny(t *testing.T) {
	each(t, func(c oracle.Case) {
		c.Abstract, c.Match = "deny", "all"
		all := decide(t, c)
		c.Match = "any"
		stillAllowed(t, all, decide(t, c))
	})
}

func TestR12NarrowAllowsNoLessThanDeny(t *testing.T) {
	each(t, func(c oracle.Case) {
		c.Abstract = "deny"
		deny := decide(t, c)
		c.Abstract = "narrow"
		stillAllowed(t, deny, decide(t, c))
	})
}

func TestDecidingTwiceGivesTheSame(t *testing.T) {
	each(t, func(c oracle.Case) {
		want := decide(t, c)
		if diff := cmp.Diff(want, decide(t, c), cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}
