package engine

import (
	"context"

	"github.com/fieldgate/fieldgate/engine/eval"
)

// Trace returns OPA's own account of how it answers which of these coordinates a subject may read, for members. It prepares the
// policy anew and is slow. Its errors are those of Decide.
func (s *Snapshot) Trace(ctx context.Context, sub Subject, coordinates []string) (string, error) {
	ids, err := s.resolve(sub)
	if err != nil {
		return "", err
	}
	program, err := readPolicy()
	if err != nil {
		return "", err
	}
	policy, err := program.New(ctx, s.content.Data(), coordinates, eval.Options{})
	if err != nil {
		return "", err
	}
	asked := make([]uint32, len(coordinates))
	for i := range asked {
		asked[i] = uint32(i)
	}
	return policy.Trace(ctx, eval.Subject{Scopes: ids, Unrestricted: sub.Unrestricted}, asked)
}
