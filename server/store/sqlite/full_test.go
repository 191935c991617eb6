package sqlite_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/store/sqlite"
)

// fill makes changes until one does not fit, which has to be store.ErrFull and leave nothing. It returns the head.
func fill(t *testing.T, s *sqlite.Store, l store.DataLayer) store.Head {
	t.Helper()
	var head store.Head
	size := 200_000 // smaller and smaller, so that there is no room for anything in the end
	for i := range 10_000 {
		next, err := s.Change(t.Context(), by, func(w store.Writer) error {
			_, err := w.CreateScope(store.Scope{LayerID: l.ID, Name: strings.Repeat("x", i+1), Description: strings.Repeat("d", size)})
			return err
		})
		switch {
		case err == nil:
			head = next
			continue
		case !errors.Is(err, store.ErrFull):
			t.Fatal(err)
		case size == 0:
			return head
		}
		if got := verify(t, s); got != head {
			t.Fatalf("a change that did not fit moved the head from %v to %v", head, got)
		}
		size /= 2
	}
	t.Fatal("it is never full")
	return head
}

// full checks that a full store reads, and refuses to write.
func full(t *testing.T, s *sqlite.Store, l store.DataLayer) {
	t.Helper()
	head := fill(t, s, l)
	if got := verify(t, s, head); got != head {
		t.Errorf("head %v, want %v", got, head)
	}
	// Whoever does not look at the error is told in the end, and nothing that came after it is kept.
	_, err := s.Change(t.Context(), by, func(w store.Writer) error {
		err := w.PutSchema("sha256:1", strings.Repeat("s", 100_000))
		for i := range 3 {
			if _, next := w.AddMember(store.Member{Name: strings.Repeat("a", i+1)}); !errors.Is(next, err) {
				t.Errorf("got %v after %v", next, err)
			}
		}
		return nil
	})
	if !errors.Is(err, store.ErrFull) {
		t.Errorf("got %v, want %v", err, store.ErrFull)
	}
	err = s.View(t.Context(), func(r store.Reader) error {
		members, err := r.Members()
		if len(members) > 0 {
			t.Errorf("members %v are there", members)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if got := verify(t, s, head); got != head {
		t.Errorf("head %v, want %v", got, head)
	}
}

// TestFullDatabaseChangesNothing has no room by SQLite's own limit, which needs no file system.
func TestFullDatabaseChangesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{MaxPages: 300})
	l := shop(t, s)
	full(t, s, l)
	head := verify(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, sqlite.Options{})
	verify(t, s, head)
	change(t, s, func(w store.Writer) error { _, err := w.AddMember(store.Member{Name: "ann"}); return err })
	verify(t, s, head)
}
