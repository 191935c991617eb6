package access

import (
	"maps"
	"slices"
	"sync"

	"github.com/fieldgate/fieldgate/engine"
)

// Layers are the data layers that a process serves, by name. Layers are added and never taken away.
// It is safe for concurrent use.
type Layers struct {
	mu     sync.RWMutex
	byName map[string]*engine.Layer
}

// Layer returns the data layer of a name.
func (l *Layers) Layer(name string) (*engine.Layer, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	layer, ok := l.byName[name]
	return layer, ok
}

// Names returns the names of the data layers, sorted.
func (l *Layers) Names() []string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Sorted(maps.Keys(l.byName))
}

// add returns the data layer of a name, a new one without an active revision if need be.
func (l *Layers) add(name string) *engine.Layer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if layer, ok := l.byName[name]; ok {
		return layer
	}
	if l.byName == nil {
		l.byName = map[string]*engine.Layer{}
	}
	layer := engine.NewLayer(name)
	l.byName[name] = layer
	return layer
}
