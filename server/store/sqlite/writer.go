package sqlite

import (
	"errors"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

// reader is a store.Reader in one transaction.
type reader struct{ queries }

// writer is a store.Writer in one transaction, which holds the write lock and with it the head of the chain.
type writer struct {
	reader
	by    store.Origin
	now   time.Time // of the whole change, as the store keeps it
	newID func() string
	head  store.Head
}

var (
	_ store.Reader = (*reader)(nil)
	_ store.Writer = (*writer)(nil)
)

func newWriter(q queries, by store.Origin, s *Store) (*writer, error) {
	now := s.now()
	w := &writer{reader: reader{q}, by: by, now: *micro(&now), newID: s.newID}
	head, err := w.Head()
	w.head = head
	return w, err
}

// Head returns the newest entry's sequence and hash.
func (r *reader) Head() (h store.Head, err error) {
	err = r.row(`SELECT sequence, hash FROM head`).Scan(&h.Sequence, &h.Hash)
	return h, err
}

// step runs one method of the writer: all of it or, when it returns a refusal, nothing. After any other error the whole change
// fails, whatever its caller does with the error: SQLite rolls a transaction back by itself when the disk is full, and what
// came after would be outside of it.
func (w *writer) step(f func() error) error {
	if *w.failed != nil {
		return *w.failed
	}
	before := w.head
	if _, err := w.exec(`SAVEPOINT step`); err != nil {
		return err
	}
	err := f()
	if *w.failed != nil {
		return *w.failed
	}
	if err != nil {
		w.head = before
		if _, undo := w.exec(`ROLLBACK TO step`); undo != nil {
			return undo
		}
	}
	_, release := w.exec(`RELEASE step`)
	return errors.Join(err, release)
}

// stepped is step for a method that returns a row, which it returns only when all was done.
func stepped[T any](w *writer, f func() (T, error)) (T, error) {
	var row, none T
	err := w.step(func() (err error) {
		row, err = f()
		return err
	})
	if err != nil {
		return none, err
	}
	return row, nil
}

// version is the sequence of the entry that is about to be appended.
func (w *writer) version() uint64 { return w.head.Sequence + 1 }

// id returns the id that a new row is to have.
func (w *writer) id(given string) string {
	if given != "" {
		return given
	}
	return w.newID()
}

// change is what an entry says.
type change struct {
	action        store.Action
	target        store.Target
	before, after any // rows, or nil
}

// append appends an entry and moves the head, which nobody else can have moved.
func (w *writer) append(c change) error {
	before, err := store.Record(c.before)
	if err != nil {
		return w.note(err)
	}
	after, err := store.Record(c.after)
	if err != nil {
		return w.note(err)
	}
	e, head := w.head.Append(store.Entry{
		Time: w.now, Actor: w.by.Actor, IP: w.by.IP, RequestID: w.by.RequestID,
		Action: c.action, Target: c.target, Before: before, After: after,
	})
	if err := w.insertEntry(e); err != nil {
		return w.note(err)
	}
	if err := w.one(`UPDATE head SET sequence = ?, hash = ? WHERE sequence = ? AND hash = ?`,
		head.Sequence, head.Hash, w.head.Sequence, w.head.Hash); err != nil {
		return err
	}
	w.head = head
	return nil
}

// compare returns store.ErrStale when the caller read another version than the row has.
func compare(read, has uint64) error {
	if read != 0 && read != has {
		return store.ErrStale
	}
	return nil
}
