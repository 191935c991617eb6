package main

import (
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/server"
	"github.com/fieldgate/fieldgate/server/telemetry"
)

// gcPercent is how far the memory may grow between garbage collections, in percent of what is live: little is, beside what
// requests come and go with. GOGC in the environment says otherwise.
const gcPercent = 300

func newServe() *cobra.Command {
	var o server.Options
	cmd := &cobra.Command{
		Use:   "serve [DIR]",
		Short: "Guard data layers: the gateway, the admin API and decision requests",
		Long: `Serve answers on two listeners. The public one is what clients of the data layers call with their tokens:
POST|GET /layers/{layer} (or .../graphql), GET /layers/{layer}/schema.graphql. The private one is the team's: the console /, the admin API
/api/v1, decision requests POST /v1/decisions and POST /v1/data/fieldgate/decision (OPA's Data API), GET /bundles/{layer}.tar.gz,
GET /readyz, GET /healthz, GET /metrics.

The data directory (--data) holds tokens, scopes and the audit log; fieldgate init makes it. With DIR the server keeps up with the
files of an access directory: a change is applied by itself, and files that do not hold together leave the last good revision
active. Without --data it answers decision requests on DIR alone, on a loopback address, and knows no tokens.

The log is JSON on standard error; lines of requests are there a tenth of a second later.`,
		Example: `  fieldgate init --data fieldgate-data --owner you
  fieldgate serve access --data fieldgate-data
  fieldgate serve access --private-addr 127.0.0.1:9000`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := ""
			if len(args) == 1 {
				dir = args[0]
			}
			if dir == "" && o.Data == "" {
				return &usageError{message: "there is nothing to serve", hint: "name an access directory, a data directory with --data, or both"}
			}
			log, flush := telemetry.NewLog(cmd.ErrOrStderr())
			defer flush()
			o.Dir, o.Log, o.Version = dir, log, built().Version
			o.Commit = func() string { return commit(cmd, dir) }
			if os.Getenv("GOGC") == "" {
				debug.SetGCPercent(gcPercent)
			}
			s, err := server.New(cmd.Context(), o)
			if err != nil {
				return at(dir, err)
			}
			return s.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&o.Data, "data", "", "the data directory, which holds tokens, scopes and the audit log")
	cmd.Flags().StringVar(&o.Public, "public-addr", "", "host:port of the public listener (default is `listen.public` of fieldgate.yaml, :8080)")
	cmd.Flags().StringVar(&o.Private, "private-addr", "", "host:port of the private listener (default is `listen.private` of fieldgate.yaml, 127.0.0.1:8081)")
	return cmd
}

// commit returns the git commit that a directory is at, with "+dirty" when files in it differ, or "" when it is in no repository.
func commit(cmd *cobra.Command, dir string) string {
	head, err := git(cmd.Context(), dir, "rev-parse", "HEAD")
	if err != nil {
		return ""
	}
	out := strings.TrimSpace(string(head))
	if changed, err := git(cmd.Context(), dir, "status", "--porcelain", "--", "."); err != nil || len(changed) > 0 {
		out += "+dirty"
	}
	return out
}
