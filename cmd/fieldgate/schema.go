package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newSchema() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema DIR",
		Short: "Print the part of a schema that a subject may read",
		Long: `Schema prints as SDL what a subject may read: nothing restricted, and no type that is out of reach or left without
fields.`,
		Example: `  fieldgate schema access --as finance,web
  fieldgate schema access --layer shop --no-scopes > public.graphql`,
		Args: oneDir(),
	}
	layer := layerFlag(cmd)
	flags := addSubject(cmd, "as")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		subject, err := flags.subject(cmd)
		if err != nil {
			return err
		}
		l, err := load(args[0], *layer)
		if err != nil {
			return err
		}
		snapshot, err := l.activate(cmd.Context())
		if err != nil {
			return err
		}
		view, err := snapshot.View(cmd.Context(), subject)
		if err != nil {
			return err
		}
		sdl := view.SDL()
		if sdl == "" {
			fmt.Fprintln(cmd.ErrOrStderr(), "there is nothing that this subject may read")
		}
		_, err = fmt.Fprint(cmd.OutOrStdout(), sdl)
		return err
	}
	cmd.AddCommand(newSchemaAccept())
	return cmd
}
