package directory_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/server/directory"
	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

// fake is a store in memory, which can also fail, and counts what it is asked.
type fake struct {
	mu        sync.Mutex
	entries   []store.Entry
	team      *store.Team
	members   map[string]store.Member
	keys      map[string]store.Key
	layers    map[string]store.DataLayer
	scopes    map[string]store.Scope
	tokens    map[string]store.Token
	revisions []store.Revision
	chain     string // goes into the hashes of entries: two stores that differ in it have different histories

	views   int
	fail    error // what View and Used answer
	failing func(method string) error
	used    []map[string]time.Time // of tokens, one a call
	usedKey []map[string]time.Time
}

func newFake() *fake {
	return &fake{
		members: map[string]store.Member{}, keys: map[string]store.Key{}, layers: map[string]store.DataLayer{},
		scopes: map[string]store.Scope{}, tokens: map[string]store.Token{}, failing: func(string) error { return nil },
	}
}

func (f *fake) View(_ context.Context, read func(store.Reader) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.views++
	if f.fail != nil {
		return f.fail
	}
	return read(fakeReader{fake: f})
}

func (f *fake) Used(_ context.Context, tokens, keys map[string]time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return f.fail
	}
	f.used, f.usedKey = append(f.used, maps.Clone(tokens)), append(f.usedKey, maps.Clone(keys))
	return nil
}

func (f *fake) setFail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = err
}

