package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
)

// guardReport is what `fieldgate guards` prints.
type guardReport struct {
	DataLayer string      `json:"data_layer"`
	Guards    []guardRow  `json:"guards"`
	Escapes   []escapeRow `json:"escapes"`
}

type guardRow struct {
	Coordinate string   `json:"coordinate"`
	Rule       string   `json:"rule"`
	StandsFor  []string `json:"stands_for"`
}

type escapeRow struct {
	Coordinate string   `json:"coordinate"`
	Kind       string   `json:"kind"`
	StandsFor  []string `json:"may_read"`
}

func newGuards() *cobra.Command {
	var of string
	cmd := &cobra.Command{
		Use:   "guards DIR",
		Short: "List the inputs that stand for restricted fields",
		Long: `Guards lists the arguments, input fields, enum values and derived outputs whose use reads something restricted, the rule
that found each and the fields that it stands for: whoever may not select these may not use it. Below stand the
escapes: inputs that may read restricted fields without naming them.`,
		Example: `  fieldgate guards access
  fieldgate guards access --of Product.cost --output json`,
		Args: oneDir(),
	}
	layer, output := layerFlag(cmd), outputFlag(cmd)
	cmd.Flags().StringVar(&of, "of", "", "only those that stand for this coordinate")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		l, err := load(args[0], *layer)
		if err != nil {
			return err
		}
		l.warnUnmatched(cmd, args[0])
		r, err := guardsOf(l.draft, of)
		if err != nil {
			return err
		}
		return output.print(cmd.OutOrStdout(), r, r.table)
	}
	return cmd
}

// guardsOf lists the guards and escapes of a draft, all of them or those of one coordinate.
func guardsOf(d *engine.Draft, of string) (*guardReport, error) {
	r := &guardReport{DataLayer: d.Content.Layer, Guards: []guardRow{}, Escapes: []escapeRow{}}
	if _, ok := d.Schema.Lookup(of); of != "" && !ok {
		return nil, &usageError{message: fmt.Sprintf("%q is not in the schema", of)}
	}
	for _, g := range d.Guards {
		if about(d.Schema, g.StandsFor, of) {
			r.Guards = append(r.Guards, guardRow{d.Schema.Name(g.At), string(g.Rule), namesOf(d.Schema, g.StandsFor)})
		}
	}
	for _, e := range d.Escapes {
		if len(e.StandsFor) > 0 && about(d.Schema, e.StandsFor, of) {
			r.Escapes = append(r.Escapes, escapeRow{d.Schema.Name(e.At), string(e.Kind), namesOf(d.Schema, e.StandsFor)})
		}
	}
	return r, nil
}

// about reports whether selecting one of ids needs a coordinate.
func about(s *gql.Schema, ids []gql.ID, coordinate string) bool {
	return coordinate == "" || slices.ContainsFunc(ids, func(id gql.ID) bool {
		return slices.ContainsFunc(s.Selecting(id), func(need gql.ID) bool { return s.Name(need) == coordinate })
	})
}

func namesOf(s *gql.Schema, ids []gql.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = s.Name(id)
	}
	return out
}

// maxStandsFor is how many fields the table names of one guard.
const maxStandsFor = 4

func (r *guardReport) table(w io.Writer) error {
	rows := make([][3]string, len(r.Guards))
	for i, g := range r.Guards {
		rows[i] = [3]string{g.Coordinate, g.Rule, listed(g.StandsFor)}
	}
	if err := guardTable(w, [3]string{"GUARDED", "RULE", "STANDS FOR"}, rows); err != nil {
		return err
	}
	rows = make([][3]string, len(r.Escapes))
	for i, e := range r.Escapes {
		rows[i] = [3]string{e.Coordinate, e.Kind, listed(e.StandsFor)}
	}
	if err := guardTable(w, [3]string{"ESCAPE", "KIND", "MAY READ"}, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s, %s\n", count(len(r.Guards), "guard"), count(len(r.Escapes), "escape"))
	return err
}

// guardTable prints rows with an empty line behind them; nothing when there are none.
func guardTable(w io.Writer, head [3]string, rows [][3]string) error {
	if len(rows) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][3]string{head}, rows...) {
		fmt.Fprintln(t, strings.Join(row[:], "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

func listed(names []string) string {
	if len(names) <= maxStandsFor {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxStandsFor], ", "), len(names)-maxStandsFor)
}
