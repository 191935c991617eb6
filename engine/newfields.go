package engine

import (
	"slices"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// CheckLock refuses `on_new_fields: restrict` without a lock: everything would be new, or nothing.
func (in Input) CheckLock() scope.Problems {
	if in.Layer.OnNewFields != scope.NewFieldsRestrict || in.Lock != nil {
		return nil
	}
	return scope.Problems{{
		Position: in.Layer.Positions.At("on_new_fields"),
		Message:  "`on_new_fields: restrict` needs a " + scope.LockFile + " beside layer.yaml, and there is none",
		Hint:     "`fieldgate schema accept DIR` writes it",
	}}
}

// findNew finds the coordinates that the lock does not have.
func (d *Draft) findNew(in Input) {
	if in.Layer.OnNewFields != scope.NewFieldsRestrict {
		return
	}
	for id, name := range d.Schema.Names() {
		if !d.Schema.BuiltIn(gql.ID(id)) && !in.Lock.Has(name) {
			d.New = append(d.New, name)
		}
	}
	slices.Sort(d.New)
}

// restrictNew puts new coordinates into the reserved scope. It is part of the content like any scope, so that whoever evaluates
// the bundle comes to the same answer; but no subject can hold it.
func (d *Draft) restrictNew() {
	if d.New == nil {
		return
	}
	for _, name := range d.New {
		covers := append(slices.Clone(d.Content.Coordinates[name]), scope.Unclassified)
		slices.Sort(covers)
		d.Content.Coordinates[name] = covers
	}
	d.Content.Scopes = append(d.Content.Scopes, bundles.Scope{
		ID: scope.Unclassified, Name: scope.Unclassified, Description: "Coordinates that are not in " + scope.LockFile + ". No token can hold it.",
		Entries: d.New,
	})
	slices.SortFunc(d.Content.Scopes, func(a, b bundles.Scope) int { return compareText(a.ID, b.ID) })
}

// Accepted returns the coordinates that a lock of a schema lists: all but built-in scalars, sorted.
func Accepted(s *gql.Schema) []string {
	var out []string
	for id, name := range s.Names() {
		if !s.BuiltIn(gql.ID(id)) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Unclassified reports whether a coordinate is held back until it is accepted.
func (s *Snapshot) Unclassified(coordinate string) bool {
	return slices.Contains(s.content.Coordinates[coordinate], scope.Unclassified)
}
