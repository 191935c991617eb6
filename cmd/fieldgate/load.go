package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/access"
)

// layerFlag adds --layer to a command.
func layerFlag(cmd *cobra.Command) *string {
	layer := cmd.Flags().String("layer", "", "the data layer (may be left out when there is only one)")
	complete(cmd, "layer", func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return layerNames(args), cobra.ShellCompDirectiveNoFileComp
	})
	return layer
}

// layerNames are the data layers of the directory in the first argument, if it can be read.
func layerNames(args []string) []string {
	if len(args) == 0 {
		return nil
	}
	repository, err := access.Load(args[0])
	if err != nil {
		return nil
	}
	return names(repository)
}

func names(r *scope.Repository) []string {
	var out []string
	for _, l := range r.Layers {
		out = append(out, l.Layer.Name)
	}
	return out
}

// loaded is one data layer of an access directory.
type loaded struct {
	settings scope.Settings
	files    scope.LayerFiles
	draft    *engine.Draft
}

// load reads the data layer that a command is about and compiles it. An empty name is the only one.
func load(dir, layer string) (*loaded, error) {
	repository, err := access.Load(dir)
	if err != nil {
		return nil, at(dir, err)
	}
	files, err := pick(repository, layer)
	if err != nil {
		return nil, err
	}
	draft, err := engine.Compile(access.Input(files))
	if err != nil {
		return nil, at(dir, err)
	}
	return &loaded{settings: repository.Settings, files: files, draft: draft}, nil
}

func pick(r *scope.Repository, name string) (scope.LayerFiles, error) {
	if name == "" && len(r.Layers) == 1 {
		return r.Layers[0], nil
	}
	known := names(r)
	for _, l := range r.Layers {
		if l.Layer.Name == name {
			return l, nil
		}
	}
	if name == "" {
		return scope.LayerFiles{}, &usageError{message: "there are several data layers: name one with --layer", hint: "there is " + strings.Join(known, ", ")}
	}
	return scope.LayerFiles{}, &usageError{
		message: fmt.Sprintf("no data layer is called %q%s", name, didYouMean(coord.Nearest(name, known))),
		hint:    "there is " + strings.Join(known, ", "),
	}
}

// activate makes a snapshot to ask, as revision 1.
func (l *loaded) activate(ctx context.Context) (*engine.Snapshot, error) {
	return l.draft.Activate(ctx, 1, access.EngineOptions(l.settings))
}

// warnUnmatched writes the scope entries that restrict nothing.
func (l *loaded) warnUnmatched(cmd *cobra.Command, dir string) {
	for _, p := range l.draft.Unmatched {
		p.File = filepath.Join(dir, filepath.FromSlash(p.File))
		printProblem(cmd.ErrOrStderr(), p, "warning")
	}
}
