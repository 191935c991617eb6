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

// Introspect answers the `__schema` and `__type` of an operation that was decided for the subject, from
// the subject's view (R13). It returns nothing for an operation that asks for neither. The gql.Errors
// are safe for the subject; the error is one of Decide's.
func (s *Snapshot) Introspect(ctx context.Context, sub Subject, v *Verdict) ([]gql.Introspected, gql.Errors, error) {
	if v.bound == nil || !v.op.Introspects() {
		return nil, nil, nil
	}
	who, err := s.who(sub)
	if err != nil {
		return nil, nil, err
	}
	key := answerKey{viewKey(who), v.op}
	if found, ok := s.answers.GetIfPresent(key); ok {
		return found, nil, nil
	}
	view, err := s.view(ctx, who)
	if err != nil {
		return nil, nil, err
	}
	answers, errs := view.Introspect(v.bound)
	if errs != nil {
		return nil, errs, nil
	}
	if !v.op.HasVariables() {
		s.answers.Set(key, answers)
	}
	return answers, nil, nil
}

func weighAnswers(_ answerKey, list []gql.Introspected) uint32 {
	n := 256
	for _, one := range list {
		n += len(one.Value)
	}
	return uint32(min(n, maxAnswerBytes))
}
