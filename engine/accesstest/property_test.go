package accesstest_test

import (
	"fmt"
	"maps"
	"math/bits"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/accesstest"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/generate"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// TestOnlyAndNeverAgreeWithEverySetOfScopes holds the assertions against trying each set of scopes that a token can hold.
// FIELDGATE_CASES says how many schemas; the others of the process take the same number.
func TestOnlyAndNeverAgreeWithEverySetOfScopes(t *testing.T) {
	batch := engine.NewBatch(engine.Options{PolicyTimeout: time.Minute})
	asked := 0
	for seed := range cases() {
		c := generate.Case(seed)
		if len(c.Scopes) == 0 || len(c.Scopes) > 5 {
			continue
		}
		snapshot, err := batch.Snapshot(t.Context(), engine.BatchLine{Schema: c.SDL, Scopes: c.Scopes, Match: c.Match, Abstract: c.Abstract, Directives: c.Directives})
		if err != nil {
			t.Fatal(seed, err)
		}
		n, err := compareAssertions(t, snapshot, slices.Sorted(maps.Keys(c.Scopes)), seed)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s\n%v", seed, err, c.SDL, c.Scopes)
		}
		asked += n
	}
	if asked == 0 {
		t.Error("nothing was asked")
	}
	t.Logf("%d assertions", asked)
}

func cases() uint64 {
	n, err := strconv.ParseUint(os.Getenv("FIELDGATE_CASES"), 10, 64)
	if err != nil || n == 0 {
		return 60
	}
	return max(n/50, 30)
}

// compareAssertions asks about every third coordinate and one choice of scopes that is never the same.
func compareAssertions(t *testing.T, snapshot *engine.Snapshot, names []string, seed uint64) (int, error) {
	t.Helper()
	reads := map[uint64]*gql.Reach{}
	for set := range uint64(1) << len(names) {
		reach, err := snapshot.Reach(t.Context(), engine.Subject{Scopes: chosen(names, set)})
		if err != nil {
			return 0, err
		}
		reads[set] = reach
	}
	listed := seed % (1 << len(names))
	var tests scope.Tests
	var want []bool
	for id := range snapshot.Schema().Len() {
		id := gql.ID(id)
		if uint64(id)%3 != seed%3 {
			continue
		}
		read, err := coord.ParsePattern(snapshot.Schema().Name(id))
		if err != nil {
			return 0, err
		}
		tests.Only = append(tests.Only, scope.Only{Read: read, Scopes: chosen(names, listed)})
		holds := true
		for set, reach := range reads {
			holds = holds && (set&listed != 0 || !reach.Reads(id))
		}
		want = append(want, holds)
	}
	results, _, err := accesstest.Suite{Snapshot: snapshot, Files: []scope.Tests{tests}}.Run(t.Context())
	if err != nil {
		return 0, err
	}
	for i, r := range results {
		if r.Passed() != want[i] {
			return 0, fmt.Errorf("%s: %v, but trying every set says %v", r.Name, r.Passed(), want[i])
		}
		for _, f := range r.Failures {
			if bits.OnesCount64(listed)+len(f.Scopes) > len(names) || f.Query == "" {
				return 0, fmt.Errorf("%s: no token shows it: %+v", r.Name, f)
			}
		}
	}
	return len(results), nil
}

func chosen(names []string, set uint64) []string {
	out := []string{}
	for i, name := range names {
		if set&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}
