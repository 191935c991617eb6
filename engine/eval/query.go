package eval

import (
	"context"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// query is one rule of a policy with its data, ready to be asked.
type query struct {
	body     ast.Body // binds answerVar
	compiler ast.QueryCompiler
	program  *ast.Compiler
	store    storage.Store // which nobody writes to
	timeout  time.Duration
}

// answerVar is bound to the value of the rule.
const answerVar = ast.Var("answer")

// newQuery compiles the question for the value of the rule at a path.
func newQuery(program *ast.Compiler, path string, store storage.Store, timeout time.Duration) (*query, error) {
	question, err := ast.ParseBody(string(answerVar) + " = " + path)
	if err != nil {
		return nil, err
	}
	compiler := program.QueryCompiler()
	body, err := compiler.Compile(question)
	if err != nil {
		return nil, err
	}
	return &query{body: body, compiler: compiler, program: program, store: store, timeout: timeout}, nil
}

// ask evaluates the rule once and returns its value.
func (q *query) ask(ctx context.Context, input ast.Value) (ast.Value, error) {
	d := newDeadline(ctx, q.timeout)
	var answers []ast.Value
	err := q.evaluate(ctx, d, input, nil, func(r topdown.QueryResult) error {
		answers = append(answers, r[answerVar].Value)
		return nil
	})
	switch {
	case err != nil:
		return nil, failure(ctx, d, err)
	case len(answers) == 0:
		return nil, ErrUndefined
	case len(answers) > 1:
		return nil, fmt.Errorf("%w: several results", ErrShape)
	}
	return answers[0], nil
}

// evaluate evaluates the rule until the deadline and hands on each result; tracer may be nil.
func (q *query) evaluate(ctx context.Context, d *deadline, input ast.Value, tracer topdown.QueryTracer, each func(topdown.QueryResult) error) error {
	txn, err := q.store.NewTransaction(ctx)
	if err != nil {
		return err
	}
	defer q.store.Abort(ctx, txn)
	return topdown.NewQuery(q.body).
		WithQueryCompiler(q.compiler).
		WithCompiler(q.program).
		WithStore(q.store).
		WithTransaction(txn).
		WithInput(ast.NewTerm(input)).
		WithCancel(d).
		WithQueryTracer(tracer).
		WithMetrics(metrics.NoOp()).
		// Without this a built-in that fails is merely undefined, and a rule
		// that negates it would hold.
		WithStrictBuiltinErrors(true).
		Iter(ctx, each)
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
