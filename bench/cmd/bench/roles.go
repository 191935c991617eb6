package main

import (
	"context"
	"os"

	"github.com/fieldgate/fieldgate/bench/web"
	"github.com/fieldgate/fieldgate/server"
	"github.com/fieldgate/fieldgate/server/telemetry"
)

// role makes this process one of the servers that are compared, or Fieldgate with profiles.
func role(ctx context.Context, name string, args []string) error {
	switch {
	case name == "guard" && len(args) == 6:
		return guard(ctx, args)
	case len(args) != 2:
		return errUsage
	case name == "proxy":
		return web.ServeProxy(ctx, args[0], args[1])
	}
	answer, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	return web.ServeUpstream(ctx, args[0], answer)
}

// guard is `fieldgate serve DIR --data DATA --public-addr ADDRESS --private-addr ADDRESS` that writes profiles when it
// ends.
func guard(ctx context.Context, args []string) error {
	log, flush := telemetry.NewLog(os.Stderr)
	defer flush()
	s, err := server.New(ctx, server.Options{
		Dir: args[0], Data: args[1], Public: args[2], Private: args[3], Log: log, Version: "bench",
		Commit: func() string { return "" },
	})
	if err != nil {
		return err
	}
	return profiled(args[4], args[5], "", func() error { return s.Run(ctx) })
}
