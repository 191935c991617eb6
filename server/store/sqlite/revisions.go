package sqlite

import (
	"fmt"
	"strconv"

	"github.com/fieldgate/fieldgate/server/store"
)

const selectRevisions = `SELECT l.id, r.number, r.digest, r.schema_digest, s.id, r.created
	FROM revisions r JOIN layers l ON l.n = r.layer JOIN syncs s ON s.n = r.sync`

func scanRevision(row scanner) (r store.Revision, err error) {
	err = row.Scan(&r.LayerID, &r.Number, &r.Digest, &r.SchemaDigest, &r.SyncID, at{&r.Created})
	return r, err
}

// Revisions returns a page of a data layer's revisions, newest first.
func (r *reader) Revisions(layerID string, p store.Page) ([]store.Revision, error) {
	var where conditions
	where.add(true, `r.layer = (SELECT n FROM layers WHERE id = ?)`, layerID)
	if p.After != "" {
		after, err := strconv.ParseUint(p.After, 10, 63)
		if err != nil {
			return nil, naming(store.ErrNotFound, "revision", p.After)
		}
		where.add(true, `r.number < ?`, after)
	}
	return list(r.queries, scanRevision, selectRevisions+where.sql()+` ORDER BY r.number DESC LIMIT ?`, append(where.args, limit(p.Limit))...)
}

// Bundle returns what a revision activated.
func (r *reader) Bundle(layerID string, number uint64) (bundle []byte, err error) {
	err = r.row(`SELECT bundle FROM bundles WHERE layer = (SELECT n FROM layers WHERE id = ?) AND number = ?`, layerID, number).Scan(&bundle)
	return bundle, naming(err, "bundle of revision", strconv.FormatUint(number, 10))
}

// newest is the number of a data layer's newest revision, 0 when there is none.
func (w *writer) newest(layer int64) (number uint64, err error) {
	err = w.row(`SELECT ifnull(max(number), 0) FROM revisions WHERE layer = ?`, layer).Scan(&number)
	return number, err
}

// activate keeps the revision of a sync, or confirms the newest one when there is no bundle. It returns its number.
func (w *writer) activate(s run, r store.Revision, bundle []byte, keep int) (uint64, error) {
	newest, err := w.newest(s.layerN)
	if err != nil {
		return 0, err
	}
	if bundle == nil {
		if newest == 0 {
			err = fmt.Errorf("%w: no revision to confirm", store.ErrNotFound)
		}
		return newest, err
	}
	if r.Number == 0 {
		r.Number = newest + 1
	}
	if r.Number <= newest {
		return 0, fmt.Errorf("%w: revision %d, and the newest is %d", store.ErrConflict, r.Number, newest)
	}
	return r.Number, w.insertRevision(s, r, bundle, keep)
}

func (w *writer) insertRevision(s run, r store.Revision, bundle []byte, keep int) error {
	if _, err := w.exec(`INSERT INTO revisions (layer, number, digest, schema_digest, sync, created) VALUES (?, ?, ?, ?, ?, ?)`,
		s.layerN, r.Number, r.Digest, r.SchemaDigest, s.n, instant(&w.now)); err != nil {
		return err
	}
	if _, err := w.exec(`INSERT INTO bundles (layer, number, bundle) VALUES (?, ?, ?)`, s.layerN, r.Number, bundle); err != nil {
		return err
	}
	if keep <= 0 {
		return nil
	}
	_, err := w.exec(`DELETE FROM bundles WHERE layer = ?1 AND number NOT IN
		(SELECT number FROM revisions WHERE layer = ?1 ORDER BY number DESC LIMIT ?2)`, s.layerN, keep)
	return err
}

// Pin pins a data layer to the schema of a revision, or unpins it.
func (w *writer) Pin(layerID string, number uint64) error {
	return w.step(func() error {
		l, err := w.layer(layerID)
		if err != nil || l.Pinned == number {
			return err
		}
		c := change{action: store.RevisionPinned, before: store.Pin{Revision: l.Pinned}, after: store.Pin{Revision: number}}
		target := number
		if number == 0 {
			c.action, target = store.RevisionUnpinned, l.Pinned
		} else if err := w.revision(l, number); err != nil {
			return err
		}
		c.target = store.Target{Kind: "revision", ID: strconv.FormatUint(target, 10), DataLayer: l.Name}
		if err := w.one(`UPDATE layers SET pinned = ?, version = ? WHERE n = ?`, number, w.version(), l.n); err != nil {
			return err
		}
		return w.append(c)
	})
}

// revision makes sure that one is there.
func (w *writer) revision(l layer, number uint64) error {
	var one int
	err := w.row(`SELECT 1 FROM revisions WHERE layer = ? AND number = ?`, l.n, number).Scan(&one)
	return naming(err, "revision", strconv.FormatUint(number, 10))
}
