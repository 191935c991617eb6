package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/admin/client"
)

// inDir is an error about the files of an access directory, whose paths are relative to it.
type inDir struct {
	dir string
	err error
}

// Error returns the error with paths as they were, relative to the directory.
func (e *inDir) Error() string { return e.err.Error() }

// Unwrap returns the error itself.
func (e *inDir) Unwrap() error { return e.err }

// at wraps an error about the files of dir; nil stays nil.
func at(dir string, err error) error {
	if err == nil {
		return nil
	}
	return &inDir{dir: dir, err: err}
}

// printError writes an error for a person: places as file:line:column from where the person stands,
// and a hint.
func printError(w io.Writer, cmd *cobra.Command, err error) {
	if problems := problemsOf(err); problems != nil {
		for _, p := range problems {
			printProblem(w, p, "error")
		}
		return
	}
	var unknown *engine.UnknownScopeError
	if errors.As(err, &unknown) {
		err = &usageError{
			message: fmt.Sprintf("data layer %s has no scope %q%s", unknown.Layer, unknown.Names[0],
				didYouMean(coord.Nearest(unknown.Names[0], unknown.Known))),
			hint: "it has " + strings.Join(unknown.Known, ", "),
		}
	}
	var refused *client.Error
	if errors.As(err, &refused) {
		fmt.Fprintf(w, "fieldgate: %s\n", plainLines(refused.Error()))
		return
	}
	fmt.Fprintf(w, "fieldgate: %s\n", err)
	var usage *usageError
	if !errors.As(err, &usage) {
		return
	}
	if usage.hint != "" {
		fmt.Fprintf(w, "  hint: %s\n", usage.hint)
	}
	fmt.Fprintf(w, "  see `%s --help`\n", cmd.CommandPath())
}

// problemsOf returns what is wrong with files, or nil when an error is about something else.
func problemsOf(err error) scope.Problems {
	dir := "."
	var in *inDir
	if errors.As(err, &in) {
		dir = in.dir
	}
	var problems scope.Problems
	var one scope.Problem
	var schema *gql.SchemaError
	switch {
	case errors.As(err, &problems):
	case errors.As(err, &one):
		problems = scope.Problems{one}
	case errors.As(err, &schema):
		problems = scope.Problems{{
			Position: scope.Position{File: schema.File, Line: schema.Line, Column: schema.Column},
			Message:  schema.Message, Hint: schema.Hint,
		}}
	}
	var out scope.Problems
	for _, p := range problems {
		p.File = filepath.Join(dir, filepath.FromSlash(p.File))
		out = append(out, p)
	}
	return out
}

// printProblem writes "file:line:column: severity: message" and, below it, what to do.
func printProblem(w io.Writer, p scope.Problem, severity string) {
	fmt.Fprintf(w, "%s: %s: %s%s\n", p.Position, severity, p.Message, didYouMean(p.Suggestion))
	if p.Hint != "" && p.Suggestion == "" {
		fmt.Fprintf(w, "  hint: %s\n", p.Hint)
	}
}
