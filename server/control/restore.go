package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/store"
)

// stored is what the store knows of a data layer when a process starts.
type stored struct {
	layer    store.DataLayer
	revision store.Revision // the newest: the one that was active; zero when there is none
	bundle   []byte         // of it; nil when there is none
	sync     store.Sync     // the newest; zero when there is none
}

// restore brings the directory and all data layers up to date with the store.
func (c *Control) restore(ctx context.Context) error {
	var all []stored
	var head store.Head
	err := c.view(ctx, func(r store.Reader) (err error) {
		if head, err = r.Head(); err != nil {
			return err
		}
		layers, err := r.Layers()
		if err != nil {
			return err
		}
		for _, l := range layers {
			one, err := readStored(r, l)
			if err != nil {
				return fmt.Errorf("data layer %s: %w", l.Name, err)
			}
			all = append(all, one)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.o.Directory.CatchUp(ctx, head); err != nil {
		return err
	}
	for _, s := range all {
		if err := c.restoreLayer(ctx, s); err != nil {
			return fmt.Errorf("data layer %s: %w", s.layer.Name, err)
		}
	}
	return nil
}

func readStored(r store.Reader, l store.DataLayer) (s stored, err error) {
	s.layer = l
	if s.revision, err = newestRevision(r, l); err != nil {
		return s, err
	}
	syncs, err := r.Syncs(l.ID, store.Page{Limit: 1})
	if err != nil {
		return s, err
	}
	if len(syncs) > 0 {
		s.sync = syncs[0]
	}
	if s.revision.Number > 0 {
		s.bundle, err = r.Bundle(l.ID, s.revision.Number)
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
	}
	return s, err
}

// restoreLayer activates the revision that was active when the last process ended, and syncs when there is none, when it
// does not verify, or when the last sync was cut off.
func (c *Control) restoreLayer(ctx context.Context, s stored) error {
	g := c.guarded(s.layer)
	c.registry.put(g.engine)
	ready := false
	if s.revision.Number > 0 {
		err := c.activateStored(ctx, g, s)
		ready = err == nil
		if !ready {
			g.engine.Fail(err)
			c.o.Log.ErrorContext(ctx, "the stored revision is not taken: compiling it anew",
				"data_layer", s.layer.Name, "revision", s.revision.Number, "error", err.Error())
		}
	}
	if ready && s.sync.State != store.SyncRunning {
		if s.sync.State == store.SyncFailed {
			g.engine.Fail(errors.New(s.sync.Error))
		}
		return nil
	}
	return c.resync(ctx, g, s.layer)
}

// resync compiles a data layer anew and waits for it, unless its schema has to be read first.
func (c *Control) resync(ctx context.Context, g *guarded, l store.DataLayer) error {
	requests, err := c.startAll(ctx, system(), []*guarded{g}, func(store.Writer) ([]starting, error) {
		return []starting{{layer: g, reason: "restart", fetch: l.SchemaDigest == "", change: true}}, nil
	})
	switch {
	case errors.Is(err, store.ErrFull):
		// Decisions go on with what was restored, if anything was.
		c.o.Log.ErrorContext(ctx, "sync cannot start", "data_layer", l.Name, "error", err.Error())
		g.cover(0, true)
		return nil
	case err != nil:
		return err
	case l.SchemaDigest == "":
		return nil
	}
	_, err = c.wait(ctx, requests[0])
	return err
}

// activateStored activates a stored bundle, if it is the signed one of exactly the revision that the store names.
func (c *Control) activateStored(ctx context.Context, g *guarded, s stored) error {
	if s.bundle == nil {
		return errors.New("its bundle is not there")
	}
	content, got, err := bundles.Load(bytes.NewReader(s.bundle), bundles.LoadOptions{Verifier: c.o.Verifier, Floor: s.revision.Number})
	if err != nil {
		return err
	}
	if content.Layer != s.layer.Name || got.Number != s.revision.Number || got.Digest != s.revision.Digest {
		return fmt.Errorf("the bundle is that of revision %s of data layer %q", got, content.Layer)
	}
	snapshot, err := engine.Load(ctx, content, got.Number, c.o.Engine)
	if err != nil {
		return err
	}
	if err := g.engine.Activate(snapshot); err != nil {
		return err
	}
	c.o.Log.InfoContext(ctx, "revision is active again", "data_layer", s.layer.Name, "revision", got.Number, "digest", got.Digest)
	if c.o.Activated != nil {
		c.o.Activated(s.layer.Name, snapshot)
	}
	return nil
}
