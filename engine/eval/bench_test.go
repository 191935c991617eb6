package eval_test

import (
	"fmt"
	"testing"

	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/policies"
)

// restricted has at least 1,000 coordinates, of which count are covered by one of
// scopes scopes.
func restricted(count, scopes int) (covers, []string) {
	c, universe := covers{}, make([]string, max(count, 1_000))
	for i := range universe {
		universe[i] = fmt.Sprintf("Type%d.field%d", i/20, i)
		c[universe[i]] = nil
		if i < count {
			c[universe[i]] = []string{fmt.Sprintf("scope-%d", i%scopes)}
		}
	}
	return c, universe
}

// The cost must follow the fields asked about, three coordinates each, and not the
// number of restricted coordinates.
func BenchmarkReadable(b *testing.B) {
	for _, count := range []int{10, 1_000, 100_000} {
		c, universe := restricted(count, min(count, 1_000))
		policy := newPolicy(b, c.data("any"), universe)
		subject := eval.Subject{Scopes: []string{"scope-1", "scope-7", "scope-77", "scope-777"}}
		for _, fields := range []int{5, 30, 200} {
			b.Run(fmt.Sprintf("restricted=%d/fields=%d", count, fields), func(b *testing.B) {
				ids := make([]uint32, 3*fields)
				for i := range ids {
					ids[i] = uint32(i * 977 % len(universe))
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := policy.Readable(b.Context(), subject, ids); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkNew(b *testing.B) {
	c, universe := restricted(100_000, 1_000)
	data := c.data("any")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := eval.New(b.Context(), policies.Read(), data, universe, eval.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
