package control

import (
	"maps"
	"slices"
	"sync"

	"github.com/fieldgate/fieldgate/engine"
)

// Registry are the data layers that there are, by name. It is safe for concurrent use.
type Registry struct {
	mu     sync.RWMutex
	byName map[string]*engine.Layer
}

// Layer returns the data layer of a name.
func (r *Registry) Layer(name string) (*engine.Layer, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	layer, ok := r.byName[name]
	return layer, ok
}

// Names returns the names of the data layers, sorted.
func (r *Registry) Names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.byName))
}

// put adds a data layer under its name.
func (r *Registry) put(layer *engine.Layer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byName == nil {
		r.byName = map[string]*engine.Layer{}
	}
	r.byName[layer.Name()] = layer
}

func (r *Registry) remove(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byName, name)
}
