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
	v := &Verdict{snapshot: s, scopes: ids}
	if errs := v.read(r); errs != nil {
		err = s.refused(ctx, who, r, v, errs)
	} else {
		err = s.decided(ctx, who, r, v)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// read compiles the operation and looks up its variables.
func (v *Verdict) read(r Request) gql.Errors {
	op, errs := v.snapshot.operation(r.Query, r.OperationName)
	if errs != nil {
		return errs
	}
	v.op = op
	v.bound, errs = op.Bind(r.Variables)
	return errs
}

func (s *Snapshot) decided(ctx context.Context, who eval.Subject, r Request, v *Verdict) error {
	readable, err := s.readable(ctx, who, v.bound.Needs())
	if err != nil {
		return err
	}
	v.decided = v.bound.Decide(readable)
	v.outcome = v.decided.Outcome()
	return s.enforce(ctx, who, r, v)
}

// hides reports whether what is denied does not exist for a token (R15).
func (s *Snapshot) hides() bool { return s.content.Mode == string(scope.ModeHide) }

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
	if s.hides() {
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
	if errs := view.Validate(r.Query, r.OperationName, r.Variables, s.settings); errs != nil {
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

// refused refuses what is not an operation that can be decided. The errors that the subject is told
// are those of its view, unless errs speak only of what the client wrote (R18). On a layer that hides
// what is denied they are always those of the view as long as it has any: that an error of another
// kind comes first would tell that a name exists (R15).
func (s *Snapshot) refused(ctx context.Context, who eval.Subject, r Request, v *Verdict, errs gql.Errors) error {
	if errs.Safe() && !s.hides() {
		v.refuse(errs)
		return nil
	}
	view, err := s.view(ctx, who)
	if err != nil {
		return err
	}
	switch seen := view.Validate(r.Query, r.OperationName, r.Variables, s.settings); {
	case seen != nil:
		errs = seen
	case !errs.Safe():
		errs = gql.Errors{{Code: gql.CodeInvalid, Message: "the document is not valid"}}
	}
	v.refuse(errs)
	return nil
}
