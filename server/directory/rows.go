package directory

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/hashicorp/go-memdb"

	"github.com/fieldgate/fieldgate/server/store"
)

// The tables. Rows are pointers to the store's types and never change.
const (
	teamTable     = "team"
	memberTable   = "member"
	keyTable      = "key"
	layerTable    = "data_layer"
	scopeTable    = "scope"
	revisionTable = "revision"
)

// The indexes besides memdb's own "id", which every table has.
const (
	byID    = "id"
	byName  = "name"
	byHash  = "hash"
	byLayer = "layer"
)

var errRow = errors.New("a row of another type than its table's")

// rows are everything but the tokens. A change is swapped in at once: no reader sees half of it.
type rows struct {
	db *memdb.MemDB
	// layerIDs has the ids of data layers by name once more: each request asks, and a map answers in a tenth of the time.
	layerIDs atomic.Pointer[map[string]string]
}

func newRows() (*rows, error) {
	db, err := memdb.NewMemDB(schema())
	if err != nil {
		return nil, fmt.Errorf("tables of the directory: %w", err)
	}
	r := &rows{db: db}
	r.setNames(nil)
	return r, nil
}

func schema() *memdb.DBSchema {
	tables := map[string]*memdb.TableSchema{}
	add := func(name string, indexes ...*memdb.IndexSchema) {
		table := &memdb.TableSchema{Name: name, Indexes: map[string]*memdb.IndexSchema{}}
		for _, index := range indexes {
			table.Indexes[index.Name] = index
		}
		tables[name] = table
	}
	add(teamTable, unique(byID, func(t *store.Team) string { return t.ID }))
	add(memberTable, unique(byID, func(m *store.Member) string { return m.ID }),
		unique(byName, func(m *store.Member) string { return m.Name }))
	add(keyTable, unique(byID, func(k *store.Key) string { return k.ID }),
		unique(byHash, func(k *store.Key) string { return string(k.Hash[:]) }))
	add(layerTable, unique(byID, func(l *store.DataLayer) string { return l.ID }),
		unique(byName, func(l *store.DataLayer) string { return l.Name }))
	add(scopeTable, unique(byID, func(s *store.Scope) string { return s.ID }),
		unique(byLayer, func(s *store.Scope) string { return join(s.LayerID, s.Name) }))
	add(revisionTable, unique(byID, func(r *store.Revision) string { return join(r.LayerID, ordinal(r.Number)) }))
	return &memdb.DBSchema{Tables: tables}
}

// join makes a key that is in order of the first part, then of the second.
func join(first, second string) string { return first + "\x00" + second }

// ordinal is a number whose text is in order of its value.
func ordinal(number uint64) string { return fmt.Sprintf("%020d", number) }

func unique[T any](name string, key func(*T) string) *memdb.IndexSchema {
	return &memdb.IndexSchema{Name: name, Unique: true, Indexer: indexer[T](key)}
}

// indexer makes the key of a row without reflection.
type indexer[T any] func(*T) string

// FromObject implements memdb.SingleIndexer.
func (key indexer[T]) FromObject(row any) (bool, []byte, error) {
	r, ok := row.(*T)
	if !ok {
		return false, nil, fmt.Errorf("%w: %T", errRow, row)
	}
	return true, terminated(key(r)), nil
}

// FromArgs implements memdb.Indexer.
func (key indexer[T]) FromArgs(args ...any) ([]byte, error) {
	text, err := only(args)
	return terminated(text), err
}

// PrefixFromArgs implements memdb.PrefixIndexer.
func (key indexer[T]) PrefixFromArgs(args ...any) ([]byte, error) {
	text, err := only(args)
	return []byte(text), err
}

// terminated ends a key, so that none begins with another.
func terminated(key string) []byte { return append([]byte(key), 0) }

func only(args []any) (string, error) {
	if len(args) == 1 {
		if text, ok := args[0].(string); ok {
			return text, nil
		}
	}
	return "", fmt.Errorf("%w: index wants one text", errRow)
}

// first returns the row with a key.
func first[T any](r *rows, table, index, key string) (T, bool) {
	found, err := r.db.Txn(false).First(table, index, key)
	row, ok := found.(*T)
	if err != nil || !ok {
		var none T
		return none, false
	}
	return *row, true
}

// list returns the rows whose key begins with prefix, in order of the index.
func list[T any](r *rows, table, index, prefix string) []T {
	out := []T{}
	found, err := r.db.Txn(false).Get(table, index+"_prefix", prefix)
	if err != nil {
		return out
	}
	for next := found.Next(); next != nil; next = found.Next() {
		if row, ok := next.(*T); ok {
			out = append(out, *row)
		}
	}
	return out
}