// note appends an entry and returns the head. The caller holds mu.
func (f *fake) note(action store.Action, target store.Target) store.Head {
	e := store.Entry{Sequence: uint64(len(f.entries) + 1), Action: action, Target: target, Previous: strings.Repeat("0", 64)}
	if len(f.entries) > 0 {
		e.Previous = f.entries[len(f.entries)-1].Hash
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %v", f.chain, e.Previous, e))
	e.Hash = hex.EncodeToString(sum[:])
	f.entries = append(f.entries, e)
	return store.Head{Sequence: e.Sequence, Hash: e.Hash}
}

// change runs one change, as a transaction of a store would, and returns the head after it.
func (f *fake) change(change func() (store.Action, store.Target)) store.Head {
	f.mu.Lock()
	defer f.mu.Unlock()
	action, target := change()
	return f.note(action, target)
}

func (f *fake) putLayer(name string) {
	f.change(func() (store.Action, store.Target) {
		f.layers[name] = store.DataLayer{ID: "id-" + name, Name: name}
		return store.LayerCreated, store.Target{Kind: "data_layer", ID: "id-" + name, Name: name}
	})
}

// deleteLayer leaves the tokens of the layer alone, as a store must not: the directory is to refuse them all the same.
func (f *fake) deleteLayer(name string) store.Head {
	return f.change(func() (store.Action, store.Target) {
		delete(f.layers, name)
		return store.LayerDeleted, store.Target{Kind: "data_layer", ID: "id-" + name, Name: name}
	})
}

func (f *fake) putScope(layer, id, name string) store.Head {
	return f.change(func() (store.Action, store.Target) {
		f.scopes[id] = store.Scope{ID: id, LayerID: "id-" + layer, Name: name, Entries: []string{"User.email"}}
		return store.ScopeCreated, store.Target{Kind: "scope", ID: id, Name: name, DataLayer: layer}
	})
}

func (f *fake) deleteScope(layer, id string) store.Head {
	return f.change(func() (store.Action, store.Target) {
		delete(f.scopes, id)
		for tokenID, token := range f.tokens {
			token.ScopeIDs = slices.DeleteFunc(slices.Clone(token.ScopeIDs), func(held string) bool { return held == id })
			f.tokens[tokenID] = token
		}
		return store.ScopeDeleted, store.Target{Kind: "scope", ID: id, DataLayer: layer}
	})
}

func (f *fake) putToken(layer string, t store.Token) store.Head {
	return f.change(func() (store.Action, store.Target) {
		t.LayerID = "id-" + layer
		f.tokens[t.ID] = t
		return store.TokenGenerated, store.Target{Kind: "token", ID: t.ID, DataLayer: layer}
	})
}

func (f *fake) revoke(id string, at time.Time) store.Head {
	return f.change(func() (store.Action, store.Target) {
		token := f.tokens[id]
		token.Revoked = &at
		f.tokens[id] = token
		return store.TokenRevoked, store.Target{Kind: "token", ID: id}
	})
}

func (f *fake) putMember(m store.Member) {
	f.change(func() (store.Action, store.Target) {
		f.members[m.ID] = m
		return store.MemberAdded, store.Target{Kind: "member", ID: m.ID, Name: m.Name}
	})
}

func (f *fake) putKey(k store.Key) {
	f.change(func() (store.Action, store.Target) {
		f.keys[k.ID] = k
		return store.KeyGenerated, store.Target{Kind: "key", ID: k.ID}
	})
}

func (f *fake) putRevision(layer string, number uint64) store.Head {
	return f.change(func() (store.Action, store.Target) {
		f.revisions = append(f.revisions, store.Revision{LayerID: "id-" + layer, Number: number})
		return store.SyncSucceededDone, store.Target{Kind: "sync", ID: fmt.Sprint("sync-", number), DataLayer: layer}
	})
}

func (f *fake) putTeam(name string) {
	f.change(func() (store.Action, store.Target) {
		f.team = &store.Team{ID: "team", Name: name, Entitled: true}
		return store.TeamCreated, store.Target{Kind: "team", ID: "team"}
	})
}

// fakeReader panics, through the nil Reader, on a method that a directory has no business to call.
type fakeReader struct {
	store.Reader
	fake *fake
}

func (r fakeReader) Head() (store.Head, error) {
	if n := len(r.fake.entries); n > 0 {
		return store.Head{Sequence: r.fake.entries[n-1].Sequence, Hash: r.fake.entries[n-1].Hash}, r.fake.failing("Head")
	}
	return store.Head{}, r.fake.failing("Head")
}

func (r fakeReader) Team() (store.Team, error) {
	if r.fake.team == nil {
		return store.Team{}, store.ErrNotFound
	}
	return *r.fake.team, r.fake.failing("Team")
}

func (r fakeReader) Members() ([]store.Member, error) {
	return sorted(r.fake.members), r.fake.failing("Members")
}

func (r fakeReader) Keys(string) ([]store.Key, error) {
	return sorted(r.fake.keys), r.fake.failing("Keys")
}

func (r fakeReader) Layers() ([]store.DataLayer, error) {
	return sorted(r.fake.layers), r.fake.failing("Layers")
}

func (r fakeReader) Scopes(layerID string) ([]store.Scope, error) {
	all := sorted(r.fake.scopes)
	return slices.DeleteFunc(all, func(s store.Scope) bool { return s.LayerID != layerID }), r.fake.failing("Scopes")
}

func (r fakeReader) Revisions(layerID string, p store.Page) ([]store.Revision, error) {
	all := slices.DeleteFunc(append([]store.Revision{}, r.fake.revisions...), func(r store.Revision) bool { return r.LayerID != layerID })
	slices.Reverse(all)
	return all[:min(len(all), p.Limit)], r.fake.failing("Revisions")
}

func (r fakeReader) Token(id string) (store.Token, error) {
	token, found := r.fake.tokens[id]
	if !found {
		return token, store.ErrNotFound
	}
	return token, r.fake.failing("Token")
}

func (r fakeReader) AllTokens() iter.Seq2[store.Token, error] {
	return func(yield func(store.Token, error) bool) {
		for _, token := range sorted(r.fake.tokens) {
			if err := r.fake.failing("AllTokens"); !yield(token, err) || err != nil {
				return
			}
		}
	}
}

func (r fakeReader) Audit(filter store.AuditFilter) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for _, entry := range r.fake.entries[min(filter.After, uint64(len(r.fake.entries))):] {
			if err := r.fake.failing("Audit"); !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

// sorted returns the values of m in order of their keys.
func sorted[T any](m map[string]T) []T {
	out := []T{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[key])
	}
	return out
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func generate(t testing.TB, kind secret.Kind) secret.Secret {
	t.Helper()
	s, err := secret.New(kind, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func open(t testing.TB, source directory.Source) *directory.Directory {
	t.Helper()
	d, err := directory.Open(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func catchUp(t testing.TB, d *directory.Directory, head store.Head) {
	t.Helper()
	if err := d.CatchUp(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	if d.Head().Sequence < head.Sequence {
		t.Fatalf("at %d, want %d", d.Head().Sequence, head.Sequence)
	}
}
