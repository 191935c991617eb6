package eval

import (
	"context"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Trace returns OPA's account of how it answers which of ids a subject may read, a line for each step. It is for members.
func (p *Policy) Trace(ctx context.Context, s Subject, ids []uint32) (string, error) {
	coordinates, err := p.terms(ids)
	if err != nil {
		return "", err
	}
	input := question(ast.NewSet(stringTerms(s.Scopes)...), s.Unrestricted, ast.NewSet(coordinates...))
	buffer := topdown.NewBufferTracer()
	if _, err := p.query.prepared.Eval(ctx, rego.EvalParsedInput(input), rego.EvalQueryTracer(buffer)); err != nil {
		return "", fmt.Errorf("%w: %w", ErrEval, err)
	}
	var out strings.Builder
	topdown.PrettyTrace(&out, *buffer)
	return out.String(), nil
}
