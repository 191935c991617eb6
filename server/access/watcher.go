package access

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Source reads the tree to serve; [Read] of a directory is one.
type Source func() (map[string][]byte, error)

// Take gets a tree that a source has given twice in a row, or the error that it has given twice. It reports whether it is
// done with it; otherwise it gets it again at the next look.
type Take func(ctx context.Context, files map[string][]byte, err error) (done bool)

// Watcher looks at a source. One of NewWatcher keeps data layers as the source has them.
type Watcher struct {
	source   Source
	taker    Take
	settings scope.Settings
	log      *slog.Logger
	layers   *Layers
	seen     sum // what the last look saw
	taken    sum // what was last made active, or refused
	warned   scope.Settings
	drafts   map[string]*engine.Draft // that are active, by data layer
}

// sum is the hash of a tree, or of the error that reading it gave.
type sum [sha256.Size]byte

// NewWatcher returns a watcher that has not looked yet. Its layers are those of first, none of which
// has an active revision, and the settings are those of first until the process ends.
func NewWatcher(source Source, first *scope.Repository, log *slog.Logger) *Watcher {
	w := &Watcher{source: source, settings: first.Settings, warned: first.Settings, log: log, layers: &Layers{}, drafts: map[string]*engine.Draft{}}
	for _, l := range first.Layers {
		w.layers.add(l.Layer.Name)
	}
	w.taker = w.keep
	return w
}

// Follow returns a watcher that hands each tree on, and keeps no data layers itself.
func Follow(source Source, take Take) *Watcher {
	return &Watcher{source: source, taker: take, layers: &Layers{}}
}

// Layers returns the data layers that are kept.
func (w *Watcher) Layers() *Layers { return w.layers }

// Run looks at once and then at every tick, until ctx is done or ticks is closed.
func (w *Watcher) Run(ctx context.Context, ticks <-chan time.Time) {
	w.Look(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-ticks:
			if !ok {
				return
			}
			w.Look(ctx)
		}
	}
}

// Look reads the source once. It takes a tree when this look and the one before saw the same and it is not what was last
// taken. An error of the source counts when it, too, is seen twice. Look
// is not for concurrent use.
func (w *Watcher) Look(ctx context.Context) {
	files, err := w.source()
	now := sumOf(files, err)
	before := w.seen
	w.seen = now
	if now != before || now == w.taken {
		return
	}
	w.taken = sum{} // what was taken before is to be taken again after this
	if w.taker(ctx, files, err) {
		w.taken = now
	}
}

// keep makes a tree active.
func (w *Watcher) keep(ctx context.Context, files map[string][]byte, err error) bool {
	if err != nil {
		w.failAll(ctx, err)
	} else {
		w.take(ctx, files)
	}
	return true
}

func sumOf(files map[string][]byte, err error) sum {
	h := sha256.New()
	part := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	if err != nil {
		part([]byte(err.Error()))
		return sum(h.Sum(nil))
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		part([]byte(name))
		part(files[name])
	}
	return sum(h.Sum(nil))
}

// take makes the next revision of each data layer of a tree.
func (w *Watcher) take(ctx context.Context, files map[string][]byte) {
	repository, problems := scope.ParseRepository(files)
	if err := problems.Err(); err != nil {
		w.failAll(ctx, err)
		return
	}
	w.compareSettings(ctx, repository.Settings)
	var present []string
	for _, l := range repository.Layers {
		present = append(present, l.Layer.Name)
		layer := w.layers.add(l.Layer.Name)
		if err := w.activate(ctx, layer, l); err != nil {
			w.fail(ctx, layer, err)
		}
	}
	for _, name := range w.layers.Names() {
		if !slices.Contains(present, name) {
			w.fail(ctx, w.layers.add(name), &VanishedLayerError{Layer: name})
		}
	}
}

// activate makes the next revision of one data layer, unless the files say what is active already.
func (w *Watcher) activate(ctx context.Context, layer *engine.Layer, files scope.LayerFiles) error {
	number := uint64(1)
	active, err := layer.Snapshot()
	if err == nil {
		number = active.Revision().Number + 1
		if err := Succeeds(active.Scopes(), files); err != nil {
			return err
		}
	}
	draft, err := w.compile(Input(files))
	if err != nil {
		return err
	}
	if active != nil && draft.Text().Digest() == active.Revision().Digest {
		layer.Confirm()
		w.log.InfoContext(ctx, "data layer is unchanged", "data_layer", layer.Name(), "revision", number-1)
		return nil
	}
	snapshot, err := draft.Activate(ctx, number, EngineOptions(w.settings))
	if err != nil {
		return err
	}
	if err := layer.Activate(snapshot); err != nil {
		return err
	}
	w.drafts[layer.Name()] = draft
	w.log.InfoContext(ctx, "revision is active", "data_layer", layer.Name(),
		"revision", number, "digest", snapshot.Revision().Digest, "scopes", len(snapshot.Scopes()))
	for _, p := range draft.Unmatched {
		w.log.WarnContext(ctx, "scope entry restricts nothing", "data_layer", layer.Name(), "problem", p.Error())
	}
	return nil
}

// compile takes over from the draft that is active what has not changed.
func (w *Watcher) compile(in engine.Input) (*engine.Draft, error) {
	if last, ok := w.drafts[in.Layer.Name]; ok {
		return last.Edit(in)
	}
	return engine.Compile(in)
}

// compareSettings says, once for each edit, that settings are read when the server starts.
func (w *Watcher) compareSettings(ctx context.Context, now scope.Settings) {
	now.Positions = w.warned.Positions // an edit that moves lines changes nothing
	if reflect.DeepEqual(now, w.warned) {
		return
	}
	w.warned = now
	w.log.WarnContext(ctx, "settings have changed and are read when the server starts: restart it", "file", scope.SettingsFile)
}

func (w *Watcher) failAll(ctx context.Context, err error) {
	for _, name := range w.layers.Names() {
		w.fail(ctx, w.layers.add(name), err)
	}
}

// fail records why the newest tree is not active. That the process is about to end is no reason.
func (w *Watcher) fail(ctx context.Context, layer *engine.Layer, err error) {
	if ctx.Err() != nil {
		return
	}
	kept := "none, decisions are refused"
	if active, noSnapshot := layer.Snapshot(); noSnapshot == nil {
		kept = fmt.Sprintf("revision %d", active.Revision().Number)
	}
	layer.Fail(err)
	w.log.ErrorContext(ctx, "the files did not become a revision", "data_layer", layer.Name(), "active", kept, "error", err.Error())
}
