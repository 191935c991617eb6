package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/plan"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/decisionlog"
)

// replayed is what a decision log says about a change.
type replayed struct {
	Operations int `json:"operations"` // decided on both sides
	Changed    int `json:"changed"`    // of these, as often as they were asked for
	// Skipped are lines that could not be decided again, by reason.
	Skipped map[string]int              `json:"skipped"`
	Layers  map[string][]plan.Redecided `json:"data_layers"`
}

// The reasons for which a line of a decision log is skipped.
const (
	skippedLine  = "it is no decision"
	skippedLayer = "its data layer is not on both sides"
	skippedQuery = "its query was erased"
	skippedScope = "it holds a scope that is not known here (compare with --server)"
)

const (
	maxLogLine    = 4 << 20
	progressEvery = 10_000
)

// replayer reads a decision log.
type replayer struct {
	compared *compared
	replays  map[string]*plan.Replay
	out      *replayed
}

// replay decides what a decision log holds before and after the change. It reports progress to w.
func (c *compared) replay(ctx context.Context, file string, w io.Writer) (*replayed, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &usageError{message: "--replay: " + err.Error()}
	}
	defer f.Close() //nolint:errcheck // it was only read
	r := &replayer{compared: c, replays: map[string]*plan.Replay{}, out: &replayed{Skipped: map[string]int{}, Layers: map[string][]plan.Redecided{}}}
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 64<<10), maxLogLine)
	n := 0
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		if err := r.line(ctx, lines.Bytes()); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n+1, err)
		}
		n++
		if n%progressEvery == 0 {
			fmt.Fprintf(w, "replayed %d lines\n", n)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, &usageError{message: fmt.Sprintf("--replay: %s:%d: %v", file, n+1, err), hint: "it is a decision log: one JSON event a line"}
	}
	fmt.Fprintf(w, "replayed %s: %s decided again\n", count(n, "line"), count(r.out.Operations, "operation"))
	for layer, replay := range r.replays {
		changed := replay.Changed()
		for _, one := range changed {
			r.out.Changed += one.Count
		}
		if len(changed) > 0 {
			r.out.Layers[layer] = changed
		}
	}
	return r.out, nil
}

// eventOf reads a line of a decision log. It is false for one that is something else.
func eventOf(text []byte) (e decisionlog.Event, ok bool) {
	err := json.Unmarshal(text, &e)
	return e, err == nil && e.Input.DataLayer != ""
}

// line decides one event.
func (r *replayer) line(ctx context.Context, text []byte) error {
	e, ok := eventOf(text)
	if !ok {
		r.out.Skipped[skippedLine]++
		return nil
	}
	was, is := r.compared.was[e.Input.DataLayer], r.compared.is[e.Input.DataLayer]
	switch {
	case was == nil || is == nil:
		r.out.Skipped[skippedLayer]++
		return nil
	case e.Input.Query == "":
		r.out.Skipped[skippedQuery]++
		return nil
	}
	replay := r.replays[e.Input.DataLayer]
	if replay == nil {
		replay = plan.NewReplay(was, is)
		r.replays[e.Input.DataLayer] = replay
	}
	before := r.compared.held(e.Input.DataLayer, e.Input.Subject)
	ok, err := replay.Ask(ctx, plan.Asked{
		Token: e.Input.Subject.TokenID, Before: before, After: heldAfter(before, is.Scopes), Unrestricted: e.Input.Subject.Unrestricted,
		Query: e.Input.Query, OperationName: e.Input.OperationName,
	})
	switch {
	case errors.Is(err, engine.ErrSubject):
		r.out.Skipped[skippedLine]++
		return nil
	case err != nil:
		return err
	case !ok:
		r.out.Skipped[skippedScope]++
		return nil
	}
	r.out.Operations++
	return nil
}

// held returns the names of the scopes of a subject. A token of the server holds what it holds now.
func (c *compared) held(layer string, s decisionlog.Subject) []string {
	out := slices.Clone(s.Scopes)
	for _, id := range s.ScopeIDs {
		name, ok := c.scopeNames[layer][id]
		if !ok {
			name = id // without a store a scope's id is its name
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// heldAfter returns what the holder of scopes holds after a change: a scope that was renamed keeps its holders, one that is gone
// has none.
func heldAfter(names []string, after []scope.Scope) []string {
	out := []string{}
	for _, name := range names {
		for _, s := range after {
			if s.Name == name || s.RenamedFrom == name {
				out = append(out, s.Name)
				break
			}
		}
	}
	return out
}

// sections are what there is to say to people.
func (r *replayed) sections() []planSection {
	var out []planSection
	for _, layer := range sortedKeys(r.Layers) {
		out = append(out, planSection{layer + ": operations whose decision changes", each(r.Layers[layer], redecidedLine)})
	}
	var skipped []string
	for _, reason := range sortedKeys(r.Skipped) {
		skipped = append(skipped, fmt.Sprintf("  %d: %s", r.Skipped[reason], reason))
	}
	if skipped != nil {
		out = append(out, planSection{"lines of the log that were skipped", skipped})
	}
	return out
}

func redecidedLine(c plan.Redecided) string {
	who := "a token that holds " + strings.Join(c.Scopes, ", ")
	switch {
	case c.Token != "":
		who = "token " + c.Token
	case c.Unrestricted:
		who = "an unrestricted subject"
	case len(c.Scopes) == 0:
		who = "a token without a scope"
	}
	var what []string
	if len(c.Denied) > 0 {
		what = append(what, "denied "+strings.Join(c.Denied, ", "))
	}
	if len(c.Allowed) > 0 {
		what = append(what, "no longer denied "+strings.Join(c.Allowed, ", "))
	}
	return plain(fmt.Sprintf("%d× %s: %s -> %s: %s  %s", c.Count, who, c.Before, c.After, strings.Join(what, "; "), shortened(c.Query)))
}

// shortened makes one short line of a document.
func shortened(query string) string {
	line := []rune(strings.Join(strings.Fields(query), " "))
	if len(line) > 120 {
		line = append(line[:117], '.', '.', '.')
	}
	return string(line)
}
