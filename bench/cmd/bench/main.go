// Command bench measures Fieldgate beside what one would use instead of it, and writes what it found into
// docs/performance.md. `make bench` runs it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: bench run|short|report|profile [flags]")

func command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	switch name, rest := args[0], args[1:]; name {
	case "upstream", "proxy":
		return role(ctx, name, rest)
	default:
		return errUsage
	}
}
