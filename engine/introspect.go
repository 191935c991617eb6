package engine

import (
	"context"

	"github.com/fieldgate/fieldgate/engine/gql"
)

// answerKey is compared whole, never by a hash alone.
type answerKey struct {
	who string
	op  *gql.Operation
}

// maxAnswerBytes bounds what a snapshot remembers of answers to introspection.
const maxAnswerBytes = 32 << 20

// Introspect answers the `__schema` and `__type` of the operation, from the subject's view (R13). It returns nothing for an operation that asks for neither. The gql.Errors
// are safe for the subject; the error is one of Decide's.
func (v Verdict) Introspect(ctx context.Context) ([]gql.Introspected, gql.Errors, error) {
	if v.ruling == nil || v.judged.decided == nil || !v.bound.Operation().Introspects() {
		return nil, nil, nil
	}
	s, key := v.snapshot, answerKey{v.rights.key, v.bound.Operation()}
	if found, ok := s.answers.GetIfPresent(key); ok {
		return found, nil, nil
	}
	view, err := s.view(ctx, v.rights)
	if err != nil {
		return nil, nil, err
	}
	answers, errs := view.Introspect(&v.bound)
	if errs != nil {
		return nil, errs, nil
	}
	if !v.bound.Operation().HasVariables() {
		s.answers.Set(key, answers)
	}
	return answers, nil, nil
}

// weighAnswers counts the operation too: nothing else may keep it any more.
func weighAnswers(k answerKey, list []gql.Introspected) uint32 {
	n := 256 + k.op.Size()
	for _, one := range list {
		n += len(one.Value)
	}
	return uint32(min(n, maxAnswerBytes)) //nolint:gosec // bounded above
}
