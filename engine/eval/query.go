package eval

import (
	"context"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/rego"
)

// query is one rule of a policy with its data, ready to be asked.
type query struct {
	prepared rego.PreparedEvalQuery
	timeout  time.Duration
}

// ask evaluates the rule once and returns its value in OPA's form.
func (q *query) ask(ctx context.Context, input ast.Value) (any, error) {
	d := newDeadline(ctx, q.timeout)
	results, err := q.prepared.Eval(ctx,
		rego.EvalParsedInput(input),
		rego.EvalExternalCancel(d),
		rego.EvalMetrics(metrics.NoOp()),
	)
	if err != nil {
		return nil, failure(ctx, d, err)
	}
	if len(results) == 0 || len(results[0].Expressions) == 0 {
		return nil, ErrUndefined
	}
	if len(results) > 1 || len(results[0].Expressions) > 1 {
		return nil, fmt.Errorf("%w: several results", ErrShape)
	}
	return results[0].Expressions[0].Value, nil
}

func failure(ctx context.Context, d *deadline, err error) error {
	switch {
	case !d.past:
		return fmt.Errorf("%w: %w", ErrEval, err)
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrTimeout, ctx.Err())
	default:
		return fmt.Errorf("%w: %w", ErrTimeout, err)
	}
}
