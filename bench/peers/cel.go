package peers

import (
	"context"
	"fmt"

	"cel.dev/cel-go/cel"

	"github.com/fieldgate/fieldgate/bench/workload"
)

const celExpression = `size(covers) == 0 || covers.exists(s, s in held)`

// celPeer evaluates the expression for each coordinate with the scopes that cover it.
type celPeer struct {
	program cel.Program
	covers  map[string][]string
}

// NewCEL is cel-go with a compiled program.
func NewCEL(w *workload.World) (Side, error) {
	texts := cel.ListType(cel.StringType)
	env, err := cel.NewEnv(cel.Variable("covers", texts), cel.Variable("held", texts))
	if err != nil {
		return nil, err
	}
	parsed, issues := env.Compile(celExpression)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	program, err := env.Program(parsed, cel.EvalOptions(cel.OptOptimize))
	return newPeer("cel-go", w, &celPeer{program, w.Covers}), err
}

func (p *celPeer) ask(_ context.Context, op *workload.Operation, scopes []string, answer []bool) error {
	vars := map[string]any{"held": scopes}
	for i, c := range op.Coordinates {
		vars["covers"] = p.covers[c]
		out, _, err := p.program.Eval(vars)
		if err != nil {
			return err
		}
		readable, ok := out.Value().(bool)
		if !ok {
			return fmt.Errorf("cel: %T is no boolean", out.Value())
		}
		answer[i] = readable
	}
	return nil
}
