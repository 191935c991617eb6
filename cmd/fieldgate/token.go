package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/server/admin/api"
)

func newToken() *cobra.Command {
	return newNoun("token", "Generate, list and revoke API tokens", newTokenGenerate(), newTokenList(), newTokenRevoke())
}

// tokenFlags say what a new token may read.
type tokenFlags struct {
	scopes       []string
	unrestricted bool
	expires      string
	once         string
}

func newTokenGenerate() *cobra.Command {
	r, f := &remote{}, &tokenFlags{}
	cmd := &cobra.Command{
		Use:   "generate NAME",
		Short: "Generate a token",
		Long: `Generate makes an API token and prints its secret, once, on standard output: nothing shows it again. What the token
may read is said now and never changes: either scopes, or unrestricted.`,
		Example: `  fieldgate token generate website --layer shop --scope web --scope prices
  TOKEN=$(fieldgate token generate codegen --unrestricted --expires 24h)`,
	}
	r.verb(cmd, named("NAME"), func(cmd *cobra.Command, args []string) error { return r.generateToken(cmd, args[0], f) })
	cmd.Flags().StringArrayVar(&f.scopes, "scope", nil, "a scope that the token holds; repeat it for several")
	cmd.Flags().BoolVar(&f.unrestricted, "unrestricted", false, "the token reads everything")
	cmd.Flags().StringVar(&f.expires, "expires", "", "when the token ends, as in 720h or 2026-12-31 (default never)")
	cmd.Flags().StringVar(&f.once, "idempotency-key", "", "a word of your own: using it again makes no second token")
	return r.ofLayer(cmd)
}

// request returns what is asked for. Saying nothing is not unrestricted, and neither is an empty name (R4).
func (f *tokenFlags) request(cmd *cobra.Command, name string, now time.Time) (api.NewToken, error) {
	given := cmd.Flags().Changed("scope")
	if given == f.unrestricted {
		return api.NewToken{}, &usageError{message: "say what the token may read, with --scope or --unrestricted", hint: "an unrestricted token reads everything"}
	}
	if slices.ContainsFunc(f.scopes, func(s string) bool { return strings.TrimSpace(s) == "" }) {
		return api.NewToken{}, &usageError{message: "--scope names no scope", hint: "a token that reads everything is --unrestricted"}
	}
	expires, err := parseExpiry(f.expires, now)
	if err != nil {
		return api.NewToken{}, err
	}
	scopes := f.scopes
	if scopes == nil {
		scopes = []string{}
	}
	return api.NewToken{Name: name, Scopes: scopes, Unrestricted: f.unrestricted, Expires: expires}, nil
}

func (r *remote) generateToken(cmd *cobra.Command, name string, f *tokenFlags) error {
	request, err := f.request(cmd, name, time.Now())
	if err != nil {
		return err
	}
	layer, err := r.layerName(cmd.Context())
	if err != nil {
		return err
	}
	made, err := r.GenerateToken(cmd.Context(), layer, request, f.once)
	if err != nil {
		return err
	}
	if made.Secret == "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "token %s was generated with this idempotency key before; its secret is not shown again\n", plain(made.Token.ID))
	} else {
		fmt.Fprintf(cmd.ErrOrStderr(), "token %s of data layer %s, %s; this is the only time that its secret is shown:\n",
			plain(made.Token.ID), plain(layer), plain(readsWhat(made.Token)))
	}
	err = r.print(cmd, made, func(w io.Writer) error {
		if made.Secret == "" {
			return nil
		}
		_, err := fmt.Fprintln(w, made.Secret)
		return err
	})
	if err == nil && made.Secret == "" {
		return findings{}
	}
	return err
}

// readsWhat says what a token may read.
func readsWhat(t api.Token) string {
	if t.Unrestricted {
		return "unrestricted"
	}
	if len(t.Scopes) == 0 {
		return "no scopes"
	}
	var names []string
	for _, s := range t.Scopes {
		names = append(names, s.Name)
	}
	return strings.Join(names, ",")
}

func newTokenList() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List tokens, revoked and expired ones too",
		Example: `  fieldgate token list --layer shop`,
	}
	r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		tokens, err := r.Tokens(cmd.Context(), layer)
		if err != nil {
			return err
		}
		return r.print(cmd, tokens, func(w io.Writer) error { return tokenTable(w, tokens) })
	})
	return r.ofLayer(cmd)
}

func tokenTable(w io.Writer, tokens []api.Token) error {
	var rows [][]string
	for _, t := range tokens {
		rows = append(rows, []string{t.ID, t.Name, readsWhat(t), t.State, when(&t.Created), when(t.Expires), when(t.LastUsed)})
	}
	return grid(w, []string{"ID", "NAME", "READS", "STATE", "CREATED", "EXPIRES", "LAST USED"}, rows)
}

func newTokenRevoke() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{
		Use:     "revoke TOKEN",
		Short:   "Revoke a token, for good",
		Long:    "Revoke ends a token, which its id or its name names. It is refused from then on, and nothing brings it back.",
		Example: `  fieldgate token revoke website --layer shop`,
	}
	r.verb(cmd, named("TOKEN"), func(cmd *cobra.Command, args []string) error {
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		t, err := r.tokenNamed(cmd.Context(), layer, args[0])
		if err != nil {
			return err
		}
		if err := r.confirm(cmd, fmt.Sprintf("Revoke token %s (%s) of data layer %s?", t.Name, t.ID, layer)); err != nil {
			return err
		}
		if err := r.RevokeToken(cmd.Context(), layer, t.ID); err != nil {
			return err
		}
		if t, err = r.Token(cmd.Context(), layer, t.ID); err != nil {
			return err
		}
		return r.print(cmd, t, func(w io.Writer) error { return tokenTable(w, []api.Token{t}) })
	})
	return r.destructive(r.ofLayer(cmd))
}
