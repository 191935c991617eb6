package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/server/access"
	"github.com/fieldgate/fieldgate/server/admin/api"
)

func newApply() *cobra.Command {
	r, dry, commit := &remote{}, false, ""
	cmd := &cobra.Command{
		Use:   "apply DIR",
		Short: "Write what the files of an access directory say to a server",
		Long: `Apply sends an access directory to the server of --server or ` + envServer + ` (` + defaultServer + `), with the member key in
` + envKey + `. Its scopes become the files': the API shows them and does not change them. A scope that vanishes from the files is no
deletion: apply fails until layer.yaml lists it under deleted_scopes.`,
		Example: `  fieldgate apply access --dry-run
  fieldgate apply access --commit "$(git rev-parse HEAD)"`,
	}
	r.verb(cmd, oneDir(), func(cmd *cobra.Command, args []string) error {
		files, err := access.Read(args[0])
		if err != nil {
			return err
		}
		request := api.Apply{Files: map[string]string{}, DryRun: dry, Commit: commit}
		for name, text := range files {
			request.Files[name] = string(text)
		}
		applied, err := r.Apply(cmd.Context(), request)
		if err != nil {
			return err
		}
		if err := r.print(cmd, applied, func(w io.Writer) error { return appliedText(w, applied) }); err != nil {
			return err
		}
		return applyOutcome(cmd, applied)
	})
	cmd.Flags().BoolVar(&dry, "dry-run", false, "change nothing, say what would happen")
	cmd.Flags().StringVar(&commit, "commit", "", "the git commit of the files, for the audit log")
	return cmd
}

func appliedText(w io.Writer, applied api.AppliedFiles) error {
	for _, l := range applied.DataLayers {
		fmt.Fprintf(w, "%s:\n", plain(l.DataLayer))
		changes := 0
		for _, part := range []struct {
			mark  string
			names []string
		}{{"+", l.Created}, {"~", l.Updated}, {">", l.Renamed}, {"-", l.Deleted}} {
			for _, name := range part.names {
				fmt.Fprintf(w, "  %s %s\n", part.mark, plain(name))
				changes++
			}
		}
		if changes == 0 {
			fmt.Fprintln(w, "  no scope changes")
		}
		for _, warning := range l.Warnings {
			fmt.Fprintf(w, "  warning: %s\n", plainLines(warning))
		}
	}
	return nil
}

// applyOutcome says how each data layer's sync ended.
func applyOutcome(cmd *cobra.Command, applied api.AppliedFiles) error {
	var out error
	for _, l := range applied.DataLayers {
		if l.Sync == nil {
			continue
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: ", plain(l.DataLayer))
		if err := syncOutcome(cmd.ErrOrStderr(), *l.Sync); err != nil {
			out = err
		}
	}
	return out
}
