package sqlite_test

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/store/sqlite"
)

// BenchmarkChange measures changes that wait for the disk, beside SQLite's own commits of one row on the same disk, which are the
// most that a store on it can do.
func BenchmarkChange(b *testing.B) {
	b.Run("bare commit", func(b *testing.B) {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
		if err != nil {
			b.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		defer func() { _ = db.Close() }()
		if _, err := db.ExecContext(b.Context(), `CREATE TABLE rows (n INTEGER PRIMARY KEY, row TEXT)`); err != nil {
			b.Fatal(err)
		}
		b.ResetTimer()
		for i := range b.N {
			if _, err := db.ExecContext(b.Context(), `INSERT INTO rows (row) VALUES (?)`, strconv.Itoa(i)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	})
	for name, one := range map[string]func(store.Writer, store.Scope, int) error{
		"generate token": func(w store.Writer, s store.Scope, i int) error {
			_, err := w.GenerateToken(store.Token{LayerID: s.LayerID, Name: "t", Hash: sha256.Sum256(strconv.AppendInt(nil, int64(i), 10)), ScopeIDs: []string{s.ID}}, store.Once{})
			return err
		},
		"update scope": func(w store.Writer, s store.Scope, i int) error {
			s.Version, s.Entries = 0, []string{strconv.Itoa(i)}
			_, err := w.UpdateScope(s)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			s := open(b, b.TempDir(), sqlite.Options{})
			l := shop(b, s)
			var scope store.Scope
			change(b, s, func(w store.Writer) (err error) {
				scope, err = w.CreateScope(store.Scope{LayerID: l.ID, Name: "finance"})
				return err
			})
			i := 0
			b.ResetTimer()
			for range b.N {
				i++
				change(b, s, func(w store.Writer) error { return one(w, scope, i) })
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
		})
	}
}

// crowd returns a store with n tokens, each with two of ten scopes.
func crowd(b *testing.B, n int) *sqlite.Store {
	b.Helper()
	s := open(b, b.TempDir(), sqlite.Options{})
	l := shop(b, s)
	change(b, s, func(w store.Writer) error {
		for i := range 10 {
			if _, err := w.CreateScope(store.Scope{LayerID: l.ID, Name: fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	raw(b, s, `INSERT INTO tokens (id, layer, name, hash, unrestricted, created, expires)
		WITH RECURSIVE up (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM up WHERE i < ?)
		SELECT printf('01a21383-0761-7806-b9e7-%012x', i), 1, 'token ' || i, CAST(printf('%032x', i) AS BLOB), 0, 1790000000000000 + i, 1890000000000000 FROM up`, n)
	raw(b, s, `INSERT INTO token_scopes SELECT n, 1 + n % 10 FROM tokens UNION ALL SELECT n, 1 + (n + 1) % 10 FROM tokens`)
	return s
}

// BenchmarkAllTokens reads a million tokens, as a server does when it starts.
func BenchmarkAllTokens(b *testing.B) {
	const n = 1_000_000
	s := crowd(b, n)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		count := 0
		err := s.View(b.Context(), func(r store.Reader) error {
			for t, err := range r.AllTokens() {
				if err != nil {
					return err
				}
				if len(t.ScopeIDs) == 2 {
					count++
				}
			}
			return nil
		})
		if err != nil || count != n {
			b.Fatal(count, err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
}

// BenchmarkVerify reads and hashes a chain of 20,000 entries.
func BenchmarkVerify(b *testing.B) {
	s := open(b, b.TempDir(), sqlite.Options{Now: func() time.Time { return time.Unix(1790000000, 0) }})
	l := shop(b, s)
	const n = 20_000
	change(b, s, func(w store.Writer) error {
		for i := range n {
			if _, err := w.CreateScope(store.Scope{LayerID: l.ID, Name: fmt.Sprint(i), Entries: []string{"ShopifyProduct.cost", "ShopifyOrder"}}); err != nil {
				return err
			}
		}
		return nil
	})
	b.ResetTimer()
	for range b.N {
		if err := s.View(b.Context(), func(r store.Reader) error { _, err := store.VerifyAll(r); return err }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
