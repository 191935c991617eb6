package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/directory"
	"github.com/fieldgate/fieldgate/server/store"
)

// Options are what a control plane is made of. Store, Directory, Log, Signer, Verifier, Introspect, Clock, Random and NewID
// are required.
type Options struct {
	Store     store.Store
	Directory *directory.Directory // is kept as the store is; other methods than CatchUp are its readers'
	Log       *slog.Logger
	Signer    *bundles.Signer   // of the bundles of new revisions
	Verifier  *bundles.Verifier // of the bundles that a restart brings back
	Engine    engine.Options    // of new snapshots

	// Introspect asks an upstream for its schema: SDL or the JSON answer to an introspection query; upstream.Introspector is
	// one. It ends by itself or with ctx. Its errors are shown to members and must hold no secret.
	Introspect  func(ctx context.Context, u scope.Upstream) (string, error)
	Ticks       <-chan time.Time // when to see whether a schema is due to be read again; nil: never
	Clock       func() time.Time
	Random      io.Reader                                   // of secrets: crypto/rand.Reader
	KeepBundles int                                         // bundles that are kept of each data layer; 0: 20
	NewID       func() string                               // of rows; never the same twice
	Activated   func(layer string, active *engine.Snapshot) // after each activation, which waits for it; nil: nobody asks
	Removed     func(layer string)                          // after a data layer was deleted; nil: nobody asks
	Synced      func(layer string, s store.Sync)            // when a sync begins, at each step and at its end; it must not wait; nil: nobody asks
}

const (
	defaultKeepBundles = 20
	maxPreviews        = 2 // at a time; others wait
)

// Control is the control plane. It is safe for concurrent use.
type Control struct {
	o        Options
	store    store.Store
	registry *Registry

	previews chan struct{} // those that run

	mu     sync.Mutex
	layers map[string]*guarded // by id of the data layer
	closed bool

	// Syncs outlive the requests that started them: what is stored must become active even when nobody waits.
	base    context.Context //nolint:containedctx // ends with Close
	end     context.CancelFunc
	running sync.WaitGroup
}

// Open brings back the active revision of each data layer and keeps them up to date until Close. A stored bundle that does
// not verify is compiled anew; a data layer for which that fails too has no active revision, and everything asked of it is an
// error. Open fails when the store cannot be read.
func Open(ctx context.Context, o Options) (*Control, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.KeepBundles == 0 {
		o.KeepBundles = defaultKeepBundles
	}
	c := &Control{o: o, store: o.Store, registry: &Registry{}, layers: map[string]*guarded{}, previews: make(chan struct{}, maxPreviews)}
	c.base, c.end = context.WithCancel(context.WithoutCancel(ctx))
	if err := c.restore(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if o.Ticks != nil {
		c.running.Go(func() { c.keepFresh(c.base, o.Ticks) })
	}
	return c, nil
}

func (o Options) check() error {
	for name, missing := range map[string]bool{
		"Store": o.Store == nil, "Directory": o.Directory == nil, "Log": o.Log == nil, "Signer": o.Signer == nil, "Verifier": o.Verifier == nil,
		"Introspect": o.Introspect == nil, "Clock": o.Clock == nil, "Random": o.Random == nil, "NewID": o.NewID == nil,
	} {
		if missing {
			return fmt.Errorf("control plane: %s is missing", name)
		}
	}
	return nil
}

// Close ends the syncs that run and returns when they have ended. The store stays open. A sync that was cut off is made up
// for by the next Open.
func (c *Control) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end()
	c.running.Wait()
	return nil
}

// Registry returns the data layers with their active revisions, for those who decide.
func (c *Control) Registry() *Registry { return c.registry }

// view reads at one sequence. Errors are those of f, or *Error.
func (c *Control) view(ctx context.Context, f func(store.Reader) error) error {
	return asError(c.store.View(ctx, f))
}

// change commits what f changes, and returns when the directory has it. Errors are those of f, or *Error.
func (c *Control) change(ctx context.Context, by store.Origin, f func(store.Writer) error) (store.Head, error) {
	head, err := c.store.Change(ctx, by, f)
	if err != nil {
		return store.Head{}, asError(err)
	}
	// What is committed must be in the directory, also when whoever asked for it is gone.
	if err := c.o.Directory.CatchUp(context.WithoutCancel(ctx), head); err != nil {
		return head, fmt.Errorf("the change is stored, but the directory could not be brought up to date: %w", err)
	}
	return head, nil
}
