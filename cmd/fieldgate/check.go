package main

import (
	"context"
	"fmt"
	"io"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/access"
)

// ruleFile marks findings about a file that cannot be read as what it should be.
const ruleFile = "file"

// report is the result of a check.
type report struct {
	Findings []engine.Finding `json:"findings"`
	Advice   []advice         `json:"advice,omitempty"` // with --sensitive
	Summary  summary          `json:"summary"`
}

type summary struct {
	DataLayers  int `json:"data_layers"`
	Scopes      int `json:"scopes"`
	Coordinates int `json:"coordinates"`
	Restricted  int `json:"restricted"`
	Errors      int `json:"errors"`
	Warnings    int `json:"warnings"`
}

// checkOptions say what is looked for besides mistakes.
type checkOptions struct {
	sensitive      bool
	classification bool
}

func newCheck() *cobra.Command {
	var strict bool
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check DIR",
		Short: "Find mistakes in an access directory",
		Long: `Check reads a whole access directory and prints everything that is wrong with it or worth a second look,
sorted by file and line. It ends with 1 when there is an error, or with --strict a warning, and with 2 when there
is nothing to check.

With --sensitive it also names what every token can read and looks sensitive, and prints scopes that would restrict it. With
--require-classification everything of a data source has to be in a scope or under public in layer.yaml.`,
		Example: `  fieldgate check access
  fieldgate check access --sensitive
  fieldgate check access --strict --output json`,
		Args: oneDir(),
	}
	output := outputFlag(cmd)
	cmd.Flags().BoolVar(&strict, "strict", false, "let warnings fail the check too")
	cmd.Flags().BoolVar(&o.sensitive, "sensitive", false, "warn of what every token can read and looks sensitive")
	cmd.Flags().BoolVar(&o.classification, "require-classification", false, "everything of a data source has to be in a scope or public")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		r, err := check(cmd.Context(), args[0], o)
		if err != nil {
			return err
		}
		if err := output.print(cmd.OutOrStdout(), r, r.table); err != nil {
			return err
		}
		if r.Summary.Errors > 0 || strict && r.Summary.Warnings > 0 {
			return findings{}
		}
		return nil
	}
	return cmd
}

// check returns everything there is to say about the files of dir, or an error when there are none.
func check(ctx context.Context, dir string, o checkOptions) (*report, error) {
	files, err := access.Read(dir)
	if err != nil {
		return nil, err
	}
	repository, problems := scope.ParseRepository(files)
	if problems != nil && !hasLayer(files) {
		return nil, at(dir, problems)
	}
	r := &report{Findings: []engine.Finding{}}
	r.add(dir, problems)
	if repository != nil {
		for _, l := range repository.Layers {
			if err := r.layer(ctx, dir, l, o); err != nil {
				return nil, err
			}
		}
	}
	for _, f := range r.Findings {
		if f.Severity == engine.SeverityError {
			r.Summary.Errors++
		} else {
			r.Summary.Warnings++
		}
	}
	return r, nil
}

func hasLayer(files map[string][]byte) bool {
	for file := range files {
		if path.Base(file) == scope.LayerFile {
			return true
		}
	}
	return false
}

// add takes problems of files as findings.
func (r *report) add(dir string, problems scope.Problems) {
	for _, p := range problemsOf(at(dir, problems.Err())) {
		r.Findings = append(r.Findings, engine.Finding{Severity: engine.SeverityError, Rule: ruleFile, Problem: p})
	}
}

// layer checks one data layer.
func (r *report) layer(ctx context.Context, dir string, files scope.LayerFiles, o checkOptions) error {
	r.Summary.DataLayers++
	r.Summary.Scopes += len(files.Scopes)
	in := access.Input(files)
	draft, err := engine.Compile(in)
	if problems := problemsOf(at(dir, err)); problems != nil {
		for _, p := range problems {
			r.Findings = append(r.Findings, engine.Finding{Severity: engine.SeverityError, Rule: ruleFile, Problem: p})
		}
		return nil
	}
	if err != nil {
		return err
	}
	r.Summary.Coordinates += len(draft.Content.Coordinates)
	for _, scopes := range draft.Content.Coordinates {
		if len(scopes) > 0 {
			r.Summary.Restricted++
		}
	}
	found, err := draft.Check(ctx, in)
	if err != nil {
		return err
	}
	if o.classification {
		found = append(found, draft.Unclassified(in)...)
	}
	if o.sensitive {
		looks, scopes, err := draft.Sensitive(ctx, in)
		if err != nil {
			return err
		}
		found = append(found, looks...)
		for _, a := range scopes {
			r.Advice = append(r.Advice, newAdvice(dir, files, a))
		}
	}
	for _, f := range found {
		f.File = filepath.Join(dir, filepath.FromSlash(f.File))
		r.Findings = append(r.Findings, f)
	}
	return nil
}

// table prints findings for people and a summary line.
func (r *report) table(w io.Writer) error {
	for _, f := range r.Findings {
		printProblem(w, f.Problem, fmt.Sprintf("%s [%s]", f.Severity, f.Rule))
	}
	for _, a := range r.Advice {
		if err := a.print(w); err != nil {
			return err
		}
	}
	if r.Advice != nil {
		fmt.Fprintln(w)
	}
	s := r.Summary
	if s.DataLayers == 0 {
		_, err := fmt.Fprintf(w, "%s; the scopes were not compared with the schemas\n", count(s.Errors, "error"))
		return err
	}
	_, err := fmt.Fprintf(w, "%s, %s, %d of %s restricted: %s, %s\n",
		count(s.DataLayers, "data layer"), count(s.Scopes, "scope"), s.Restricted, count(s.Coordinates, "coordinate"),
		count(s.Errors, "error"), count(s.Warnings, "warning"))
	return err
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
