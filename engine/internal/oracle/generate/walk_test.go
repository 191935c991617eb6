package generate_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine/internal/oracle"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/generate"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/walk"
)

// TestWalkAgreesWithDecide closes one coordinate at a time: an operation has a
// denial exactly when the walk says that it needs the coordinate. The two are
// written apart.
func TestWalkAgreesWithDecide(t *testing.T) {
	each(t, func(c oracle.Case) {
		c.Abstract, c.Match, c.Unrestricted, c.Held, c.Variables = "deny", "any", false, []string{}, nil
		if strings.Contains(c.Query, "@tag") { // the walk leaves arguments of directives out
			return
		}
		selected, err := walk.Selected(c.SDL, c.Query, c.OperationName)
		if err != nil {
			t.Fatal(err)
		}
		for _, coordinate := range probes(c, selected) {
			c.Scopes = map[string][]string{"closed": {coordinate}}
			if r := decide(t, c); (r.Decision != oracle.Allow) != selected[coordinate] {
				t.Errorf("%s: decision %s, selected %v\n%s\n%s", coordinate, r.Decision, selected[coordinate], c.SDL, c.Query)
			}
		}
	})
}

// probes returns some coordinates that the operation needs and some that it may not.
func probes(c oracle.Case, selected map[string]bool) []string {
	out := slices.Sorted(maps.Keys(selected))
	rng := rand.New(rand.NewPCG(1, uint64(len(c.Query))))
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	out = out[:min(3, len(out))]
	for _, entries := range generate.Scopes(rng.Uint64(), c.SDL, nil) {
		for _, e := range entries {
			if !strings.Contains(e, "*") {
				out = append(out, e)
			}
		}
	}
	return out
}
