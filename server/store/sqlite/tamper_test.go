package sqlite_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/store/sqlite"
)

// TestR20TamperingWithTheDatabaseIsFound is an administrator with a shell: SQL on the database file.
func TestR20TamperingWithTheDatabaseIsFound(t *testing.T) {
	const noTriggers = `DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted;`
	for name, c := range map[string]struct {
		sql   string
		found uint64 // the entry that is named
		known bool   // whether it takes a head that was noted elsewhere
	}{
		"actor":             {`UPDATE audit SET actor_name = 'eve' WHERE sequence = 3`, 3, false},
		"time":              {`UPDATE audit SET time = time + 1 WHERE sequence = 3`, 3, false},
		"row":               {`UPDATE audit SET after = replace(after, 'scope 2', 'scope 9') WHERE sequence = 3`, 3, false},
		"dropped":           {`DELETE FROM audit WHERE sequence = 3`, 3, false},
		"dropped, closed":   {`DELETE FROM audit WHERE sequence = 3; UPDATE audit SET sequence = sequence - 1 WHERE sequence > 3`, 3, false},
		"first dropped":     {`DELETE FROM audit WHERE sequence = 1`, 1, false},
		"swapped":           {`UPDATE audit SET sequence = 100 WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 4; UPDATE audit SET sequence = 4 WHERE sequence = 100`, 3, false},
		"last dropped":      {`DELETE FROM audit WHERE sequence = 6`, 6, false},
		"all dropped":       {`DELETE FROM audit`, 1, false},
		"head moved":        {`UPDATE head SET sequence = 5`, 5, false},
		"tail cut off":      {`DELETE FROM audit WHERE sequence > 4; UPDATE head SET (sequence, hash) = (SELECT sequence, hash FROM audit WHERE sequence = 4)`, 5, true},
		"begun anew":        {`DELETE FROM audit; UPDATE head SET sequence = 0, hash = '` + store.Beginning().Hash + `'`, 1, true},
		"back by one entry": {`DELETE FROM audit WHERE sequence > 5; UPDATE head SET (sequence, hash) = (SELECT sequence, hash FROM audit WHERE sequence = 5)`, 6, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, t.TempDir(), sqlite.Options{})
			l := shop(t, s)
			var noted store.Head
			for i := range 5 {
				noted = change(t, s, func(w store.Writer) error {
					_, err := w.CreateScope(store.Scope{LayerID: l.ID, Name: fmt.Sprintf("scope %d", i+1)})
					return err
				})
			}
			raw(t, s, noTriggers+c.sql)
			for _, known := range [][]store.Head{nil, {noted}} {
				err := s.View(t.Context(), func(r store.Reader) error { _, err := store.VerifyAll(r, known...); return err })
				var b *store.BrokenError
				switch found := errors.As(err, &b); {
				case found != (known != nil || !c.known):
					t.Errorf("with %v noted: %v", known, err)
				case found && b.Sequence != c.found:
					t.Errorf("with %v noted: %v, want entry %d", known, err, c.found)
				}
			}
		})
	}
}

// By accident it does not happen.
func TestR20EntriesAreNotChangedByMistake(t *testing.T) {
	s := open(t, t.TempDir(), sqlite.Options{})
	shop(t, s)
	for _, query := range []string{`UPDATE audit SET actor_name = 'eve'`, `DELETE FROM audit`} {
		if _, err := s.Raw(t.Context(), query); err == nil {
			t.Errorf("%s succeeded", query)
		}
	}
	verify(t, s)
}
