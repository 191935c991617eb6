package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/server/admin/api"
)

func newLayer() *cobra.Command {
	return newNoun("layer", "Show and change data layers", newLayerList(), newLayerShow(), newLayerCreate(), newLayerEdit(), newLayerDelete())
}

func newLayerList() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{Use: "list", Short: "List data layers", Example: `  fieldgate layer list`}
	return r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		layers, err := r.Layers(cmd.Context())
		if err != nil {
			return err
		}
		return r.print(cmd, layers, func(w io.Writer) error { return layerTable(w, layers) })
	})
}

func layerTable(w io.Writer, layers []api.Layer) error {
	var rows [][]string
	for _, l := range layers {
		active, pinned := "-", "-"
		if l.Active != nil {
			active = fmt.Sprint(l.Active.Number)
		}
		if l.Pinned > 0 {
			pinned = fmt.Sprint(l.Pinned)
		}
		rows = append(rows, []string{l.Name, l.ID, active, pinned, dash(l.File), when(&l.Created)})
	}
	return grid(w, []string{"NAME", "ID", "REVISION", "PINNED", "FILE", "CREATED"}, rows)
}

func newLayerShow() *cobra.Command {
	r, schema := &remote{}, false
	cmd := &cobra.Command{Use: "show LAYER", Short: "Show one data layer's definition, or its schema", Example: `  fieldgate layer show shop --schema`}
	r.verb(cmd, named("LAYER"), func(cmd *cobra.Command, args []string) error {
		if schema {
			return r.Schema(cmd.Context(), args[0], cmd.OutOrStdout())
		}
		l, err := r.Layer(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		return r.print(cmd, l, func(w io.Writer) error {
			if err := layerTable(w, []api.Layer{l}); err != nil {
				return err
			}
			text := l.Definition
			if l.Hidden {
				text = "(the definition is not shown: it holds upstream headers that are written out, not ${VARIABLE} references)"
			}
			_, err := fmt.Fprintf(w, "\n%s\n", plainLines(text))
			return err
		})
	})
	cmd.Flags().BoolVar(&schema, "schema", false, "print the schema instead")
	return cmd
}

// layerFiles name the files that a data layer is made of.
type layerFiles struct{ definition, schema string }

func (f *layerFiles) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.definition, "definition", "", "the file that a layer.yaml is, or - for standard input")
	cmd.Flags().StringVar(&f.schema, "schema", "", "the file with the schema in SDL")
}

// read returns the texts of the files that are named.
func (f *layerFiles) read(cmd *cobra.Command) (definition, schema string, err error) {
	if definition, err = readText(cmd, f.definition); err == nil {
		schema, err = readText(cmd, f.schema)
	}
	return definition, schema, err
}

// readText reads a file, or standard input for -. "" is no file.
func readText(cmd *cobra.Command, name string) (string, error) {
	var text []byte
	var err error
	switch name {
	case "":
	case "-":
		text, err = io.ReadAll(cmd.InOrStdin())
	default:
		text, err = os.ReadFile(name)
	}
	return string(text), err
}

func newLayerCreate() *cobra.Command {
	r, f := &remote{}, &layerFiles{}
	cmd := &cobra.Command{
		Use: "create", Short: "Create a data layer from the file that a layer.yaml is",
		Example: `  fieldgate layer create --definition shop/layer.yaml --schema shop/schema.graphql`,
	}
	r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		if f.definition == "" {
			return &usageError{message: "--definition is missing", hint: "it names the file that a layer.yaml is"}
		}
		definition, schema, err := f.read(cmd)
		if err != nil {
			return err
		}
		l, err := r.CreateLayer(cmd.Context(), api.NewLayer{Definition: definition, Schema: schema})
		if err != nil {
			return err
		}
		return r.print(cmd, l, func(w io.Writer) error { return layerTable(w, []api.Layer{l}) })
	})
	f.add(cmd)
	return cmd
}

func newLayerEdit() *cobra.Command {
	r, f := &remote{}, &layerFiles{}
	cmd := &cobra.Command{
		Use: "edit LAYER", Short: "Change a data layer's definition or schema",
		Example: `  fieldgate layer edit shop --schema shop/schema.graphql`,
	}
	r.verb(cmd, named("LAYER"), func(cmd *cobra.Command, args []string) error {
		definition, schema, err := f.read(cmd)
		if err != nil {
			return err
		}
		if definition == "" && schema == "" {
			return &usageError{message: "nothing to change", hint: "say what, with --definition, --schema or both"}
		}
		l, err := r.Layer(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if l, err = r.UpdateLayer(cmd.Context(), l, api.LayerChange{Definition: definition, Schema: schema}); err != nil {
			return err
		}
		return r.print(cmd, l, func(w io.Writer) error { return layerTable(w, []api.Layer{l}) })
	})
	f.add(cmd)
	return cmd
}

func newLayerDelete() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{
		Use: "delete LAYER", Short: "Delete a data layer and revoke its tokens, for good",
		Example: `  fieldgate layer delete shop`,
	}
	r.verb(cmd, named("LAYER"), func(cmd *cobra.Command, args []string) error {
		l, err := r.Layer(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if err := r.confirm(cmd, fmt.Sprintf("Delete data layer %s and revoke its tokens?", l.Name)); err != nil {
			return err
		}
		if err := r.DeleteLayer(cmd.Context(), l); err != nil {
			return err
		}
		return r.print(cmd, l, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "data layer %s is deleted\n", plain(l.Name))
			return err
		})
	})
	return r.destructive(cmd)
}
