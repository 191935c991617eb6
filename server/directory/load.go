package directory

import (
	"errors"

	"github.com/hashicorp/go-memdb"

	"github.com/fieldgate/fieldgate/server/store"
)

// readRows reads everything but the tokens.
func readRows(r store.Reader) (*rows, error) {
	c := changes{layersChanged: true, contents: map[string]layerRows{}}
	var err error
	if c.team, err = readTeam(r); err != nil {
		return nil, err
	}
	if c.people, err = readPeople(r); err != nil {
		return nil, err
	}
	if c.layers, err = r.Layers(); err != nil {
		return nil, err
	}
	for _, layer := range c.layers {
		if c.contents[layer.ID], err = readLayer(r, layer.ID); err != nil {
			return nil, err
		}
	}
	fresh, err := newRows()
	if err != nil {
		return nil, err
	}
	if err := fresh.apply(c); err != nil {
		return nil, err
	}
	return fresh, nil
}

// apply puts what changed in place of what was there, in one transaction.
func (r *rows) apply(c changes) error {
	txn := r.db.Txn(true)
	defer txn.Abort() // does nothing after Commit
	if c.team != nil {
		if err := replace(txn, teamTable, []store.Team{*c.team}); err != nil {
			return err
		}
	}
	if c.people != nil {
		err := errors.Join(replace(txn, memberTable, c.people.members), replace(txn, keyTable, c.people.keys))
		if err != nil {
			return err
		}
	}
	if c.layersChanged {
		if err := applyLayers(txn, c); err != nil {
			return err
		}
	}
	txn.Commit()
	if c.layersChanged {
		r.setNames(c.layers)
	}
	return nil
}

// setNames replaces the ids of data layers by name.
func (r *rows) setNames(layers []store.DataLayer) {
	ids := make(map[string]string, len(layers))
	for _, layer := range layers {
		ids[layer.Name] = layer.ID
	}
	r.layerIDs.Store(&ids)
}

func applyLayers(txn *memdb.Txn, c changes) error {
	if err := removeGone(txn, c.layers); err != nil {
		return err
	}
	if err := replace(txn, layerTable, c.layers); err != nil {
		return err
	}
	for id, layer := range c.contents {
		if err := removeRows(txn, id); err != nil {
			return err
		}
		if err := errors.Join(insert(txn, scopeTable, layer.scopes), insert(txn, revisionTable, layer.revisions)); err != nil {
			return err
		}
	}
	return nil
}

// removeGone removes the rows of data layers that are not there any more.
func removeGone(txn *memdb.Txn, layers []store.DataLayer) error {
	there := map[string]bool{}
	for _, layer := range layers {
		there[layer.ID] = true
	}
	before, err := txn.Get(layerTable, byID)
	if err != nil {
		return err
	}
	for next := before.Next(); next != nil; next = before.Next() {
		layer, ok := next.(*store.DataLayer)
		if !ok {
			return errRow
		}
		if there[layer.ID] {
			continue
		}
		if err := removeRows(txn, layer.ID); err != nil {
			return err
		}
	}
	return nil
}

func removeRows(txn *memdb.Txn, layerID string) error {
	_, scopes := txn.DeleteAll(scopeTable, byLayer+"_prefix", join(layerID, ""))
	_, revisions := txn.DeleteAll(revisionTable, byID+"_prefix", join(layerID, ""))
	return errors.Join(scopes, revisions)
}

func replace[T any](txn *memdb.Txn, table string, with []T) error {
	if _, err := txn.DeleteAll(table, byID); err != nil {
		return err
	}
	return insert(txn, table, with)
}

func insert[T any](txn *memdb.Txn, table string, added []T) error {
	for i := range added {
		if err := txn.Insert(table, &added[i]); err != nil {
			return err
		}
	}
	return nil
}
