package sqlite

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

// PutSession keeps a session, and forgets those that have expired.
func (s *Store) PutSession(ctx context.Context, session store.Session) error {
	return s.transaction(ctx, func(q queries) error {
		if _, err := q.exec(`DELETE FROM sessions WHERE expires <= ?`, s.now().UnixMicro()); err != nil {
			return err
		}
		n, err := q.exec(`INSERT INTO sessions (id, key, expires) SELECT ?, n, ? FROM keys WHERE id = ? AND revoked IS NULL`,
			session.ID[:], session.Expires.UnixMicro(), session.KeyID)
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		return naming(err, "key", session.KeyID)
	})
}

// Session returns a session that has not expired, and whose key has neither.
func (s *Store) Session(ctx context.Context, id store.Hash) (store.Session, error) {
	session := store.Session{ID: id}
	err := s.snapshot(ctx, func(q queries) error {
		now := s.now().UnixMicro()
		return q.row(`SELECT k.id, s.expires FROM sessions s JOIN keys k ON k.n = s.key
			WHERE s.id = ? AND s.expires > ? AND k.revoked IS NULL AND (k.expires IS NULL OR k.expires > ?)`, id[:], now, now).
			Scan(&session.KeyID, at{&session.Expires})
	})
	if err != nil {
		return store.Session{}, err
	}
	return session, nil
}

// DeleteSession forgets a session; one that is not there is no error.
func (s *Store) DeleteSession(ctx context.Context, id store.Hash) error {
	return s.transaction(ctx, func(q queries) error {
		_, err := q.exec(`DELETE FROM sessions WHERE id = ?`, id[:])
		return err
	})
}

// Used notes last uses. A time that is older than the one that is there changes nothing.
func (s *Store) Used(ctx context.Context, tokens, keys map[string]time.Time) error {
	if len(tokens)+len(keys) == 0 {
		return nil
	}
	return s.transaction(ctx, func(q queries) error {
		if err := q.used(`UPDATE tokens SET last_used = max(ifnull(last_used, ?1), ?1) WHERE id = ?2`, tokens); err != nil {
			return err
		}
		return q.used(`UPDATE keys SET last_used = max(ifnull(last_used, ?1), ?1) WHERE id = ?2`, keys)
	})
}

func (q queries) used(update string, times map[string]time.Time) error {
	for _, id := range slices.Sorted(maps.Keys(times)) {
		if _, err := q.exec(update, times[id].UnixMicro(), id); err != nil {
			return err
		}
	}
	return nil
}
