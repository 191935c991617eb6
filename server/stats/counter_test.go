package stats_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/stats"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func counter() (*stats.Counter, *clock) {
	c := &clock{now: time.Date(2026, 1, 2, 3, 4, 30, 0, time.UTC)}
	return stats.New(c.Now), c
}

// snapshot is a data layer with so many restricted fields.
func snapshot(t testing.TB, fields int) *engine.Snapshot {
	t.Helper()
	var schema strings.Builder
	schema.WriteString("type Query { open: Int")
	for i := range fields {
		fmt.Fprintf(&schema, " f%d: Int", i)
	}
	schema.WriteString("}")
	s, faults := scope.Define("all", "all", "", []string{"Query.f*"})
	if faults != nil {
		t.Fatal(faults)
	}
	draft, err := engine.Compile(engine.Input{Layer: scope.DefaultLayer("shop"), SchemaFile: "schema", Schema: schema.String(), Scopes: []scope.Scope{s}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := draft.Activate(t.Context(), 1, engine.Options{PolicyTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func verdict(t testing.TB, s *engine.Snapshot, query string) *engine.Verdict {
	t.Helper()
	v, err := s.Decide(t.Context(), engine.Request{Query: query})
	if err != nil {
		t.Fatal(err)
	}
	return &v
}

func TestDecisionsByTheMinute(t *testing.T) {
	c, clock := counter()
	for _, decision := range []string{"allow", "allow", "partial", "deny", "error", "something else"} {
		c.Decided("shop", decision, nil)
	}
	clock.add(time.Minute)
	c.Decided("shop", "allow", nil)
	c.Decided("other", "deny", nil)
	got := c.Hour("shop")
	if len(got.Minutes) != 60 || got.Step != time.Minute || !got.From.Equal(time.Date(2026, 1, 2, 2, 6, 0, 0, time.UTC)) {
		t.Errorf("%d minutes from %v", len(got.Minutes), got.From)
	}
	at := func(minute int) time.Time { return time.Date(2026, 1, 2, 3, minute, 0, 0, time.UTC) }
	want := []stats.Minute{{At: at(4), Allow: 2, Partial: 1, Deny: 1, Fail: 1}, {At: at(5), Allow: 1}}
	if diff := cmp.Diff(want, got.Minutes[58:]); diff != "" {
		t.Error(diff)
	}
	clock.add(59 * time.Minute)
	if got := c.Hour("shop"); got.Minutes[0].Allow != 1 {
		t.Errorf("an hour later: %+v", got.Minutes)
	}
	clock.add(time.Minute)
	for _, m := range c.Hour("shop").Minutes {
		if m.Allow+m.Partial+m.Deny+m.Fail > 0 {
			t.Errorf("older than an hour: %+v", m)
		}
	}
	if got := c.Hour("nowhere"); len(got.Minutes) != 60 || got.Denied == nil {
		t.Errorf("of no data layer: %+v", got)
	}
}

func TestWhatIsDenied(t *testing.T) {
	c, clock := counter()
	s := snapshot(t, 3)
	c.Decided("shop", "partial", verdict(t, s, "{ open f0 again: f0 }")) // two denials of one coordinate are one operation
	c.Decided("shop", "allow", verdict(t, s, "{ open }"))
	clock.add(time.Minute)
	c.Decided("shop", "deny", verdict(t, s, "{ f0 f2 }"))
	got := c.Hour("shop")
	if len(got.Denied) != 2 || got.Denied[0].Coordinate != "Query.f0" || got.Denied[0].Count != 2 || got.Denied[1].Coordinate != "Query.f2" || got.Denied[1].Count != 1 {
		t.Fatalf("denied: %+v", got.Denied)
	}
	if diff := cmp.Diff([]int{0, 1, 1}, got.Denied[0].Minutes[57:]); diff != "" {
		t.Error(diff)
	}
	clock.add(59 * time.Minute)
	if got := c.Hour("shop").Denied; len(got) != 2 || got[0].Count != 1 {
		t.Errorf("an hour later: %+v", got)
	}
	clock.add(100 * time.Hour)
	if got := c.Hour("shop").Denied; len(got) != 0 {
		t.Errorf("days later: %+v", got)
	}
	c.Removed("shop")
	c.Removed("shop")
	if got := c.Hour("shop"); len(got.Denied) != 0 {
		t.Errorf("of a data layer that is gone: %+v", got)
	}
}

// Much that is denied at once costs no more than some of it: the rest is weighed in.
func TestAFloodOfDenialsIsWeighed(t *testing.T) {
	c, clock := counter()
	v := verdict(t, snapshot(t, 1), "{ open f0 }")
	for range 1000 {
		c.Decided("shop", "partial", v)
	}
	if got := c.Hour("shop"); got.Denied[0].Count != 50 || got.Minutes[59].Partial != 1000 {
		t.Errorf("in the first second: %+v", got.Denied)
	}
	clock.add(time.Second)
	c.Decided("shop", "partial", v)
	if got := c.Hour("shop"); got.Denied[0].Count != 1001 {
		t.Errorf("after: %+v", got.Denied)
	}
}

// Whatever is asked, memory is bounded, and what was denied most is there.
func TestMemoryIsBounded(t *testing.T) {
	c, clock := counter()
	s := snapshot(t, 2000)
	for i := range 2000 {
		clock.add(100 * time.Millisecond)
		c.Decided("shop", "deny", verdict(t, s, fmt.Sprintf("{ f7 f%d }", i)))
	}
	got := c.Hour("shop").Denied
	if len(got) != 20 || got[0].Coordinate != "Query.f7" || got[0].Count != 2000 {
		t.Errorf("%d, the first %+v", len(got), got[0])
	}
	for i := range 3000 {
		c.Decided(fmt.Sprintf("layer-%d", i), "allow", nil)
	}
	if got := c.Hour("layer-2999"); got.Minutes[59].Allow != 0 {
		t.Error("there is no end to data layers")
	}
}

// Counts are exact whoever counts at once, over minutes that end meanwhile.
func TestConcurrentCounts(t *testing.T) {
	c, clock := counter()
	v := verdict(t, snapshot(t, 1), "{ open f0 }")
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for i := range 500 {
				c.Decided("shop", "allow", nil)
				c.Decided("shop", "partial", v)
				if i%100 == 0 {
					clock.add(10 * time.Second)
				}
				c.Hour("shop")
			}
		})
	}
	running.Wait()
	allow, partial := 0, 0
	for _, m := range c.Hour("shop").Minutes {
		allow, partial = allow+m.Allow, partial+m.Partial
	}
	if allow != 4000 || partial != 4000 {
		t.Errorf("allow %d, partial %d", allow, partial)
	}
}

// Counts are those of a list of what was counted, whatever the times.
func TestCountsAreThoseOfAList(t *testing.T) {
	v := verdict(t, snapshot(t, 1), "{ open f0 }")
	rapid.Check(t, func(rt *rapid.T) {
		c, clock := counter()
		var denied []int64
		for range rapid.IntRange(0, 60).Draw(rt, "counted") {
			clock.add(time.Duration(rapid.SampledFrom([]int{1, 30, 59, 60, 61, 600, 3540, 3600, 3660, 7200, 100_000}).Draw(rt, "seconds")) * time.Second)
			c.Decided("shop", "partial", v)
			denied = append(denied, clock.Now().Unix()/60)
		}
		clock.add(time.Duration(rapid.IntRange(0, 7200).Draw(rt, "later")) * time.Second)
		now, want := clock.Now().Unix()/60, make([]int, 60)
		total := 0
		for _, at := range denied {
			if i := at - now + 59; i >= 0 {
				want[i]++
				total++
			}
		}
		got := c.Hour("shop")
		for i, m := range got.Minutes {
			if m.Partial != want[i] {
				rt.Fatalf("minute %d has %d, want %d", i, m.Partial, want[i])
			}
		}
		if total == 0 {
			if len(got.Denied) != 0 {
				rt.Fatalf("denied: %+v", got.Denied)
			}
			return
		}
		if diff := cmp.Diff([]stats.Denied{{Coordinate: "Query.f0", Count: total, Minutes: want}}, got.Denied); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func BenchmarkDecided(b *testing.B) {
	c := stats.New(time.Now)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Decided("shop", "allow", nil)
		}
	})
}

func BenchmarkDenied(b *testing.B) {
	c := stats.New(time.Now)
	v := verdict(b, snapshot(b, 5), "{ open f0 f1 f2 f3 f4 }")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Decided("shop", "partial", v)
		}
	})
}
