package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

func newScope() *cobra.Command {
	return newNoun("scope", "Show and change API scopes", newScopeList(), newScopeShow(), newScopeCreate(), newScopeEdit(), newScopeDelete())
}

func newScopeList() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{Use: "list", Short: "List scopes", Example: `  fieldgate scope list --layer shop`}
	r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		scopes, err := r.Scopes(cmd.Context(), layer)
		if err != nil {
			return err
		}
		return r.print(cmd, scopes, func(w io.Writer) error {
			var rows [][]string
			for _, s := range scopes {
				rows = append(rows, []string{s.Name, s.ID, fmt.Sprint(len(s.Fields)), dash(s.File), when(&s.Updated), s.Description})
			}
			return grid(w, []string{"NAME", "ID", "FIELDS", "FILE", "UPDATED", "DESCRIPTION"}, rows)
		})
	})
	return r.ofLayer(cmd)
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func newScopeShow() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{Use: "show SCOPE", Short: "Show one scope with its entries", Example: `  fieldgate scope show finance --layer shop`}
	r.verb(cmd, named("SCOPE"), func(cmd *cobra.Command, args []string) error {
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		s, err := r.scopeNamed(cmd.Context(), layer, args[0])
		if err != nil {
			return err
		}
		return r.print(cmd, s, func(w io.Writer) error { return scopeText(w, s) })
	})
	return r.ofLayer(cmd)
}

func scopeText(w io.Writer, s api.Scope) error {
	fmt.Fprintf(w, "scope: %s\nid: %s\n", plain(s.Name), plain(s.ID))
	if s.Description != "" {
		fmt.Fprintf(w, "description: %s\n", plain(s.Description))
	}
	if s.File != "" {
		fmt.Fprintf(w, "file: %s\n", plain(s.File))
	}
	fmt.Fprintln(w, "fields:")
	for _, f := range s.Fields {
		fmt.Fprintf(w, "  - %s\n", plain(f))
	}
	return nil
}

func newScopeCreate() *cobra.Command {
	r, to := &remote{}, api.NewScope{}
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Create a scope",
		Long:    "Create makes a scope of coordinates, as a scope file writes them. What it names is from then on read only by tokens that hold it.",
		Example: `  fieldgate scope create finance --layer shop --field ShopifyProduct.cost --field ShopifyOrder`,
	}
	r.verb(cmd, named("NAME"), func(cmd *cobra.Command, args []string) error {
		if len(to.Fields) == 0 {
			return &usageError{message: "--field is missing", hint: "name what the scope covers, as in --field Product.cost"}
		}
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		to.Name = args[0]
		changed, err := r.CreateScope(cmd.Context(), layer, to)
		if err != nil {
			return err
		}
		return r.printChange(cmd, changed)
	})
	cmd.Flags().StringArrayVar(&to.Fields, "field", nil, "a coordinate that the scope covers; repeat it for several")
	cmd.Flags().StringVar(&to.Description, "description", "", "what the scope is for")
	return r.ofLayer(cmd)
}

// printChange prints a changed scope, and on standard error what the sync did. A change whose sync failed is a finding:
// it is stored and not active.
func (r *remote) printChange(cmd *cobra.Command, c api.ChangedScope) error {
	if err := r.print(cmd, c, func(w io.Writer) error { return scopeText(w, c.Scope) }); err != nil {
		return err
	}
	return syncOutcome(cmd.ErrOrStderr(), c.Sync)
}

// editFlags say what is different in a scope.
type editFlags struct {
	name, description   string
	fields, add, remove []string
}

func newScopeEdit() *cobra.Command {
	r, f := &remote{}, &editFlags{}
	cmd := &cobra.Command{
		Use: "edit SCOPE", Short: "Edit a scope",
		Long:    "Edit changes a scope for every token that holds it, at once. It is refused when someone else changed the scope meanwhile.",
		Example: `  fieldgate scope edit finance --layer shop --add-field ShopifyOrder.total --remove-field ShopifyProduct.cost`,
	}
	r.verb(cmd, named("SCOPE"), func(cmd *cobra.Command, args []string) error {
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		s, err := r.scopeNamed(cmd.Context(), layer, args[0])
		if err != nil {
			return err
		}
		to, err := f.edit(cmd, s)
		if err != nil {
			return err
		}
		changed, err := r.UpdateScope(cmd.Context(), layer, s, to)
		if err != nil {
			return err
		}
		return r.printChange(cmd, changed)
	})
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "its new name")
	flags.StringVar(&f.description, "description", "", "its new description")
	flags.StringArrayVar(&f.fields, "field", nil, "what it covers instead of what it did; repeat it for several")
	flags.StringArrayVar(&f.add, "add-field", nil, "what it covers besides; repeat it for several")
	flags.StringArrayVar(&f.remove, "remove-field", nil, "what it covers no more; repeat it for several")
	return r.ofLayer(cmd)
}

