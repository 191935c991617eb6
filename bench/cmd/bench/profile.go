package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/bench/cases"
	"github.com/fieldgate/fieldgate/bench/web"
)

// profileTime is how long each profile is taken.
const profileTime = 5 * time.Second

// topLines is how many functions a list has.
const topLines = 14

// profiled runs something and writes its CPU profile and what it allocated. The profile of allocations begins with the
// process; base, when it is not "", is where that of before is written.
func profiled(cpu, allocs, base string, run func() error) error {
	if err := allocations(base); err != nil {
		return err
	}
	file, err := os.Create(cpu)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	err = run()
	pprof.StopCPUProfile()
	return errors.Join(err, file.Close(), allocations(allocs))
}

func allocations(path string) error {
	if path == "" {
		return nil
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	runtime.GC() // so that the profile is up to date
	return errors.Join(pprof.Lookup("allocs").WriteTo(file, 0), file.Close())
}

// profile writes where the time goes: the top of CPU and allocation profiles of warm and cold decisions, and of the gateway
// under load.
func (s settings) profile(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "fieldgate-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	loops, err := cases.Loops(ctx, s.options(long))
	if err != nil {
		return err
	}
	cpu, allocs, base := filepath.Join(dir, "cpu"), filepath.Join(dir, "allocs"), filepath.Join(dir, "base")
	var out strings.Builder
	for _, loop := range loops {
		s.logf("profile of %s", loop.Name)
		if err := loop.For(ctx, profileTime/50); err != nil { // what is made once
			return err
		}
		if err := profiled(cpu, allocs, base, func() error { return loop.For(ctx, profileTime) }); err != nil {
			return err
		}
		if err := top(ctx, &out, loop.Name, cpu, allocs, "-base="+base); err != nil {
			return err
		}
	}
	s.logf("profile of the gateway")
	o := long.web
	o.Root, o.Log, o.Rounds, o.Turn = s.root, s.logf, 1, profileTime
	if err := web.Profile(ctx, o, cpu, allocs); err != nil {
		return err
	}
	if err := top(ctx, &out, "gateway", cpu, allocs); err != nil {
		return err
	}
	if err := os.WriteFile(s.profiles(), []byte(out.String()), 0o644); err != nil {
		return err
	}
	return s.report()
}

// ours are the functions of Fieldgate, and the doors of the libraries that it asks.
const ours = `fieldgate/(engine|server|bundles)|gqlparser/v2/(parser\.Parse|validator\.Validate)|topdown\.\(\*Query\)\.Iter|net/http\.\(\*(Transport|conn)\)\.`

// top appends three lists: the functions that take most time themselves, Fieldgate's with all that they call, and the
// functions that allocate most.
func top(ctx context.Context, out *strings.Builder, name, cpu, allocs string, more ...string) error {
	for _, list := range []struct {
		title string
		args  []string
	}{
		{"processor time of functions themselves", []string{cpu}},
		{"processor time of functions with what they call", []string{"-cum", "-show=" + ours, cpu}},
		{"bytes allocated", append(append([]string{"-sample_index=alloc_space", "-ignore=runtime/pprof"}, more...), allocs)},
	} {
		argv := append([]string{"tool", "pprof", "-top", fmt.Sprintf("-nodecount=%d", topLines)}, list.args...)
		text, err := exec.CommandContext(ctx, "go", argv...).Output() //nolint:gosec // files that were written here
		if err != nil {
			return fmt.Errorf("go tool pprof: %w", err)
		}
		fmt.Fprintf(out, "## %s: %s\n", name, list.title)
		for line := range strings.Lines(string(text)) {
			if line = tedious.ReplaceAllString(line, ""); !aside.MatchString(line) {
				out.WriteString(line)
			}
		}
		out.WriteString("\n")
	}
	return nil
}

var (
	// aside are lines that differ from run to run and say nothing.
	aside = regexp.MustCompile(`^(File|Build ID|Time|Type|Active filters|Dropped|Showing|   (show|focus|ignore)=)`)
	// tedious are the parts of a function's name that make it long.
	tedious = regexp.MustCompile(`github\.com/(fieldgate/fieldgate/)?|\[go\.shape.*\]| \(inline\)`)
)
