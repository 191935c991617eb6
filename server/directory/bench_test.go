package directory_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/fieldgate/fieldgate/server/directory"
	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

// many is a store with a number of tokens that it makes as they are read, so that the figures are the directory's alone.
type many struct {
	*fake
	count int
}

type manyReader struct {
	fakeReader
	count int
}

func (m many) View(_ context.Context, read func(store.Reader) error) error {
	return read(manyReader{fakeReader{fake: m.fake}, m.count})
}

func (r manyReader) AllTokens() iter.Seq2[store.Token, error] {
	return func(yield func(store.Token, error) bool) {
		for i := range r.count {
			if !yield(token(i), nil) {
				return
			}
		}
	}
}

// token is the token of a number: one of 100 scope sets, a UUID as its id, and a hash that nobody knows the secret of.
func token(i int) store.Token {
	var id uuid.UUID
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(nil, uint64(i)))
	copy(id[:], sum[:])
	return store.Token{
		ID: id.String(), LayerID: "id-shop", Hash: sum,
		ScopeIDs: []string{fmt.Sprint("scope-", i%10), fmt.Sprint("scope-", 10+i/10%10)},
	}
}

func openMany(tb testing.TB, count int) *directory.Directory {
	tb.Helper()
	f := newFake()
	f.putLayer("shop")
	return open(tb, many{f, count})
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// TestMillionTokensFit holds the figure that docs/tokens.md gives: under 150 bytes for each token, with its id.
func TestMillionTokensFit(t *testing.T) {
	count := 100_000
	if os.Getenv("FIELDGATE_SOAK") != "" {
		count = 1_000_000
	}
	before := heap()
	d := openMany(t, count)
	each := float64(heap()-before) / float64(count)
	t.Logf("%d tokens, %.0f bytes each", count, each)
	if each > 150 {
		t.Errorf("%.0f bytes for each of %d tokens", each, count)
	}
	if _, found := d.Token(token(count - 1).Hash); !found {
		t.Error("the last token is missing")
	}
}

func BenchmarkOpen1M(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		before := heap()
		d := openMany(b, 1_000_000)
		b.StopTimer()
		b.ReportMetric(float64(heap()-before)/1e6, "heap-B/token")
		runtime.KeepAlive(d)
		b.StartTimer()
	}
}

// BenchmarkLookup1M looks a random token of a million up, and gives the percentiles of single look-ups; the clock itself
// costs some of them.
func BenchmarkLookup1M(b *testing.B) {
	const count = 1_000_000
	d := openMany(b, count)
	hashes := make([]store.Hash, 1<<16)
	for i := range hashes {
		hashes[i] = token(rand.IntN(count)).Hash
	}
	b.Run("hash", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, found := d.Token(hashes[i%len(hashes)]); !found {
				b.Fatal("missing")
			}
		}
	})
	b.Run("unknown", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			hash := hashes[i%len(hashes)]
			hash[31]++
			hash[9]++
			if _, found := d.Token(hash); found {
				b.Fatal("found")
			}
		}
	})
	b.Run("id", func(b *testing.B) {
		ids := make([]string, 1<<12)
		for i := range ids {
			ids[i] = token(rand.IntN(count)).ID
		}
		for i := 0; b.Loop(); i++ {
			if _, found := d.TokenByID(ids[i%len(ids)]); !found {
				b.Fatal("missing")
			}
		}
	})
	b.Run("percentiles", func(b *testing.B) {
		took := make([]time.Duration, 0, 1<<20)
		for i := 0; b.Loop(); i++ {
			start := time.Now()
			d.Token(hashes[i%len(hashes)])
			if lasted := time.Since(start); len(took) < cap(took) {
				took = append(took, lasted)
			}
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2]), "p50-ns")
		b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns")
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for i := rand.IntN(len(hashes)); pb.Next(); i++ {
				d.Token(hashes[i%len(hashes)])
			}
		})
	})
}

// BenchmarkAuthenticate is the whole of what a request pays: form, CRC, SHA-256, look-up, data layer, expiry, last use.
func BenchmarkAuthenticate(b *testing.B) {
	f, s := shop(b)
	d := open(b, f)
	text := s.Reveal()
	b.Run("good", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := d.Authenticate("shop", text, noon); !ok {
				b.Fatal("not let in")
			}
		}
	})
	unknown := generate(b, secret.Token).Reveal()
	b.Run("unknown", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d.Authenticate("shop", unknown, noon)
		}
	})
	malformed := text[:44] + "000000"
	b.Run("bad CRC", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d.Authenticate("shop", malformed, noon)
		}
	})
}

// BenchmarkCatchUpRevoke is what a revocation waits for after its commit.
func BenchmarkCatchUpRevoke(b *testing.B) {
	f := newFake()
	f.putLayer("shop")
	d := open(b, many{f, 100_000})
	f.tokens["t"] = store.Token{ID: "t", LayerID: "id-shop", Hash: store.Hash{1}}
	for b.Loop() {
		if err := d.CatchUp(b.Context(), f.revoke("t", noon)); err != nil {
			b.Fatal(err)
		}
	}
}
