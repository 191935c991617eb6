package admintest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/fieldgate/fieldgate/server/store"
)

// sync runs a sync of a layer at once.
func (c *Control) sync(by store.Origin, l store.DataLayer, reason string) store.Sync {
	now := c.Now()
	s := store.Sync{ID: c.id("sync"), LayerID: l.ID, Reason: reason, State: store.SyncSucceeded, Started: now, Ended: &now, Revision: 1}
	for _, step := range []string{"schema", "validate", "compile", "sign", "activate"} {
		s.Steps = append(s.Steps, store.Step{Name: step, State: store.SyncSucceeded, Started: now, Ended: now})
	}
	for _, r := range c.revisions {
		if r.LayerID == l.ID {
			s.Revision = r.Number + 1
		}
	}
	c.record(by, store.SyncSucceededDone, store.Target{Kind: "sync", ID: s.ID, DataLayer: l.Name})
	c.syncs = append(c.syncs, s)
	c.revisions = append(c.revisions, store.Revision{
		LayerID: l.ID, Number: s.Revision, Digest: fmt.Sprintf("sha256:%064x", s.Revision), SchemaDigest: "sha256:00", SyncID: s.ID, Created: now,
	})
	return s
}

// StartSync runs a sync.
func (c *Control) StartSync(_ context.Context, by store.Origin, layer string) (store.Sync, error) {
	defer c.mu.Unlock()
	l, err := c.in("StartSync", layer)
	if err != nil {
		return store.Sync{}, err
	}
	return c.sync(by, *l, "manual"), nil
}

// Syncs returns syncs, newest first.
func (c *Control) Syncs(_ context.Context, layer string, p store.Page) ([]store.Sync, error) {
	defer c.mu.Unlock()
	l, err := c.in("Syncs", layer)
	if err != nil {
		return nil, err
	}
	return page(c.syncs, p, func(s store.Sync) (string, bool) { return s.ID, s.LayerID == l.ID }), nil
}

// page returns rows newest first. key returns a row's key and whether it counts.
func page[R any](rows []R, p store.Page, key func(R) (string, bool)) []R {
	var out []R
	begun := p.After == ""
	for _, row := range slices.Backward(rows) {
		k, counts := key(row)
		if counts && begun && (p.Limit == 0 || len(out) < p.Limit) {
			out = append(out, row)
		}
		begun = begun || counts && k == p.After
	}
	return out
}

// Sync returns one sync.
func (c *Control) Sync(_ context.Context, layer, id string) (store.Sync, error) {
	defer c.mu.Unlock()
	l, err := c.in("Sync", layer)
	if err != nil {
		return store.Sync{}, err
	}
	i := slices.IndexFunc(c.syncs, func(s store.Sync) bool { return s.ID == id && s.LayerID == l.ID })
	if i < 0 {
		return store.Sync{}, missing("sync")
	}
	return c.syncs[i], nil
}

// Revisions returns revisions, newest first.
func (c *Control) Revisions(_ context.Context, layer string, p store.Page) ([]store.Revision, error) {
	defer c.mu.Unlock()
	l, err := c.in("Revisions", layer)
	if err != nil {
		return nil, err
	}
	return page(c.revisions, p, func(r store.Revision) (string, bool) { return strconv.FormatUint(r.Number, 10), r.LayerID == l.ID }), nil
}

// Active returns the newest revision.
func (c *Control) Active(layer string) (store.Revision, bool) {
	newest, err := c.Revisions(context.Background(), layer, store.Page{Limit: 1})
	if err != nil || len(newest) == 0 {
		return store.Revision{}, false
	}
	return newest[0], true
}

func (c *Control) hasRevision(layerID string, number uint64) error {
	if slices.ContainsFunc(c.revisions, func(r store.Revision) bool { return r.LayerID == layerID && r.Number == number }) {
		return nil
	}
	return missing("revision")
}

// Bundle returns some bytes.
func (c *Control) Bundle(_ context.Context, layer string, number uint64) ([]byte, error) {
	defer c.mu.Unlock()
	l, err := c.in("Bundle", layer)
	if err != nil {
		return nil, err
	}
	return []byte("bundle"), c.hasRevision(l.ID, number)
}

// Pin pins a revision.
func (c *Control) Pin(_ context.Context, by store.Origin, layer string, number uint64) (store.Sync, error) {
	defer c.mu.Unlock()
	l, err := c.in("Pin", layer)
	if err == nil {
		err = c.hasRevision(l.ID, number)
	}
	if err != nil {
		return store.Sync{}, err
	}
	l.Pinned = number
	l.Version = c.record(by, store.RevisionPinned, store.Target{Kind: "revision", ID: strconv.FormatUint(number, 10), DataLayer: layer})
	return c.sync(by, *l, "revision.pinned"), nil
}

// Unpin unpins.
func (c *Control) Unpin(_ context.Context, by store.Origin, layer string) (store.Sync, error) {
	defer c.mu.Unlock()
	l, err := c.in("Unpin", layer)
	if err != nil {
		return store.Sync{}, err
	}
	l.Pinned = 0
	l.Version = c.record(by, store.RevisionUnpinned, store.Target{Kind: "data_layer", ID: l.ID, Name: layer})
	return c.sync(by, *l, "revision.unpinned"), nil
}

// Audit returns entries.
func (c *Control) Audit(_ context.Context, f store.AuditFilter) iter.Seq2[store.Entry, error] {
	c.mu.Lock()
	entries, failure := slices.Clone(c.entries), c.Fail["Audit"]
	c.mu.Unlock()
	if f.Newest {
		slices.Reverse(entries)
	}
	return func(yield func(store.Entry, error) bool) {
		n := 0
		for _, e := range entries {
			if !chosen(e, f) {
				continue
			}
			n++
			if f.Limit > 0 && n > f.Limit || !yield(e, nil) {
				return
			}
		}
		if failure != nil {
			yield(store.Entry{}, failure)
		}
	}
}

func chosen(e store.Entry, f store.AuditFilter) bool {
	action := string(e.Action)
	return e.Sequence > f.After && (f.Before == 0 || e.Sequence < f.Before) &&
		oneOf(f.Actor, e.Actor.ID, e.Actor.Name, e.Actor.KeyID) &&
		(oneOf(f.Action, action) || strings.HasSuffix(f.Action, ".") && strings.HasPrefix(action, f.Action)) &&
		oneOf(f.Target, e.Target.ID, e.Target.Name) && oneOf(f.Layer, e.Target.DataLayer) &&
		!e.Time.Before(f.From) && (f.Until.IsZero() || e.Time.Before(f.Until))
}

// oneOf reports whether a filter is not set or is one of some values.
func oneOf(filter string, values ...string) bool {
	return filter == "" || slices.Contains(values, filter)
}

// Head returns the newest entry.
func (c *Control) Head(context.Context) (store.Head, error) {
	defer c.mu.Unlock()
	err := c.lock("Head")
	return c.chain, err
}
