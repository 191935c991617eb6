package engine

import (
	"context"
	"fmt"

	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Decide decides one operation. It returns an error when it cannot be decided: an unknown scope
// (*UnknownScopeError, ErrSubject) or a failure of the policy (the errors of package eval). The
// verdict is nil then, and nothing may be sent upstream.
func (s *Snapshot) Decide(ctx context.Context, r Request) (*Verdict, error) {
	ids, err := s.resolve(r.Subject)
	if err != nil {
		return nil, err
	}
	who := eval.Subject{Scopes: ids, Unrestricted: r.Subject.Unrestricted}
	op, errs := s.operation(r.Query, r.OperationName)
	if errs != nil {
		return s.refused(ctx, who, r, errs)
	}
	v := &Verdict{snapshot: s, scopes: ids, op: op}
	if v.bound, errs = op.Bind(r.Variables); errs != nil {
		v.refuse(errs)
		return v, nil
	}
	readable, err := s.readable(ctx, who, v.bound.Needs())
	if err != nil {
		return nil, err
	}
	v.decided = v.bound.Decide(readable)
	v.outcome = v.decided.Outcome()
	return v, s.enforce(ctx, who, r, v)
}

// readable asks the policy, once, which of the coordinates the subject may read.
func (s *Snapshot) readable(ctx context.Context, who eval.Subject, ids []gql.ID) (gql.Set, error) {
	asked, place := s.classes.asked(ids)
	allowed, err := s.policy.Readable(ctx, who, asked)
	if err != nil {
		return gql.Set{}, err
	}
	if len(allowed) != len(asked) {
		return gql.Set{}, fmt.Errorf("%w: %d answers to %d questions", eval.ErrShape, len(allowed), len(asked))
	}
	set := gql.NewSet(s.schema.Len())
	for _, id := range ids {
		if allowed[place[s.classes.of[id]]] {
			set.Add(id)
		}
	}
	return set, nil
}

// enforce turns the outcome into an effect, by the mode of the data layer (R15).
func (s *Snapshot) enforce(ctx context.Context, who eval.Subject, r Request, v *Verdict) error {
	if s.content.Mode == string(scope.ModeHide) {
		return s.hide(ctx, who, r, v)
	}
	switch {
	case v.outcome == gql.Allow:
		v.send(EffectForward)
	case s.content.Mode == string(scope.ModeObserve):
		v.effect, v.forward = EffectForward, v.bound.Original()
	case s.content.Mode == string(scope.ModeReject), v.outcome == gql.Deny:
		v.effect = EffectRefuse
	default:
		v.send(EffectForwardPruned)
	}
	return nil
}

// hide refuses whatever is not valid in the subject's view, as if the rest did not exist. What is
// valid there has no denied selection; objects of hidden types are taken out by narrowing.
func (s *Snapshot) hide(ctx context.Context, who eval.Subject, r Request, v *Verdict) error {
	view, err := s.view(ctx, who)
	if err != nil {
		return err
	}
	if errs := view.Validate(r.Query, r.OperationName, s.settings); errs != nil {
		v.refuse(errs)
		return nil
	}
	if errs := v.decided.HiddenInputs(); errs != nil {
		v.refuse(errs)
		return nil
	}
	switch v.outcome {
	case gql.Allow:
		v.send(EffectForward)
	case gql.Partial:
		v.send(EffectForwardPruned)
	default:
		v.effect = EffectRefuse
	}
	return nil
}

func (v *Verdict) send(effect string) {
	forward, errs := v.decided.Forward()
	if errs != nil {
		v.refuse(errs)
		return
	}
	v.effect, v.forward = effect, forward
}

func (v *Verdict) refuse(errs gql.Errors) {
	v.outcome, v.effect, v.errors, v.forward = gql.Deny, EffectRefuse, errs, gql.Forward{}
}

// refused is the verdict on a document that is not a valid operation. Its errors are those of the
// subject's view (R18), unless they speak only of what the client wrote.
func (s *Snapshot) refused(ctx context.Context, who eval.Subject, r Request, errs gql.Errors) (*Verdict, error) {
	v := &Verdict{snapshot: s, scopes: who.Scopes}
	if !errs.Safe() {
		view, err := s.view(ctx, who)
		if err != nil {
			return nil, err
		}
		if errs = view.Validate(r.Query, r.OperationName, s.settings); errs == nil {
			errs = gql.Errors{{Code: gql.CodeInvalid, Message: "the document is not valid"}}
		}
	}
	v.refuse(errs)
	return v, nil
}
