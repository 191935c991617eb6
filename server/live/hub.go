package live

import (
	"errors"
	"slices"
	"sync"

	"github.com/fieldgate/fieldgate/server/store"
)

// Event is something that happened. It has one of its members.
type Event struct {
	Sync     *store.Sync // as it is now
	Revision *Revision   // that became active
}

// Revision names a revision.
type Revision struct {
	Number uint64
	Digest string
}

// What is kept at most.
const (
	maxWatchers = 256
	maxEvents   = 32 // of one watcher
)

// Errors of watching.
var (
	ErrFull  = errors.New("too many watch already")
	ErrEnded = errors.New("the server ends")
)

// Hub hands events to watchers. Its zero value has none. It is safe for concurrent use.
type Hub struct {
	mu      sync.Mutex
	byLayer map[string][]*Watcher
	count   int
	ended   bool
}

// Watch watches a data layer until Close. Its errors are ErrFull and ErrEnded.
func (h *Hub) Watch(layer string) (*Watcher, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.ended:
		return nil, ErrEnded
	case h.count >= maxWatchers:
		return nil, ErrFull
	}
	w := &Watcher{hub: h, layer: layer, wake: make(chan struct{}, 1)}
	if h.byLayer == nil {
		h.byLayer = map[string][]*Watcher{}
	}
	h.byLayer[layer] = append(h.byLayer[layer], w)
	h.count++
	return w, nil
}

// Synced tells the state of a sync, which must not be changed after.
func (h *Hub) Synced(layer string, s store.Sync) { h.tell(layer, Event{Sync: &s}) }

// Activated tells that a revision became active.
func (h *Hub) Activated(layer string, r Revision) { h.tell(layer, Event{Revision: &r}) }

func (h *Hub) tell(layer string, e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range h.byLayer[layer] {
		w.put(e)
	}
}

// Removed ends those who watch a data layer that is gone.
func (h *Hub) Removed(layer string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range h.byLayer[layer] {
		w.end()
	}
}

// End ends everyone who watches, and lets nobody watch any more.
func (h *Hub) End() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	for _, list := range h.byLayer {
		for _, w := range list {
			w.end()
		}
	}
}

func (h *Hub) remove(w *Watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.byLayer[w.layer]
	i := slices.Index(list, w)
	if i < 0 {
		return
	}
	h.count--
	if list = slices.Delete(list, i, i+1); len(list) == 0 {
		delete(h.byLayer, w.layer)
		return
	}
	h.byLayer[w.layer] = list
}

// Watcher takes the events of one data layer. Wake and Take are one goroutine's.
type Watcher struct {
	hub   *Hub
	layer string
	wake  chan struct{}

	mu     sync.Mutex
	events []Event
	ended  bool
}

// Wake returns a channel that has a value when there is something to take.
func (w *Watcher) Wake() <-chan struct{} { return w.wake }

// Take returns what happened since, in order. It is false when there is nothing more to come.
func (w *Watcher) Take() ([]Event, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	events := w.events
	w.events = nil
	return events, !w.ended
}

// Close ends watching. Closing again does nothing.
func (w *Watcher) Close() { w.hub.remove(w) }

// put keeps an event until it is taken. It takes the place of an older one of the same sync.
func (w *Watcher) put(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(slices.DeleteFunc(w.events, e.replaces), e)
	if over := len(w.events) - maxEvents; over > 0 {
		w.events = slices.Delete(w.events, 0, over)
	}
	w.nudge()
}

// replaces reports whether e says what other says, newer.
func (e Event) replaces(other Event) bool {
	if e.Sync != nil && other.Sync != nil {
		return e.Sync.ID == other.Sync.ID
	}
	return e.Revision != nil && other.Revision != nil
}

func (w *Watcher) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.nudge()
}

func (w *Watcher) nudge() {
	select {
	case w.wake <- struct{}{}:
	default: // it has not looked yet
	}
}
