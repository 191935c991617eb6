package sqlite

import (
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

const selectSyncs = `SELECT s.n, l.n, l.name, s.id, l.id, s.reason, s.state, s.steps, s.error, s.revision, s.started, s.ended
	FROM syncs s JOIN layers l ON l.n = s.layer`

// run is a row of syncs.
type run struct {
	n      int64
	layerN int64
	layer  string // name
	store.Sync
}

func scanSync(row scanner) (s run, err error) {
	err = row.Scan(&s.n, &s.layerN, &s.layer, &s.ID, &s.LayerID, &s.Reason, &s.State, parsed{&s.Steps}, &s.Error, &s.Revision,
		at{&s.Started}, moment{&s.Ended})
	return s, err
}

func (q queries) sync(id string) (run, error) {
	s, err := scanSync(q.row(selectSyncs+` WHERE s.id = ?`, id))
	return s, naming(err, "sync", id)
}

// Sync returns one sync.
func (r *reader) Sync(id string) (store.Sync, error) {
	s, err := r.sync(id)
	return s.Sync, err
}

// Syncs returns a page of the syncs of one or every data layer, newest first.
func (r *reader) Syncs(layerID string, p store.Page) ([]store.Sync, error) {
	var where conditions
	where.add(layerID != "", `s.layer = (SELECT n FROM layers WHERE id = ?)`, layerID)
	where.add(p.After != "", `s.n < (SELECT n FROM syncs WHERE id = ?)`, p.After)
	return list(r.queries, func(row scanner) (store.Sync, error) {
		s, err := scanSync(row)
		return s.Sync, err
	}, selectSyncs+where.sql()+` ORDER BY s.n DESC LIMIT ?`, append(where.args, limit(p.Limit))...)
}

func targetSync(s store.Sync, layer string) store.Target {
	return store.Target{Kind: "sync", ID: s.ID, DataLayer: layer}
}

// StartSync begins a sync of a data layer in place of the one that is running.
func (w *writer) StartSync(s store.Sync) (store.Sync, error) {
	return stepped(w, func() (store.Sync, error) {
		l, err := w.layer(s.LayerID)
		if err != nil {
			return s, err
		}
		if err := w.supersede(l); err != nil {
			return s, err
		}
		s = store.Sync{ID: w.id(s.ID), LayerID: l.ID, Reason: s.Reason, State: store.SyncRunning, Steps: kept(s.Steps), Started: w.now}
		steps, err := document(s.Steps)
		if err != nil {
			return s, w.note(err)
		}
		if _, err := w.insert(`INSERT INTO syncs (id, layer, reason, state, steps, error, revision, started) VALUES (?, ?, ?, ?, ?, '', 0, ?)`,
			s.ID, l.n, s.Reason, s.State, steps, instant(&s.Started)); err != nil {
			return s, naming(err, "sync", s.ID)
		}
		return s, w.append(change{action: store.SyncStarted, target: targetSync(s, l.Name), after: s})
	})
}

// supersede ends the sync of a data layer that is running, if one is.
func (w *writer) supersede(l layer) error {
	_, err := w.exec(`UPDATE syncs SET state = ?, ended = ? WHERE layer = ? AND state = ?`,
		store.SyncSuperseded, instant(&w.now), l.n, store.SyncRunning)
	return err
}

// kept are steps with times as they are kept.
func kept(steps []store.Step) []store.Step {
	steps = listed(steps)
	for i := range steps {
		steps[i].Started = steps[i].Started.UTC().Truncate(time.Microsecond)
		steps[i].Ended = steps[i].Ended.UTC().Truncate(time.Microsecond)
	}
	return steps
}

// running returns a sync that is, or store.ErrStale.
func (w *writer) running(id string) (run, error) {
	s, err := w.sync(id)
	if err == nil && s.State != store.SyncRunning {
		err = naming(store.ErrStale, "sync", id)
	}
	return s, err
}

// StepSync notes steps.
func (w *writer) StepSync(id string, steps []store.Step) error {
	return w.step(func() error {
		s, err := w.running(id)
		if err != nil {
			return err
		}
		s.Steps = kept(steps)
		return w.writeSync(s)
	})
}

func (w *writer) writeSync(s run) error {
	steps, err := document(s.Steps)
	if err != nil {
		return w.note(err)
	}
	return w.one(`UPDATE syncs SET state = ?, steps = ?, error = ?, revision = ?, ended = ? WHERE n = ?`,
		s.State, steps, s.Error, s.Revision, instant(s.Ended), s.n)
}

// FailSync ends a sync that is running with its error.
func (w *writer) FailSync(s store.Sync) (store.Sync, error) {
	return stepped(w, func() (store.Sync, error) {
		was, err := w.running(s.ID)
		if err != nil {
			return s, err
		}
		is := was
		is.State, is.Steps, is.Error, is.Ended = store.SyncFailed, kept(s.Steps), s.Error, &w.now
		return is.Sync, w.ended(was, is, store.SyncFailedDone)
	})
}

func (w *writer) ended(was, is run, action store.Action) error {
	if err := w.writeSync(is); err != nil {
		return err
	}
	return w.append(change{action: action, target: targetSync(is.Sync, is.layer), before: was.Sync, after: is.Sync})
}

// SucceedSync ends a sync that is running with a revision.
func (w *writer) SucceedSync(s store.Sync, r store.Revision, bundle []byte, keep int) (store.Sync, error) {
	return stepped(w, func() (store.Sync, error) {
		was, err := w.running(s.ID)
		if err != nil {
			return s, err
		}
		is := was
		is.State, is.Steps, is.Ended = store.SyncSucceeded, kept(s.Steps), &w.now
		if is.Revision, err = w.activate(was, r, bundle, keep); err != nil {
			return s, err
		}
		return is.Sync, w.ended(was, is, store.SyncSucceededDone)
	})
}
