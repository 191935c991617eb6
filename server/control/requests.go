package control

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/store"
)

// guarded is a data layer with its syncs: one runs at a time, and the newest request wins.
type guarded struct {
	id     string
	engine *engine.Layer
	schema atomic.Pointer[knownSchema] // that entries were matched with last
	last   atomic.Pointer[compiled]    // of the last sync that compiled; nil before the first

	// gate is shared by changes while they commit, and held by a sync from reading the rows until its revision is active.
	// So a sync is never superseded while it compiles: changes that come meanwhile wait for it, commit together, and the
	// newest one's sync does for all. However fast changes come, each becomes active.
	gate sync.RWMutex

	mu      sync.Mutex
	newest  *request
	wanted  uint64    // sequence of the newest change that has to become active
	covered uint64    // sequence at which the rows were read that the last sync ended with
	due     time.Time // when the upstream's schema is to be read again
	failed  bool      // the last sync failed for a reason that may go away by itself
}

// request is one sync that was asked for.
type request struct {
	by     store.Origin
	sync   store.Sync // as it was started
	seq    uint64     // at which it was
	fetch  bool       // whether the schema is read from the upstream
	change bool       // whether rows were changed with it

	reading context.Context //nolint:containedctx // of the fetch: ends when a newer request comes
	cancel  context.CancelFunc
	done    chan struct{} // closed when what it asked for is active, or has failed
	final   store.Sync    // the sync that did it: this one, or the one that superseded it
}

// starting is a sync to start.
type starting struct {
	layer  *guarded
	reason string
	fetch  bool
	change bool
}

// errClosed is a control plane that has ended.
var errClosed = errors.New("the control plane has ended")

// guarded returns the state of a data layer.
func (c *Control) guarded(l store.DataLayer) *guarded {
	c.mu.Lock()
	defer c.mu.Unlock()
	g, ok := c.layers[l.ID]
	if !ok {
		g = &guarded{id: l.ID, engine: engine.NewLayer(l.Name)}
		c.layers[l.ID] = g
	}
	return g
}

// forget drops the state of a data layer that is not there any more, or never came to be.
func (c *Control) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.layers, id)
}

// start commits a change of a data layer, or none when f is nil, together with the start of a sync.
func (c *Control) start(ctx context.Context, by store.Origin, l store.DataLayer, reason string, fetch bool, f func(store.Writer) error) (*request, error) {
	g := c.guarded(l)
	list, err := c.startAll(ctx, by, []*guarded{g}, func(w store.Writer) ([]starting, error) {
		if f != nil {
			if err := f(w); err != nil {
				return nil, err
			}
		}
		return []starting{{layer: g, reason: reason, fetch: fetch, change: f != nil}}, nil
	})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// startAll commits a change of data layers together with the start of the syncs that f returns, and has them run.
func (c *Control) startAll(ctx context.Context, by store.Origin, layers []*guarded, f func(store.Writer) ([]starting, error)) ([]*request, error) {
	for _, g := range layers {
		g.gate.RLock()
	}
	defer func() {
		for _, g := range layers {
			g.gate.RUnlock()
		}
	}()
	var list []starting
	var syncs []store.Sync
	head, err := c.change(ctx, by, func(w store.Writer) (err error) {
		if list, err = f(w); err != nil {
			return err
		}
		syncs, err = c.startSyncs(w, list)
		return err
	})
	if head.Sequence == 0 {
		return nil, err
	}
	requests := make([]*request, len(list))
	for i, s := range list {
		requests[i] = c.register(s, by, syncs[i], head.Sequence)
	}
	return requests, err
}

func (c *Control) startSyncs(w store.Writer, list []starting) ([]store.Sync, error) {
	var syncs []store.Sync
	for _, s := range list {
		started, err := w.StartSync(store.Sync{
			ID: c.o.NewID(), LayerID: s.layer.id, Reason: s.reason, State: store.SyncRunning, Started: c.o.Clock(),
			Steps: []store.Step{{Name: stepSchema, State: store.SyncRunning, Started: c.o.Clock()}},
		})
		if err != nil {
			return nil, err
		}
		syncs = append(syncs, started)
	}
	return syncs, nil
}

// register makes a committed request known and runs it. The gate is shared.
func (c *Control) register(s starting, by store.Origin, started store.Sync, seq uint64) *request {
	r := &request{by: by, sync: started, final: started, seq: seq, fetch: s.fetch, change: s.change, done: make(chan struct{})}
	r.reading, r.cancel = context.WithCancel(c.base)
	c.registry.put(s.layer.engine)
	s.layer.take(r)
	c.tell(s.layer, started)

	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		r.cancel()
		close(r.done)
		return r
	}
	c.running.Go(func() { c.run(s.layer, r) })
	return r
}

