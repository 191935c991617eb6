package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/wire"
)

// decideFlags are the flags of decide.
type decideFlags struct {
	layer     *string
	subject   *subjectFlags
	output    *format
	operation string
	variables string
	batch     string
}

func newDecide() *cobra.Command {
	f := &decideFlags{}
	cmd := &cobra.Command{
		Use:   "decide DIR QUERYFILE|-",
		Short: "Decide a query, selection by selection",
		Long: `Decide prints what a subject may read of a query and what would be sent upstream. It ends with 0 when everything
is allowed and with 1 when something is denied.

With --batch it reads one JSON object a line ({"id","schema","scopes","token_scopes","unrestricted","query",...})
and writes one decision a line, in the same order; it ends with 0 whatever the decisions are.`,
		Example: `  fieldgate decide access --scopes finance,web query.graphql
  fieldgate decide access --layer shop --no-scopes --variables '{"id": "1"}' query.graphql
  echo '{ products { cost } }' | fieldgate decide access --unrestricted -
  fieldgate decide --batch questions.jsonl > decisions.jsonl`,
		RunE: f.run,
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if !cmd.Flags().Changed("batch") {
			return oneDir("QUERYFILE")(cmd, args)
		}
		return f.onlyBatch(cmd, args)
	}
	f.layer = layerFlag(cmd)
	f.subject = addSubject(cmd, "scopes")
	f.output = outputFlag(cmd)
	cmd.Flags().StringVar(&f.operation, "operation-name", "", "the operation of the document that would run")
	cmd.Flags().StringVar(&f.variables, "variables", "", "the variables as a JSON object, or @FILE")
	cmd.Flags().StringVar(&f.batch, "batch", "", "decide the lines of this file, or of standard input for -")
	return cmd
}

// onlyBatch refuses what would be ignored beside --batch.
func (f *decideFlags) onlyBatch(cmd *cobra.Command, args []string) error {
	if f.batch == "" {
		return &usageError{message: "--batch names no file", hint: "standard input is -"}
	}
	if len(args) > 0 {
		return &usageError{message: fmt.Sprintf("unexpected argument %q: --batch holds schema, scopes and query in its lines", args[0])}
	}
	for _, name := range []string{"layer", "scopes", "no-scopes", "unrestricted", "operation-name", "variables", "output"} {
		if cmd.Flags().Changed(name) {
			return &usageError{message: "--" + name + " means nothing beside --batch: every line says it for itself"}
		}
	}
	return nil
}

func (f *decideFlags) run(cmd *cobra.Command, args []string) error {
	if f.batch != "" {
		return runBatch(cmd, f.batch)
	}
	subject, err := f.subject.subject(cmd)
	if err != nil {
		return err
	}
	variables, err := readVariables(f.variables)
	if err != nil {
		return err
	}
	l, err := load(args[0], *f.layer)
	if err != nil {
		return err
	}
	query, err := readQuery(cmd, args[1], l.settings.Limits.Body)
	if err != nil {
		return err
	}
	snapshot, err := l.activate(cmd.Context())
	if err != nil {
		return err
	}
	verdict, err := snapshot.Decide(cmd.Context(), engine.Request{
		Subject: subject, Query: query, OperationName: f.operation, Variables: variables,
	})
	if err != nil {
		return err
	}
	d := verdict.Details()
	if err := f.output.print(cmd.OutOrStdout(), d, func(w io.Writer) error { return decisionTable(w, d, l.files.Layer.Match) }); err != nil {
		return err
	}
	if d.Decision != engine.DecisionAllow {
		return findings{}
	}
	return nil
}

// readQuery reads a document of at most so many bytes from a file, or from standard input for -.
func readQuery(cmd *cobra.Command, name string, most int64) (string, error) {
	in := cmd.InOrStdin()
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s is larger than %d bytes (`limits.body` in fieldgate.yaml)", name, most)
	}
	return string(data), err
}

// readVariables reads --variables: a JSON object, or the file behind an @.
func readVariables(flag string) (map[string]any, error) {
	if flag == "" {
		return nil, nil
	}
	data, from := []byte(flag), "--variables"
	if name, ok := strings.CutPrefix(flag, "@"); ok {
		var err error
		if data, err = os.ReadFile(name); err != nil {
			return nil, err
		}
		from = name
	}
	var variables map[string]any
	if err := wire.Unmarshal(data, &variables); err != nil {
		return nil, &usageError{message: from + " is not a JSON object: " + err.Error(), hint: `write it as in --variables '{"id": "1"}', or name a file with @`}
	}
	return variables, nil
}
