package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/fieldgate/fieldgate/bench/cases"
	"github.com/fieldgate/fieldgate/bench/measure"
	"github.com/fieldgate/fieldgate/bench/report"
	"github.com/fieldgate/fieldgate/bench/web"
	"github.com/fieldgate/fieldgate/bench/workload"
)

// form says how long a run measures.
type form struct {
	keep       bool
	cases      measure.Options
	slow       measure.Options // of what takes a second
	restricted []int
	tokens     []int // of the growth part
	memory     int   // tokens
	activation int   // restricted coordinates
	web        web.Options
	node       []world
}

// world is a workload by name.
type world struct {
	schema     string
	restricted int
}

// long is what the page shows.
var long = form{
	keep: true, cases: measure.Options{Rounds: 11, Turn: 40 * time.Millisecond}, slow: measure.Options{Rounds: 7, Turn: 100 * time.Millisecond},
	restricted: workload.Restricted(), tokens: []int{1_000, 100_000, 1_000_000}, memory: 1_000_000, activation: 100_000,
	web:  web.Options{Rounds: 11, Turn: 2 * time.Second, Connections: 32, Restricted: 1_000, Everything: true},
	node: []world{{"github", 10}, {"github", 1_000}, {"storefront", 10}, {"storefront", 1_000}, {"storefront", 100_000}},
}

// brief shows that everything runs and answers alike. Its figures are no measurements.
var brief = form{
	cases: measure.Options{Rounds: 3, Turn: 2 * time.Millisecond}, slow: measure.Options{Rounds: 1, Turn: time.Millisecond},
	restricted: []int{10, 1_000}, tokens: []int{1_000, 10_000}, memory: 10_000, activation: 1_000,
	web:  web.Options{Rounds: 2, Turn: 300 * time.Millisecond, Connections: 8, Restricted: 1_000},
	node: []world{{"github", 10}, {"storefront", 1_000}},
}

// with changes rounds and turns where they are given.
func (f form) with(rounds int, turn time.Duration) form {
	if rounds > 0 {
		f.cases.Rounds, f.slow.Rounds, f.web.Rounds = rounds, rounds, rounds
	}
	if turn > 0 {
		f.cases.Turn, f.slow.Turn, f.web.Turn = turn, turn, 20*turn
	}
	return f
}

// part is something that is measured on its own.
type part struct {
	name    string
	measure func(ctx context.Context, s settings, f form, r *report.Results) error
}

func parts() []part {
	return []part{
		{"decide", casesPart("decide", func(ctx context.Context, o cases.Options, _ form) ([]measure.Result, error) {
			return cases.Decide(ctx, o)
		})},
		{"growth", casesPart("growth", func(ctx context.Context, o cases.Options, f form) ([]measure.Result, error) {
			return cases.Growth(ctx, o, f.tokens)
		})},
		{"complete", casesPart("complete", func(ctx context.Context, o cases.Options, _ form) ([]measure.Result, error) {
			return cases.Complete(ctx, o)
		})},
		{"activate", casesPart("activate", func(ctx context.Context, o cases.Options, f form) ([]measure.Result, error) {
			o.Options = f.slow
			return cases.Activate(ctx, o, f.activation)
		})},
		{"memory", func(ctx context.Context, s settings, f form, r *report.Results) (err error) {
			r.Heap, err = cases.Memory(ctx, s.options(f), f.memory)
			return err
		}},
		{"gateway", webPart("gateway", web.Gateway)},
		{"decisions", webPart("decisions", web.Decisions)},
		{"node", nodePart},
	}
}

func partNames() []string {
	var out []string
	for _, p := range parts() {
		out = append(out, p.name)
	}
	return out
}

func (s settings) options(f form) cases.Options {
	return cases.Options{Root: s.root, Schemas: workload.Schemas(), Restricted: f.restricted, Sizes: workload.Sizes(), Options: f.cases, Log: s.logf}
}

func casesPart(name string, measured func(context.Context, cases.Options, form) ([]measure.Result, error)) func(context.Context, settings, form, *report.Results) error {
	return func(ctx context.Context, s settings, f form, r *report.Results) error {
		results, err := measured(ctx, s.options(f), f)
		r.Cases[name] = results
		return err
	}
}

func webPart(name string, measured func(context.Context, web.Options) ([]web.Result, error)) func(context.Context, settings, form, *report.Results) error {
	return func(ctx context.Context, s settings, f form, r *report.Results) error {
		if name == "decisions" && !f.keep {
			s.logf("decision servers: left out of the short form, which does not build opa")
			return nil
		}
		s.logf("%s: servers under load", name)
		o := f.web
		o.Root, o.Log = s.root, s.logf
		results, err := measured(ctx, o)
		r.Web[name] = results
		return err
	}
}

// nodePart writes the worlds as files and has Node measure its libraries on them.
func nodePart(ctx context.Context, s settings, f form, r *report.Results) error {
	s.logf("libraries for Node")
	dir, err := os.MkdirTemp("", "fieldgate-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	argv := []string{"run.mjs", "--rounds", strconv.Itoa(max(f.cases.Rounds/2, 1)), "--turn", strconv.Itoa(int(2*f.cases.Turn/time.Millisecond) + 1)}
	for _, w := range f.node {
		file := filepath.Join(dir, fmt.Sprintf("%s-%d.json", w.schema, w.restricted))
		if err := exportTo(file, s.root, w); err != nil {
			return err
		}
		argv = append(argv, file)
	}
	cmd := exec.CommandContext(ctx, "node", argv...) //nolint:gosec // the files were written here
	cmd.Dir, cmd.Stderr = filepath.Join(s.root, "bench", "node"), s.log
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("node run.mjs: %w", err)
	}
	var found struct {
		Node     string
		Versions map[string]string
		Results  []measure.Result
	}
	if err := json.Unmarshal(out, &found); err != nil {
		return err
	}
	r.Cases["node"], r.Versions["node"] = found.Results, found.Node
	for name, version := range found.Versions {
		r.Versions["npm "+name] = version
	}
	return nil
}

func exportTo(file, root string, w world) error {
	loaded, err := workload.Load(root, w.schema, w.restricted)
	if err != nil {
		return err
	}
	exported, err := loaded.Export()
	if err != nil {
		return err
	}
	data, err := json.Marshal(exported)
	return errors.Join(err, os.WriteFile(file, data, 0o600))
}
