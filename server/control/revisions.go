package control

import (
	"context"
	"fmt"
	"slices"

	"github.com/fieldgate/fieldgate/server/store"
)

// Syncs returns syncs of a data layer, the newest first.
func (c *Control) Syncs(ctx context.Context, layer string, p store.Page) (list []store.Sync, err error) {
	var l store.DataLayer
	err = c.view(ctx, func(r store.Reader) (err error) {
		if l, err = layerNamed(r, layer); err == nil {
			list, err = r.Syncs(l.ID, p)
		}
		return err
	})
	if err == nil {
		c.settle(l, list)
	}
	return list, err
}

// settle returns once the revisions of the syncs are active: a sync is stored as succeeded a moment before, and whoever
// reads that it has may decide at once.
func (c *Control) settle(l store.DataLayer, list []store.Sync) {
	active, _ := c.Active(l.Name)
	if slices.ContainsFunc(list, func(s store.Sync) bool { return s.State == store.SyncSucceeded && s.Revision > active.Number }) {
		g := c.guarded(l)
		g.gate.RLock() // it is held until the revision is active
		defer g.gate.RUnlock()
	}
}

// Sync returns a sync of a data layer.
func (c *Control) Sync(ctx context.Context, layer, id string) (s store.Sync, err error) {
	var l store.DataLayer
	err = c.view(ctx, func(r store.Reader) (err error) {
		if l, err = layerNamed(r, layer); err != nil {
			return err
		}
		s, err = r.Sync(id)
		if err == nil && s.LayerID != l.ID {
			err = store.ErrNotFound
		}
		return found("sync", err)
	})
	if err == nil {
		c.settle(l, []store.Sync{s})
	}
	return s, err
}

// Revisions returns revisions of a data layer, the newest first.
func (c *Control) Revisions(ctx context.Context, layer string, p store.Page) (list []store.Revision, err error) {
	err = c.view(ctx, func(r store.Reader) error {
		l, err := layerNamed(r, layer)
		if err != nil {
			return err
		}
		list, err = r.Revisions(l.ID, p)
		return err
	})
	return list, err
}

// revision finds a revision by its number.
func revision(r store.Reader, l store.DataLayer, number uint64) (store.Revision, error) {
	list, err := r.Revisions(l.ID, store.Page{})
	if err != nil {
		return store.Revision{}, err
	}
	if i := slices.IndexFunc(list, func(v store.Revision) bool { return v.Number == number }); i >= 0 {
		return list[i], nil
	}
	return store.Revision{}, notFound("revision")
}

// newestRevision returns the revision that was made active last, or the zero Revision.
func newestRevision(r store.Reader, l store.DataLayer) (store.Revision, error) {
	list, err := r.Revisions(l.ID, store.Page{Limit: 1})
	if err != nil || len(list) == 0 {
		return store.Revision{}, err
	}
	return list[0], nil
}

// Active returns number and digest of a data layer's active revision.
func (c *Control) Active(layer string) (store.Revision, bool) {
	l, ok := c.registry.Layer(layer)
	if !ok {
		return store.Revision{}, false
	}
	snapshot, err := l.Snapshot()
	if err != nil {
		return store.Revision{}, false
	}
	active := snapshot.Revision()
	return store.Revision{Number: active.Number, Digest: active.Digest}, true
}

// Bundle returns the signed bundle of a revision: NotFound for one that was dropped.
func (c *Control) Bundle(ctx context.Context, layer string, number uint64) (bundle []byte, err error) {
	err = c.view(ctx, func(r store.Reader) error {
		l, err := layerNamed(r, layer)
		if err != nil {
			return err
		}
		bundle, err = r.Bundle(l.ID, number)
		return found("bundle", err)
	})
	return bundle, err
}

// Pin makes the schema of a revision the one in force, with the current scopes, until Unpin. Its revision is active when it
// returns, unless the sync failed.
func (c *Control) Pin(ctx context.Context, by store.Origin, layer string, number uint64) (store.Sync, error) {
	return c.changeScope(ctx, by, layer, store.RevisionPinned, func(w store.Writer, l store.DataLayer) error {
		pinned, err := revision(w, l, number)
		if err != nil {
			return err
		}
		if _, err := w.Schema(pinned.SchemaDigest); err != nil {
			return fmt.Errorf("schema of revision %d: %w", number, err)
		}
		return w.Pin(l.ID, number)
	})
}

// Unpin makes the current schema the one in force again. Its revision is active when it returns, unless the sync failed.
func (c *Control) Unpin(ctx context.Context, by store.Origin, layer string) (store.Sync, error) {
	return c.changeScope(ctx, by, layer, store.RevisionUnpinned, func(w store.Writer, l store.DataLayer) error {
		return w.Pin(l.ID, 0)
	})
}
