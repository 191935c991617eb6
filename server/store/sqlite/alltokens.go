package sqlite

import (
	"database/sql"
	"iter"
	"slices"

	"github.com/fieldgate/fieldgate/server/store"
)

// AllTokens yields every token as it was generated. It walks through tokens and their scopes side by side, both in the order
// of the tables, and names layers, members and scopes from memory, so that a start with a million tokens does not wait.
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

func (r *reader) allTokens(yield func(store.Token) bool) error {
	ids, err := r.ids()
	if err != nil {
		return err
	}
	next, stop := iter.Pull2(stream(r.queries, scanPair, `SELECT token, scope FROM token_scopes ORDER BY token, scope`))
	defer stop()
	scopes := &pairs{pull: next}
	if err := scopes.next(); err != nil {
		return err
	}
	return r.each(func(row scanner) (bool, error) {
		n, t, err := ids.scan(row)
		if err == nil {
			t.ScopeIDs, err = scopes.of(n, ids.scopes)
		}
		return err == nil && yield(t), err
	}, `SELECT n, layer, id, name, hash, unrestricted, created_by, created, expires, revoked, last_used FROM tokens ORDER BY n`)
}

// names are the ids of rows by their numbers.
type names struct{ layers, members, scopes map[int64]string }

func (r *reader) ids() (n names, err error) {
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

func (ids names) scan(row scanner) (n int64, t store.Token, err error) {
	var layer int64
	var creator sql.NullInt64
	err = row.Scan(&n, &layer, &t.ID, &t.Name, digest{&t.Hash}, &t.Unrestricted, &creator,
		at{&t.Created}, moment{&t.Expires}, moment{&t.Revoked}, moment{&t.LastUsed})
	t.LayerID, t.CreatedBy = ids.layers[layer], ids.members[creator.Int64] // 0 numbers no row
	return n, t, err
}

// pair is a row of token_scopes.
type pair struct{ token, scope int64 }

func scanPair(row scanner) (p pair, err error) {
	err = row.Scan(&p.token, &p.scope)
	return p, err
}

// pairs walks through token_scopes.
type pairs struct {
	pull    func() (pair, error, bool)
	current pair
	more    bool
}

func (p *pairs) next() (err error) {
	p.current, err, p.more = p.pull()
	return err
}

// of returns the ids of a token's scopes, sorted, and moves on. Tokens have to be asked for in order.
func (p *pairs) of(token int64, scopes map[int64]string) ([]string, error) {
	var ids []string
	for p.more && p.current.token <= token {
		if p.current.token == token {
			ids = append(ids, scopes[p.current.scope])
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	slices.Sort(ids)
	return ids, nil
}
