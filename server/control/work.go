package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/store"
)

// The steps of a sync.
const (
	stepSchema   = "schema"
	stepValidate = "validate"
	stepCompile  = "compile"
	stepSign     = "sign"
	stepActivate = "activate"
)

// Steps that pass in less than this are written to the store when the sync ends.
const noteAfter = 100 * time.Millisecond

// work is a sync that runs. The gate of its data layer is held.
type work struct {
	c     *Control
	g     *guarded
	by    store.Origin
	sync  store.Sync
	noted time.Time // when the steps were written last
	seq   uint64    // at which the rows were read; 0 before
}

func (c *Control) work(g *guarded, by store.Origin, s store.Sync) *work {
	s.Steps = slices.Clone(s.Steps) // whoever started the sync may still be reading theirs
	return &work{c: c, g: g, by: by, sync: s, noted: s.Started}
}

// ctx is the control plane's: a sync does not end with the request that started it.
func (w *work) ctx() context.Context { return w.c.base }

func (w *work) log() *slog.Logger {
	return w.c.o.Log.With("data_layer", w.g.engine.Name(), "sync", w.sync.ID, "reason", w.sync.Reason)
}

// step ends the step before and begins the next.
func (w *work) step(name string) {
	w.endStep(store.SyncSucceeded)
	now := w.c.o.Clock()
	w.sync.Steps = append(w.sync.Steps, store.Step{Name: name, State: store.SyncRunning, Started: now})
	w.c.tell(w.g, w.sync)
	if now.Sub(w.noted) < noteAfter {
		return
	}
	w.noted = now
	_, err := w.c.store.Change(w.ctx(), w.by, func(s store.Writer) error { return s.StepSync(w.sync.ID, w.sync.Steps) })
	if err != nil {
		w.log().WarnContext(w.ctx(), "step is not noted", "step", name, "error", err.Error())
	}
}

// endStep ends the running step, if there is one.
func (w *work) endStep(state store.SyncState) {
	if n := len(w.sync.Steps); n > 0 && w.sync.Steps[n-1].State == store.SyncRunning {
		last := &w.sync.Steps[n-1]
		last.State, last.Ended = state, w.c.o.Clock()
	}
}

// detail says something about the running step.
func (w *work) detail(format string, args ...any) {
	w.sync.Steps[len(w.sync.Steps)-1].Detail = fmt.Sprintf(format, args...)
}

// activate makes a revision of the rows and activates it.
func (w *work) activate() {
	if mayPass, err := w.try(); err != nil {
		w.fail(err, mayPass)
	}
}

// try returns why there is no new revision, and whether that may pass by itself.
func (w *work) try() (mayPass bool, err error) {
	in, err := w.read()
	if err != nil {
		return true, err
	}
	w.step(stepValidate)
	now, err := in.compileAfter(w.g.last.Load())
	if err != nil {
		return false, err
	}
	draft := now.draft
	defer w.g.last.Store(now)
	for _, p := range draft.Unmatched { // R1: the schema may have moved
		w.log().WarnContext(w.ctx(), "scope entry restricts nothing", "problem", p.Error())
	}
	if n := len(draft.Unmatched); n > 0 {
		w.detail("%d scope entries match nothing in the schema; the first: %s", n, draft.Unmatched[0].Error())
	}
	if active, err := w.g.engine.Snapshot(); err == nil && active.Revision().Digest == draft.Text().Digest() {
		return true, w.confirm(active)
	}
	w.step(stepCompile)
	snapshot, err := draft.Activate(w.ctx(), in.next, w.c.o.Engine)
	if err != nil {
		return true, err
	}
	return true, w.publish(in, snapshot)
}

// pending are rows with the number of the revision that they are to become.
type pending struct {
	rows
	next uint64
}

func (w *work) read() (in pending, err error) {
	err = w.c.view(w.ctx(), func(r store.Reader) error {
		l, err := layerByID(r, w.g.id)
		if err != nil {
			return err
		}
		if in.rows, err = readRows(r, l); err != nil {
			return err
		}
		newest, err := newestRevision(r, l)
		in.next = newest.Number + 1
		return err
	})
	w.seq = in.head.Sequence
	return in, err
}

// confirm ends the sync without a new revision: the rows say what is active already.
func (w *work) confirm(active *engine.Snapshot) error {
	w.endStep(store.SyncSucceeded)
	if err := w.succeed(store.Revision{}, nil); err != nil {
		return err
	}
	w.g.engine.Confirm()
	w.g.cover(w.seq, false)
	w.c.tell(w.g, w.sync)
	w.log().InfoContext(w.ctx(), "data layer is unchanged", "revision", active.Revision().Number)
	return nil
}

// publish signs, stores and activates a snapshot.
func (w *work) publish(in pending, snapshot *engine.Snapshot) error {
	w.step(stepSign)
	var bundle bytes.Buffer
	if err := bundles.Write(&bundle, snapshot.Content(), in.next, w.c.o.Signer); err != nil {
		return err
	}
	w.step(stepActivate)
	w.endStep(store.SyncSucceeded)
	revision := store.Revision{
		LayerID: w.g.id, Number: in.next, Digest: snapshot.Revision().Digest, SchemaDigest: in.digest, SyncID: w.sync.ID, Created: w.c.o.Clock(),
	}
	if err := w.succeed(revision, bundle.Bytes()); err != nil {
		return err
	}
	if err := w.g.engine.Activate(snapshot); err != nil {
		return err
	}
	w.g.cover(w.seq, false)
	w.c.tell(w.g, w.sync)
	w.log().InfoContext(w.ctx(), "revision is active", "revision", in.next, "digest", revision.Digest, "scopes", len(in.scopes))
	if w.c.o.Activated != nil {
		w.c.o.Activated(w.g.engine.Name(), snapshot)
	}
	return nil
}

// succeed stores the end of the sync.
func (w *work) succeed(r store.Revision, bundle []byte) error {
	_, err := w.c.change(w.ctx(), w.by, func(s store.Writer) (err error) {
		ended, err := s.SucceedSync(w.sync, r, bundle, w.c.o.KeepBundles)
		if err == nil {
			w.sync = ended
		}
		return err
	})
	return err
}

// tell says how far a sync is.
func (c *Control) tell(g *guarded, s store.Sync) {
	if c.o.Synced != nil {
		s.Steps = slices.Clone(s.Steps) // the sync goes on
		c.o.Synced(g.engine.Name(), s)
	}
}

// fail stores why the sync made no revision. The active one stays. That the process is about to end is no reason: the next
// Open makes up for it.
func (w *work) fail(err error, mayPass bool) {
	if w.ctx().Err() != nil {
		return
	}
	w.endStep(store.SyncFailed)
	w.sync.State, w.sync.Error = store.SyncFailed, err.Error()
	w.g.engine.Fail(err)
	w.g.cover(w.seq, mayPass)
	kept := "none, decisions are refused"
	if active, noSnapshot := w.g.engine.Snapshot(); noSnapshot == nil {
		kept = fmt.Sprintf("revision %d", active.Revision().Number)
	}
	w.log().ErrorContext(w.ctx(), "sync failed", "active", kept, "error", err.Error())
	_, err = w.c.change(w.ctx(), w.by, func(s store.Writer) error {
		ended, err := s.FailSync(w.sync)
		if err == nil {
			w.sync = ended
		}
		return err
	})
	w.c.tell(w.g, w.sync)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		w.log().ErrorContext(w.ctx(), "the failure is not stored", "error", err.Error())
	}
}
