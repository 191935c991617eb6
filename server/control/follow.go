package control

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"reflect"
	"time"

	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/store"
)

// Follower applies the trees of an access directory as an access.Watcher takes them. It is not for concurrent use.
type Follower struct {
	c      *Control
	origin func() store.Origin
	warned scope.Settings

	files   map[string][]byte // that could not be applied last
	err     string            // why not; "" when they could
	retryAt time.Time
}

// Follow returns a follower for the directory of a server. origin is asked for each tree: its Actor is of kind file, with the
// git commit that the directory is at. first are the settings that the server runs with.
func (c *Control) Follow(origin func() store.Origin, first scope.Settings) *Follower {
	return &Follower{c: c, origin: origin, warned: first}
}

// Take applies a tree, or notes why there is none: each data layer that files own says so, and its last good revision stays.
// It is an access.Take. It reports false for what may be otherwise when it is tried again, as when the store is full or the
// admin API owns a name.
func (f *Follower) Take(ctx context.Context, files map[string][]byte, err error) bool {
	if err == nil {
		if f.err != "" && f.c.o.Clock().Before(f.retryAt) && maps.EqualFunc(files, f.files, bytes.Equal) {
			return false
		}
		err = f.apply(ctx, files)
	}
	if err == nil {
		f.err, f.files = "", nil
		return true
	}
	if ctx.Err() != nil {
		return false
	}
	f.fail(ctx, err)
	f.files, f.retryAt = files, f.c.o.Clock().Add(retryAfter)
	refusal := (*Error)(nil)
	return files == nil || errors.As(err, &refusal) && (refusal.Kind == Invalid || refusal.Kind == Unprocessable)
}

func (f *Follower) apply(ctx context.Context, files map[string][]byte) error {
	list, err := f.c.Apply(ctx, f.origin(), files, false)
	if err != nil {
		return err
	}
	for _, a := range list {
		f.applied(ctx, a)
	}
	f.compareSettings(ctx, files)
	return nil
}

// applied logs what a tree has changed. A data layer that it did not change has got over an earlier tree that failed.
func (f *Follower) applied(ctx context.Context, a Applied) {
	log := f.c.o.Log.With("data_layer", a.DataLayer)
	for _, w := range a.Warnings {
		log.WarnContext(ctx, "files", "problem", w)
	}
	if a.Sync != nil {
		log.InfoContext(ctx, "files are applied", "created", a.Created, "updated", a.Updated, "renamed", a.Renamed, "deleted", a.Deleted, "sync", a.Sync.ID)
		return
	}
	layer, ok := f.c.registry.Layer(a.DataLayer)
	if !ok {
		return
	}
	if syncs, err := f.c.Syncs(ctx, a.DataLayer, store.Page{Limit: 1}); err == nil && len(syncs) > 0 && syncs[0].State == store.SyncFailed {
		layer.Fail(errors.New(syncs[0].Error))
		return
	}
	layer.Confirm()
}

// fail has each data layer that files own say why the newest tree is not active.
func (f *Follower) fail(ctx context.Context, err error) {
	if err.Error() != f.err {
		f.err = err.Error()
		f.c.o.Log.ErrorContext(ctx, "the files are not applied, the last good revisions stay", "error", f.err)
	}
	owned := map[string]bool{}
	layers, readErr := f.c.Layers(ctx)
	for _, l := range layers {
		owned[l.Name] = l.File != ""
	}
	for _, name := range f.c.registry.Names() {
		if layer, ok := f.c.registry.Layer(name); ok && (owned[name] || readErr != nil) {
			layer.Fail(err)
		}
	}
}

// compareSettings says, once for each edit, that settings are read when the server starts.
func (f *Follower) compareSettings(ctx context.Context, files map[string][]byte) {
	now := scope.DefaultSettings()
	if text, ok := files[scope.SettingsFile]; ok {
		now, _ = scope.ParseSettings(scope.SettingsFile, text) // Apply has found no problem in it
	}
	now.Positions = f.warned.Positions // an edit that moves lines changes nothing
	if reflect.DeepEqual(now, f.warned) {
		return
	}
	f.warned = now
	f.c.o.Log.WarnContext(ctx, "settings have changed and are read when the server starts: restart it", "file", scope.SettingsFile)
}
