package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/server"
	"github.com/fieldgate/fieldgate/server/store"
)

// initialized is what init has made. The key is shown here and never again.
type initialized struct {
	Team  string `json:"team"`
	Owner string `json:"owner"`
	KeyID string `json:"key_id"`
	Key   string `json:"key"`
}

func newInit() *cobra.Command {
	var data, team, owner string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a data directory with a team and its first owner",
		Long: `Init makes a data directory, a team in it, the team's first owner and a key of that owner. The key is printed once and is
nowhere else: the store has only its hash. It refuses a data directory that has a team, or that a server works on.`,
		Example: `  fieldgate init --data fieldgate-data --owner you
  FIELDGATE_KEY=$(fieldgate init --data fieldgate-data --owner ci --output json | jq -r .key)`,
		Args: cobra.NoArgs,
	}
	output := outputFlag(cmd)
	cmd.Flags().StringVar(&data, "data", "", "the data directory")
	cmd.Flags().StringVar(&team, "team", "default", "the team's name")
	cmd.Flags().StringVar(&owner, "owner", "owner", "the first owner's name")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if data == "" {
			return &usageError{message: "--data is missing: the folder that tokens, scopes and the audit log are to be kept in"}
		}
		s, err := server.OpenState(cmd.Context(), data, slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn})))
		if err != nil {
			return err
		}
		defer func() {
			if closed := s.Close(); err == nil {
				err = closed
			}
		}()
		made, secret, err := s.Control.Init(cmd.Context(), store.Origin{Actor: store.Actor{Kind: store.ActorSystem, Name: "fieldgate init"}}, team, owner)
		if err != nil {
			return err
		}
		out := initialized{Team: made.Team.Name, Owner: made.Owner.Name, KeyID: made.Key.ID, Key: secret}
		return output.print(cmd.OutOrStdout(), out, func(w io.Writer) error {
			fmt.Fprintf(cmd.ErrOrStderr(), "team %s has the owner %s, with this key. It is shown only now: keep it, as in FIELDGATE_KEY.\n", out.Team, out.Owner)
			_, err := fmt.Fprintln(w, out.Key)
			return err
		})
	}
	return cmd
}
