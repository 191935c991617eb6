package engine

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// TestCachesWeighWhatTheyHold sends documents that are large in every way that one can be, each once, and holds the memory
// that they come to use against what the caches say that they hold: their bounds are bounds of nothing else.
func TestCachesWeighWhatTheyHold(t *testing.T) {
	const rounds = 25
	in := Input{Layer: scope.DefaultLayer("test"), SchemaFile: "schema", Schema: "type Query { id: ID secret: Int q: Query many(ids: [Int]): ID }"}
	draft := restricting(t, in, "Query.secret")
	for name, query := range map[string]string{
		"comment":       "query Q%d { id secret } #" + strings.Repeat("x", 900_000),
		"selections":    "query Q%d { q { " + strings.Repeat("id secret ", 900) + "} }",
		"values":        "query Q%d { secret many(ids: [" + strings.Repeat("1 ", 9000) + "]) }",
		"introspection": `query Q%d { __type(name: "Query") { ` + strings.Repeat("name ", 1800) + "} }",
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t, draft)
			before := heap()
			for i := range rounds {
				v, err := s.Decide(t.Context(), Request{Query: fmt.Sprintf(query, i)})
				if err != nil || v.Errors() != nil {
					t.Fatal(err, v.Errors())
				}
				if _, errs, err := v.Introspect(t.Context()); err != nil || errs != nil {
					t.Fatal(err, errs)
				}
			}
			used := heap() - before
			for cache, weight := range map[string]uint64{"operations": s.operations.WeightedSize(), "what is remembered of them": max(s.judged.WeightedSize(), s.answers.WeightedSize())} {
				if int64(weight) < used/2 {
					t.Errorf("%s: %d kB are in use, %d kB are counted", cache, used>>10, weight>>10)
				}
			}
			runtime.KeepAlive(s)
		})
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
