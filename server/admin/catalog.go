package admin

import (
	"encoding/json"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/precompressed"
	"github.com/fieldgate/fieldgate/server/store"
)

// maxKept bounds the schemas that are kept: one of a large schema has 1.5 MB.
const maxKept = 16

// kept is what takes long to make, of the data layers that were asked about last.
type kept struct {
	mu     sync.Mutex // held while one is made
	byID   *simplelru.LRU[string, keptCatalog]
	counts *simplelru.LRU[countKey, []int]
}

type keptCatalog struct {
	revision bundles.Revision
	version  uint64 // of the layer's row
	text     *precompressed.Text
}

func newKept() (*kept, error) {
	byID, err := simplelru.NewLRU[string, keptCatalog](maxKept, nil)
	if err != nil {
		return nil, err
	}
	counts, err := simplelru.NewLRU[countKey, []int](maxCounts, nil)
	return &kept{byID: byID, counts: counts}, err
}

// of returns the catalog of a snapshot, in JSON. A data layer's older one is forgotten.
func (c *kept) of(l store.DataLayer, s *engine.Snapshot) (*precompressed.Text, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.byID.Get(l.ID); ok && known.revision == s.Revision() && known.version == l.Version {
		return known.text, nil
	}
	made := s.Catalog(definitionOf(l))
	text, err := json.Marshal(api.Catalog{
		Revision: api.RevisionID{Number: s.Revision().Number, Digest: s.Revision().Digest},
		Scopes:   made.Scopes, DataSources: made.DataSources, Types: made.Types,
	})
	if err != nil {
		return nil, err
	}
	one := keptCatalog{revision: s.Revision(), version: l.Version, text: precompressed.New("application/json", text)}
	c.byID.Add(l.ID, one)
	return one.text, nil
}

// definitionOf returns what a layer's definition says. What was stored holds together; of what does not there are no data
// sources to show.
func definitionOf(l store.DataLayer) scope.Layer {
	d, problems := scope.ParseLayer(scope.LayerFile, []byte(l.Definition))
	if problems != nil {
		return scope.DefaultLayer(l.Name)
	}
	return d
}

// layerNow returns the layer in the path and its active snapshot.
func (c *call) layerNow() (store.DataLayer, *engine.Snapshot, error) {
	layer, err := c.api.Control.Layer(c.ctx(), c.Param("layer"))
	if err != nil {
		return layer, nil, err
	}
	if c.api.Snapshots != nil {
		if s, err := c.api.Snapshots(layer.Name); err == nil {
			return layer, s, nil
		}
	}
	return layer, nil, &control.Error{Kind: control.Conflict, Code: "NO_REVISION", Message: "the data layer has no active revision: look at its syncs"}
}

func (c *call) catalog() error {
	layer, snapshot, err := c.layerNow()
	if err != nil {
		return err
	}
	text, err := c.api.kept.of(layer, snapshot)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "private, no-cache") // it is kept, and asked about
	text.ServeHTTP(c.Writer, c.Request)
	return nil
}
