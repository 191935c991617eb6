package admintest

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

// Layers returns data layers by name.
func (c *Control) Layers(context.Context) ([]store.DataLayer, error) {
	defer c.mu.Unlock()
	err := c.lock("Layers")
	out := slices.Clone(c.layers)
	slices.SortFunc(out, func(a, b store.DataLayer) int { return cmp.Compare(a.Name, b.Name) })
	return out, err
}

// layer returns the index of a data layer.
func (c *Control) layer(name string) (int, error) {
	i := slices.IndexFunc(c.layers, func(l store.DataLayer) bool { return l.Name == name })
	if i < 0 {
		return 0, missing("data layer")
	}
	return i, nil
}

// in begins a method about a data layer.
func (c *Control) in(method, layer string) (*store.DataLayer, error) {
	if err := c.lock(method); err != nil {
		return nil, err
	}
	i, err := c.layer(layer)
	if err != nil {
		return nil, err
	}
	return &c.layers[i], nil
}

// Layer returns one data layer.
func (c *Control) Layer(_ context.Context, layer string) (store.DataLayer, error) {
	defer c.mu.Unlock()
	l, err := c.in("Layer", layer)
	if err != nil {
		return store.DataLayer{}, err
	}
	return *l, nil
}

// CreateLayer takes `data_layer: NAME` as a definition.
func (c *Control) CreateLayer(_ context.Context, by store.Origin, definition, schema string) (store.DataLayer, error) {
	defer c.mu.Unlock()
	if err := c.lock("CreateLayer"); err != nil {
		return store.DataLayer{}, err
	}
	name, ok := strings.CutPrefix(strings.TrimSpace(definition), "data_layer: ")
	if !ok {
		return store.DataLayer{}, &control.Error{
			Kind: control.Invalid, Code: "BAD_DEFINITION", Message: "the definition has problems",
			Details: []control.Detail{{Pointer: "/definition", Message: "layer.yaml:1:1: `data_layer` is missing", Hint: "name the data layer"}},
		}
	}
	if _, err := c.layer(name); err == nil {
		return store.DataLayer{}, refused(control.Conflict, "NAME_TAKEN", "a data layer is called %s already", name)
	}
	l := store.DataLayer{ID: c.id("layer"), Name: name, Definition: definition, SchemaDigest: "sha256:00", Created: c.Now()}
	l.Version = c.record(by, store.LayerCreated, store.Target{Kind: "data_layer", ID: l.ID, Name: name})
	c.layers = append(c.layers, l)
	c.schemas[l.ID] = schema
	c.sync(by, l, "data_layer.created")
	return l, nil
}

// UpdateLayer changes what is not "".
func (c *Control) UpdateLayer(_ context.Context, by store.Origin, layer, definition, schema string, version uint64) (store.DataLayer, error) {
	defer c.mu.Unlock()
	l, err := c.in("UpdateLayer", layer)
	if err != nil {
		return store.DataLayer{}, err
	}
	if err := current(version, l.Version); err != nil {
		return store.DataLayer{}, err
	}
	if definition != "" {
		l.Definition = definition
	}
	if schema != "" {
		c.schemas[l.ID] = schema
	}
	l.Version = c.record(by, store.LayerUpdated, store.Target{Kind: "data_layer", ID: l.ID, Name: l.Name})
	return *l, nil
}

// DeleteLayer deletes a data layer.
func (c *Control) DeleteLayer(_ context.Context, by store.Origin, layer string, version uint64) error {
	defer c.mu.Unlock()
	l, err := c.in("DeleteLayer", layer)
	if err != nil {
		return err
	}
	if err := current(version, l.Version); err != nil {
		return err
	}
	c.record(by, store.LayerDeleted, store.Target{Kind: "data_layer", ID: l.ID, Name: layer})
	c.layers = slices.DeleteFunc(c.layers, func(l store.DataLayer) bool { return l.Name == layer })
	return nil
}

// Schema returns the text that was given.
func (c *Control) Schema(_ context.Context, layer string) (string, error) {
	defer c.mu.Unlock()
	l, err := c.in("Schema", layer)
	if err != nil {
		return "", err
	}
	return c.schemas[l.ID], nil
}

// Apply finds a scope in each NAME/scopes/SCOPE.yaml of a data layer that is there, and says that it would be created.
func (c *Control) Apply(_ context.Context, by store.Origin, files map[string][]byte, dryRun bool) ([]control.Applied, error) {
	defer c.mu.Unlock()
	if err := c.lock("Apply"); err != nil {
		return nil, err
	}
	var out []control.Applied
	for _, l := range c.layers {
		a := control.Applied{DataLayer: l.Name}
		for file := range files {
			if scope, ok := strings.CutPrefix(file, l.Name+"/scopes/"); ok {
				a.Created = append(a.Created, strings.TrimSuffix(path.Base(scope), ".yaml"))
			}
		}
		slices.Sort(a.Created)
		if !dryRun && a.Created != nil {
			s := c.sync(by, l, "apply")
			a.Sync = &s
		}
		out = append(out, a)
	}
	return out, nil
}

// scopesOf returns a layer's scopes by name.
func (c *Control) scopesOf(layerID string) []store.Scope {
	var out []store.Scope
	for _, s := range c.scopes {
		if s.LayerID == layerID {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b store.Scope) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// fits refuses a name that is taken, and entries that match nothing: those that begin with "Nope".
func (c *Control) fits(layerID, id string, r control.ScopeRequest) error {
	for _, s := range c.scopesOf(layerID) {
		if s.Name == r.Name && s.ID != id {
			return refused(control.Conflict, "NAME_TAKEN", "a scope is called %s already", r.Name)
		}
	}
	e := &control.Error{Kind: control.Unprocessable, Code: "UNMATCHED_ENTRY", Message: "entries match nothing in the schema"}
	for i, f := range r.Fields {
		if strings.HasPrefix(f, "Nope") {
			e.Details = append(e.Details, control.Detail{Pointer: fmt.Sprintf("/fields/%d", i), Message: "it matches nothing", Hint: "did you mean Product?"})
		}
	}
	if e.Details != nil {
		return e
	}
	return nil
}
