package web

import (
	"context"
	"fmt"

	"github.com/fieldgate/fieldgate/bench/workload"
)

// Profile loads the gateway for one turn and has it write its CPU profile and what it allocated. This program has to know
// the role guard.
func Profile(ctx context.Context, o Options, cpu, allocs string) error {
	w, err := workload.Load(o.Root, schema, o.Restricted)
	if err != nil {
		return err
	}
	s, err := newSite(ctx, o.Root, w, o.Log)
	if err != nil {
		return err
	}
	defer func() { _ = s.close() }()
	s.profiles = []string{cpu, allocs}
	own, err := s.guarded(ctx, o)
	if err != nil {
		return err
	}
	for range o.Rounds {
		if _, err := own.turn(ctx, o.Turn); err != nil {
			return fmt.Errorf("%w\n%s", err, own.said())
		}
	}
	return nil
}
