package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/explain"
	"github.com/fieldgate/fieldgate/engine/scope"
)

func newExplain() *cobra.Command {
	var query, operation string
	var trace bool
	cmd := &cobra.Command{
		Use:   "explain DIR [COORDINATE]",
		Short: "Say why a subject may or may not read a coordinate or a query",
		Long: `Explain says whether a subject can read a coordinate by any operation, which coordinates that needs, which scope lines
cover them, and which scopes would be enough. With --query it explains the decision on an operation instead.

It ends with 1 when the subject cannot read it.`,
		Example: `  fieldgate explain access Product.cost --as web
  fieldgate explain access --query basket.graphql --as web
  fieldgate explain access Product.cost --no-scopes --trace`,
		Args: cobra.RangeArgs(1, 2),
	}
	output := outputFlag(cmd)
	layer := layerFlag(cmd)
	flags := addSubject(cmd, "as")
	cmd.Flags().StringVar(&query, "query", "", "explain the operation in this file (- is standard input)")
	cmd.Flags().StringVar(&operation, "operation", "", "the operation of the document that is run")
	cmd.Flags().BoolVar(&trace, "trace", false, "print how the policy comes to its answer, too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if (len(args) == 2) == (query != "") {
			return &usageError{message: "say what to explain: a coordinate, or --query FILE"}
		}
		subject, err := flags.subject(cmd)
		if err != nil {
			return err
		}
		x, err := newExplainer(cmd.Context(), args[0], *layer)
		if err != nil {
			return err
		}
		if query != "" {
			return x.query(cmd, subject, query, operation, output)
		}
		return x.coordinate(cmd, subject, args[1], output, trace)
	}
	return cmd
}

// explainer is what the commands that explain share.
type explainer struct {
	*explain.Explainer
	snapshot *engine.Snapshot
	limit    int64 // bytes of a query
}

func newExplainer(ctx context.Context, dir, layer string) (*explainer, error) {
	l, err := load(dir, layer)
	if err != nil {
		return nil, err
	}
	snapshot, err := l.activate(ctx)
	if err != nil {
		return nil, err
	}
	scopes := make([]scope.Scope, len(l.files.Scopes))
	for i, s := range l.files.Scopes {
		scopes[i] = s
		scopes[i].Entries = nil
		for _, e := range s.Entries {
			e.Position.File = filepath.Join(dir, filepath.FromSlash(e.Position.File))
			scopes[i].Entries = append(scopes[i].Entries, e)
		}
	}
	return &explainer{Explainer: explain.New(snapshot, scopes), snapshot: snapshot, limit: l.settings.Limits.Body}, nil
}

// parseCoordinate reads an argument.
func parseCoordinate(text string) (coord.Coordinate, error) {
	c, err := coord.Parse(text)
	if err != nil {
		return c, &usageError{message: fmt.Sprintf("%q is no coordinate: %v", text, err), hint: "write Type, Type.field, Type.field(argument:), Input.field or Enum.VALUE"}
	}
	return c, nil
}

// unknown turns a coordinate that there is not into an error about the command line.
func unknown(err error) error {
	var missing *explain.UnknownCoordinateError
	if errors.As(err, &missing) {
		return &usageError{message: missing.Error()}
	}
	return err
}

func (x *explainer) coordinate(cmd *cobra.Command, sub engine.Subject, text string, output *format, trace bool) error {
	c, err := parseCoordinate(text)
	if err != nil {
		return err
	}
	e, err := x.Coordinate(cmd.Context(), sub, c)
	if err != nil {
		return unknown(err)
	}
	err = output.print(cmd.OutOrStdout(), e, func(w io.Writer) error {
		printCoordinate(w, e, sub)
		return nil
	})
	if err != nil {
		return err
	}
	if trace {
		if err := x.trace(cmd, sub, e); err != nil {
			return err
		}
	}
	if !e.Readable {
		return findings{}
	}
	return nil
}

// trace prints OPA's own account of the question.
func (x *explainer) trace(cmd *cobra.Command, sub engine.Subject, e *explain.Coordinate) error {
	var names []string
	for _, n := range e.Needs {
		names = append(names, n.Coordinate)
	}
	text, err := x.snapshot.Trace(cmd.Context(), sub, names)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), text)
	return err
}

func (x *explainer) query(cmd *cobra.Command, sub engine.Subject, file, operation string, output *format) error {
	text, err := readQuery(cmd, file, x.limit)
	if err != nil {
		return err
	}
	q, err := x.Query(cmd.Context(), engine.Request{Subject: sub, Query: text, OperationName: operation})
	if err != nil {
		return err
	}
	err = output.print(cmd.OutOrStdout(), q, func(w io.Writer) error {
		printQuery(w, q, sub)
		return nil
	})
	if err == nil && q.Decision.Decision != engine.DecisionAllow {
		return findings{}
	}
	return err
}

// holder says who a subject is.
func holder(sub engine.Subject) string {
	switch {
	case sub.Unrestricted:
		return "an unrestricted token"
	case len(sub.Scopes) == 0:
		return "a token without a scope"
	}
	return "a token that holds " + strings.Join(sub.Scopes, ", ")
}

func printCoordinate(w io.Writer, e *explain.Coordinate, sub engine.Subject) {
	verb := "cannot"
	if e.Readable {
		verb = "can"
	}
	fmt.Fprintf(w, "%s %s read %s\n", holder(sub), verb, e.Coordinate)
	if e.Query != "" {
		as := "the shortest operation"
		if !e.Readable {
			as += " for one that holds every scope"
		}
		fmt.Fprintf(w, "  %s: %s\n", as, e.Query)
	}
	fmt.Fprintln(w, "it needs:")
	for _, n := range e.Needs {
		printNeed(w, n)
	}
	if len(e.Denied) > 0 {
		fmt.Fprintln(w, "what stands in the way of that operation:")
		for _, n := range e.Denied {
			printNeed(w, n)
		}
	}
	printAdd(w, e.Readable, e.Hopeless, e.Add)
}

func printNeed(w io.Writer, n explain.Need) {
	state := "denied "
	if n.Readable {
		state = "allowed"
	}
	where := n.Why
	if len(n.At) > 0 {
		where += " at " + strings.Join(n.At, ".")
	}
	fmt.Fprintf(w, "  %s  %s  (%s)\n", state, n.Coordinate, where)
	switch {
	case n.Unclassified:
		fmt.Fprintln(w, "           it is not in schema.lock: nobody can hold what would open it before `fieldgate schema accept`")
	case len(n.Covers) == 0:
		fmt.Fprintln(w, "           no scope covers it")
	}
	for _, c := range n.Covers {
		held := "not held"
		if c.Held {
			held = "held"
		}
		fmt.Fprintf(w, "           %s: scope %s (%s) covers it with %s\n", c.Position, c.Scope, held, c.Entry)
	}
}

func printAdd(w io.Writer, readable, hopeless bool, add []string) {
	switch {
	case readable:
	case hopeless:
		fmt.Fprintln(w, "no set of scopes is enough")
	default:
		fmt.Fprintf(w, "enough, and as few as can be: %s\n", strings.Join(add, ", "))
	}
}

func printQuery(w io.Writer, q *explain.Query, sub engine.Subject) {
	fmt.Fprintf(w, "for %s the operation is decided: %s\n", holder(sub), q.Decision.Decision)
	for _, e := range q.Decision.Errors {
		fmt.Fprintf(w, "  %s: %s\n", e.Code, e.Message)
	}
	for _, n := range q.Denied {
		printNeed(w, n)
	}
	printAdd(w, len(q.Decision.Denied) == 0, q.Hopeless, q.Add)
}
