// Command bench measures Fieldgate beside what one would use instead of it, and writes what it found into
// docs/performance.md. `make bench` runs it.
//
//	bench run [flags]      measure, keep the results, write the page
//	bench short [flags]    check that all sides answer alike, measure for a moment, keep nothing
//	bench report [flags]   write the page from the results that are kept
//	bench profile [flags]  write where the time goes
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: bench run|short|report|profile [flags]")

// settings are the flags.
type settings struct {
	root string
	only map[string]bool // parts to measure; nil is all
	log  io.Writer
}

func (s settings) wants(part string) bool { return s.only == nil || s.only[part] }

func (s settings) logf(format string, args ...any) { fmt.Fprintf(s.log, format+"\n", args...) }

// Where things are, below the root of the checkout.
func (s settings) results() string  { return filepath.Join(s.root, "bench", "results.json") }
func (s settings) profiles() string { return filepath.Join(s.root, "bench", "profiles.txt") }
func (s settings) page() string     { return filepath.Join(s.root, "docs", "performance.md") }
func (s settings) plots() string    { return filepath.Join(s.root, "docs", "performance") }

func command(ctx context.Context, args []string, log io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	name, rest := args[0], args[1:]
	if name == "upstream" || name == "proxy" || name == "guard" {
		return role(ctx, name, rest)
	}
	flags := flag.NewFlagSet("bench "+name, flag.ContinueOnError)
	root := flags.String("root", "..", "the checkout")
	only := flags.String("only", "", "parts to measure, with commas between: "+strings.Join(partNames(), ", "))
	if err := flags.Parse(rest); err != nil {
		return err
	}
	s := settings{root: *root, log: log}
	for part := range strings.SplitSeq(*only, ",") {
		if part == "" {
			continue
		}
		if s.only == nil {
			s.only = map[string]bool{}
		}
		s.only[part] = true
	}
	switch name {
	case "run":
		return s.run(ctx, long)
	case "short":
		return s.run(ctx, brief)
	case "report":
		return s.report()
	case "profile":
		return s.profile(ctx)
	}
	return errUsage
}
