package sqlite

import (
	"slices"

	"github.com/fieldgate/fieldgate/server/store"
)

const selectScopes = `SELECT s.n, l.name, s.id, l.id, s.name, s.description, s.entries, s.file, s.version, s.created, s.updated
	FROM scopes s JOIN layers l ON l.n = s.layer WHERE s.removed IS NULL AND l.removed IS NULL`

// scope is a row of scopes.
type scope struct {
	n     int64
	layer string // name
	store.Scope
}

func scanScope(row scanner) (s scope, err error) {
	err = row.Scan(&s.n, &s.layer, &s.ID, &s.LayerID, &s.Name, &s.Description, parsed{&s.Entries}, &s.File, &s.Version,
		at{&s.Created}, at{&s.Updated})
	return s, err
}

// scope returns one that is there.
func (q queries) scope(id string) (scope, error) {
	s, err := scanScope(q.row(selectScopes+` AND s.id = ?`, id))
	return s, naming(err, "scope", id)
}

// Scopes returns those of one or every data layer, by name.
func (r *reader) Scopes(layerID string) ([]store.Scope, error) {
	query, args := selectScopes, []any(nil)
	if layerID != "" {
		query, args = query+` AND l.id = ?`, []any{layerID}
	}
	return list(r.queries, func(row scanner) (store.Scope, error) {
		s, err := scanScope(row)
		return s.Scope, err
	}, query+` ORDER BY s.name, l.name`, args...)
}

func targetScope(s store.Scope, layer string) store.Target {
	return store.Target{Kind: "scope", ID: s.ID, Name: s.Name, DataLayer: layer}
}

// CreateScope makes a scope of a data layer.
func (w *writer) CreateScope(s store.Scope) (store.Scope, error) {
	return stepped(w, func() (store.Scope, error) {
		l, err := w.layer(s.LayerID)
		if err != nil {
			return s, err
		}
		s.ID, s.Version, s.Created, s.Updated = w.id(s.ID), w.version(), w.now, w.now
		s.Entries = listed(s.Entries)
		entries, err := document(s.Entries)
		if err != nil {
			return s, w.note(err)
		}
		if _, err := w.insert(`INSERT INTO scopes (id, layer, name, description, entries, file, version, created, updated)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			s.ID, l.n, s.Name, s.Description, entries, s.File, s.Version, instant(&s.Created), instant(&s.Updated)); err != nil {
			return s, naming(err, "scope", s.Name)
		}
		return s, w.append(change{action: store.ScopeCreated, target: targetScope(s, l.Name), after: s})
	})
}

// listed returns a copy, which is nil when there is nothing in it.
func listed[T any](values []T) []T {
	if len(values) == 0 {
		return nil
	}
	return slices.Clone(values)
}

// UpdateScope sets name, description, entries and owning file.
func (w *writer) UpdateScope(s store.Scope) (store.Scope, error) {
	return stepped(w, func() (store.Scope, error) {
		was, err := w.scope(s.ID)
		if err == nil {
			err = compare(s.Version, was.Version)
		}
		if err != nil {
			return s, err
		}
		is := was.Scope
		is.Name, is.Description, is.Entries, is.File = s.Name, s.Description, listed(s.Entries), s.File
		is.Version, is.Updated = w.version(), w.now
		entries, err := document(is.Entries)
		if err != nil {
			return s, w.note(err)
		}
		if err := w.one(`UPDATE scopes SET name = ?, description = ?, entries = ?, file = ?, version = ?, updated = ? WHERE n = ?`,
			is.Name, is.Description, entries, is.File, is.Version, instant(&is.Updated), was.n); err != nil {
			return s, naming(err, "scope", s.Name)
		}
		return is, w.append(change{action: store.ScopeUpdated, target: targetScope(is, was.layer), before: was.Scope, after: is})
	})
}

// DeleteScope takes a scope off every token (R4) and removes it. Its id is never used again (R5).
func (w *writer) DeleteScope(id string, version uint64) error {
	return w.step(func() error {
		s, err := w.scope(id)
		if err == nil {
			err = compare(version, s.Version)
		}
		if err != nil {
			return err
		}
		if _, err := w.exec(`DELETE FROM token_scopes WHERE scope = ?`, s.n); err != nil {
			return err
		}
		if err := w.one(`UPDATE scopes SET removed = ?, version = ? WHERE n = ?`, instant(&w.now), w.version(), s.n); err != nil {
			return err
		}
		return w.append(change{action: store.ScopeDeleted, target: targetScope(s.Scope, s.layer), before: s.Scope})
	})
}
