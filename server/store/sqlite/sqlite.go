// Package sqlite keeps the system of record in one SQLite database: one server, no other program beside it. It is a driver
// of package store.
//
// It promises that a change is on the disk, with its audit entry, before Change returns (WAL, synchronous=FULL), that a full
// disk changes nothing (store.ErrFull), and that its files are for their owner only. It never opens a database that a newer
// release wrote.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	driver "modernc.org/sqlite"

	"github.com/fieldgate/fieldgate/server/store"
)

// File is the name of the database in its directory. SQLite keeps others beside it, whose names begin with it.
const File = "fieldgate.db"

// readers is how many views run at a time. It is more than there are processors: a view may wait for whoever it is read to.
const readers = 16

// Options are what a Store takes from outside. The zero value is ready for use.
type Options struct {
	Now      func() time.Time // the clock; nil is time.Now
	NewID    func() string    // unique ids of rows; nil is UUIDs of version 7, which sort by time
	MaxPages int64            // of 4096 bytes that the database may grow to; 0: no other limit than the disk's
}

// Store is a store.Store in one SQLite database.
type Store struct {
	write, read *sql.DB // one connection, a pool
	now         func() time.Time
	newID       func() string

	closing sync.Mutex // guards closed, and calls against its Wait
	closed  bool
	calls   sync.WaitGroup
}

// ErrClosed is returned by calls on a store that was closed.
var ErrClosed = errors.New("the store is closed")

var _ store.Store = (*Store)(nil)

// Open opens the database in dir, or makes both, and brings its schema up to date. It refuses a directory that every user may
// write to. It returns store.ErrNewer for a database of a newer release, store.ErrFull when there is no room.
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	path, err := prepare(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{now: o.Now, newID: o.NewID}
	if s.now == nil {
		s.now = time.Now
	}
	if s.newID == nil {
		s.newID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	if err := s.open(ctx, path, o.MaxPages); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, translate(err)), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, path string, maxPages int64) (err error) {
	pages := url.Values{"_pragma": {"cache_size(-16384)"}} // in KiB; the default is 2 MB
	if maxPages > 0 {
		pages.Add("_pragma", "max_page_count("+strconv.FormatInt(maxPages, 10)+")")
	}
	if s.write, err = connect(path, 1, pages, url.Values{"_txlock": {"immediate"}, "_journal_mode": {"WAL"}}); err != nil {
		return err
	}
	if err = migrate(ctx, s.write); err != nil {
		return err
	}
	s.read, err = connect(path, max(readers, runtime.GOMAXPROCS(0)), url.Values{"_query_only": {"1"}})
	return err
}

// connect returns a pool of connections that all have the settings that the store's promises rest on.
func connect(path string, connections int, settings ...url.Values) (*sql.DB, error) {
	values := url.Values{
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"1"},
		"_busy_timeout": {"10000"},
		"_defensive":    {"1"},
		"_dqs":          {"0"},
		"_pragma":       {"temp_store(MEMORY)"},
	}
	for _, more := range settings {
		for name, vs := range more {
			values[name] = append(values[name], vs...)
		}
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: values.Encode()}
	connector, err := driver.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// prepare makes the directory and an empty database file, so that SQLite, which gives the files beside it the same mode, makes
// none that others may read. It returns the absolute path of the database.
func prepare(dir string) (string, error) {
	path, err := filepath.Abs(filepath.Join(dir, File))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", translateOS(err)
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o002 != 0 {
		return "", fmt.Errorf("%s: every user may write to this directory; take that away (chmod o-w), or name another", filepath.Dir(path))
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", translateOS(err)
	}
	return path, errors.Join(file.Chmod(0o600), file.Close())
}

// begin notes a call, which ends with the function that it returns.
func (s *Store) begin() (end func(), err error) {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	s.calls.Add(1)
	return s.calls.Done, nil
}

// Close ends the store once running calls have ended. It must not be called from one of them.
func (s *Store) Close() error {
	s.closing.Lock()
	s.closed = true
	s.closing.Unlock()
	s.calls.Wait()
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} { // the last to go moves what is in the WAL into the database
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// View runs f on everything that is committed at one sequence.
func (s *Store) View(ctx context.Context, f func(store.Reader) error) error {
	return s.snapshot(ctx, func(q queries) error {
		r := &reader{q}
		if _, err := r.Head(); err != nil { // the first read fixes what the others see
			return err
		}
		return f(r)
	})
}

// snapshot runs f in a transaction that only reads.
func (s *Store) snapshot(ctx context.Context, f func(queries) error) error {
	end, err := s.begin()
	if err != nil {
		return err
	}
	defer end()
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return translate(err)
	}
	defer func() { _ = tx.Rollback() }() // it has changed nothing
	return cancelled(ctx, f(in(ctx, tx)))
}

// Change runs f in a transaction that has the database's write lock from its beginning.
func (s *Store) Change(ctx context.Context, by store.Origin, f func(store.Writer) error) (store.Head, error) {
	var head store.Head
	err := s.transaction(ctx, func(q queries) error {
		w, err := newWriter(q, by, s)
		if err != nil {
			return err
		}
		if err := f(w); err != nil {
			return err
		}
		head = w.head
		return nil
	})
	if err != nil {
		return store.Head{}, err
	}
	return head, nil
}

// transaction runs f with the write lock and commits when it returns nil. A panic in f rolls back too.
func (s *Store) transaction(ctx context.Context, f func(queries) error) error {
	end, err := s.begin()
	if err != nil {
		return err
	}
	defer end()
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = tx.Rollback() }() // no-op after a commit
	q := in(ctx, tx)
	if err := f(q); err != nil {
		return cancelled(ctx, err)
	}
	if *q.failed != nil { // f let a failure pass
		return cancelled(ctx, *q.failed)
	}
	return translate(tx.Commit())
}
