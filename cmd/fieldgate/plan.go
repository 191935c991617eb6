package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/plan"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/access"
)

// The values of --fail-on.
const (
	failOnWidened = "widened"
	failOnAny     = "any"
)

// planReport is the result of a plan.
type planReport struct {
	Against    string         `json:"against"`
	DataLayers []*plan.Report `json:"data_layers"`
	Widened    bool           `json:"widened"`
	Changed    bool           `json:"changed"`
}

func newPlan() *cobra.Command {
	var against, failOn string
	cmd := &cobra.Command{
		Use:   "plan [DIR]",
		Short: "Show what a change of an access directory does to access",
		Long: `Plan compares the access directory as it is on disk, committed or not, with what it was at a git reference, and says what
becomes readable by every token, what is newly restricted, what the holders of each scope gain and lose, what is new in the schema
and who would read it, and which entries match nothing any more.

What someone can read is computed from schema and scopes for every operation there is, so that the sets are exact.`,
		Example: `  fieldgate plan access
  fieldgate plan access --against origin/main --fail-on widened
  fieldgate plan access --output markdown > comment.md`,
		Args: cobra.MaximumNArgs(1),
	}
	output := planOutput(cmd)
	layer := layerFlag(cmd)
	cmd.Flags().StringVar(&against, "against", "HEAD", "the git reference, or another access directory, to compare with")
	cmd.Flags().StringVar(&failOn, "fail-on", "", "end with 1 when access is widened, or when any of it changes (widened|any)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if failOn != "" && failOn != failOnWidened && failOn != failOnAny {
			return &usageError{message: fmt.Sprintf("--fail-on is widened or any, not %q", failOn)}
		}
		dir := "."
		if len(args) == 1 {
			dir = args[0]
		}
		r, err := makePlan(cmd.Context(), dir, against, *layer)
		if err != nil {
			return err
		}
		if err := output.print(cmd.OutOrStdout(), r); err != nil {
			return err
		}
		if failOn == failOnAny && r.Changed || failOn == failOnWidened && r.Widened {
			return findings{}
		}
		return nil
	}
	return cmd
}

// makePlan compares the directory with what it was.
func makePlan(ctx context.Context, dir, against, layer string) (*planReport, error) {
	after, err := access.Read(dir)
	if err != nil {
		return nil, err
	}
	before, err := readBefore(ctx, dir, against)
	if err != nil {
		return nil, err
	}
	is, settings, err := sides(ctx, dir, after, nil)
	if err != nil {
		return nil, err
	}
	was, _, err := sides(ctx, against, before, settings)
	if err != nil {
		return nil, fmt.Errorf("as it was at %s: %w", against, err)
	}
	r := &planReport{Against: against, DataLayers: []*plan.Report{}}
	for _, name := range layersOf(was, is) {
		if layer != "" && layer != name {
			continue
		}
		report, err := plan.Compare(ctx, was[name], is[name], nil)
		if err != nil {
			return nil, err
		}
		r.add(report)
	}
	if layer != "" && len(r.DataLayers) == 0 {
		return nil, &usageError{message: fmt.Sprintf("no data layer is called %q", layer), hint: "there is " + strings.Join(layersOf(was, is), ", ")}
	}
	return r, nil
}

func (r *planReport) add(report *plan.Report) {
	r.DataLayers = append(r.DataLayers, report)
	r.Widened = r.Widened || report.Widened()
	r.Changed = r.Changed || report.Changed()
}

// readBefore reads what is compared with: another directory when there is one of that name, a git reference otherwise.
func readBefore(ctx context.Context, dir, against string) (map[string][]byte, error) {
	if info, err := os.Stat(against); err == nil && info.IsDir() {
		return access.Read(against)
	}
	return readGit(ctx, dir, against)
}

// sides compiles every data layer of a tree, by name. A tree without files has none. Limits are those of settings, or the
// tree's own without.
func sides(ctx context.Context, from string, files map[string][]byte, settings *scope.Settings) (map[string]*plan.Side, *scope.Settings, error) {
	out := map[string]*plan.Side{}
	if !hasLayer(files) && settings != nil {
		return out, settings, nil
	}
	repository, problems := scope.ParseRepository(files)
	if problems != nil {
		return nil, nil, at(from, problems)
	}
	if settings == nil {
		settings = &repository.Settings
	}
	for _, l := range repository.Layers {
		draft, err := engine.Compile(access.Input(l))
		if err != nil {
			return nil, nil, at(from, err)
		}
		snapshot, err := draft.Activate(ctx, 1, access.EngineOptions(*settings))
		if err != nil {
			return nil, nil, err
		}
		out[l.Layer.Name] = &plan.Side{Snapshot: snapshot, Scopes: l.Scopes, Unmatched: draft.Unmatched}
	}
	return out, settings, nil
}

func layersOf(was, is map[string]*plan.Side) []string {
	var out []string
	for _, m := range []map[string]*plan.Side{was, is} {
		for name := range m {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// planFormat is how a plan is printed: as other results, or as Markdown.
type planFormat struct {
	format
	markdown bool
}

const formatMarkdown = "markdown"

// Set takes one of the formats, for pflag.
func (f *planFormat) Set(s string) error {
	if f.markdown = s == formatMarkdown; f.markdown {
		return nil
	}
	return f.format.Set(s)
}

// String returns the format's name, for pflag.
func (f *planFormat) String() string {
	if f.markdown {
		return formatMarkdown
	}
	return f.format.String()
}

// Type names the kind of value in --help, for pflag.
func (f *planFormat) Type() string {
	return strings.Join(append(slices.Clone(formats), formatMarkdown), "|")
}

func planOutput(cmd *cobra.Command) *planFormat {
	f := &planFormat{format: formatTable}
	cmd.Flags().Var(f, "output", "how to print the result")
	complete(cmd, "output", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return append(slices.Clone(formats), formatMarkdown), cobra.ShellCompDirectiveNoFileComp
	})
	return f
}

func (f *planFormat) print(w io.Writer, r *planReport) error {
	if f.markdown {
		return r.markdown(w)
	}
	return f.format.print(w, r, r.table)
}
