package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// The exit codes of every subcommand.
const (
	exitOK       = 0
	exitFindings = 1 // it works and says no: something is denied, a check has findings
	exitUsage    = 2 // usage or configuration error, or it could not be decided
)

// findings ends a command with exitFindings. What was found has been printed.
type findings struct{}

// Error says what nobody reads.
func (findings) Error() string { return "there are findings" }

// usageError is a command line that cannot be run.
type usageError struct {
	message string
	hint    string // what to write instead, or ""
}

// Error returns the message.
func (e *usageError) Error() string { return e.message }

// run runs one command line and returns its exit code. It is the whole program but for the process.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &findings{}):
		return exitFindings
	}
	printError(stderr, cmd, err)
	return exitUsage
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "fieldgate",
		Short: "Decide, field by field, which parts of a GraphQL query may be read",
		Long: `Fieldgate decides, field by field, which parts of a GraphQL query an API token may read.
API scopes are YAML files; OPA decides on them.

DIR is an access directory: a folder for each data layer, with layer.yaml, schema.graphql and scopes/*.yaml.

Exit codes: 0 is ok, 1 means findings (something is denied, a check fails), 2 is a usage or configuration error.`,
		Example: `  fieldgate check access
  fieldgate decide access --scopes finance query.graphql
  fieldgate serve access`,
		Args:              noCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newCheck(), newBuild(), newInit(), newServe(), newDecide(), newSchema(), newGuards(), newTest(), newPlan(), newExplain(), newWhoCan(), newWhatCan(), newVersion(),
		newApply(), newToken(), newScope(), newLayer(), newSync(), newRevision(), newMember(), newKey(), newAudit(), newConsole())
	return root
}

// noCommand refuses an argument that is no subcommand.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	return &usageError{message: fmt.Sprintf("unknown command %q%s", args[0], didYouMean(coord.Nearest(args[0], names)))}
}

// flagError adds to an error about a flag what was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return &usageError{message: err.Error()}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	suggestion := coord.Nearest(unknown.GetSpecifiedName(), names)
	if suggestion != "" {
		suggestion = "--" + suggestion
	}
	return &usageError{message: err.Error() + didYouMean(suggestion)}
}

func didYouMean(word string) string {
	if word == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", word)
}

// oneDir wants one access directory as the first argument, and the others that are named.
func oneDir(others ...string) cobra.PositionalArgs {
	return named(append([]string{"DIR"}, others...)...)
}

// named wants exactly the arguments that are named.
func named(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return &usageError{message: names[len(args)] + " is missing"}
		case len(args) > len(names):
			return &usageError{message: fmt.Sprintf("unexpected argument %q", args[len(names)])}
		}
		return nil
	}
}
