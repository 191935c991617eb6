package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

// queries runs SQL in one transaction.
type queries struct {
	ctx    context.Context // a transaction lives in one call, whose context it is
	tx     *sql.Tx
	failed *error // the first error after which the transaction must not go on; SQLite may have rolled it back by itself
}

func in(ctx context.Context, tx *sql.Tx) queries {
	return queries{ctx: ctx, tx: tx, failed: new(error)}
}

// note translates an error, and remembers it when it is a failure.
func (q queries) note(err error) error {
	err = translate(err)
	if err != nil && !refusal(err) && *q.failed == nil {
		*q.failed = err
	}
	return err
}

// scanner is a row to read.
type scanner interface{ Scan(into ...any) error }

// exec returns how many rows it changed.
func (q queries) exec(query string, args ...any) (int64, error) {
	result, err := q.tx.ExecContext(q.ctx, query, args...)
	if err != nil {
		return 0, q.note(err)
	}
	return result.RowsAffected()
}

// insert returns the number of the row that it made.
func (q queries) insert(query string, args ...any) (int64, error) {
	result, err := q.tx.ExecContext(q.ctx, query, args...)
	if err != nil {
		return 0, q.note(err)
	}
	return result.LastInsertId()
}

// one makes sure that exactly one row was changed.
func (q queries) one(query string, args ...any) error {
	n, err := q.exec(query, args...)
	if err == nil && n != 1 {
		err = q.note(fmt.Errorf("%d rows were changed instead of one", n))
	}
	return err
}

// row reads one row into what is handed in, or returns store.ErrNotFound.
func (q queries) row(query string, args ...any) scanner {
	return noted{q, q.tx.QueryRowContext(q.ctx, query, args...)}
}

type noted struct {
	queries
	one *sql.Row
}

// Scan implements scanner.
func (n noted) Scan(into ...any) error { return n.note(n.one.Scan(into...)) }

// each reads the rows of a query one by one, until next returns false or an error.
func (q queries) each(next func(scanner) (bool, error), query string, args ...any) error {
	rows, err := q.tx.QueryContext(q.ctx, query, args...)
	if err != nil {
		return q.note(err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has its error
	for rows.Next() {
		if more, err := next(rows); err != nil || !more {
			return q.note(err)
		}
	}
	return q.note(rows.Err())
}

// list reads the rows of a query; without rows it is nil.
func list[T any](q queries, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := q.each(func(row scanner) (bool, error) {
		one, err := scan(row)
		all = append(all, one)
		return true, err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return all, nil
}

// limit is a page's limit as SQLite has it: -1 is none.
func limit(n int) int {
	if n <= 0 {
		return -1
	}
	return n
}

// instant is how a time is kept: microseconds since 1970, or NULL for nil.
func instant(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

// moment is the time that was kept, in UTC, or nil for NULL.
type moment struct{ into **time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*m.into = nil
	case int64:
		t := time.UnixMicro(v).UTC()
		*m.into = &t
	default:
		return fmt.Errorf("a time is kept as %T", value)
	}
	return nil
}

// at scans a time that is never NULL.
type at struct{ into *time.Time }

// Scan implements sql.Scanner.
func (a at) Scan(value any) error {
	v, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a time is kept as %T", value)
	}
	*a.into = time.UnixMicro(v).UTC()
	return nil
}

// micro is t as the store keeps it, so that a row that was just written is the row that is read later.
func micro(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	kept := time.UnixMicro(t.UnixMicro()).UTC()
	return &kept
}

// digest scans a hash.
type digest struct{ into *store.Hash }

// Scan implements sql.Scanner.
func (d digest) Scan(value any) error {
	b, ok := value.([]byte)
	if !ok || len(b) != len(d.into) {
		return fmt.Errorf("a hash is kept as %T of another length", value)
	}
	copy(d.into[:], b)
	return nil
}

// document is a value that is kept as JSON.
func document(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// parsed scans a value that is kept as JSON.
type parsed struct{ into any }

// Scan implements sql.Scanner.
func (p parsed) Scan(value any) error {
	s, ok := value.(string)
	if !ok {
		return fmt.Errorf("JSON is kept as %T", value)
	}
	return json.Unmarshal([]byte(s), p.into)
}
