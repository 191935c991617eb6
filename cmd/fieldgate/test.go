package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/accesstest"
	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/policies"
	"github.com/fieldgate/fieldgate/server/access"
)

// testReport is the result of a run of tests.
type testReport struct {
	Results  []accesstest.Result   `json:"results"`
	Coverage []accesstest.Coverage `json:"coverage"`
	Passed   int                   `json:"passed"`
	Failed   int                   `json:"failed"`
}

// testOptions are the flags of the test command.
type testOptions struct {
	layer    string
	selected string
	junit    string
	coverage bool
	verbose  bool
	remote   *remote // the server that tokens are asked of; nil: none
}

func newTest() *cobra.Command {
	var o testOptions
	cmd := &cobra.Command{
		Use:   "test DIR",
		Short: "Run the access tests of an access directory",
		Long: `Test runs the access tests in the folders tests of the data layers: operations whose decisions are compared, and
assertions about every operation there is (never, only). Of one that fails it prints the shortest operation that shows it.
Rego tests (*_test.rego in the folders policies and tests) run beside them.

It ends with 1 when a test fails, and with 2 when there is nothing to test.`,
		Example: `  fieldgate test access
  fieldgate test access --run cost --coverage
  fieldgate test access --junit report.xml`,
		Args: oneDir(),
	}
	output := outputFlag(cmd)
	layer := layerFlag(cmd)
	cmd.Flags().StringVar(&o.selected, "run", "", "run the tests whose names match this regular expression")
	cmd.Flags().StringVar(&o.junit, "junit", "", "write a JUnit report to this file as well")
	cmd.Flags().BoolVar(&o.coverage, "coverage", false, "list the restricted coordinates and the scope lines that no test exercises")
	r := &remote{}
	cmd.Flags().StringVar(&r.server, "server", "", "the server whose tokens tests may name (token: NAME)")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "list the tests that pass, too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.layer = *layer
		if r.server != "" {
			if err := r.connect(); err != nil {
				return err
			}
			o.remote = r
		}
		r, err := runTests(cmd.Context(), args[0], o)
		if err != nil {
			return err
		}
		if o.junit != "" {
			if err := writeJUnit(o.junit, r); err != nil {
				return err
			}
		}
		if err := output.print(cmd.OutOrStdout(), r, func(w io.Writer) error { return r.table(w, o) }); err != nil {
			return err
		}
		if r.Failed > 0 {
			return findings{}
		}
		return nil
	}
	return cmd
}

// runTests runs the tests of one data layer, or of all.
func runTests(ctx context.Context, dir string, o testOptions) (*testReport, error) {
	selected, err := regexp.Compile(o.selected)
	if err != nil {
		return nil, &usageError{message: "--run is no regular expression: " + err.Error()}
	}
	files, err := access.Read(dir)
	if err != nil {
		return nil, err
	}
	repository, problems := scope.ParseRepository(files)
	if problems != nil {
		return nil, at(dir, problems)
	}
	layers := repository.Layers
	if o.layer != "" {
		one, err := pick(repository, o.layer)
		if err != nil {
			return nil, err
		}
		layers = []scope.LayerFiles{one}
	}
	r := &testReport{Results: []accesstest.Result{}, Coverage: []accesstest.Coverage{}}
	for _, l := range layers {
		t := &layerTests{dir: dir, files: files, layer: l, options: access.EngineOptions(repository.Settings), selected: selected, remote: o.remote}
		if err := t.run(ctx, r); err != nil {
			return nil, at(dir, err)
		}
	}
	if len(r.Results) == 0 {
		return nil, &usageError{message: "there are no tests" + matching(o.selected), hint: "write them in the folder `tests` of a data layer: see docs/access-tests.md"}
	}
	for _, result := range r.Results {
		if result.Passed() {
			r.Passed++
		} else {
			r.Failed++
		}
	}
	return r, nil
}

func matching(selected string) string {
	if selected == "" {
		return ""
	}
	return fmt.Sprintf(" that match %q", selected)
}

// layerTests runs the tests of one data layer.
type layerTests struct {
	dir      string
	files    map[string][]byte
	layer    scope.LayerFiles
	options  engine.Options
	selected *regexp.Regexp
	remote   *remote
}

