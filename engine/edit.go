package engine

import (
	"maps"
	"reflect"
	"slices"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Edit compiles an input as Compile does, and with the same result. When nothing but scopes differs from what d was compiled
// from it takes over what is the same, and costs as much as the difference. d does not change.
func (d *Draft) Edit(in Input) (*Draft, error) {
	if !d.sameBut(in) || in.checkScopeIDs() != nil {
		return Compile(in)
	}
	out := &Draft{bare: d.bare, deriver: d.deriver, input: in, New: d.New, Schema: d.Schema, Guards: d.Guards, Escapes: d.Escapes, guardProblems: d.guardProblems}
	changed := out.rematch(d)
	out.recover(d, changed)
	guards := !out.restricted.Equal(d.restricted)
	if guards {
		out.guard()
		guards = !slices.EqualFunc(out.Guards, d.Guards, sameGuard)
	}
	if guards {
		out.Content.Guards = guardContent(out.Schema, out.Guards)
	}
	if d.text != nil {
		out.text = d.text.Edited(out.Content, bundles.Edit{Coordinates: out.names(changed.ids), Scopes: changed.scopes, Guards: guards})
	}
	if d.classes != nil {
		out.classes = d.classes.edited(out.Content, out.bare, changed.ids)
	}
	out.gatherProblems()
	return out, nil
}

// sameBut reports whether an input differs from the draft's in its scopes only.
func (d *Draft) sameBut(in Input) bool {
	was := d.input
	return in.Schema == was.Schema && in.SchemaFile == was.SchemaFile && in.Lock.Equal(was.Lock) && reflect.DeepEqual(in.Layer, was.Layer)
}

func sameGuard(a, b gql.Guard) bool {
	return a.At == b.At && a.Rule == b.Rule && slices.Equal(a.StandsFor, b.StandsFor)
}

// change is what an edit changes.
type change struct {
	scopes []string            // ids of scopes that are new, others or gone
	ids    []gql.ID            // coordinates that other scopes cover than before, sorted
	covers map[gql.ID][]string // what covers them
}

// rematch finds what the scopes cover, and what of it has changed.
func (d *Draft) rematch(before *Draft) change {
	out := change{covers: map[gql.ID][]string{}}
	old := make(map[string]int, len(before.input.Scopes))
	for i, s := range before.input.Scopes {
		old[before.input.scopeID(s.Name)] = i
	}
	for _, s := range d.input.Scopes {
		id := d.input.scopeID(s.Name)
		i, ok := old[id]
		delete(old, id)
		var was match
		if ok {
			was = before.matches[i]
		}
		is := was
		if !ok || !sameEntries(before.input.Scopes[i].Entries, s.Entries) {
			is = matched(d.bare, s.Entries)
			d.moved(before, &out, id, was.ids, is.ids)
		}
		if !ok || !sameScope(before.input.Scopes[i], s) {
			out.scopes = append(out.scopes, id)
		}
		d.matches = append(d.matches, is)
	}
	for id, i := range old {
		out.scopes = append(out.scopes, id)
		d.moved(before, &out, id, before.matches[i].ids, nil)
	}
	out.ids = slices.Sorted(maps.Keys(out.covers))
	return out
}

// sameEntries is quick when the lists are one, as those of a scope that nobody has read again are.
func sameEntries(a, b []scope.Entry) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || slices.EqualFunc(a, b, func(a, b scope.Entry) bool {
		return a.Text == b.Text && a.Position == b.Position
	}))
}

func sameScope(a, b scope.Scope) bool {
	return a.Name == b.Name && a.Description == b.Description && sameEntries(a.Entries, b.Entries)
}

// moved notes which coordinates a scope covers that it did not cover, or no longer covers.
func (d *Draft) moved(before *Draft, out *change, scopeID string, was, is []gql.ID) {
	covers := func(id gql.ID) []string {
		if list, ok := out.covers[id]; ok {
			return list
		}
		return slices.Clone(before.Content.Coordinates[d.bare.Name(id)])
	}
	for _, id := range without(was, is) {
		out.covers[id] = slices.DeleteFunc(covers(id), func(one string) bool { return one == scopeID })
	}
	for _, id := range without(is, was) {
		list := covers(id)
		i, _ := slices.BinarySearch(list, scopeID)
		out.covers[id] = slices.Insert(list, i, scopeID)
	}
}

// without returns what is in a and not in b, both of which are sorted.
func without(a, b []gql.ID) []gql.ID {
	var out []gql.ID
	for _, id := range a {
		if _, ok := slices.BinarySearch(b, id); !ok {
			out = append(out, id)
		}
	}
	return out
}

// recover makes the content, and finds what is restricted now.
func (d *Draft) recover(before *Draft, c change) {
	content := *before.Content
	content.Coordinates = maps.Clone(content.Coordinates)
	d.restricted = before.restricted.Clone()
	for id, covers := range c.covers {
		if len(covers) == 0 {
			covers = nil // as Compile has it
			d.restricted.Remove(id)
		} else {
			d.restricted.Add(id)
		}
		content.Coordinates[d.bare.Name(id)] = covers
	}
	d.Content = &content
	d.contentScopes(kept(before.Content.Scopes, c.scopes))
}

// kept returns, by id, those of the scopes that an edit does not change.
func kept(scopes []bundles.Scope, changed []string) map[string]bundles.Scope {
	out := make(map[string]bundles.Scope, len(scopes))
	for _, s := range scopes {
		out[s.ID] = s
	}
	for _, id := range changed {
		delete(out, id)
	}
	return out
}

func (d *Draft) names(ids []gql.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = d.bare.Name(id)
	}
	return out
}
