package sqlite

import (
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

// AllTokens yields every token as it was generated. Scopes, members and data layers are named from memory, and each set of
// scopes is made once, so that a start with a million tokens does not wait. ScopeIDs are shared between tokens.
func (r *reader) AllTokens() iter.Seq2[store.Token, error] {
	return func(yield func(store.Token, error) bool) {
		more := true
		err := r.allTokens(func(t store.Token) bool {
			more = yield(t, nil)
			return more
		})
		if err != nil && more {
			yield(store.Token{}, err)
		}
	}
}

//nolint:gosec // SQL that names tokens, no token
const selectAllTokens = `SELECT layer, id, name, hash, unrestricted, created_by, created, expires, revoked, last_used,
	(SELECT group_concat(scope) FROM token_scopes WHERE token = n) FROM tokens ORDER BY n`

func (r *reader) allTokens(yield func(store.Token) bool) error {
	ids, err := r.ids()
	if err != nil {
		return err
	}
	into := new(bareToken)
	columns := into.columns()
	return r.each(func(row scanner) (bool, error) {
		if err := row.Scan(columns...); err != nil {
			return false, err
		}
		t, err := ids.token(into)
		return err == nil && yield(t), err
	}, selectAllTokens)
}

// bareToken is one row as the driver hands it out: scanning into any does without reflection and conversions, of which a
// million rows have a few seconds.
type bareToken struct {
	hash sql.RawBytes
	layer, id, name, unrestricted, creator,
	created, expires, revoked, lastUsed, scopes any
}

func (b *bareToken) columns() []any {
	return []any{&b.layer, &b.id, &b.name, &b.hash, &b.unrestricted, &b.creator, &b.created, &b.expires, &b.revoked, &b.lastUsed, &b.scopes}
}

// names are the ids of rows by their numbers.
type names struct {
	layers, members, scopes map[int64]string
	sets                    map[string][]string // ids, sorted, by the numbers of scopes as text
}

func (r *reader) ids() (n names, err error) {
	n.sets = map[string][]string{}
	if n.layers, err = r.idsOf(`SELECT n, id FROM layers`); err != nil {
		return n, err
	}
	if n.members, err = r.idsOf(`SELECT n, id FROM members`); err != nil {
		return n, err
	}
	n.scopes, err = r.idsOf(`SELECT n, id FROM scopes`)
	return n, err
}

func (r *reader) idsOf(query string) (map[int64]string, error) {
	ids := map[int64]string{}
	err := r.each(func(row scanner) (bool, error) {
		var n int64
		var id string
		err := row.Scan(&n, &id)
		ids[n] = id
		return true, err
	}, query)
	return ids, err
}

// token names what the row refers to by number. The columns' types are the schema's, which is strict.
func (ids *names) token(b *bareToken) (t store.Token, err error) {
	layer, _ := b.layer.(int64)
	creator, _ := b.creator.(int64) // 0 numbers no row
	unrestricted, _ := b.unrestricted.(int64)
	t = store.Token{LayerID: ids.layers[layer], CreatedBy: ids.members[creator], Unrestricted: unrestricted == 1}
	t.ID, _ = b.id.(string)
	t.Name, _ = b.name.(string)
	if len(b.hash) != len(t.Hash) || t.LayerID == "" {
		return t, fmt.Errorf("token %q is not as it was written", t.ID)
	}
	copy(t.Hash[:], b.hash)
	created, _ := b.created.(int64)
	t.Created = time.UnixMicro(created).UTC()
	t.Expires, t.Revoked, t.LastUsed = optional(b.expires), optional(b.revoked), optional(b.lastUsed)
	numbers, _ := b.scopes.(string)
	t.ScopeIDs, err = ids.set(numbers)
	return t, err
}

func optional(kept any) *time.Time {
	micros, ok := kept.(int64)
	if !ok {
		return nil
	}
	t := time.UnixMicro(micros).UTC()
	return &t
}

// set returns the ids of scopes by their numbers, as in "3,17"; nil for "".
func (ids *names) set(numbers string) ([]string, error) {
	if set, ok := ids.sets[numbers]; ok || numbers == "" {
		return set, nil
	}
	var set []string
	for number := range strings.SplitSeq(numbers, ",") {
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, err
		}
		set = append(set, ids.scopes[n])
	}
	slices.Sort(set)
	ids.sets[strings.Clone(numbers)] = set
	return set, nil
}
