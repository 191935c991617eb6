package cases

import (
	"context"
	"time"

	"github.com/fieldgate/fieldgate/bench/measure"
	"github.com/fieldgate/fieldgate/bench/peers"
	"github.com/fieldgate/fieldgate/bench/workload"
)

// Loop is a measured task by itself, for a profile.
type Loop struct {
	Name string
	task measure.Task
}

// loopBatch is how many operations have their inputs made at once.
const loopBatch = 200

// For runs the task for about d. The inputs of unseen questions are part of what runs.
func (l Loop) For(ctx context.Context, d time.Duration) error {
	for end := time.Now().Add(d); time.Now().Before(end); {
		run, err := l.task.Prepare(loopBatch)
		if err != nil {
			return err
		}
		if err := run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Loops are the decisions of Fieldgate whose profiles say where the time goes: GitHub's schema, 30 fields, 1,000
// restricted coordinates.
func Loops(ctx context.Context, o Options) ([]Loop, error) {
	loaded, err := workload.Load(o.Root, "github", 1_000)
	if err != nil {
		return nil, err
	}
	snapshot, err := peers.Snapshot(ctx, loaded)
	if err != nil {
		return nil, err
	}
	w := &world{World: loaded, tasks: labels{}}
	side, op, sets := peers.NewFieldgate(snapshot), w.Operation(30), &fresh{w: loaded}
	return []Loop{
		{"warm", w.repeated(side, "", peers.Ask(op, w.Held))},
		{"new scope set", w.unseen(side, "", op, sets.subject)},
		{"new document and scope set", w.unseen(side, "", op, sets.both)},
	}, nil
}
