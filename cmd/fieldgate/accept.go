package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/access"
)

// accepted is what accepting the schema of a data layer did.
type accepted struct {
	DataLayer   string   `json:"data_layer"`
	File        string   `json:"file"`
	Coordinates int      `json:"coordinates"`
	Added       []string `json:"added"` // sorted; so are the others
	Removed     []string `json:"removed"`
}

func newSchemaAccept() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accept DIR",
		Short: "Write schema.lock: the coordinates that the team has accepted",
		Long: `Accept writes the coordinates of each data layer's schema into a schema.lock beside its layer.yaml, and says what is new in
it and what is gone. With on_new_fields: restrict in layer.yaml no token can read a coordinate before it is accepted.

Look at fieldgate plan first: it says who would read what is new.`,
		Example: `  fieldgate schema accept access
  fieldgate schema accept access --layer shop`,
		Args: oneDir(),
	}
	output := outputFlag(cmd)
	layer := layerFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		list, err := accept(args[0], *layer)
		if err != nil {
			return err
		}
		return output.print(cmd.OutOrStdout(), list, func(w io.Writer) error {
			for _, a := range list {
				a.table(w)
			}
			return nil
		})
	}
	return cmd
}

// accept writes the lock of one data layer, or of all when layer is "".
func accept(dir, layer string) ([]accepted, error) {
	files, err := access.Read(dir)
	if err != nil {
		return nil, err
	}
	locks := map[string][]byte{}
	for name, text := range files {
		if path.Base(name) == scope.LockFile { // one that does not parse is written anew
			locks[name] = text
			delete(files, name)
		}
	}
	repository, problems := scope.ParseRepository(files)
	if problems != nil {
		return nil, at(dir, problems)
	}
	layers := repository.Layers
	if layer != "" {
		one, err := pick(repository, layer)
		if err != nil {
			return nil, err
		}
		layers = []scope.LayerFiles{one}
	}
	var out []accepted
	for _, l := range layers {
		one, err := acceptLayer(dir, l, locks)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func acceptLayer(dir string, l scope.LayerFiles, locks map[string][]byte) (accepted, error) {
	in := access.Input(l)
	in.Layer.OnNewFields = scope.NewFieldsAllow // there may be no lock yet
	draft, err := engine.Compile(in)
	if err != nil {
		return accepted{}, at(dir, err)
	}
	name := path.Join(l.Dir, scope.LockFile)
	before, _ := scope.ParseLock(name, locks[name]) // nil, as if there were none, when it does not parse
	after := scope.NewLock(name, engine.Accepted(draft.Schema))
	out := accepted{
		DataLayer: l.Layer.Name, File: filepath.Join(dir, filepath.FromSlash(name)), Coordinates: len(after.Coordinates()), Added: []string{}, Removed: []string{},
	}
	for _, c := range after.Coordinates() {
		if !before.Has(c) {
			out.Added = append(out.Added, c)
		}
	}
	for _, c := range before.Coordinates() {
		if !after.Has(c) {
			out.Removed = append(out.Removed, c)
		}
	}
	if slices.Equal(locks[name], after.Text()) {
		return out, nil
	}
	return out, replaceFile(out.File, after.Text())
}

// replaceFile writes a file whole or not at all.
func replaceFile(file string, text []byte) error {
	next, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(next.Name()) //nolint:errcheck // it has another name by then
	if _, err := next.Write(text); err != nil {
		return err
	}
	if err := next.Chmod(0o644); err != nil {
		return err
	}
	if err := next.Close(); err != nil {
		return err
	}
	return os.Rename(next.Name(), file)
}

func (a accepted) table(w io.Writer) {
	fmt.Fprintf(w, "%s: %s, %d new, %d gone\n", a.File, count(a.Coordinates, "coordinate"), len(a.Added), len(a.Removed))
	for _, line := range each(a.Added, func(c string) string { return "+ " + c }) {
		fmt.Fprintf(w, "  %s\n", line)
	}
	for _, line := range each(a.Removed, func(c string) string { return "- " + c }) {
		fmt.Fprintf(w, "  %s\n", line)
	}
}
