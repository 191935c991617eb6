package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/plan"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/access"
	"github.com/fieldgate/fieldgate/server/admin/api"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// compared is what a plan compares.
type compared struct {
	was, is    map[string]*plan.Side
	subjects   map[string][]plan.Subject    // by data layer
	scopeNames map[string]map[string]string // by data layer: id to name
}

// onServer reads what a server has, to compare the directory with.
type onServer struct {
	*remote
	dir      string
	files    *scope.Repository
	warnings io.Writer
	*compared
}

// compareWithServer compares the directory with the server: its files are the later side, with the scopes that the admin API
// owns, which applying files leaves as they are.
func compareWithServer(ctx context.Context, dir string, r *remote, warnings io.Writer) (*compared, error) {
	files, err := access.Load(dir)
	if err != nil {
		return nil, at(dir, err)
	}
	s := &onServer{remote: r, dir: dir, files: files, warnings: warnings, compared: &compared{
		was: map[string]*plan.Side{}, is: map[string]*plan.Side{}, subjects: map[string][]plan.Subject{}, scopeNames: map[string]map[string]string{},
	}}
	layers, err := r.Layers(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		if r.layer != "" && r.layer != l.Name {
			continue
		}
		if err := s.layer(ctx, l); err != nil {
			return nil, err
		}
	}
	for _, l := range files.Layers {
		if s.was[l.Layer.Name] != nil || s.is[l.Layer.Name] != nil {
			continue
		}
		if s.is[l.Layer.Name], err = compileSide(ctx, dir, access.Input(l), files.Settings); err != nil {
			return nil, err
		}
	}
	return s.compared, nil
}

// layer reads one data layer of the server.
func (s *onServer) layer(ctx context.Context, l api.Layer) error {
	i := slices.IndexFunc(s.files.Layers, func(f scope.LayerFiles) bool { return f.Layer.Name == l.Name })
	if i < 0 && l.File == "" || l.SchemaDigest == "" {
		return nil // not the files', or without a schema and so without a reader
	}
	var text bytes.Buffer
	if err := s.Schema(ctx, l.Name, &text); err != nil {
		return err
	}
	s.scopeNames[l.Name] = map[string]string{}
	scopes, owned, err := serverScopes(ctx, s.remote, l.Name, s.scopeNames[l.Name])
	if err != nil {
		return err
	}
	in := engine.Input{SchemaFile: "schema of the server", Schema: text.String(), Scopes: scopes}
	if in.Layer, err = s.definition(l, i); err != nil {
		return err
	}
	if i < 0 {
		s.was[l.Name], err = compileSide(ctx, "the server", in, s.files.Settings)
		return err
	}
	return s.both(ctx, l.Name, i, in, owned)
}

// both compiles a data layer as the server has it and as the files are to make it.
func (s *onServer) both(ctx context.Context, name string, i int, in engine.Input, owned []scope.Scope) (err error) {
	after := access.Input(s.files.Layers[i])
	if after.Layer.Introspect != nil && after.Schema == "" {
		after.Schema, after.SchemaFile = in.Schema, in.SchemaFile // applying files does not change it
	}
	after.Scopes = withOwned(after.Scopes, owned)
	if in.Layer.OnNewFields == scope.NewFieldsRestrict {
		in.Lock = after.Lock
		fmt.Fprintf(s.warnings, "%s: the server does not tell its %s: what accepting opens is not in this plan\n", name, scope.LockFile)
	}
	if s.was[name], err = compileSide(ctx, "the server", in, s.files.Settings); err != nil {
		return err
	}
	if s.is[name], err = compileSide(ctx, s.dir, after, s.files.Settings); err != nil {
		return err
	}
	return s.tokens(ctx, name)
}

// definition returns the server's definition of a data layer; that of the files when the server hides its own.
func (s *onServer) definition(l api.Layer, i int) (scope.Layer, error) {
	if l.Hidden {
		fmt.Fprintf(s.warnings, "%s: the server hides the definition, which holds headers written out: its settings are taken to be those of the files\n", plain(l.Name))
		if i < 0 {
			return scope.DefaultLayer(l.Name), nil
		}
		return s.files.Layers[i].Layer, nil
	}
	d, problems := scope.ParseLayer("the server's layer.yaml", []byte(l.Definition))
	return d, problems.Err()
}

// withOwned adds the scopes that the admin API owns to those of the files: applying files leaves them as they are.
func withOwned(files, owned []scope.Scope) []scope.Scope {
	out := slices.Clone(files)
	for _, o := range owned {
		if !slices.ContainsFunc(files, func(f scope.Scope) bool { return f.Name == o.Name || f.RenamedFrom == o.Name }) {
			out = append(out, o)
		}
	}
	return out
}

// serverScopes returns the server's scopes, and those of them that the admin API owns. names takes their names by id.
func serverScopes(ctx context.Context, r *remote, layer string, names map[string]string) (all, owned []scope.Scope, err error) {
	rows, err := r.Scopes(ctx, layer)
	if err != nil {
		return nil, nil, err
	}
	for _, row := range rows {
		defined, faults := scope.Define("scope "+row.Name+" of the server", row.Name, row.Description, row.Fields)
		if faults != nil {
			return nil, nil, fmt.Errorf("scope %q of the server: %s", row.Name, faults[0].Message)
		}
		names[row.ID] = row.Name
		all = append(all, defined)
		if row.File == "" {
			owned = append(owned, defined)
		}
	}
	return all, owned, nil
}

// tokens makes a subject of each token that can be used. Unrestricted ones read everything on either side.
func (s *onServer) tokens(ctx context.Context, layer string) error {
	tokens, err := s.Tokens(ctx, layer)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if t.State != "active" || t.Unrestricted {
			continue
		}
		held := scopesOf(t)
		s.subjects[layer] = append(s.subjects[layer], plan.Subject{
			Kind: plan.KindToken, Name: t.Name, ID: t.ID, Before: held, After: heldAfter(held, s.is[layer].Scopes),
		})
	}
	slices.SortFunc(s.subjects[layer], func(a, b plan.Subject) int { return slices.Compare([]string{a.Name, a.ID}, []string{b.Name, b.ID}) })
	return nil
}

func scopesOf(t api.Token) []string {
	held := []string{}
	for _, ref := range t.Scopes {
		held = append(held, ref.Name)
	}
	return held
}

// compileSide makes one side of a comparison.
func compileSide(ctx context.Context, from string, in engine.Input, settings scope.Settings) (*plan.Side, error) {
	draft, err := engine.Compile(in)
	if err != nil {
		return nil, at(from, err)
	}
	snapshot, err := draft.Activate(ctx, 1, access.EngineOptions(settings))
	if err != nil {
		return nil, err
	}
	return &plan.Side{Snapshot: snapshot, Scopes: in.Scopes, Unmatched: draft.Unmatched}, nil
}
