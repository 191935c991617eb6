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

// findNew finds the coordinates that the lock does not have. They are in the reserved scope. It is part of the content like
// any scope, so that whoever evaluates the bundle comes to the same answer; but no subject can hold it.
func (d *Draft) findNew() {
	if d.input.Layer.OnNewFields != scope.NewFieldsRestrict {
		return
	}
	for id, name := range d.bare.Names() {
		if !d.bare.BuiltIn(gql.ID(id)) && !d.input.Lock.Has(name) {
			d.New = append(d.New, name)
		}
	}
	slices.Sort(d.New)
}

// reserved is the scope of what is new.
func (d *Draft) reserved() bundles.Scope {
	return bundles.Scope{
		ID: scope.Unclassified, Name: scope.Unclassified, Description: "Coordinates that are not in " + scope.LockFile + ". No token can hold it.",
		Entries: d.New,
	}
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
