package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// decisionTable prints a decision for people: a row for each selection with the scopes that would
// open what is denied, then what comes of it.
func decisionTable(w io.Writer, d engine.Decision, match scope.Match) error {
	out := bufio.NewWriter(w)
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	if len(d.Fields)+len(d.Denied) > 0 {
		fmt.Fprint(table, "\tPATH\tCOORDINATE\tNEEDS\n")
	}
	for _, row := range rows(d, match) {
		fmt.Fprintln(table, strings.Join(row[:], "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		fmt.Fprintln(out, strings.TrimRight(line, " \n"))
	}
	if d.Truncated {
		fmt.Fprintln(out, "(there are more denials)")
	}
	for _, e := range d.Errors {
		fmt.Fprintf(out, "error: %s [%s]%s\n", e.Message, e.Code, locations(e.Locations))
	}
	fmt.Fprintf(out, "decision: %s, effect: %s (mode %s)\n", d.Decision, d.Effect, d.Mode)
	if d.Query != nil {
		fmt.Fprintf(out, "sent upstream:\n  %s\n", strings.ReplaceAll(strings.TrimSpace(*d.Query), "\n", "\n  "))
	}
	return out.Flush()
}

// rows are the selections in document order, then denials that are no selection: fragments, and types
// that are narrowed away.
func rows(d engine.Decision, match scope.Match) [][4]string {
	type place struct{ path, coordinate string }
	denials := map[place]engine.Denial{}
	for _, x := range d.Denied {
		denials[place{strings.Join(x.Path, "."), x.Coordinate}] = x
	}
	var out [][4]string
	for _, f := range d.Fields {
		at := place{strings.Join(f.Path, "."), f.Coordinate}
		x, denied := denials[at]
		delete(denials, at)
		mark := "allow"
		if denied || !f.Allowed {
			mark = "DENY"
		}
		out = append(out, [4]string{mark, at.path, at.coordinate, needs(x, match)})
	}
	for _, x := range d.Denied {
		at := place{strings.Join(x.Path, "."), x.Coordinate}
		if _, left := denials[at]; left {
			out = append(out, [4]string{"DENY", at.path, "... on " + at.coordinate, needs(x, match)})
		}
	}
	return out
}

// needs says which scopes would help, for each coordinate that is not readable.
func needs(x engine.Denial, match scope.Match) string {
	join := " or "
	if match == scope.MatchAll {
		join = " and "
	}
	var out []string
	for _, coordinate := range x.Restricted {
		text := strings.Join(x.Missing[coordinate], join)
		if coordinate != x.Coordinate {
			text += " (for " + coordinate + ")"
		}
		out = append(out, text)
	}
	text := strings.Join(out, "; ")
	if len(x.ArgumentPath) > 0 {
		text += ", written in " + strings.Join(x.ArgumentPath, ".")
	}
	return text
}

// locations says where in the document something is.
func locations(list []gql.Location) string {
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf(" at %d:%d", list[0].Line, list[0].Column)
}
