package engine

import (
	"context"

	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Decide decides one operation. It returns an error when it cannot be decided: an unknown scope
// (*UnknownScopeError, ErrSubject) or a failure of the policy (the errors of package eval). The
// verdict allows nothing then, and nothing may be sent upstream.
func (s *Snapshot) Decide(ctx context.Context, r Request) (Verdict, error) {
	scopes := scopesHash(r.Subject)
	text := wordsHash(&r, scopes)
	if found := s.recent.find(text, &r); found != nil {
		if bound, errs := found.op.op.Bind(r.Variables); errs == nil {
			if again := s.again(found, &bound); again != nil {
				return Verdict{again, bound}, nil
			}
		}
	}
	return s.decide(ctx, r, scopes, text)
}

// again returns what was decided for a request in the same words, or nil where what it depends on is not remembered.
func (s *Snapshot) again(found *recent, bound *gql.Bound) *ruling {
	if found.always != nil || !s.permits(found.rights, found.op, *bound) {
		return found.always
	}
	return found.permitted
}

// decide decides with what is remembered of the operation and of the scopes, each for itself.
func (s *Snapshot) decide(ctx context.Context, r Request, scopes, text uint64) (Verdict, error) {
	who, err := s.rightsOf(r.Subject, scopes)
	if err != nil {
		return Verdict{}, err
	}
	op, known, errs := s.operation(r.Query, r.OperationName)
	var bound gql.Bound
	if errs == nil {
		bound, errs = op.op.Bind(r.Variables)
	}
	if errs != nil {
		j, err := s.refused(ctx, who, r, errs)
		return s.verdict(who, j, bound, err)
	}
	j, err := s.judge(ctx, who, op, r, bound)
	if err == nil && known {
		if again := s.recent.keep(text, &r, op, ruling{s, who, j}, s.alike(op) && j.shared); again != nil {
			return Verdict{again, bound}, nil
		}
	}
	return s.verdict(who, j, bound, err)
}

func (s *Snapshot) verdict(who *rights, j *judged, bound gql.Bound, err error) (Verdict, error) {
	if err != nil {
		return Verdict{}, err
	}
	return Verdict{&ruling{s, who, j}, bound}, nil
}

// alike reports whether an operation is decided alike whatever its variables.
func (s *Snapshot) alike(op *compiled) bool {
	return !op.op.Matters() && (!s.hides() || !op.op.HasVariables())
}

// permits reports whether the policy has allowed everything that the operation needs, and nothing else has to be looked at.
func (s *Snapshot) permits(who *rights, op *compiled, bound gql.Bound) bool {
	if s.hides() || !who.allow(op.masks) {
		return false
	}
	for _, id := range bound.Further() {
		if !who.has(s.classes.of[id]) {
			return false
		}
	}
	return true
}

// judge decides an operation.
func (s *Snapshot) judge(ctx context.Context, who *rights, op *compiled, r Request, bound gql.Bound) (*judged, error) {
	if s.permits(who, op, bound) {
		return op.permitted(), nil
	}
	alike, key := s.alike(op), judgedKey{op, who}
	if alike {
		if found, ok := s.judged.GetIfPresent(key); ok {
			return found, nil
		}
	}
	if err := s.learn(ctx, who, s.masksOf(op, bound)); err != nil {
		return nil, err
	}
	if s.permits(who, op, bound) {
		return op.permitted(), nil
	}
	j, err := s.enforce(ctx, who, r, bound.Decide(s.learnt(who, bound.Needs())))
	if err != nil || !alike {
		return j, err
	}
	j.shared = true
	s.judged.Set(key, j)
	return j, nil
}

// masksOf returns the classes that an operation needs.
func (s *Snapshot) masksOf(op *compiled, bound gql.Bound) []mask {
	if len(bound.Further()) == 0 {
		return op.masks
	}
	return s.classes.masks(bound.Needs())
}

// hides reports whether what is denied does not exist for a token (R15).
func (s *Snapshot) hides() bool { return s.content.Mode == string(scope.ModeHide) }

// enforce turns the outcome into an effect, by the mode of the data layer (R15).
func (s *Snapshot) enforce(ctx context.Context, who *rights, r Request, d *gql.Decision) (*judged, error) {
	j := &judged{decided: d, outcome: d.Outcome()}
	mode := scope.Mode(s.content.Mode)
	if mode == scope.ModeHide {
		return j, s.hide(ctx, who, r, j)
	}
	switch {
	case j.outcome == gql.Allow:
		j.send(EffectForward)
	case mode == scope.ModeObserve:
		j.effect, j.forward = EffectForward, d.Original()
	case mode == scope.ModeReject, j.outcome == gql.Deny:
		j.effect = EffectRefuse
	default:
		j.send(EffectForwardPruned)
	}
	return j, nil
}

// hide refuses whatever is not valid in the subject's view, as if the rest did not exist. What is
// valid there has no denied selection; objects of hidden types are taken out by narrowing.
func (s *Snapshot) hide(ctx context.Context, who *rights, r Request, j *judged) error {
	view, err := s.view(ctx, who)
	if err != nil {
		return err
	}
	if errs := view.Validate(r.Query, r.OperationName, r.Variables, s.settings); errs != nil {
		j.refuse(errs)
		return nil
	}
	switch j.outcome {
	case gql.Allow:
		j.send(EffectForward)
	case gql.Partial:
		j.send(EffectForwardPruned)
	default:
		j.effect = EffectRefuse
	}
	return nil
}

// refused refuses what is not an operation that can be decided. The errors that the subject is told
// are those of its view, unless errs speak only of what the client wrote (R18). On a layer that hides
// what is denied they are always those of the view as long as it has any: that an error of another
// kind comes first would tell that a name exists (R15).
func (s *Snapshot) refused(ctx context.Context, who *rights, r Request, errs gql.Errors) (*judged, error) {
	j := &judged{}
	if errs.Safe() && !s.hides() {
		j.refuse(errs)
		return j, nil
	}
	view, err := s.view(ctx, who)
	if err != nil {
		return nil, err
	}
	switch seen := view.Validate(r.Query, r.OperationName, r.Variables, s.settings); {
	case seen != nil:
		errs = seen
	case !errs.Safe():
		errs = gql.Errors{{Code: gql.CodeInvalid, Message: "the document is not valid"}}
	}
	j.refuse(errs)
	return j, nil
}
