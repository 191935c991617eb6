package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

func newMember() *cobra.Command {
	return newNoun("member", "List and change the team's members", newMemberList(), newMemberAdd(), newMemberUpdate(), newMemberRemove())
}

func newMemberList() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{Use: "list", Short: "List members", Example: `  fieldgate member list`}
	return r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		members, err := r.Members(cmd.Context())
		if err != nil {
			return err
		}
		return r.print(cmd, members, func(w io.Writer) error { return memberTable(w, members...) })
	})
}

func memberTable(w io.Writer, members ...api.Member) error {
	var rows [][]string
	for _, m := range members {
		rows = append(rows, []string{m.Name, m.ID, string(m.Role), when(&m.Created)})
	}
	return grid(w, []string{"NAME", "ID", "ROLE", "CREATED"}, rows)
}

// role reads --role.
func role(s string) (store.Role, error) {
	if r := store.Role(s); r == store.RoleOwner || r == store.RoleDeveloper {
		return r, nil
	}
	return "", &usageError{message: "--role is owner or developer"}
}

func newMemberAdd() *cobra.Command {
	r, as := &remote{}, ""
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a member",
		Long:    "Add makes a member, who gets a key with `fieldgate key generate`.",
		Example: `  fieldgate member add Ann --role developer`,
	}
	r.verb(cmd, named("NAME"), func(cmd *cobra.Command, args []string) error {
		is, err := role(as)
		if err != nil {
			return err
		}
		m, err := r.AddMember(cmd.Context(), api.NewMember{Name: args[0], Role: is})
		if err != nil {
			return err
		}
		return r.print(cmd, m, func(w io.Writer) error { return memberTable(w, m) })
	})
	cmd.Flags().StringVar(&as, "role", "", "owner or developer")
	return cmd
}

func newMemberUpdate() *cobra.Command {
	r, as := &remote{}, ""
	cmd := &cobra.Command{Use: "update MEMBER", Short: "Change a member's role", Example: `  fieldgate member update Ann --role owner`}
	r.verb(cmd, named("MEMBER"), func(cmd *cobra.Command, args []string) error {
		is, err := role(as)
		if err != nil {
			return err
		}
		m, err := r.memberNamed(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if m, err = r.UpdateMember(cmd.Context(), m, is); err != nil {
			return err
		}
		return r.print(cmd, m, func(w io.Writer) error { return memberTable(w, m) })
	})
	cmd.Flags().StringVar(&as, "role", "", "owner or developer")
	return cmd
}

func newMemberRemove() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{Use: "remove MEMBER", Short: "Remove a member and revoke their keys, for good", Example: `  fieldgate member remove Ann`}
	r.verb(cmd, named("MEMBER"), func(cmd *cobra.Command, args []string) error {
		m, err := r.memberNamed(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if err := r.confirm(cmd, fmt.Sprintf("Remove %s (%s) and revoke their keys?", m.Name, m.Role)); err != nil {
			return err
		}
		if err := r.RemoveMember(cmd.Context(), m); err != nil {
			return err
		}
		return r.print(cmd, m, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "member %s is removed\n", plain(m.Name))
			return err
		})
	})
	return r.destructive(cmd)
}

func newKey() *cobra.Command {
	return newNoun("key", "Generate, list and revoke members' keys", newKeyGenerate(), newKeyList(), newKeyRevoke())
}

// ofMember adds --member, and returns a function that finds whom it names: oneself when it is left out.
func (r *remote) ofMember(cmd *cobra.Command) func(context.Context) (api.Member, error) {
	named := cmd.Flags().String("member", "", "whose key it is (default is your own)")
	return func(ctx context.Context) (api.Member, error) {
		if *named != "" {
			return r.memberNamed(ctx, *named)
		}
		who, err := r.Whoami(ctx)
		return who.Member, err
	}
}

