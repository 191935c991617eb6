package main

import (
	"context"
	"os"

	"github.com/fieldgate/fieldgate/bench/web"
)

// role makes this process one of the servers that are compared.
func role(ctx context.Context, name string, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	if name == "proxy" {
		return web.ServeProxy(ctx, args[0], args[1])
	}
	answer, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	return web.ServeUpstream(ctx, args[0], answer)
}
