package control

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/access"
	"github.com/fieldgate/fieldgate/server/store"
)

// plan is what applying the files of one data layer changes.
type plan struct {
	applied Applied
	layer   store.DataLayer // as it is to be; without an id when it is new
	isNew   bool
	changed bool   // the layer's row
	schema  string // text of the schema file; "" when the layer introspects
	lock    string // text of the schema.lock; "" when there is none
	creates []store.Scope
	updates []store.Scope // with renamed ones, which come first
	deletes []store.Scope
}

// isEmpty reports whether the store says already what the files say.
func (p *plan) isEmpty() bool {
	return !p.isNew && !p.changed && len(p.creates)+len(p.updates)+len(p.deletes) == 0
}

// problem is a reason why files cannot be applied.
type problem struct {
	code string
	Detail
}

// planner compares files with the store.
type planner struct {
	r        store.Reader
	files    map[string][]byte
	problems []problem
	newID    func() string
}

// refuse notes why the files cannot be applied. All reasons are told at once.
func (p *planner) refuse(code, file, format string, args ...any) {
	p.problems = append(p.problems, problem{code, Detail{Pointer: pointer("files", file), Message: fmt.Sprintf(format, args...)}})
}

// err returns the problems, sorted by file.
func (p *planner) err() error {
	if p.problems == nil {
		return nil
	}
	slices.SortFunc(p.problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Message, b.Message))
	})
	first := p.problems[0]
	e := &Error{Kind: Conflict, Code: first.code, Message: "the files cannot follow what is stored: " + first.Message}
	for _, one := range p.problems {
		e.Details = append(e.Details, one.Detail)
	}
	return e
}

// plan returns what the files change, by data layer, or every reason why they cannot be applied (R22).
func (p *planner) plan(files []scope.LayerFiles) ([]*plan, error) {
	layers, err := p.r.Layers()
	if err != nil {
		return nil, err
	}
	var plans []*plan
	for _, f := range files {
		one, err := p.layer(layers, f)
		if err != nil {
			return nil, err
		}
		plans = append(plans, one)
	}
	for _, l := range layers {
		defined := func(f scope.LayerFiles) bool { return f.Layer.Name == l.Name }
		if l.File != "" && !slices.ContainsFunc(files, defined) {
			p.refuse(CodeVanished, l.File, "no file defines the data layer %s any more: put its folder back, or have an owner delete the data layer", l.Name)
		}
	}
	return plans, p.err()
}

// layer plans one data layer.
func (p *planner) layer(layers []store.DataLayer, f scope.LayerFiles) (*plan, error) {
	file := path.Join(f.Dir, scope.LayerFile)
	next := store.DataLayer{
		Name: f.Layer.Name, Definition: string(p.files[file]), File: file, SchemaFile: f.Schema.Path,
	}
	one := &plan{applied: Applied{DataLayer: next.Name}, schema: string(f.Schema.Source), isNew: true}
	if f.Lock != nil {
		one.lock = string(f.Lock.Text())
		next.LockDigest = digestOf(one.lock)
	}
	if i := slices.IndexFunc(layers, func(l store.DataLayer) bool { return l.Name == next.Name }); i >= 0 {
		now := layers[i]
		if now.File == "" {
			p.refuse(CodeNameTaken, file, "the data layer %s belongs to the admin API: the files cannot have it too", now.Name)
		}
		next.ID, next.Pinned, next.SchemaDigest = now.ID, now.Pinned, now.SchemaDigest
		one.isNew = false
		one.layer = p.withSchema(next, one.schema)
		one.changed = one.layer.Definition != now.Definition || one.layer.File != now.File ||
			one.layer.SchemaDigest != now.SchemaDigest || one.layer.SchemaFile != now.SchemaFile || one.layer.LockDigest != now.LockDigest
	} else {
		next.ID = p.newID()
		one.layer = p.withSchema(next, one.schema)
	}
	return one, p.scopes(one, f)
}

