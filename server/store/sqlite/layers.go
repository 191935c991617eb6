package sqlite

import (
	"github.com/fieldgate/fieldgate/server/store"
)

const layerColumns = `n, id, name, definition, file, ifnull(schema_digest, ''), schema_file, lock_digest, pinned, version, created, removed`

// layer is a row of layers.
type layer struct {
	n int64
	store.DataLayer
}

func scanLayer(row scanner) (l layer, err error) {
	err = row.Scan(&l.n, &l.ID, &l.Name, &l.Definition, &l.File, &l.SchemaDigest, &l.SchemaFile, &l.LockDigest, &l.Pinned, &l.Version,
		at{&l.Created}, moment{&l.Removed})
	return l, err
}

// layer returns one that is there.
func (q queries) layer(id string) (layer, error) {
	l, err := scanLayer(q.row(`SELECT `+layerColumns+` FROM layers WHERE id = ? AND removed IS NULL`, id))
	return l, naming(err, "data layer", id)
}

// Layers returns those that are there, by name.
func (r *reader) Layers() ([]store.DataLayer, error) {
	return list(r.queries, func(row scanner) (store.DataLayer, error) {
		l, err := scanLayer(row)
		return l.DataLayer, err
	}, `SELECT `+layerColumns+` FROM layers WHERE removed IS NULL ORDER BY name`)
}

// Schema returns the text of a schema.
func (r *reader) Schema(digest string) (text string, err error) { return r.schemaText(digest) }

func (q queries) schemaText(digest string) (text string, err error) {
	err = q.row(`SELECT text FROM schemas WHERE digest = ?`, digest).Scan(&text)
	return text, naming(err, "schema", digest)
}

// PutSchema keeps the text of a schema.
func (w *writer) PutSchema(digest, text string) error {
	return w.step(func() error {
		_, err := w.exec(`INSERT INTO schemas (digest, text) VALUES (?, ?) ON CONFLICT DO NOTHING`, digest, text)
		return err
	})
}

// schemaOf makes sure that the layer's schema and lock are there, and returns the schema's digest as it is kept.
func (w *writer) schemaOf(l store.DataLayer) (any, error) {
	if l.LockDigest != "" {
		if _, err := w.queries.schemaText(l.LockDigest); err != nil {
			return nil, err
		}
	}
	if l.SchemaDigest == "" {
		return nil, nil
	}
	var one int
	err := w.row(`SELECT 1 FROM schemas WHERE digest = ?`, l.SchemaDigest).Scan(&one)
	return l.SchemaDigest, naming(err, "schema", l.SchemaDigest)
}

func targetLayer(l store.DataLayer) store.Target {
	return store.Target{Kind: "data_layer", ID: l.ID, Name: l.Name, DataLayer: l.Name}
}

// CreateLayer makes a data layer, which is not pinned.
func (w *writer) CreateLayer(l store.DataLayer) (store.DataLayer, error) {
	return stepped(w, func() (store.DataLayer, error) {
		schema, err := w.schemaOf(l)
		if err != nil {
			return l, err
		}
		l.ID, l.Pinned, l.Version, l.Created, l.Removed = w.id(l.ID), 0, w.version(), w.now, nil
		if _, err := w.insert(`INSERT INTO layers (id, name, definition, file, schema_digest, schema_file, lock_digest, version, created)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			l.ID, l.Name, l.Definition, l.File, schema, l.SchemaFile, l.LockDigest, l.Version, instant(&l.Created)); err != nil {
			return l, naming(err, "data layer", l.Name)
		}
		return l, w.append(change{action: store.LayerCreated, target: targetLayer(l), after: l})
	})
}

// UpdateLayer sets definition, owning file and schema.
func (w *writer) UpdateLayer(l store.DataLayer) (store.DataLayer, error) {
	return stepped(w, func() (store.DataLayer, error) {
		was, err := w.layer(l.ID)
		if err == nil {
			err = compare(l.Version, was.Version)
		}
		if err != nil {
			return l, err
		}
		schema, err := w.schemaOf(l)
		if err != nil {
			return l, err
		}
		is := was.DataLayer
		is.Definition, is.File, is.SchemaDigest, is.SchemaFile = l.Definition, l.File, l.SchemaDigest, l.SchemaFile
		is.LockDigest, is.Version = l.LockDigest, w.version()
		if err := w.one(`UPDATE layers SET definition = ?, file = ?, schema_digest = ?, schema_file = ?, lock_digest = ?, version = ? WHERE n = ?`,
			is.Definition, is.File, schema, is.SchemaFile, is.LockDigest, is.Version, was.n); err != nil {
			return l, err
		}
		return is, w.append(change{action: store.LayerUpdated, target: targetLayer(is), before: was.DataLayer, after: is})
	})
}

// DeleteLayer revokes a data layer's tokens, ends its sync and removes it.
func (w *writer) DeleteLayer(id string, version uint64) error {
	return w.step(func() error {
		l, err := w.layer(id)
		if err == nil {
			err = compare(version, l.Version)
		}
		if err != nil {
			return err
		}
		if err := w.revokeTokens(l); err != nil {
			return err
		}
		if err := w.supersede(l); err != nil {
			return err
		}
		is := l.DataLayer
		is.Removed, is.Version = &w.now, w.version()
		if err := w.one(`UPDATE layers SET removed = ?, version = ? WHERE n = ?`, instant(is.Removed), is.Version, l.n); err != nil {
			return err
		}
		return w.append(change{action: store.LayerDeleted, target: targetLayer(is), before: l.DataLayer, after: is})
	})
}
