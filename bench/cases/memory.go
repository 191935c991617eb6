package cases

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/fieldgate/fieldgate/bench/peers"
	"github.com/fieldgate/fieldgate/bench/workload"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/directory"
	"github.com/fieldgate/fieldgate/server/store"
)

// Heap is what is alive on the heap after a collection.
type Heap struct {
	What  string  `json:"what"`
	Bytes float64 `json:"bytes"`
}

// The deployment whose memory is measured.
const (
	memoryScopes    = 1_000
	memoryScopeSets = 100
	memoryTokens    = 1_000_000
)

// Memory measures the heap of a deployment with one data layer (GitHub's schema of some 6,000 fields), 1,000 scopes, 100
// scope sets in use and so many tokens (0 is a million), step by step.
func Memory(ctx context.Context, o Options, tokens int) ([]Heap, error) {
	if tokens == 0 {
		tokens = memoryTokens
	}
	o.Log("heap with %d tokens", tokens)
	w, err := workload.LoadSpread(o.Root, "github", 5_000, memoryScopes)
	if err != nil {
		return nil, err
	}
	in, err := peers.Input(w)
	if err != nil {
		return nil, err
	}
	questions := memoryQuestions(w)
	start := heap()
	draft, err := engine.Compile(in)
	if err != nil {
		return nil, err
	}
	snapshot, err := draft.Activate(ctx, 1, engine.Options{})
	if err != nil {
		return nil, err
	}
	out := []Heap{{"snapshot", heap() - start}}
	side := peers.NewFieldgate(snapshot)
	for _, q := range questions {
		if _, err := side.Decide(ctx, q); err != nil {
			return nil, err
		}
	}
	out = append(out, Heap{fmt.Sprintf("%d scope sets in use", memoryScopeSets), heap() - start})
	d, err := directory.Open(ctx, manyTokens{tokens, slices.Collect(scopeSets(w))})
	if err != nil {
		return nil, err
	}
	out = append(out, Heap{fmt.Sprintf("%d,000 tokens", tokens/1_000), heap() - start})
	if _, found := d.Token(madeToken(tokens-1, nil).Hash); !found {
		return nil, fmt.Errorf("%w: the last token is missing", peers.ErrDiffer)
	}
	for _, alive := range []any{draft, snapshot, questions, in, w} {
		runtime.KeepAlive(alive)
	}
	return out, nil
}

// scopeSets yields the sets in use: what is held, and some more each.
func scopeSets(w *workload.World) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		f := fresh{w: w}
		for range memoryScopeSets {
			if !yield(f.subject(peers.Ask(w.Operations[0], w.Held)).Scopes) {
				return
			}
		}
	}
}

func memoryQuestions(w *workload.World) []peers.Question {
	var out []peers.Question
	for scopes := range scopeSets(w) {
		for _, op := range w.Operations {
			out = append(out, peers.Ask(op, scopes))
		}
	}
	return out
}

func heap() float64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}

// manyTokens is a store with tokens that it makes as they are read, so that the memory is the directory's alone.
type manyTokens struct {
	count int
	sets  [][]string
}

// View hands out the reader.
func (m manyTokens) View(_ context.Context, read func(store.Reader) error) error {
	return read(tokenReader{m: m})
}

// Used forgets.
func (manyTokens) Used(context.Context, map[string]time.Time, map[string]time.Time) error { return nil }

// tokenReader answers what a directory asks when it opens.
type tokenReader struct {
	store.Reader
	m manyTokens
}

// Head is that of an empty chain.
func (tokenReader) Head() (store.Head, error) { return store.Head{}, nil }

// Team is there.
func (tokenReader) Team() (store.Team, error) { return store.Team{Name: "bench"}, nil }

// Members are none.
func (tokenReader) Members() ([]store.Member, error) { return nil, nil }

// Keys are none.
func (tokenReader) Keys(string) ([]store.Key, error) { return nil, nil }

// Layers is one.
func (tokenReader) Layers() ([]store.DataLayer, error) {
	return []store.DataLayer{{ID: memoryLayer, Name: "github"}}, nil
}

// Scopes are not the directory's cost here: the snapshot has them.
func (tokenReader) Scopes(string) ([]store.Scope, error) { return nil, nil }

// Revisions are none.
func (tokenReader) Revisions(string, store.Page) ([]store.Revision, error) { return nil, nil }

// AllTokens makes the tokens.
func (r tokenReader) AllTokens() iter.Seq2[store.Token, error] {
	return func(yield func(store.Token, error) bool) {
		for i := range r.m.count {
			if !yield(madeToken(i, r.m.sets), nil) {
				return
			}
		}
	}
}

const memoryLayer = "layer-github"

// tokenHashes are those of some tokens, spread over all.
func tokenHashes(count int) []store.Hash {
	out := make([]store.Hash, min(count, 1<<14))
	for i := range out {
		out[i] = madeToken(i*(count/len(out)), nil).Hash
	}
	return out
}

// madeToken is the token of a number, with one of the sets, and a hash that nobody knows the secret of.
func madeToken(i int, sets [][]string) store.Token {
	var id uuid.UUID
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(nil, uint64(i))) //nolint:gosec // not negative
	copy(id[:], sum[:])
	t := store.Token{ID: id.String(), LayerID: memoryLayer, Hash: sum}
	if len(sets) > 0 {
		t.ScopeIDs = slices.Clone(sets[i%len(sets)])
	}
	return t
}
