package eval

import (
	"context"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
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
	d := newDeadline(ctx, p.query.timeout)
	if err := p.query.evaluate(ctx, d, input, buffer, func(topdown.QueryResult) error { return nil }); err != nil {
		return "", failure(ctx, d, err)
	}
	var out strings.Builder
	topdown.PrettyTrace(&out, *buffer)
	return out.String(), nil
}
