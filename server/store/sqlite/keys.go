package sqlite

import (
	"slices"

	"github.com/fieldgate/fieldgate/server/store"
)

const selectKeys = `SELECT k.n, k.id, m.id, k.name, k.hash, k.permissions, k.created, k.expires, k.revoked, k.last_used
	FROM keys k JOIN members m ON m.n = k.member`

// key is a row of keys.
type key struct {
	n int64
	store.Key
}

func scanKey(row scanner) (k key, err error) {
	err = row.Scan(&k.n, &k.ID, &k.MemberID, &k.Name, digest{&k.Hash}, parsed{&k.Permissions},
		at{&k.Created}, moment{&k.Expires}, moment{&k.Revoked}, moment{&k.LastUsed})
	return k, err
}

// Keys returns the keys of one or every member, by creation.
func (r *reader) Keys(memberID string) ([]store.Key, error) {
	var where conditions
	where.add(memberID != "", `m.id = ?`, memberID)
	return list(r.queries, func(row scanner) (store.Key, error) {
		k, err := scanKey(row)
		return k.Key, err
	}, selectKeys+where.sql()+` ORDER BY k.n`, where.args...)
}

func targetKey(k store.Key) store.Target { return store.Target{Kind: "key", ID: k.ID, Name: k.Name} }

// GenerateKey keeps a new key of a member.
func (w *writer) GenerateKey(k store.Key) (store.Key, error) {
	return stepped(w, func() (store.Key, error) {
		m, err := w.member(k.MemberID)
		if err != nil {
			return k, err
		}
		k.ID, k.Created, k.Expires, k.Revoked, k.LastUsed = w.id(k.ID), w.now, micro(k.Expires), nil, nil
		k.Permissions = set(k.Permissions)
		permissions, err := document(k.Permissions)
		if err != nil {
			return k, w.note(err)
		}
		if _, err := w.insert(`INSERT INTO keys (id, member, name, hash, permissions, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			k.ID, m.n, k.Name, k.Hash[:], permissions, instant(&k.Created), instant(k.Expires)); err != nil {
			return k, naming(err, "key", k.ID)
		}
		return k, w.append(change{action: store.KeyGenerated, target: targetKey(k), after: k})
	})
}

// set returns the values sorted and each once; nil when there is none.
func set[T ~string](values []T) []T {
	if len(values) == 0 {
		return nil
	}
	values = slices.Clone(values)
	slices.Sort(values)
	return slices.Compact(values)
}

// RevokeKey revokes a key, once.
func (w *writer) RevokeKey(id string) error {
	return w.step(func() error {
		k, err := scanKey(w.row(selectKeys+` WHERE k.id = ?`, id))
		if err != nil || k.Revoked != nil {
			return naming(err, "key", id)
		}
		return w.revokeKey(k)
	})
}

// revokeKey ends the sessions of the key too.
func (w *writer) revokeKey(was key) error {
	is := was.Key
	is.Revoked = &w.now
	if err := w.one(`UPDATE keys SET revoked = ? WHERE n = ?`, instant(is.Revoked), was.n); err != nil {
		return err
	}
	if _, err := w.exec(`DELETE FROM sessions WHERE key = ?`, was.n); err != nil {
		return err
	}
	return w.append(change{action: store.KeyRevoked, target: targetKey(is), before: was.Key, after: is})
}
