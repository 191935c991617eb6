package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fieldgate/fieldgate/bench/report"
)

// run measures the parts that are wanted. Each part is kept as soon as it is measured.
func (s settings) run(ctx context.Context, f form) error {
	r, err := report.New(), error(nil)
	if f.keep {
		r, err = report.Read(s.results())
	}
	if err != nil {
		return err
	}
	if err := describe(ctx, s.root, r); err != nil {
		return err
	}
	for _, p := range parts() {
		if !s.wants(p.name) {
			continue
		}
		start := time.Now()
		if err := p.measure(ctx, s, f, r); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		took := time.Since(start).Round(time.Second)
		s.logf("%s took %v", p.name, took)
		r.Taken[p.name] = fmt.Sprintf("%s, in %v", start.UTC().Format("2006-01-02 15:04 MST"), took)
		if f.keep {
			if err := r.Write(s.results()); err != nil {
				return err
			}
		}
	}
	if !f.keep {
		s.summary(r)
		return nil
	}
	return s.report()
}

// summary is what the short form says: that all ran, with figures that are no measurements.
func (s settings) summary(r *report.Results) {
	parts := report.Parts(r, "")
	s.logf("\nAll sides answer alike. The figures of the short form show that it runs, not how fast:\n\n%s", parts["targets"])
}

// report writes the page and the plots from the results that are kept.
func (s settings) report() error {
	r, err := report.Read(s.results())
	if err != nil {
		return err
	}
	profiles, err := os.ReadFile(s.profiles())
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	page, err := os.ReadFile(s.page())
	if err != nil {
		return err
	}
	filled, err := report.Fill(string(page), report.Parts(r, string(profiles)))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.plots(), 0o755); err != nil {
		return err
	}
	for name, svg := range report.Plots(r) {
		if err := os.WriteFile(filepath.Join(s.plots(), name), []byte(svg), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(s.page(), []byte(filled), 0o644)
}
