// Package storetest is the contract of package store as a suite of tests. Every driver passes it.
package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/server/store"
)

// Open returns an empty store that reads the time from now. It closes the store when the test ends, unless the test did.
type Open func(t *testing.T, now func() time.Time) store.Store

// Run runs the suite. Each test gets a store of its own, whose chain has to be whole at the test's end.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, group := range []map[string]func(*fixture){
		changes, team, members, keys, sessions, layers, scopes, tokens, syncs, revisions, audit, concurrent,
	} {
		for name, test := range group {
			t.Run(name, func(t *testing.T) {
				f := newFixture(t, open)
				test(f)
				f.verify()
			})
		}
	}
}

// fixture is one test's store, with a clock that stands still until the test moves it.
type fixture struct {
	t     *testing.T
	store store.Store
	clock *atomic.Int64 // microseconds
	by    store.Origin
	made  byte // secrets
}

// start is when every test begins: not in UTC and with nanoseconds, which a store takes off.
var start = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))

func newFixture(t *testing.T, open Open) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: new(atomic.Int64), by: store.Origin{
		Actor: store.Actor{Kind: store.ActorKey, ID: "m1", Name: "ann", KeyID: "k1", Commit: ""}, IP: "192.0.2.1", RequestID: "r1",
	}}
	f.clock.Store(start.UnixMicro())
	f.store = open(t, func() time.Time { return time.UnixMicro(f.clock.Load()).In(start.Location()) })
	return f
}

// now is the time as a store keeps it.
func (f *fixture) now() time.Time { return time.UnixMicro(f.clock.Load()).UTC() }

func (f *fixture) after(d time.Duration) *time.Time {
	t := f.now().Add(d)
	return &t
}

func (f *fixture) pass(d time.Duration) { f.clock.Add(d.Microseconds()) }

// hash returns another hash each time.
func (f *fixture) hash() store.Hash {
	f.made++
	return store.Hash{0: f.made, 31: 1}
}

// change makes a change that has to succeed, and checks that the head that it returns is the store's.
func (f *fixture) change(change func(store.Writer) error) {
	f.t.Helper()
	head, err := f.store.Change(f.t.Context(), f.by, change)
	if err != nil {
		f.t.Fatal(err)
	}
	if got := f.head(); got != head {
		f.t.Fatalf("the change returned head %v, and the store's is %v", head, got)
	}
}

// refuse makes a change that has to fail with an error, and checks that nothing of it is there.
func (f *fixture) refuse(want error, change func(store.Writer) error) {
	f.t.Helper()
	before := f.head()
	head, err := f.store.Change(f.t.Context(), f.by, func(w store.Writer) error {
		if _, err := w.AddMember(store.Member{Name: "not kept", Role: store.RoleOwner}); err != nil {
			return err
		}
		return change(w)
	})
	if !errors.Is(err, want) {
		f.t.Fatalf("the change returned %v, want %v", err, want)
	}
	if after := f.head(); after != before || head != (store.Head{}) {
		f.t.Fatalf("a change that failed moved the head from %v to %v, and returned %v", before, after, head)
	}
	for _, m := range read(f, store.Reader.Members) {
		if m.Name == "not kept" {
			f.t.Fatal("half of a change that failed is there")
		}
	}
}

func (f *fixture) view(view func(store.Reader) error) {
	f.t.Helper()
	if err := f.store.View(f.t.Context(), view); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) head() store.Head {
	f.t.Helper()
	return read(f, store.Reader.Head)
}

// read returns what one method of a reader returns.
func read[T any](f *fixture, method func(store.Reader) (T, error)) (got T) {
	f.t.Helper()
	f.view(func(r store.Reader) (err error) {
		got, err = method(r)
		return err
	})
	return got
}

// missing makes sure that one method of a reader returns store.ErrNotFound.
func missing[T any](f *fixture, method func(store.Reader) (T, error)) {
	f.t.Helper()
	err := f.store.View(f.t.Context(), func(r store.Reader) error {
		_, err := method(r)
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		f.t.Errorf("got %v, want %v", err, store.ErrNotFound)
	}
}

// same compares, with a nil slice other than an empty one: what a writer returns is what is read later.
func (f *fixture) same(want, got any) {
	f.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Errorf("(-want +got)\n%s", diff)
	}
}

