package main

import (
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/server"
)

func newServe() *cobra.Command {
	var private string
	cmd := &cobra.Command{
		Use:   "serve DIR",
		Short: "Answer decision requests over HTTP",
		Long: `Serve answers decision requests on a private listener and keeps up with the files of DIR: a change becomes the
active revision by itself, and files that do not hold together leave the last good revision active.

POST /v1/decisions, POST /v1/data/fieldgate/decision (OPA's Data API), GET /readyz, GET /healthz.
The log is JSON on standard error.`,
		Example: `  fieldgate serve access
  fieldgate serve access --private-addr 127.0.0.1:9000`,
		Args: oneDir(),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := server.New(server.Options{
				Dir: args[0], Private: private, Log: slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), nil)),
			})
			if err != nil {
				return at(args[0], err)
			}
			return s.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&private, "private-addr", "", "host:port of the private listener (default is `listen.private` of fieldgate.yaml, 127.0.0.1:8081)")
	return cmd
}
