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
	s, f, err := read(name, rest, log)
	if err != nil {
		return err
	}
	switch name {
	case "run":
		return s.run(ctx, f)
	case "short":
		return s.run(ctx, brief)
	case "report":
		return s.report()
	case "profile":
		return s.profile(ctx)
	}
	return errUsage
}

// read reads the flags.
func read(name string, args []string, log io.Writer) (settings, form, error) {
	flags := flag.NewFlagSet("bench "+name, flag.ContinueOnError)
	root := flags.String("root", "..", "the checkout")
	rounds := flags.Int("rounds", 0, "rounds of everything, for a first look")
	turn := flags.Duration("turn", 0, "a turn of a side that is no server, for a first look")
	only := flags.String("only", "", "parts to measure, with commas between: "+strings.Join(partNames(), ", "))
	if err := flags.Parse(args); err != nil {
		return settings{}, form{}, err
	}
	s := settings{root: *root, log: log}
	if *only != "" {
		s.only = map[string]bool{}
		for part := range strings.SplitSeq(*only, ",") {
			s.only[part] = true
		}
	}
	return s, long.with(*rounds, *turn), nil
}
