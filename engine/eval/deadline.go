package eval

import (
	"context"
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"
)

// stepsPerLook is how many steps of an evaluation pass between two looks at the
// clock, which costs more than a step that asks.
const stepsPerLook = 16

// deadline tells an evaluation when to stop. OPA asks it before every step, so it
// needs no goroutine and no timer; it belongs to one evaluation, which runs in
// one goroutine, and so needs no lock either.
type deadline struct {
	ctx   context.Context
	at    time.Time
	steps uint
	past  bool
}

var _ topdown.Cancel = (*deadline)(nil)

func newDeadline(ctx context.Context, timeout time.Duration) *deadline {
	return &deadline{ctx: ctx, at: time.Now().Add(timeout)}
}

// Cancel stops the evaluation at its next step.
func (d *deadline) Cancel() { d.past = true }

// Cancelled reports whether the evaluation must stop.
func (d *deadline) Cancelled() bool {
	if !d.past && d.steps%stepsPerLook == 0 {
		d.past = d.ctx.Err() != nil || !time.Now().Before(d.at)
	}
	d.steps++
	return d.past
}