func (t *layerTests) run(ctx context.Context, r *testReport) error {
	tests, problems := t.parse()
	if problems != nil {
		return problems
	}
	if t.remote != nil {
		if err := t.addOwned(ctx); err != nil {
			return err
		}
	}
	draft, err := engine.Compile(access.Input(t.layer))
	if err != nil {
		return err
	}
	snapshot, err := draft.Activate(ctx, 1, t.options)
	if err != nil {
		return err
	}
	suite := accesstest.Suite{Snapshot: snapshot, Scopes: t.layer.Scopes, Files: tests, Select: t.selected}
	if t.remote != nil {
		if suite.Token, err = t.tokens(ctx); err != nil {
			return err
		}
	}
	results, coverage, err := suite.Run(ctx)
	if err != nil {
		return err
	}
	rego, err := t.rego(ctx, draft)
	if err != nil {
		return err
	}
	r.Results = append(append(r.Results, t.placed(results)...), t.placed(rego)...)
	for i, l := range coverage.UntestedLines {
		coverage.UntestedLines[i].File = t.place(l.File)
	}
	r.Coverage = append(r.Coverage, coverage)
	return nil
}

// addOwned adds the scopes that the server's admin API owns: applying the files leaves them as they are.
func (t *layerTests) addOwned(ctx context.Context) error {
	_, owned, err := serverScopes(ctx, t.remote, t.layer.Layer.Name, map[string]string{})
	if err != nil {
		return err
	}
	t.layer.Scopes = withOwned(t.layer.Scopes, owned)
	return nil
}

// tokens returns what the server's tokens hold, by name: with these files, and only those that can be used. A name that several
// tokens share is none, since they may hold different scopes.
func (t *layerTests) tokens(ctx context.Context) (func(name string) (engine.Subject, bool), error) {
	list, err := t.remote.Tokens(ctx, t.layer.Layer.Name)
	if err != nil {
		return nil, err
	}
	named := map[string][]engine.Subject{}
	for _, token := range list {
		if token.State == "active" {
			subject := engine.Subject{Unrestricted: token.Unrestricted}
			if !token.Unrestricted {
				subject.Scopes = heldAfter(scopesOf(token), t.layer.Scopes)
			}
			named[token.Name] = append(named[token.Name], subject)
		}
	}
	return func(name string) (engine.Subject, bool) {
		if len(named[name]) != 1 {
			return engine.Subject{}, false
		}
		return named[name][0], true
	}, nil
}

// placed makes the positions of results those that a person sees.
func (t *layerTests) placed(results []accesstest.Result) []accesstest.Result {
	for i, r := range results {
		results[i].Position.File = t.place(r.Position.File)
		for j, f := range r.Failures {
			results[i].Failures[j].Position.File = t.place(f.Position.File)
		}
	}
	return results
}

func (t *layerTests) place(file string) string { return filepath.Join(t.dir, filepath.FromSlash(file)) }

func (t *layerTests) parse() ([]scope.Tests, scope.Problems) {
	var out []scope.Tests
	var problems scope.Problems
	for _, file := range scope.TestFiles(t.files, t.layer.Dir) {
		tests, found := scope.ParseTests(file, t.files[file])
		out, problems = append(out, tests), append(problems, found...)
	}
	return out, problems
}

// rego runs the Rego tests of the data layer beside the read policy and the data that it is compiled to.
func (t *layerTests) rego(ctx context.Context, draft *engine.Draft) ([]accesstest.Result, error) {
	modules, tests := policies.Read(), false
	for file, source := range t.files {
		folder := path.Dir(file)
		if path.Ext(file) == ".rego" && (folder == path.Join(t.layer.Dir, "policies") || folder == path.Join(t.layer.Dir, scope.TestsDir)) {
			modules[file] = string(source)
			tests = tests || strings.HasSuffix(file, "_test.rego")
		}
	}
	if !tests {
		return nil, nil
	}
	results, err := eval.Test(ctx, modules, draft.Content.Data(), t.selected.String())
	if err != nil {
		return nil, err
	}
	var out []accesstest.Result
	for _, r := range results {
		out = append(out, regoResult(t.layer.Layer.Name, r))
	}
	return out, nil
}

func regoResult(layer string, r eval.TestResult) accesstest.Result {
	out := accesstest.Result{
		DataLayer: layer, Kind: accesstest.KindRego, Name: r.Package + "." + r.Name, Position: scope.Position{File: r.File, Line: r.Line, Column: 1},
	}
	if !r.Passed && !r.Skipped {
		message := "the rule does not hold"
		if r.Error != "" {
			message = r.Error
		}
		out.Failures = []accesstest.Failure{{Message: message, Position: out.Position, Got: lines(r.Output)}}
	}
	return out
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// writeJUnit writes the report to a file.
func writeJUnit(file string, r *testReport) error {
	text, err := r.junit()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Clean(file), text, 0o644)
}
