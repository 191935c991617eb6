package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

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
	Replay     *replayed      `json:"replay,omitempty"`
}

// planOptions are the flags of the plan command.
type planOptions struct {
	against, failOn, replay string
	output                  *planFormat
	remote                  remote
}

func newPlan() *cobra.Command {
	o := &planOptions{}
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
	o.output = planOutput(cmd)
	layer := layerFlag(cmd)
	cmd.Flags().StringVar(&o.against, "against", "HEAD", "the git reference, or another access directory, to compare with")
	cmd.Flags().StringVar(&o.remote.server, "server", "", "compare with what this server has instead, and say what each of its tokens gains and loses")
	cmd.Flags().StringVar(&o.replay, "replay", "", "a decision log (JSON lines): say which of its operations would be decided differently")
	cmd.Flags().StringVar(&o.failOn, "fail-on", "", "end with 1 when access is widened, or when any of it changes (widened|any)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.remote.layer = *layer
		dir := "."
		if len(args) == 1 {
			dir = args[0]
		}
		return o.run(cmd, dir)
	}
	return cmd
}

// check refuses flags that contradict each other or mean nothing.
func (o *planOptions) check(cmd *cobra.Command) error {
	switch {
	case o.failOn != "" && o.failOn != failOnWidened && o.failOn != failOnAny:
		return &usageError{message: fmt.Sprintf("--fail-on is widened or any, not %q", o.failOn)}
	case o.remote.server != "" && cmd.Flags().Changed("against"):
		return &usageError{message: "--against and --server are two things to compare with: name one"}
	}
	return nil
}

// fails reports whether the report is what --fail-on is about.
func (o *planOptions) fails(r *planReport) bool {
	return o.failOn == failOnAny && r.Changed || o.failOn == failOnWidened && r.Widened
}

func (o *planOptions) run(cmd *cobra.Command, dir string) error {
	if err := o.check(cmd); err != nil {
		return err
	}
	c, against, err := comparedWith(cmd, dir, o.against, &o.remote)
	if err != nil {
		return err
	}
	report, err := makePlan(cmd.Context(), c, against, o.remote.layer)
	if err == nil && o.replay != "" {
		report.Replay, err = c.replay(cmd.Context(), o.replay, cmd.ErrOrStderr())
	}
	if err != nil {
		return err
	}
	if err := o.output.print(cmd.OutOrStdout(), report); err != nil {
		return err
	}
	if o.fails(report) {
		return findings{}
	}
	return nil
}

// comparedWith returns what is compared, and how to name what it is compared with.
func comparedWith(cmd *cobra.Command, dir, against string, r *remote) (*compared, string, error) {
	if r.server == "" {
		c, err := compareWithFiles(cmd.Context(), dir, against)
		return c, against, err
	}
	if err := r.connect(); err != nil {
		return nil, "", err
	}
	c, err := compareWithServer(cmd.Context(), dir, r, cmd.ErrOrStderr())
	return c, "the server", err
}

// compareWithFiles compares the directory with what it was.
func compareWithFiles(ctx context.Context, dir, against string) (*compared, error) {
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
	return &compared{was: was, is: is}, nil
}

// makePlan compares each data layer, or the one that is named.
func makePlan(ctx context.Context, c *compared, against, layer string) (*planReport, error) {
	r := &planReport{Against: against, DataLayers: []*plan.Report{}}
	for _, name := range layersOf(c.was, c.is) {
		if layer != "" && layer != name {
			continue
		}
		report, err := plan.Compare(ctx, c.was[name], c.is[name], c.subjects[name])
		if err != nil {
			return nil, err
		}
		r.add(report)
	}
	if layer != "" && len(r.DataLayers) == 0 {
		return nil, &usageError{message: fmt.Sprintf("no data layer is called %q", layer), hint: "there is " + strings.Join(layersOf(c.was, c.is), ", ")}
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
		side, err := compileSide(ctx, from, access.Input(l), *settings)
		if err != nil {
			return nil, nil, err
		}
		out[l.Layer.Name] = side
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
