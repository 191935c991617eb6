package eval

import (
	"context"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Subject is who a question is about. The zero value holds nothing.
type Subject struct {
	// Scopes are the ids of the scopes that the subject holds.
	Scopes []string
	// Unrestricted subjects read everything that exists (R4: set by an explicit
	// choice, never because Scopes is empty).
	Unrestricted bool
}

// Readable reports for each of ids, in their order, whether subject s may read
// that coordinate (R2). It asks OPA once. On any error, which matches one of the
// errors of this package, the slice is nil and nothing may be read.
func (p *Policy) Readable(ctx context.Context, s Subject, ids []uint32) ([]bool, error) {
	coordinates, err := p.terms(ids)
	if err != nil {
		return nil, err
	}
	asked := ast.NewSet(coordinates...)
	allowed, err := p.evaluate(ctx, question(ast.NewSet(stringTerms(s.Scopes)...), s.Unrestricted, asked), asked)
	if err != nil {
		return nil, err
	}
	readable := make([]bool, len(ids))
	for i, coordinate := range coordinates {
		readable[i] = allowed.Contains(coordinate)
	}
	return readable, nil
}

// Allowed returns those of coordinates that subject s may read, sorted and without
// duplicates. It puts the question as a JSON client of OPA would, with arrays, and
// fails as [Policy.Readable] does.
func (p *Policy) Allowed(ctx context.Context, s Subject, coordinates []string) ([]string, error) {
	terms := stringTerms(coordinates)
	scopes := ast.NewArray(stringTerms(s.Scopes)...)
	allowed, err := p.evaluate(ctx, question(scopes, s.Unrestricted, ast.NewArray(terms...)), ast.NewSet(terms...))
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, allowed.Len())
	for _, term := range allowed.Slice() {
		if name, ok := term.Value.(ast.String); ok {
			names = append(names, string(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// terms are the coordinates with these ids.
func (p *Policy) terms(ids []uint32) ([]*ast.Term, error) {
	terms := make([]*ast.Term, len(ids))
	for i, id := range ids {
		if uint64(id) >= uint64(len(p.universe)) {
			return nil, fmt.Errorf("%w: coordinate id %d of %d", ErrEval, id, len(p.universe))
		}
		terms[i] = p.universe[id]
	}
	return terms, nil
}

func question(scopes ast.Value, unrestricted bool, coordinates ast.Value) ast.Value {
	return ast.NewObject(
		[2]*ast.Term{ast.StringTerm("scopes"), ast.NewTerm(scopes)},
		[2]*ast.Term{ast.StringTerm("unrestricted"), ast.BooleanTerm(unrestricted)},
		[2]*ast.Term{ast.StringTerm("coordinates"), ast.NewTerm(coordinates)},
	)
}

// evaluate asks the policy and returns its answer, a subset of asked.
func (p *Policy) evaluate(ctx context.Context, input ast.Value, asked ast.Set) (ast.Set, error) {
	value, err := p.query.ask(ctx, input)
	if err != nil {
		return nil, err
	}
	return answer(value, asked)
}

// answer takes the answer out of a result. An answer that names anything but what
// was asked comes from a policy that is not understood here, so it is no answer.
func answer(value ast.Value, asked ast.Set) (ast.Set, error) {
	allowed, ok := value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("%w: not a set", ErrShape)
	}
	if allowed.Until(func(coordinate *ast.Term) bool { return !asked.Contains(coordinate) }) {
		return nil, fmt.Errorf("%w: it names what was not asked", ErrShape)
	}
	return allowed, nil
}
