package telemetry

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// series are those of one data layer: looking each up by its labels again costs more than counting.
type series struct {
	seconds, decide, upSeconds prometheus.Observer
	running                    prometheus.Gauge
	requests                   table[int, prometheus.Counter]       // by status
	decisions                  table[[2]string, prometheus.Counter] // by decision and effect
	upstream                   table[string, prometheus.Counter]    // by outcome
}

// table is a map of few keys that is read often and seldom grows. The zero value is empty. It is safe for concurrent use.
type table[K comparable, V any] struct {
	mu  sync.Mutex
	now atomic.Pointer[map[K]V]
}

// get returns the value of a key, which it makes the first time.
func (t *table[K, V]) get(k K, fresh func() V) V {
	if v, ok := t.all()[k]; ok {
		return v
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if v, ok := t.all()[k]; ok {
		return v
	}
	v := fresh()
	t.change(func(m map[K]V) { m[k] = v })
	return v
}

func (t *table[K, V]) remove(k K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.change(func(m map[K]V) { delete(m, k) })
}

func (t *table[K, V]) all() map[K]V {
	if m := t.now.Load(); m != nil {
		return *m
	}
	return nil
}

// change puts a changed copy in the place of the map. The caller holds the lock.
func (t *table[K, V]) change(how func(map[K]V)) {
	next := maps.Clone(t.all())
	if next == nil {
		next = map[K]V{}
	}
	how(next)
	t.now.Store(&next)
}
