package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/bench/cases"
	"github.com/fieldgate/fieldgate/bench/web"
)

// profileTime is how long each profile is taken.
const profileTime = 4 * time.Second

// topLines is how many functions a list has.
const topLines = 18

// profiled runs something and writes its CPU profile and what it allocated.
func profiled(cpu, allocs string, run func() error) error {
	file, err := os.Create(cpu)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	err = run()
	pprof.StopCPUProfile()
	out, createErr := os.Create(allocs)
	if createErr != nil {
		return errors.Join(err, createErr)
	}
	runtime.GC() // so that the profile is up to date
	return errors.Join(err, file.Close(), pprof.Lookup("allocs").WriteTo(out, 0), out.Close())
}

// profile writes where the time goes: the top of CPU and allocation profiles of warm and cold decisions, of an activation,
// and of the gateway under load.
func (s settings) profile(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "fieldgate-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	runtime.MemProfileRate = 4 << 10 //nolint:reassign // for finer profiles than the default
	var out strings.Builder
	loops, err := cases.Loops(ctx, s.options(long))
	if err != nil {
		return err
	}
	for _, loop := range loops {
		s.logf("profile of %s", loop.Name)
		files := [2]string{filepath.Join(dir, loop.Name+".cpu"), filepath.Join(dir, loop.Name+".allocs")}
		if err := profiled(files[0], files[1], func() error { return loop.For(ctx, profileTime) }); err != nil {
			return err
		}
		if err := top(ctx, &out, loop.Name, files); err != nil {
			return err
		}
	}
	s.logf("profile of the gateway")
	files := [2]string{filepath.Join(dir, "gateway.cpu"), filepath.Join(dir, "gateway.allocs")}
	o := long.web
	o.Root, o.Log, o.Rounds, o.Turn = s.root, s.logf, 1, profileTime
	if err := web.Profile(ctx, o, files[0], files[1]); err != nil {
		return err
	}
	if err := top(ctx, &out, "gateway", files); err != nil {
		return err
	}
	if err := os.WriteFile(s.profiles(), []byte(out.String()), 0o644); err != nil {
		return err
	}
	return s.report()
}

// top appends the first lines of both profiles. Paths and addresses are not in them.
func top(ctx context.Context, out *strings.Builder, name string, files [2]string) error {
	for i, kind := range []string{"-sample_index=cpu", "-sample_index=alloc_space"} {
		cmd := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", fmt.Sprintf("-nodecount=%d", topLines), kind, files[i]) //nolint:gosec // files that were written here
		text, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("go tool pprof: %w", err)
		}
		fmt.Fprintf(out, "## %s: %s\n", name, map[int]string{0: "processor time", 1: "bytes allocated"}[i])
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(line, "File:") && !strings.HasPrefix(line, "Build ID:") && !strings.HasPrefix(line, "Time:") && !strings.HasPrefix(line, "Type:") {
				out.WriteString(line)
			}
		}
		out.WriteString("\n")
	}
	return nil
}