// take makes r the newest request, unless a newer one was there first.
func (g *guarded) take(r *request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.change {
		g.wanted = max(g.wanted, r.seq)
	}
	switch old := g.newest; {
	case old == nil:
		g.newest = r
	case r.seq > old.seq:
		old.cancel()
		if old.fetch && !isDone(old) {
			g.due = time.Time{} // its schema is still to be read
		}
		g.newest = r
	}
}

func isDone(r *request) bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// newer returns the request that supersedes r, or nil.
func (g *guarded) newer(r *request) *request {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.newest != nil && g.newest.seq > r.seq {
		return g.newest
	}
	return nil
}

// pending reports whether a change is stored that no sync has read yet.
func (g *guarded) pending() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.wanted > g.covered
}

// cover notes that a sync ended with the rows at a sequence.
func (g *guarded) cover(seq uint64, mayPass bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.covered, g.failed = max(g.covered, seq), mayPass
}

// wait returns the sync that did what was asked for, once it has ended.
func (c *Control) wait(ctx context.Context, r *request) (store.Sync, error) {
	select {
	case <-r.done:
	case <-ctx.Done():
		return r.sync, ctx.Err()
	}
	if r.final.State == store.SyncRunning {
		return r.final, errClosed
	}
	return r.final, nil
}

// run does what a request asks for. One that is superseded waits for the one that supersedes it.
func (c *Control) run(g *guarded, r *request) {
	defer close(r.done)
	defer r.cancel()
	var text string
	var err error
	if r.fetch {
		text, err = c.fetch(r.reading, g)
	}
	if newer := c.conclude(g, r, text, err); newer != nil {
		<-newer.done
		r.final = newer.final
	}
}

// conclude makes a revision with the schema that was fetched, if any. It returns the request that supersedes r, or nil.
func (c *Control) conclude(g *guarded, r *request, text string, fetchErr error) *request {
	g.gate.Lock()
	defer g.gate.Unlock()
	if newer := g.newer(r); newer != nil {
		return newer
	}
	w := c.work(g, r.by, r.sync)
	defer func() { r.final = w.sync }()
	if r.fetch {
		if err := w.takeFetched(text, fetchErr); err != nil {
			w.fail(err, false)
			w = c.again(g, r, w)
		}
	}
	if w.sync.State == store.SyncRunning && c.base.Err() == nil {
		w.activate()
	}
	return nil
}

// again starts a sync without a fetch, after one whose fetch failed, when a change was superseded by that one: it must become
// active with the schema that there is. Otherwise it returns the one that failed. The gate is held: nothing else can start one.
func (c *Control) again(g *guarded, r *request, failed *work) *work {
	if !g.pending() || !failed.hasSchema() {
		return failed
	}
	var syncs []store.Sync
	_, err := c.change(c.base, r.by, func(w store.Writer) (err error) {
		syncs, err = c.startSyncs(w, []starting{{layer: g, reason: r.sync.Reason}})
		return err
	})
	if err != nil {
		failed.log().ErrorContext(c.base, "sync cannot start", "error", err.Error())
		return failed
	}
	return c.work(g, r.by, syncs[0])
}