func (f *fixture) verify() {
	f.t.Helper()
	f.view(func(r store.Reader) error {
		_, err := store.VerifyAll(r)
		return err
	})
}

func collect[T any](seq func(func(T, error) bool)) (all []T, err error) {
	for one, err := range seq {
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (f *fixture) entries(filter store.AuditFilter) []store.Entry {
	f.t.Helper()
	return read(f, func(r store.Reader) ([]store.Entry, error) { return collect(r.Audit(filter)) })
}

// since returns the entries after a sequence as "action kind name", where a row without name shows its id.
func (f *fixture) since(sequence uint64) (lines []string) {
	f.t.Helper()
	for _, e := range f.entries(store.AuditFilter{After: sequence}) {
		name := e.Target.Name
		if name == "" {
			name = e.Target.ID
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", e.Action, e.Target.Kind, name))
	}
	return lines
}

// must returns a function's row, in a change of its own.
func must[T any](f *fixture, change func(store.Writer) (T, error)) (row T) {
	f.t.Helper()
	f.change(func(w store.Writer) (err error) {
		row, err = change(w)
		return err
	})
	return row
}

func (f *fixture) member(name string) store.Member {
	f.t.Helper()
	return must(f, func(w store.Writer) (store.Member, error) {
		return w.AddMember(store.Member{Name: name, Role: store.RoleOwner})
	})
}

func (f *fixture) layer(name string) store.DataLayer {
	f.t.Helper()
	return must(f, func(w store.Writer) (store.DataLayer, error) {
		return w.CreateLayer(store.DataLayer{Name: name, Definition: "data_layer: " + name})
	})
}

func (f *fixture) scope(l store.DataLayer, name string, entries ...string) store.Scope {
	f.t.Helper()
	return must(f, func(w store.Writer) (store.Scope, error) {
		return w.CreateScope(store.Scope{LayerID: l.ID, Name: name, Entries: entries})
	})
}

func (f *fixture) token(l store.DataLayer, name string, scopes ...store.Scope) store.Token {
	f.t.Helper()
	t := store.Token{LayerID: l.ID, Name: name, Hash: f.hash(), Unrestricted: len(scopes) == 0}
	for _, s := range scopes {
		t.ScopeIDs = append(t.ScopeIDs, s.ID)
	}
	return must(f, func(w store.Writer) (store.Token, error) { return w.GenerateToken(t, store.Once{}) })
}

func (f *fixture) key(m store.Member, name string) store.Key {
	f.t.Helper()
	return must(f, func(w store.Writer) (store.Key, error) {
		return w.GenerateKey(store.Key{MemberID: m.ID, Name: name, Hash: f.hash(), Permissions: []store.Permission{store.PermissionAdmin}})
	})
}

func (f *fixture) sync(l store.DataLayer) store.Sync {
	f.t.Helper()
	return must(f, func(w store.Writer) (store.Sync, error) {
		return w.StartSync(store.Sync{LayerID: l.ID, Reason: "manual"})
	})
}

// revise leaves a revision.
func (f *fixture) revise(l store.DataLayer, keep int) store.Sync {
	f.t.Helper()
	s := f.sync(l)
	return must(f, func(w store.Writer) (store.Sync, error) {
		return w.SucceedSync(s, store.Revision{Digest: "sha256:" + s.ID}, []byte(s.ID), keep)
	})
}

func (f *fixture) ok(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) is(want, err error) {
	f.t.Helper()
	if !errors.Is(err, want) {
		f.t.Errorf("got %v, want %v", err, want)
	}
}

func (f *fixture) noSession(id store.Hash) {
	f.t.Helper()
	s, err := f.store.Session(f.t.Context(), id)
	f.is(store.ErrNotFound, err)
	f.same(store.Session{}, s)
}
