package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/fieldgate/fieldgate/engine/plan"
)

// maxListed is how many entries of one list a person is shown; JSON has them all.
const maxListed = 20

// planSection is a part of a plan for people: a heading and lines.
type planSection struct {
	title string
	lines []string
}

// sections returns what there is to say about a data layer, what matters most first.
func sections(r *plan.Report) []planSection {
	var out []planSection
	add := func(title string, lines []string) {
		if len(lines) > 0 {
			out = append(out, planSection{title, lines})
		}
	}
	switch r.State {
	case plan.StateAdded:
		out = append(out, planSection{title: fmt.Sprintf("a new data layer: every token reads %d of %s", everyones(r.New), count(len(r.New), "coordinate"))})
		return out
	case plan.StateRemoved:
		out = append(out, planSection{title: "the data layer is gone, and its tokens read nothing"})
		return out
	}
	add("becomes readable by every token", each(r.Opened, func(o plan.Reading) string { return "+ " + o.Coordinate + "  " + o.Query }))
	add("settings", each(r.Settings, settingLine))
	for _, s := range r.Subjects {
		out = append(out, subjectSection(s))
	}
	add("is restricted from now on", each(r.Restricted, func(name string) string { return "- " + name }))
	add("guards that appear", each(r.GuardsAdded, func(g plan.Guard) string { return "+ " + guardLine(g) }))
	add("guards that vanish", each(r.GuardsRemoved, func(g plan.Guard) string { return "- " + guardLine(g) }))
	add("is new in the schema", each(r.New, newLine))
	add("is no more in the schema", each(r.Vanished, func(name string) string { return "  " + name }))
	var unmatched []string
	for _, p := range r.Unmatched {
		unmatched = append(unmatched, fmt.Sprintf("! %s: %s", p.Position, p.Message))
	}
	add("entries that match nothing any more", unmatched)
	return out
}

func each[T any](list []T, line func(T) string) []string {
	var out []string
	for i, v := range list {
		if i == maxListed {
			return append(out, fmt.Sprintf("  and %d more", len(list)-i))
		}
		out = append(out, line(v))
	}
	return out
}

func everyones(list []plan.NewCoordinate) int {
	n := 0
	for _, c := range list {
		if c.Everyone {
			n++
		}
	}
	return n
}

func settingLine(s plan.Setting) string {
	line := fmt.Sprintf("~ %s: %s -> %s", s.Key, orNone(s.Before), orNone(s.After))
	if s.Widens {
		line += ": nothing is enforced from now on"
	}
	return line
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func subjectSection(s plan.Change) planSection {
	title := string(s.Kind) + " " + plain(s.Name)
	if s.ID != "" {
		title += " (" + plain(s.ID) + ")"
	}
	switch {
	case s.Was != "":
		title += ", formerly " + s.Was
	case s.New:
		title += " is new"
	case s.Gone:
		title += " is gone"
	}
	gains := each(s.Gains, func(g plan.Reading) string { return "+ " + g.Coordinate + "  " + g.Query })
	loses := each(s.Loses, func(name string) string { return "- " + name })
	return planSection{title, append(gains, loses...)}
}

func guardLine(g plan.Guard) string {
	return g.Coordinate + "  stands for " + strings.Join(g.StandsFor, ", ")
}

func newLine(n plan.NewCoordinate) string {
	switch {
	case n.Everyone:
		return "+ " + n.Coordinate + "  read by every token"
	case len(n.Scopes) > 0:
		return "+ " + n.Coordinate + "  read by holders of " + strings.Join(n.Scopes, ", ")
	}
	if n.Unclassified {
		return "+ " + n.Coordinate + "  read by nobody until it is accepted (fieldgate schema accept)"
	}
	return "+ " + n.Coordinate + "  read by no holder of one scope"
}

// summary returns the plan in one line.
func (r *planReport) summary() string {
	switch {
	case r.Widened:
		return "access is widened"
	case r.Changed:
		return "access changes, and is not widened"
	}
	return "access stays as it is"
}

func (r *planReport) table(w io.Writer) error {
	for _, l := range r.DataLayers {
		for _, s := range sections(l) {
			fmt.Fprintf(w, "%s: %s\n", l.DataLayer, s.title)
			for _, line := range s.lines {
				fmt.Fprintf(w, "  %s\n", line)
			}
		}
	}
	for _, s := range r.replaySections() {
		fmt.Fprintf(w, "%s\n", s.title)
		for _, line := range s.lines {
			fmt.Fprintf(w, "  %s\n", line)
		}
	}
	_, err := fmt.Fprintf(w, "compared with %s: %s\n", r.Against, r.summary())
	return err
}

func (r *planReport) replaySections() []planSection {
	if r.Replay == nil {
		return nil
	}
	return r.Replay.sections()
}

// markdown prints the plan as a comment on a pull request.
func (r *planReport) markdown(w io.Writer) error {
	fmt.Fprintf(w, "### Fieldgate plan: %s\n\nCompared with `%s`.\n", r.summary(), r.Against)
	for _, l := range r.DataLayers {
		for _, s := range sections(l) {
			markdownSection(w, l.DataLayer+": "+s.title, s.lines)
		}
	}
	for _, s := range r.replaySections() {
		markdownSection(w, s.title, s.lines)
	}
	return nil
}

const fence = "```"

// markdownSection prints a heading and a block. What others named ends no block.
func markdownSection(w io.Writer, title string, lines []string) {
	fmt.Fprintf(w, "\n**%s**\n", title)
	if len(lines) > 0 {
		fmt.Fprintf(w, "%sdiff\n%s\n%s\n", fence, strings.ReplaceAll(strings.Join(lines, "\n"), fence, "` ` `"), fence)
	}
}
