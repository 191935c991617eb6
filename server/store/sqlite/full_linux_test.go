package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/store/sqlite"
)

// small returns a folder on a file system of that many bytes.
func small(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: a full disk, because no small file system could be mounted (it takes root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestFullDiskChangesNothing(t *testing.T) {
	dir := small(t, "6m")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "store"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := shop(t, s)
	full(t, s, l)
	head := verify(t, s)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	change(t, s, func(w store.Writer) error { _, err := w.AddMember(store.Member{Name: "ann"}); return err })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = sqlite.Open(t.Context(), filepath.Join(dir, "store"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := verify(t, s, head); got.Sequence != head.Sequence+1 {
		t.Errorf("head %v after %v", got, head)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDiskWithoutRoomForAStore(t *testing.T) {
	for _, size := range []string{"4k", "16k", "64k", "96k"} {
		dir := small(t, size)
		s, err := sqlite.Open(t.Context(), filepath.Join(dir, "store"), sqlite.Options{})
		if err == nil {
			err = s.Close()
			t.Logf("%s is enough: %v", size, err)
		}
		if err != nil && !errors.Is(err, store.ErrFull) {
			t.Errorf("%s: got %v, want %v", size, err, store.ErrFull)
		}
	}
}
