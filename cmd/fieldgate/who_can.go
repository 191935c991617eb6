package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine/explain"
)

func newWhoCan() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "who-can DIR COORDINATE",
		Short: "Say who can read a coordinate",
		Long: `Who-can says whether every token can read a coordinate by some operation, and otherwise which scopes are enough by
themselves. Unrestricted tokens read everything.`,
		Example: `  fieldgate who-can access Customer.email
  fieldgate who-can access 'Query.products(filter:)' --output json`,
		Args: oneDir("COORDINATE"),
	}
	output := outputFlag(cmd)
	layer := layerFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := parseCoordinate(args[1])
		if err != nil {
			return err
		}
		x, err := newExplainer(cmd.Context(), args[0], *layer)
		if err != nil {
			return err
		}
		r, err := x.WhoCan(cmd.Context(), c)
		if err != nil {
			return unknown(err)
		}
		return output.print(cmd.OutOrStdout(), r, func(w io.Writer) error {
			printReaders(w, r)
			return nil
		})
	}
	return cmd
}

func printReaders(w io.Writer, r *explain.Readers) {
	switch {
	case r.Everyone:
		fmt.Fprintf(w, "every token can read %s\n", r.Coordinate)
	case len(r.Scopes) > 0:
		fmt.Fprintf(w, "%s can be read by holders of\n", r.Coordinate)
		for _, s := range r.Scopes {
			fmt.Fprintf(w, "  %s\n", s)
		}
	case len(r.Together) > 0:
		fmt.Fprintf(w, "%s can be read by no holder of one scope, but by holders of %s together\n", r.Coordinate, strings.Join(r.Together, ", "))
	default:
		fmt.Fprintf(w, "%s can be read by no scoped token\n", r.Coordinate)
	}
	if r.Query != "" {
		fmt.Fprintf(w, "as in %s\n", r.Query)
	}
}

func newWhatCan() *cobra.Command {
	var sdl bool
	cmd := &cobra.Command{
		Use:   "what-can DIR",
		Short: "List what a subject can read",
		Long: `What-can lists every coordinate that a subject can read by some operation. With --sdl it prints them as a schema, as
fieldgate schema does.`,
		Example: `  fieldgate what-can access --as web
  fieldgate what-can access --as web,finance --sdl`,
		Args: oneDir(),
	}
	output := outputFlag(cmd)
	layer := layerFlag(cmd)
	flags := addSubject(cmd, "as")
	cmd.Flags().BoolVar(&sdl, "sdl", false, "print the schema that the subject sees")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		subject, err := flags.subject(cmd)
		if err != nil {
			return err
		}
		x, err := newExplainer(cmd.Context(), args[0], *layer)
		if err != nil {
			return err
		}
		if sdl {
			view, err := x.snapshot.View(cmd.Context(), subject)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), view.SDL())
			return err
		}
		list, err := x.Reach(cmd.Context(), subject)
		if err != nil {
			return err
		}
		return output.print(cmd.OutOrStdout(), list, func(w io.Writer) error {
			_, err := fmt.Fprintln(w, strings.Join(list, "\n"))
			return err
		})
	}
	return cmd
}