func newKeyGenerate() *cobra.Command {
	r, expires, permissions := &remote{}, "", []string{}
	cmd := &cobra.Command{
		Use: "generate NAME", Short: "Generate a key",
		Long: `Generate makes a member's key and prints its secret, once, on standard output: nothing shows it again. With the
permission admin it does what its member's role may; with decide it asks for decisions.`,
		Example: `  fieldgate key generate ci --permission admin --expires 720h
  fieldgate key generate router --member Ann --permission decide`,
	}
	var member func(context.Context) (api.Member, error)
	r.verb(cmd, named("NAME"), func(cmd *cobra.Command, args []string) error {
		request := api.NewKey{Name: args[0]}
		for _, p := range permissions {
			request.Permissions = append(request.Permissions, store.Permission(p))
		}
		if len(permissions) == 0 || slices.Contains(permissions, "") {
			return &usageError{message: "say what the key is for, with --permission", hint: "it is admin, decide, or both"}
		}
		var err error
		if request.Expires, err = parseExpiry(expires, time.Now()); err != nil {
			return err
		}
		m, err := member(cmd.Context())
		if err != nil {
			return err
		}
		made, err := r.GenerateKey(cmd.Context(), m.ID, request)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "key %s of %s; this is the only time that its secret is shown:\n", plain(made.Key.ID), plain(m.Name))
		return r.print(cmd, made, func(w io.Writer) error {
			_, err := fmt.Fprintln(w, made.Secret)
			return err
		})
	})
	member = r.ofMember(cmd)
	cmd.Flags().StringArrayVar(&permissions, "permission", nil, "admin or decide; repeat it for both")
	cmd.Flags().StringVar(&expires, "expires", "", "when the key ends, as in 720h or 2026-12-31 (default never)")
	return cmd
}

func newKeyList() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{Use: "list", Short: "List a member's keys", Example: `  fieldgate key list`}
	var member func(context.Context) (api.Member, error)
	r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		m, err := member(cmd.Context())
		if err != nil {
			return err
		}
		keys, err := r.Keys(cmd.Context(), m.ID)
		if err != nil {
			return err
		}
		return r.print(cmd, keys, func(w io.Writer) error { return keyTable(w, keys) })
	})
	member = r.ofMember(cmd)
	return cmd
}

func keyTable(w io.Writer, keys []api.Key) error {
	var rows [][]string
	for _, k := range keys {
		var may []string
		for _, p := range k.Permissions {
			may = append(may, string(p))
		}
		rows = append(rows, []string{k.ID, k.Name, strings.Join(may, ","), k.State, when(&k.Created), when(k.Expires), when(k.LastUsed)})
	}
	return grid(w, []string{"ID", "NAME", "PERMISSIONS", "STATE", "CREATED", "EXPIRES", "LAST USED"}, rows)
}

func newKeyRevoke() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{Use: "revoke KEY", Short: "Revoke a key, for good", Example: `  fieldgate key revoke ci`}
	var member func(context.Context) (api.Member, error)
	r.verb(cmd, named("KEY"), func(cmd *cobra.Command, args []string) error {
		m, err := member(cmd.Context())
		if err != nil {
			return err
		}
		keys, err := r.Keys(cmd.Context(), m.ID)
		if err != nil {
			return err
		}
		k, err := pickRow("key", args[0], keys, func(k api.Key) string { return k.ID }, func(k api.Key) string { return k.Name })
		if err != nil {
			return err
		}
		if err := r.confirm(cmd, fmt.Sprintf("Revoke key %s (%s) of %s?", k.Name, k.ID, m.Name)); err != nil {
			return err
		}
		if err := r.RevokeKey(cmd.Context(), m.ID, k.ID); err != nil {
			return err
		}
		k.State = "revoked"
		return r.print(cmd, k, func(w io.Writer) error { return keyTable(w, []api.Key{k}) })
	})
	member = r.ofMember(cmd)
	return r.destructive(cmd)
}
