package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

func newSync() *cobra.Command {
	return newNoun("sync", "Start and show syncs", newSyncStart(), newSyncList(), newSyncShow())
}

// pollEvery is how often a command looks how far a sync has come.
const pollEvery = 250 * time.Millisecond

func newSyncStart() *cobra.Command {
	r, wait := &remote{}, true
	cmd := &cobra.Command{
		Use: "start", Short: "Read the schema again, and make an active revision of it and the scopes",
		Long: `Start begins a sync and waits until it has ended, with its steps on standard error. It ends with 1 when the sync did
not succeed: the revision that was active still is.`,
		Example: `  fieldgate sync start --layer shop`,
	}
	r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		s, err := r.StartSync(cmd.Context(), layer)
		if err != nil {
			return err
		}
		return r.follow(cmd, layer, s, wait)
	})
	cmd.Flags().BoolVar(&wait, "wait", true, "wait until the sync has ended")
	return r.ofLayer(cmd)
}

// follow waits for a sync when it is to, and prints it.
func (r *remote) follow(cmd *cobra.Command, layer string, s api.Sync, wait bool) error {
	if wait {
		var err error
		if s, err = r.await(cmd.Context(), cmd.ErrOrStderr(), layer, s); err != nil {
			return err
		}
	}
	if err := r.print(cmd, s, func(w io.Writer) error { return syncTable(w, []api.Sync{s}) }); err != nil {
		return err
	}
	return syncOutcome(cmd.ErrOrStderr(), s)
}

// await asks for a sync until it has ended, and says which steps ended meanwhile.
func (r *remote) await(ctx context.Context, w io.Writer, layer string, s api.Sync) (api.Sync, error) {
	ticks := time.NewTicker(pollEvery)
	defer ticks.Stop()
	shown := 0
	for {
		for ; shown < len(s.Steps) && s.Steps[shown].State != store.SyncRunning; shown++ {
			fmt.Fprintf(w, "%s: %s\n", plain(s.Steps[shown].Name), plain(string(s.Steps[shown].State)))
		}
		if s.State != store.SyncRunning {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return s, context.Cause(ctx)
		case <-ticks.C:
		}
		var err error
		if s, err = r.Sync(ctx, layer, s.ID); err != nil {
			return s, err
		}
	}
}

func syncTable(w io.Writer, syncs []api.Sync) error {
	var rows [][]string
	for _, s := range syncs {
		revision := "-"
		if s.Revision > 0 {
			revision = strconv.FormatUint(s.Revision, 10)
		}
		rows = append(rows, []string{s.ID, s.Reason, string(s.State), revision, when(&s.Started), when(s.Ended), s.Error})
	}
	return grid(w, []string{"ID", "REASON", "STATE", "REVISION", "STARTED", "ENDED", "ERROR"}, rows)
}

func newSyncList() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{Use: "list", Short: "List syncs, newest first", Example: `  fieldgate sync list --layer shop`}
	r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		syncs, err := r.Syncs(cmd.Context(), layer)
		if err != nil {
			return err
		}
		return r.print(cmd, syncs, func(w io.Writer) error { return syncTable(w, syncs) })
	})
	return r.ofLayer(cmd)
}

func newSyncShow() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{Use: "show SYNC", Short: "Show one sync with its steps", Example: `  fieldgate sync show ID --layer shop`}
	r.verb(cmd, named("SYNC"), func(cmd *cobra.Command, args []string) error {
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		s, err := r.Sync(cmd.Context(), layer, args[0])
		if err != nil {
			return err
		}
		return r.print(cmd, s, func(w io.Writer) error { return syncText(w, s) })
	})
	return r.ofLayer(cmd)
}

func syncText(w io.Writer, s api.Sync) error {
	if err := syncTable(w, []api.Sync{s}); err != nil {
		return err
	}
	fmt.Fprintln(w)
	var rows [][]string
	for _, step := range s.Steps {
		rows = append(rows, []string{step.Name, string(step.State), when(&step.Started), step.Detail})
	}
	return grid(w, []string{"STEP", "STATE", "STARTED", "DETAIL"}, rows)
}

func newRevision() *cobra.Command {
	return newNoun("revision", "List and pin revisions", newRevisionList(), newRevisionPin(), newRevisionUnpin(), newRevisionBundle())
}

func newRevisionList() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{Use: "list", Short: "List revisions, newest first", Example: `  fieldgate revision list --layer shop`}
	r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		revisions, err := r.Revisions(cmd.Context(), layer)
		if err != nil {
			return err
		}
		return r.print(cmd, revisions, func(w io.Writer) error { return revisionTable(w, revisions) })
	})
	return r.ofLayer(cmd)
}

func revisionTable(w io.Writer, revisions []api.Revision) error {
	var rows [][]string
	for _, v := range revisions {
		is := ""
		if v.Active {
			is = "active"
		}
		if v.Pinned {
			is += " pinned"
		}
		rows = append(rows, []string{strconv.FormatUint(v.Number, 10), v.Digest, v.SchemaDigest, when(&v.Created), is})
	}
	return grid(w, []string{"REVISION", "DIGEST", "SCHEMA", "CREATED", ""}, rows)
}

// revisionNumber reads the number of a revision.
func revisionNumber(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n == 0 {
		return 0, &usageError{message: fmt.Sprintf("%q is no revision", s), hint: "revisions are numbered from 1: see `fieldgate revision list`"}
	}
	return n, nil
}

func newRevisionPin() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{
		Use: "pin REVISION", Short: "Keep the schema of a revision, with the current scopes",
		Example: `  fieldgate revision pin 41 --layer shop`,
	}
	r.verb(cmd, named("REVISION"), func(cmd *cobra.Command, args []string) error {
		number, err := revisionNumber(args[0])
		if err != nil {
			return err
		}
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		s, err := r.Pin(cmd.Context(), layer, number)
		if err != nil {
			return err
		}
		return r.follow(cmd, layer, s, true)
	})
	return r.ofLayer(cmd)
}

func newRevisionUnpin() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{Use: "unpin", Short: "Follow the current schema again", Example: `  fieldgate revision unpin --layer shop`}
	r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		s, err := r.Unpin(cmd.Context(), layer)
		if err != nil {
			return err
		}
		return r.follow(cmd, layer, s, true)
	})
	return r.ofLayer(cmd)
}

func newRevisionBundle() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{
		Use: "bundle REVISION", Short: "Write the signed OPA bundle of a revision to standard output",
		Example: `  fieldgate revision bundle 41 --layer shop > shop.tar.gz`,
	}
	r.verb(cmd, named("REVISION"), func(cmd *cobra.Command, args []string) error {
		number, err := revisionNumber(args[0])
		if err != nil {
			return err
		}
		if isTerminal(cmd.OutOrStdout()) {
			return &usageError{message: "a bundle is not for a terminal", hint: "send it to a file, as in > shop.tar.gz"}
		}
		layer, err := r.layerName(cmd.Context())
		if err != nil {
			return err
		}
		return r.Bundle(cmd.Context(), layer, number, cmd.OutOrStdout())
	})
	return r.ofLayer(cmd)
}
