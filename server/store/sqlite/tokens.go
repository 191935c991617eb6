package sqlite

import (
	"fmt"
	"slices"

	"github.com/fieldgate/fieldgate/server/store"
)

//nolint:gosec // SQL that names tokens, no token
const selectTokens = `SELECT t.n, l.name, t.id, l.id, t.name, t.hash, t.unrestricted, ifnull(m.id, ''), t.created, t.expires, t.revoked, t.last_used,
	(SELECT json_group_array(s.id) FROM token_scopes ts JOIN scopes s ON s.n = ts.scope WHERE ts.token = t.n)
	FROM tokens t JOIN layers l ON l.n = t.layer LEFT JOIN members m ON m.n = t.created_by`

// token is a row of tokens.
type token struct {
	n     int64
	layer string // name
	store.Token
}

func scanToken(row scanner) (t token, err error) {
	err = row.Scan(&t.n, &t.layer, &t.ID, &t.LayerID, &t.Name, digest{&t.Hash}, &t.Unrestricted, &t.CreatedBy,
		at{&t.Created}, moment{&t.Expires}, moment{&t.Revoked}, moment{&t.LastUsed}, parsed{&t.ScopeIDs})
	t.ScopeIDs = set(t.ScopeIDs)
	return t, err
}

func (q queries) token(where string, args ...any) (token, error) {
	return scanToken(q.row(selectTokens+where, args...))
}

// Token returns one token.
func (r *reader) Token(id string) (store.Token, error) {
	t, err := r.token(` WHERE t.id = ?`, id)
	return t.Token, naming(err, "token", id)
}

// Tokens returns a page of the tokens of one or every data layer, by id.
func (r *reader) Tokens(layerID string, p store.Page) ([]store.Token, error) {
	var where conditions
	where.add(layerID != "", `t.layer = (SELECT n FROM layers WHERE id = ?)`, layerID)
	where.add(p.After != "", `t.id > ?`, p.After)
	return list(r.queries, func(row scanner) (store.Token, error) {
		t, err := scanToken(row)
		return t.Token, err
	}, selectTokens+where.sql()+` ORDER BY t.id LIMIT ?`, append(where.args, limit(p.Limit))...)
}

// Generated returns what was generated with an idempotency key.
func (r *reader) Generated(memberID, idempotencyKey string) (t store.Token, request store.Hash, err error) {
	var n int64
	err = r.row(`SELECT token, request FROM generated WHERE member = ? AND key = ?`, memberID, idempotencyKey).Scan(&n, digest{&request})
	if err != nil {
		return t, request, naming(err, "idempotency key", idempotencyKey)
	}
	found, err := r.token(` WHERE t.n = ?`, n)
	return found.Token, request, err
}

func targetToken(t store.Token, layer string) store.Target {
	return store.Target{Kind: "token", ID: t.ID, Name: t.Name, DataLayer: layer}
}

// GenerateToken keeps a new token of a data layer, and the idempotency key that it was made with.
func (w *writer) GenerateToken(t store.Token, once store.Once) (store.Token, error) {
	return stepped(w, func() (store.Token, error) {
		l, err := w.layer(t.LayerID)
		if err != nil {
			return t, err
		}
		t.ID, t.Created, t.Expires, t.Revoked, t.LastUsed = w.id(t.ID), w.now, micro(t.Expires), nil, nil
		t.ScopeIDs = set(t.ScopeIDs)
		if t.Unrestricted && len(t.ScopeIDs) > 0 {
			return t, w.note(fmt.Errorf("token %q: an unrestricted token holds no scopes", t.Name))
		}
		n, err := w.insertToken(t, l)
		if err != nil {
			return t, err
		}
		if once.Key != "" {
			if _, err := w.exec(`INSERT INTO generated (member, key, request, token) VALUES (?, ?, ?, ?)`,
				t.CreatedBy, once.Key, once.Request[:], n); err != nil {
				return t, naming(err, "idempotency key", once.Key)
			}
		}
		return t, w.append(change{action: store.TokenGenerated, target: targetToken(t, l.Name), after: t})
	})
}

func (w *writer) insertToken(t store.Token, l layer) (int64, error) {
	var creator any
	if t.CreatedBy != "" {
		m, err := w.member(t.CreatedBy)
		if err != nil {
			return 0, err
		}
		creator = m.n
	}
	n, err := w.insert(`INSERT INTO tokens (id, layer, name, hash, unrestricted, created_by, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		t.ID, l.n, t.Name, t.Hash[:], t.Unrestricted, creator, instant(&t.Created), instant(t.Expires))
	if err != nil {
		return 0, naming(err, "token", t.ID)
	}
	for _, id := range t.ScopeIDs {
		added, err := w.exec(`INSERT INTO token_scopes (token, scope) SELECT ?, n FROM scopes WHERE id = ? AND layer = ? AND removed IS NULL`, n, id, l.n)
		if err == nil && added == 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return 0, naming(err, "scope", id)
		}
	}
	return n, nil
}

// RevokeToken revokes a token, once and for all (R6).
func (w *writer) RevokeToken(id string) error {
	return w.step(func() error {
		t, err := w.token(` WHERE t.id = ?`, id)
		if err != nil || t.Revoked != nil {
			return naming(err, "token", id)
		}
		return w.revokeToken(t)
	})
}

func (w *writer) revokeToken(was token) error {
	is := was.Token
	is.Revoked = &w.now
	if err := w.one(`UPDATE tokens SET revoked = ? WHERE n = ?`, instant(is.Revoked), was.n); err != nil {
		return err
	}
	return w.append(change{action: store.TokenRevoked, target: targetToken(is, was.layer), before: was.Token, after: is})
}

// revokeTokens revokes those of a data layer that are not. It holds one row at a time: there may be a million.
func (w *writer) revokeTokens(l layer) error {
	numbers, err := list(w.queries, func(row scanner) (n int64, err error) {
		err = row.Scan(&n)
		return n, err
	}, `SELECT n FROM tokens WHERE layer = ? AND revoked IS NULL`, l.n)
	if err != nil {
		return err
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		t, err := w.token(` WHERE t.n = ?`, n)
		if err == nil {
			err = w.revokeToken(t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
