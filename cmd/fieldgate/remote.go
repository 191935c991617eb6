package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/admin/client"
)

// The environment of commands that ask a server. A key is never on the command line, where every process of the machine and
// the shell's history would see it.
const (
	envServer     = "FIELDGATE_SERVER"
	envKey        = "FIELDGATE_KEY"
	defaultServer = "http://127.0.0.1:8081"
)

// requestTimeout bounds one request to a server, but not an export.
const requestTimeout = 2 * time.Minute

// remote is what commands that ask a server have in common.
type remote struct {
	server string
	output *format
	layer  string
	yes    bool

	*client.Client
}

// newNoun makes a command that holds verbs.
func newNoun(use, short string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: noCommand,
		Long: short + ".\n\nIt asks the server of --server or " + envServer + " (" + defaultServer + ") with the member key in " + envKey + ".",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var examples []string
	for _, verb := range verbs {
		cmd.AddCommand(verb)
		if verb.Example != "" {
			first, _, _ := strings.Cut(verb.Example, "\n")
			examples = append(examples, first)
		}
	}
	cmd.Example = strings.Join(examples, "\n")
	return cmd
}

// verb completes a command that asks a server: its flags, and the client before it runs.
func (r *remote) verb(cmd *cobra.Command, args cobra.PositionalArgs, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd.Args = args
	cmd.Flags().StringVar(&r.server, "server", "", "the server's private listener (default is "+envServer+", or "+defaultServer+")")
	r.output = outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := r.connect(); err != nil {
			return err
		}
		return run(cmd, args)
	}
	return cmd
}

// ofLayer adds --layer.
func (r *remote) ofLayer(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&r.layer, "layer", "", "the data layer (may be left out when there is only one)")
	return cmd
}

// destructive adds --yes.
func (r *remote) destructive(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&r.yes, "yes", false, "do not ask")
	return cmd
}

func (r *remote) connect() error {
	key := os.Getenv(envKey)
	if key == "" {
		return &usageError{message: "no key: " + envKey + " is not set", hint: "put a member key (fgm_...) into the environment; `fieldgate init` makes the first one"}
	}
	transport, ok := http.DefaultTransport.(*http.Transport) //nolint:forbidigo // its copy is ours
	if !ok {
		return errors.New("the default transport is not net/http's")
	}
	transport = transport.Clone()
	transport.ResponseHeaderTimeout = requestTimeout
	transport.DisableKeepAlives = true // one command, one connection after the other
	c, err := client.New(cmp.Or(r.server, os.Getenv(envServer), defaultServer), key, transport)
	if err != nil {
		return &usageError{message: err.Error()}
	}
	r.Client = c
	return nil
}

// layerName returns the data layer that a command is about: that of --layer, or the only one.
func (r *remote) layerName(ctx context.Context) (string, error) {
	if r.layer != "" {
		return r.layer, nil
	}
	layers, err := r.Layers(ctx)
	if err != nil {
		return "", err
	}
	var names []string
	for _, l := range layers {
		names = append(names, l.Name)
	}
	switch len(names) {
	case 1:
		return names[0], nil
	case 0:
		return "", &usageError{message: "there is no data layer", hint: "`fieldgate layer create` or `fieldgate apply DIR` makes one"}
	}
	return "", &usageError{message: "say which data layer, with --layer", hint: "there is " + strings.Join(names, ", ")}
}

// print writes a result in the format of --output.
func (r *remote) print(cmd *cobra.Command, v any, table func(io.Writer) error) error {
	return r.output.print(cmd.OutOrStdout(), v, table)
}

// pickRow finds the row that an argument names: by its id, or by a name that only one row has.
func pickRow[T any](kind, named string, rows []T, id, name func(T) string) (T, error) {
	var found []T
	var names, ids []string
	for _, row := range rows {
		if id(row) == named {
			return row, nil
		}
		names = append(names, name(row))
		if name(row) == named {
			found, ids = append(found, row), append(ids, id(row))
		}
	}
	var none T
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return none, &usageError{message: fmt.Sprintf("there is no %s %q%s", kind, named, didYouMean(plain(coord.Nearest(named, names))))}
	}
	return none, &usageError{message: fmt.Sprintf("several are called %q: name one by its id", named), hint: strings.Join(ids, ", ")}
}

func (r *remote) scopeNamed(ctx context.Context, layer, named string) (api.Scope, error) {
	scopes, err := r.Scopes(ctx, layer)
	if err != nil {
		return api.Scope{}, err
	}
	return pickRow("scope", named, scopes, func(s api.Scope) string { return s.ID }, func(s api.Scope) string { return s.Name })
}

func (r *remote) tokenNamed(ctx context.Context, layer, named string) (api.Token, error) {
	tokens, err := r.Tokens(ctx, layer)
	if err != nil {
		return api.Token{}, err
	}
	return pickRow("token", named, tokens, func(t api.Token) string { return t.ID }, func(t api.Token) string { return t.Name })
}

func (r *remote) memberNamed(ctx context.Context, named string) (api.Member, error) {
	members, err := r.Members(ctx)
	if err != nil {
		return api.Member{}, err
	}
	return pickRow("member", named, members, func(m api.Member) string { return m.ID }, func(m api.Member) string { return m.Name })
}

// confirm asks a person. Without a terminal there is nobody to ask, and the answer is no.
func (r *remote) confirm(cmd *cobra.Command, question string) error {
	if r.yes {
		return nil
	}
	if !isTerminal(cmd.InOrStdin()) {
		return &usageError{message: "this cannot be taken back, and there is no terminal to ask at", hint: "pass --yes to go on without being asked"}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s [y/N] ", plain(question))
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if word := strings.ToLower(strings.TrimSpace(line)); err != nil || word != "y" && word != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

// grid writes rows in columns. Cells are what people and programs chose: they print as text.
func grid(w io.Writer, header []string, rows [][]string) error {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = plain(cell)
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
	return nil
}

// plain takes away what would steer a terminal or break a line.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// plainLines is plain for a text of several lines.
func plainLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = plain(lines[i])
	}
	return strings.Join(lines, "\n")
}

// when prints a time, or "-" for none.
func when(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.DateTime + "Z")
}

// parseExpiry reads a time, a date or a duration from now; "" is none.
func parseExpiry(s string, now time.Time) (*time.Time, error) {
	if s == "" {
		return nil, nil //nolint:nilnil // there is no expiry, and that is no error
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		at := now.Add(d).UTC().Truncate(time.Second)
		return &at, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil && at.After(now) {
			return &at, nil
		}
	}
	return nil, &usageError{message: fmt.Sprintf("%q is no expiry in the future", s), hint: "as in 720h, 2026-12-31 or 2026-12-31T12:00:00Z"}
}
