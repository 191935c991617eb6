package engine

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// Layer holds the active snapshot of one data layer. Decisions read it with one atomic load; a
// failed compile leaves the last good one active and is remembered until the next success.
type Layer struct {
	name    string
	active  atomic.Pointer[Snapshot]
	failure atomic.Pointer[failure]
	mu      sync.Mutex // one activation at a time
}

type failure struct{ err error }

// NewLayer returns a data layer without an active revision: everything asked of it is an error.
func NewLayer(name string) *Layer { return &Layer{name: name} }

// Name returns the name of the data layer.
func (l *Layer) Name() string { return l.name }

// Snapshot returns the active snapshot, or ErrNoSnapshot. A request takes it once and uses it to the
// end, so that it sees one revision only.
func (l *Layer) Snapshot() (*Snapshot, error) {
	if s := l.active.Load(); s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrNoSnapshot, l.name)
}

// ErrOlder is a revision that is not newer than the active one.
var ErrOlder = errors.New("the revision is not newer than the active one")

// Activate makes s the active snapshot. It refuses one of another data layer and one whose number is
// not higher than the active one's (ErrOlder).
func (l *Layer) Activate(s *Snapshot) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.Layer() != l.name {
		return fmt.Errorf("a revision of data layer %q cannot be activated for %q", s.Layer(), l.name)
	}
	if now := l.active.Load(); now != nil && s.revision.Number <= now.revision.Number {
		return fmt.Errorf("%w: %d, active is %d", ErrOlder, s.revision.Number, now.revision.Number)
	}
	l.active.Store(s)
	l.failure.Store(nil)
	return nil
}

// Fail records why the newest input did not become a revision. The active snapshot stays.
func (l *Layer) Fail(err error) { l.failure.Store(&failure{err: err}) }

// Confirm records that the newest input says what is active already: an earlier failure is over.
func (l *Layer) Confirm() { l.failure.Store(nil) }

// Failure returns why the newest input did not become a revision, or nil when it did.
func (l *Layer) Failure() error {
	if f := l.failure.Load(); f != nil {
		return f.err
	}
	return nil
}
