package sqlite_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/store/sqlite"
)

var by = store.Origin{Actor: store.Actor{Kind: store.ActorSystem, Name: "test"}}

// change makes a change that has to succeed.
func change(t testing.TB, s *sqlite.Store, f func(store.Writer) error) store.Head {
	t.Helper()
	head, err := s.Change(t.Context(), by, f)
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// shop makes a data layer.
func shop(t testing.TB, s *sqlite.Store) (l store.DataLayer) {
	t.Helper()
	change(t, s, func(w store.Writer) (err error) {
		l, err = w.CreateLayer(store.DataLayer{Name: "shop", Definition: "data_layer: shop"})
		return err
	})
	return l
}

// raw runs SQL that has to succeed.
func raw(t testing.TB, s *sqlite.Store, query string, args ...any) []string {
	t.Helper()
	got, err := s.Raw(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// verify returns the head of a chain that has to be whole.
func verify(t testing.TB, s *sqlite.Store, known ...store.Head) (head store.Head) {
	t.Helper()
	err := s.View(t.Context(), func(r store.Reader) (err error) {
		head, err = store.VerifyAll(r, known...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range []string{"integrity_check", "foreign_key_check"} {
		if got := raw(t, s, "PRAGMA "+check); len(got) > 0 && !slices.Equal(got, []string{"ok"}) {
			t.Errorf("%s: %q", check, got)
		}
	}
	return head
}

func TestEveryConnectionHasTheSettings(t *testing.T) {
	s := open(t, t.TempDir(), sqlite.Options{})
	settings := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000", "temp_store": "2"}
	for name, want := range settings {
		if got := raw(t, s, "PRAGMA "+name); !slices.Equal(got, []string{want}) {
			t.Errorf("writing: %s is %q, want %s", name, got, want)
		}
		got, err := s.RawRead(t.Context(), "PRAGMA "+name)
		if err != nil || !slices.Equal(got, []string{want}) {
			t.Errorf("reading: %s is %q, %v, want %s", name, got, err, want)
		}
	}
	if _, err := s.RawRead(t.Context(), "DELETE FROM members"); err == nil {
		t.Error("a connection that reads can write")
	}
}

func TestFilesAreTheirOwnersOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := open(t, dir, sqlite.Options{})
	shop(t, s)
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%s: %v, %v", dir, info.Mode(), err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v: want a database, its WAL and the WAL's index", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

func TestFileThatOthersMayReadIsClosedToThem(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, sqlite.File)
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	open(t, dir, sqlite.Options{})
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestDirectoryThatEveryUserMayWriteToIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if s, err := sqlite.Open(t.Context(), dir, sqlite.Options{}); err == nil {
		t.Errorf("it was opened: %v", s.Close())
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("there are %v, %v", files, err)
	}
}

func TestFileThatIsNoDatabaseIsLeftAsItIs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, sqlite.File)
	text := strings.Repeat("this is no database\n", 100)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := sqlite.Open(t.Context(), dir, sqlite.Options{}); err == nil {
		t.Errorf("it was opened: %v", s.Close())
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Errorf("it was changed: %v", err)
	}
}

func TestReopenedStoreIsTheSame(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	l := shop(t, s)
	head := verify(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, sqlite.Options{})
	if got := verify(t, s, head); got != head {
		t.Errorf("head %v, want %v", got, head)
	}
	err := s.View(t.Context(), func(r store.Reader) error {
		got, err := r.Layers()
		if diff := cmp.Diff([]store.DataLayer{l}, got); diff != "" {
			t.Error(diff)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	shop(t, s)
	raw(t, s, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, sqlite.File))
	if err != nil {
		t.Fatal(err)
	}
	_, err = sqlite.Open(t.Context(), dir, sqlite.Options{})
	if !errors.Is(err, store.ErrNewer) {
		t.Errorf("got %v, want %v", err, store.ErrNewer)
	}
	after, err := os.ReadFile(filepath.Join(dir, sqlite.File))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("it was changed: %v", err)
	}
}

func TestClosedStoreRefuses(t *testing.T) {
	s := open(t, t.TempDir(), sqlite.Options{})
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	_, err := s.Change(t.Context(), by, func(store.Writer) error { return nil })
	for _, err := range []error{err, s.View(t.Context(), func(store.Reader) error { return nil })} {
		if !errors.Is(err, sqlite.ErrClosed) {
			t.Errorf("got %v, want %v", err, sqlite.ErrClosed)
		}
	}
}

// Close waits for what runs: what was acknowledged after it began is there.
func TestCloseWaitsForCalls(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	closed := make(chan error, 1)
	head, err := s.Change(t.Context(), by, func(w store.Writer) error {
		go func() { closed <- s.Close() }()
		for { // until Close has begun
			if err := s.View(t.Context(), func(store.Reader) error { return nil }); errors.Is(err, sqlite.ErrClosed) {
				break
			}
		}
		_, err := w.CreateTeam(store.Team{Name: "acme"})
		return err
	})
	if err := errors.Join(err, <-closed); err != nil {
		t.Fatal(err)
	}
	if got := verify(t, open(t, dir, sqlite.Options{})); got != head {
		t.Errorf("head %v, want %v", got, head)
	}
}

// TestR21NoSecretIsInTheFiles looks for secrets, and for their hashes as text, in all files while the store is open and after.
func TestR21NoSecretIsInTheFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	l := shop(t, s)
	secrets := []string{"fgt_0123456789abcdefghijABCDEFGHIJ0123456789xYz012", "fgm_0123456789abcdefghijABCDEFGHIJ0123456789xYz012", "cookie-0123456789abcdef"}
	var hashes []store.Hash
	for _, secret := range secrets {
		hashes = append(hashes, sha256.Sum256([]byte(secret)))
	}
	change(t, s, func(w store.Writer) error {
		m, err := w.AddMember(store.Member{Name: "ann", Role: store.RoleOwner})
		if err != nil {
			return err
		}
		token, err := w.GenerateToken(store.Token{LayerID: l.ID, Name: "one", Hash: hashes[0], Unrestricted: true}, store.Once{Key: "k", Request: hashes[2]})
		if err != nil {
			return err
		}
		key, err := w.GenerateKey(store.Key{ID: "key", MemberID: m.ID, Name: "one", Hash: hashes[1]})
		return errors.Join(err, w.RevokeToken(token.ID), naming(key.ID))
	})
	if err := s.PutSession(t.Context(), store.Session{ID: hashes[2], KeyID: "key", Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	scan(t, dir, secrets, hashes)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	scan(t, dir, secrets, hashes)
}

func naming(id string) error {
	if id != "key" {
		return errors.New("the id that was given is not kept")
	}
	return nil
}

func scan(t *testing.T, dir string, secrets []string, hashes []store.Hash) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for i, secret := range secrets {
			found = found || bytes.Contains(content, hashes[i][:])
			if bytes.Contains(content, []byte(secret)) || bytes.Contains(content, []byte(secret[4:])) || bytes.Contains(content, []byte(hex.EncodeToString(hashes[i][:]))) {
				t.Errorf("%s holds the secret %d or its hash as text", f.Name(), i)
			}
		}
	}
	if !found {
		t.Error("no file holds the hashes: the scan looks in the wrong place")
	}
}
