package control

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/access"
	"github.com/fieldgate/fieldgate/server/store"
)

// Apply writes what the files of an access directory say, by slash path, and returns what that changed for each data layer,
// by name. Everything is written or nothing: files with a problem, a scope or data layer that vanished (R22) and a name that
// the admin API owns are errors that name all such places. What is written is active when Apply returns, unless a sync
// failed, or a schema has still to be read from an upstream. dryRun only says what would change.
func (c *Control) Apply(ctx context.Context, by store.Origin, files map[string][]byte, dryRun bool) ([]Applied, error) {
	repository, problems := scope.ParseRepository(files)
	if err := problems.Err(); err != nil {
		return nil, badFiles(problems)
	}
	warnings, err := compileAll(repository)
	if err != nil {
		return nil, err
	}
	a := &application{c: c, files: files, layers: repository.Layers, warnings: warnings}
	if dryRun {
		err := c.view(ctx, a.plan)
		return a.result(nil), err
	}
	return a.run(ctx, by)
}

// badFiles are problems of files, each at its place in a request that holds them by path.
func badFiles(problems scope.Problems) *Error {
	e := &Error{Kind: Invalid, Code: CodeFiles, Message: "the files have problems", Err: problems}
	for _, p := range problems {
		e.Details = append(e.Details, Detail{Pointer: pointer("files", p.File), Message: p.Position.String() + ": " + p.Message, Hint: hintOf(p)})
	}
	return e
}

// compileAll refuses schemas that cannot be used, and returns the entries that match nothing, by data layer (R1).
func compileAll(repository *scope.Repository) (map[string][]string, error) {
	warnings := map[string][]string{}
	e := &Error{Kind: Unprocessable, Code: CodeSchema, Message: "a schema cannot be used"}
	var errs []error
	for _, l := range repository.Layers {
		if problems := access.Input(l).CheckLock(); problems != nil {
			return nil, badFiles(problems)
		}
		if l.Layer.Introspect != nil {
			continue
		}
		draft, err := engine.Compile(access.Input(l))
		if err != nil {
			errs = append(errs, err)
			e.Details = append(e.Details, Detail{Pointer: pointer("files", fileOf(err, l)), Message: err.Error()})
			continue
		}
		for _, p := range draft.Unmatched {
			warnings[l.Layer.Name] = append(warnings[l.Layer.Name], p.Error())
		}
	}
	if errs != nil {
		e.Err = errors.Join(errs...)
		return nil, e
	}
	return warnings, nil
}

func fileOf(err error, l scope.LayerFiles) string {
	if at := (*gql.SchemaError)(nil); errors.As(err, &at) && at.File != "" {
		return at.File
	}
	return l.Schema.Path
}

// application is one call of Apply.
type application struct {
	c        *Control
	files    map[string][]byte
	layers   []scope.LayerFiles
	warnings map[string][]string
	plans    []*plan
}

func (a *application) plan(r store.Reader) (err error) {
	p := &planner{r: r, files: a.files, newID: a.c.o.NewID}
	a.plans, err = p.plan(a.layers)
	return err
}

// result says what was planned, with the syncs by name of their data layer.
func (a *application) result(syncs map[string]store.Sync) []Applied {
	var list []Applied
	for _, p := range a.plans {
		one := p.applied
		one.Warnings = append(slices.Clone(a.warnings[one.DataLayer]), one.Warnings...)
		if s, ok := syncs[one.DataLayer]; ok {
			one.Sync = &s
		}
		list = append(list, one)
	}
	return list
}

// run commits the plan, and waits for the syncs.
func (a *application) run(ctx context.Context, by store.Origin) ([]Applied, error) {
	layers, err := a.gates(ctx)
	if err != nil {
		return nil, err
	}
	var started []*plan
	requests, err := a.c.startAll(ctx, by, layers, func(w store.Writer) ([]starting, error) {
		if err := a.plan(w); err != nil {
			return nil, err
		}
		var list []starting
		for _, p := range a.plans {
			if p.isEmpty() {
				continue
			}
			if err := p.write(w); err != nil {
				return nil, err
			}
			started = append(started, p)
			list = append(list, starting{layer: a.c.guarded(p.layer), reason: "apply", change: true, fetch: p.layer.SchemaDigest == ""})
		}
		return list, nil
	})
	if err != nil {
		return nil, errors.Join(err, a.abandon(ctx))
	}
	syncs := map[string]store.Sync{}
	for i, r := range requests {
		done := r.sync
		if started[i].changed {
			a.c.guarded(started[i].layer).readAgain()
		}
		if !r.fetch {
			if done, err = a.c.wait(ctx, r); err != nil {
				return nil, err
			}
		}
		syncs[started[i].layer.Name] = done
	}
	return a.result(syncs), nil
}

// gates returns the stored data layers that the files define.
func (a *application) gates(ctx context.Context) ([]*guarded, error) {
	stored, err := a.c.Layers(ctx)
	if err != nil {
		return nil, err
	}
	var list []*guarded
	for _, l := range stored {
		if slices.ContainsFunc(a.layers, func(f scope.LayerFiles) bool { return f.Layer.Name == l.Name }) {
			list = append(list, a.c.guarded(l))
		}
	}
	slices.SortFunc(list, func(x, y *guarded) int { return strings.Compare(x.id, y.id) })
	return list, nil
}

// abandon forgets data layers that did not come to be.
func (a *application) abandon(ctx context.Context) error {
	stored, err := a.c.Layers(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	for _, p := range a.plans {
		if p.isNew && !slices.ContainsFunc(stored, func(l store.DataLayer) bool { return l.ID == p.layer.ID }) {
			a.c.forget(p.layer.ID)
		}
	}
	return nil
}

// write changes the store as planned: names become free before they are taken.
func (p *plan) write(w store.Writer) error {
	if err := p.writeLayer(w); err != nil {
		return err
	}
	for _, s := range p.deletes {
		if err := w.DeleteScope(s.ID, 0); err != nil {
			return err
		}
	}
	for _, s := range p.updates {
		if _, err := w.UpdateScope(s); err != nil {
			return err
		}
	}
	for _, s := range p.creates {
		if _, err := w.CreateScope(s); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) writeLayer(w store.Writer) (err error) {
	if err := putSchema(w, p.schema); err != nil {
		return err
	}
	if err := putSchema(w, p.lock); err != nil {
		return err
	}
	switch {
	case p.isNew:
		_, err = w.CreateLayer(p.layer)
		if errors.Is(err, store.ErrConflict) {
			return refused(Conflict, CodeNameTaken, pointer("files", p.layer.File),
				"the data layer %s was deleted: names are not used again, call it otherwise or take its folder away", p.layer.Name)
		}
	case p.changed:
		_, err = w.UpdateLayer(p.layer)
	}
	return err
}
