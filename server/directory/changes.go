package directory

import (
	"errors"
	"maps"
	"slices"

	"github.com/fieldgate/fieldgate/server/store"
)

// revisionsKept is how many of a data layer's newest revisions are kept here; older ones are asked of the store.
const revisionsKept = 100

// changes are the rows that entries of the audit chain name, as they are at one sequence.
type changes struct {
	head          store.Head
	tokens        []store.Token   // by id
	deletedScopes map[string]bool // ids
	team          *store.Team     // nil: as before
	people        *people         // nil: as before
	layers        []store.DataLayer
	layersChanged bool
	contents      map[string]layerRows // of changed data layers that are there, by id
}

type people struct {
	members []store.Member
	keys    []store.Key
}

// layerRows are the rows of one data layer.
type layerRows struct {
	scopes    []store.Scope
	revisions []store.Revision // newest first
}

// named are the rows that entries name.
type named struct {
	tokens, layers map[string]bool // ids of tokens, names of data layers
	deletedScopes  map[string]bool
	team, people   bool
}

// readChanges reads what changed after a head. It reports false when the store does not go on from there.
func readChanges(r store.Reader, after store.Head) (changes, bool, error) {
	head, err := r.Head()
	if err != nil {
		return changes{}, false, err
	}
	n, newest, err := readEntries(r, after)
	if err != nil || newest != head {
		return changes{}, false, err
	}
	c := changes{head: head, deletedScopes: n.deletedScopes}
	for _, read := range []func() error{
		func() error { return c.readTokens(r, n) },
		func() error { return c.readPeople(r, n) },
		func() error { return c.readLayers(r, n) },
	} {
		if err := read(); err != nil {
			return changes{}, false, err
		}
	}
	return c, true, nil
}

// readEntries collects what the entries after a head name, and returns the last entry that follows it without a gap.
func readEntries(r store.Reader, after store.Head) (named, store.Head, error) {
	n := named{tokens: map[string]bool{}, layers: map[string]bool{}, deletedScopes: map[string]bool{}}
	for entry, err := range r.Audit(store.AuditFilter{After: after.Sequence}) {
		if err != nil {
			return n, after, err
		}
		if entry.Sequence != after.Sequence+1 || after.Sequence > 0 && entry.Previous != after.Hash {
			break
		}
		after = store.Head{Sequence: entry.Sequence, Hash: entry.Hash}
		n.add(entry)
	}
	return n, after, nil
}

func (n *named) add(e store.Entry) {
	switch e.Target.Kind {
	case "token":
		n.tokens[e.Target.ID] = true
	case "member", "key":
		n.people = true
	case "team":
		n.team = true
	case "data_layer":
		n.layers[e.Target.Name] = true
	default: // a scope, a sync, a revision
		n.layers[e.Target.DataLayer] = true
	}
	if e.Action == store.ScopeDeleted {
		n.deletedScopes[e.Target.ID] = true
	}
}

func (c *changes) readTokens(r store.Reader, n named) error {
	for _, id := range slices.Sorted(maps.Keys(n.tokens)) {
		token, err := r.Token(id)
		if err != nil {
			return err
		}
		c.tokens = append(c.tokens, token)
	}
	return nil
}

func (c *changes) readPeople(r store.Reader, n named) (err error) {
	if n.team {
		if c.team, err = readTeam(r); err != nil {
			return err
		}
	}
	if n.people {
		c.people, err = readPeople(r)
	}
	return err
}

// readTeam returns the zero team before there is one.
func readTeam(r store.Reader) (*store.Team, error) {
	team, err := r.Team()
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	return &team, nil
}

func readPeople(r store.Reader) (*people, error) {
	members, err := r.Members()
	if err != nil {
		return nil, err
	}
	keys, err := r.Keys("")
	if err != nil {
		return nil, err
	}
	return &people{members, keys}, nil
}

func (c *changes) readLayers(r store.Reader, n named) (err error) {
	if len(n.layers) == 0 {
		return nil
	}
	if c.layers, err = r.Layers(); err != nil {
		return err
	}
	c.layersChanged, c.contents = true, map[string]layerRows{}
	for _, layer := range c.layers {
		if !n.layers[layer.Name] {
			continue
		}
		if c.contents[layer.ID], err = readLayer(r, layer.ID); err != nil {
			return err
		}
	}
	return nil
}

func readLayer(r store.Reader, id string) (layerRows, error) {
	scopes, err := r.Scopes(id)
	if err != nil {
		return layerRows{}, err
	}
	revisions, err := r.Revisions(id, store.Page{Limit: revisionsKept})
	return layerRows{scopes, revisions}, err
}