// edit returns what the scope is to be.
func (f *editFlags) edit(cmd *cobra.Command, s api.Scope) (api.NewScope, error) {
	to := api.NewScope{Name: s.Name, Description: s.Description, Fields: slices.Clone(s.Fields)}
	changed := false
	for _, name := range []string{"name", "description", "field", "add-field", "remove-field"} {
		changed = changed || cmd.Flags().Changed(name)
	}
	if !changed {
		return to, &usageError{message: "nothing to change", hint: "say what, with --add-field, --remove-field, --field, --name or --description"}
	}
	if cmd.Flags().Changed("name") {
		to.Name = f.name
	}
	if cmd.Flags().Changed("description") {
		to.Description = f.description
	}
	if len(f.fields) > 0 {
		to.Fields = f.fields
	}
	for _, gone := range f.remove {
		i := slices.Index(to.Fields, gone)
		if i < 0 {
			return to, &usageError{message: fmt.Sprintf("the scope does not hold %q", gone), hint: "it holds " + strings.Join(s.Fields, ", ")}
		}
		to.Fields = slices.Delete(to.Fields, i, i+1)
	}
	for _, added := range f.add {
		if !slices.Contains(to.Fields, added) {
			to.Fields = append(to.Fields, added)
		}
	}
	return to, nil
}

func newScopeDelete() *cobra.Command {
	r, dry := &remote{}, false
	cmd := &cobra.Command{
		Use: "delete SCOPE", Short: "Delete a scope: what only it covered becomes readable by every token",
		Long: `Delete takes a scope off every token. What only it covered becomes readable by every token, and a token whose last
scope it was reads unscoped coordinates only. It says first what that would be.`,
		Example: `  fieldgate scope delete finance --layer shop --dry-run`,
	}
	r.verb(cmd, named("SCOPE"), func(cmd *cobra.Command, args []string) error {
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		s, err := r.scopeNamed(cmd.Context(), layer, args[0])
		if err != nil {
			return err
		}
		preview, err := r.PreviewDelete(cmd.Context(), layer, s.ID)
		if err != nil {
			return err
		}
		if dry {
			return r.print(cmd, preview, func(w io.Writer) error { return previewText(w, preview) })
		}
		if err := previewText(cmd.ErrOrStderr(), preview); err != nil {
			return err
		}
		if err := r.confirm(cmd, fmt.Sprintf("Delete scope %s of data layer %s?", s.Name, layer)); err != nil {
			return err
		}
		return r.deleteScope(cmd, layer, s)
	})
	cmd.Flags().BoolVar(&dry, "dry-run", false, "change nothing, say what would happen")
	return r.destructive(r.ofLayer(cmd))
}

func (r *remote) deleteScope(cmd *cobra.Command, layer string, s api.Scope) error {
	done, err := r.DeleteScope(cmd.Context(), layer, s)
	if err != nil {
		return err
	}
	err = r.print(cmd, done, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "scope %s (%s) is deleted\n", plain(s.Name), plain(s.ID))
		return err
	})
	if err != nil || done.Sync == nil {
		return err
	}
	return syncOutcome(cmd.ErrOrStderr(), *done.Sync)
}

func previewText(w io.Writer, d api.ScopeDeletion) error {
	fmt.Fprintf(w, "every token could read then (%d):\n", len(d.Opens))
	for _, c := range d.Opens {
		fmt.Fprintf(w, "  %s\n", plain(c))
	}
	fmt.Fprintf(w, "tokens that would lose it (%d):\n", len(d.Tokens))
	for _, t := range d.Tokens {
		left := "it keeps others"
		if len(t.Scopes) <= 1 {
			left = "its last scope"
		}
		fmt.Fprintf(w, "  %s (%s), %s\n", plain(t.Name), plain(t.ID), left)
	}
	return nil
}

// syncOutcome says how a sync ended. One that did not end well is a finding.
func syncOutcome(w io.Writer, s api.Sync) error {
	switch s.State {
	case store.SyncSucceeded:
		fmt.Fprintf(w, "sync %s: revision %d is active\n", plain(s.ID), s.Revision)
		return nil
	case store.SyncRunning:
		fmt.Fprintf(w, "sync %s is running\n", plain(s.ID))
		return nil
	}
	fmt.Fprintf(w, "sync %s %s: %s\n", plain(s.ID), plain(string(s.State)), plainLines(s.Error))
	return findings{}
}