func (p *planner) withSchema(l store.DataLayer, text string) store.DataLayer {
	if text != "" {
		l.SchemaDigest = digestOf(text)
	}
	return l
}

// scopes plans the scopes of a data layer.
func (p *planner) scopes(one *plan, f scope.LayerFiles) error {
	var now []store.Scope
	if !one.isNew {
		var err error
		if now, err = p.r.Scopes(one.layer.ID); err != nil {
			return err
		}
	}
	kept := map[string]bool{} // ids that a file accounts for
	for _, s := range f.Scopes {
		if id := p.scope(one, now, s); id != "" {
			kept[id] = true
		}
	}
	var owned []string // names that files own and no file accounts for
	for _, s := range now {
		switch {
		case s.File == "" || kept[s.ID]:
			if s.File == "" && slices.Contains(f.Layer.DeletedScopes, s.Name) {
				one.warn("scope %s is listed under `deleted_scopes`, but belongs to the admin API: it stays", s.Name)
			}
		case slices.Contains(f.Layer.DeletedScopes, s.Name):
			one.deletes = append(one.deletes, s)
			one.applied.Deleted = append(one.applied.Deleted, s.Name)
		default:
			owned = append(owned, s.Name)
		}
	}
	p.vanished(one, f, owned)
	slices.Sort(one.applied.Created)
	slices.Sort(one.applied.Updated)
	slices.Sort(one.applied.Renamed)
	return nil
}

func (p *planner) vanished(one *plan, f scope.LayerFiles, names []string) {
	if names == nil {
		return
	}
	err := &access.VanishedScopesError{Layer: one.layer.Name, LayerFile: path.Join(f.Dir, scope.LayerFile), Scopes: names}
	p.refuse(CodeVanished, err.LayerFile, "%s", err.Error())
}

func (p *plan) warn(format string, args ...any) {
	p.applied.Warnings = append(p.applied.Warnings, fmt.Sprintf(format, args...))
}

// scope plans one scope file and returns the id of the stored scope that it goes on with, or "".
func (p *planner) scope(one *plan, now []store.Scope, s scope.Scope) string {
	next := store.Scope{LayerID: one.layer.ID, Name: s.Name, Description: s.Description, File: s.Position.File}
	for _, e := range s.Entries {
		next.Entries = append(next.Entries, e.Text)
	}
	byName := func(name string) *store.Scope {
		if i := slices.IndexFunc(now, func(o store.Scope) bool { return o.Name == name }); i >= 0 {
			return &now[i]
		}
		return nil
	}
	same, former := byName(s.Name), byName(s.RenamedFrom)
	switch {
	case same != nil && same.File == "":
		p.refuse(CodeNameTaken, next.File, "the scope %s belongs to the admin API: the files cannot have it too", s.Name)
		return same.ID
	case same != nil:
		p.update(one, *same, next)
		return same.ID
	case former != nil && former.File == "":
		p.refuse(CodeNameTaken, next.File, "the scope %s, the former name of %s, belongs to the admin API: rename it there", former.Name, s.Name)
		return former.ID
	case former != nil:
		p.rename(one, *former, next)
		return former.ID
	}
	next.ID = p.newID()
	one.creates = append(one.creates, next)
	one.applied.Created = append(one.applied.Created, s.Name)
	return ""
}

func (p *planner) update(one *plan, now, next store.Scope) {
	if now.Description == next.Description && now.File == next.File && slices.Equal(now.Entries, next.Entries) {
		return
	}
	next.ID = now.ID
	one.updates = append(one.updates, next)
	one.applied.Updated = append(one.applied.Updated, next.Name)
}

func (p *planner) rename(one *plan, now, next store.Scope) {
	next.ID = now.ID
	one.updates = append([]store.Scope{next}, one.updates...)
	one.applied.Renamed = append(one.applied.Renamed, now.Name+" -> "+next.Name)
}
