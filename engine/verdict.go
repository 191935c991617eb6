package engine

import (
	"sync/atomic"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine/gql"
)

// Verdict is the short form of a decision: what an enforcer needs on every request. The zero Verdict allows nothing.
type Verdict struct {
	*ruling
	bound gql.Bound // without an operation when none could be picked
}

// ruling is what was decided, of whom and by which snapshot. It is immutable, and shared by requests in the same words.
type ruling struct {
	snapshot *Snapshot
	rights   *rights
	judged   *judged
}

// judged is what was decided. It is immutable, and may be that of many requests: it is shared when it is the same for all
// requests for the operation by holders of the same rights, or for all of whom everything is allowed.
type judged struct {
	decided *gql.Decision // for any variables, when shared; nil when the operation was refused before it was decided
	outcome gql.Outcome
	effect  string
	forward gql.Forward // without the values of variables
	errors  gql.Errors
	shared  bool
}

// judgedKey is an operation and what is known of a set of scopes, each the very one: another of the same text or the same
// scopes is another.
type judgedKey struct {
	op  *compiled
	who *rights
}

// compiled is an operation, with the classes of coordinates that it needs whatever its variables.
type compiled struct {
	op    *gql.Operation
	masks []mask
	whole atomic.Pointer[judged]
}

// permitted is the verdict for all of whom nothing is denied.
func (c *compiled) permitted() *judged {
	if j := c.whole.Load(); j != nil {
		return j
	}
	j := &judged{decided: c.op.Undecided(), outcome: gql.Allow, shared: true}
	j.send(EffectForward)
	c.whole.Store(j)
	return j
}

func (j *judged) send(effect string) {
	forward, errs := j.decided.Forward()
	if errs != nil {
		j.refuse(errs)
		return
	}
	j.effect, j.forward = effect, forward.Bare()
}

func (j *judged) refuse(errs gql.Errors) {
	j.outcome, j.effect, j.errors, j.forward = gql.Deny, EffectRefuse, errs, gql.Forward{}
}

// size is the memory of what is remembered, in bytes, roughly.
func (j *judged) size() uint32 {
	return uint32(512 + len(j.forward.Query) + j.decided.Size()) //nolint:gosec // bounded by the limits of documents
}

// weighJudged counts the operation and the rights too: nothing else may keep them any more.
func weighJudged(k judgedKey, j *judged) uint32 {
	return j.size() + k.who.size() + uint32(k.op.op.Size()) //nolint:gosec // bounded by the limits of documents
}

// Decision returns allow, partial or deny; error for the zero Verdict.
func (v Verdict) Decision() string {
	if v.ruling == nil {
		return DecisionError
	}
	return string(v.judged.outcome)
}

// Effect returns what to do about it: EffectForward, EffectForwardPruned or EffectRefuse.
func (v Verdict) Effect() string {
	if v.ruling == nil {
		return EffectRefuse
	}
	return v.judged.effect
}

// Forward returns what may be sent to the upstream; it is empty when the effect is EffectRefuse or
// when only introspection was asked for.
func (v Verdict) Forward() gql.Forward {
	if v.ruling == nil {
		return gql.Forward{}
	}
	return v.judged.forward.For(&v.bound)
}

// Needs returns the coordinates that the operation was found to need; nil when it was refused before it was decided.
func (v Verdict) Needs() []gql.ID {
	if v.ruling == nil || v.judged.decided == nil {
		return nil
	}
	return v.bound.Needs()
}

// Errors returns why the operation was refused before its selections were decided; the texts are
// safe for the subject (R18).
func (v Verdict) Errors() gql.Errors {
	if v.ruling == nil {
		return nil
	}
	return v.judged.errors
}

// Revision returns the revision that decided. It panics on the zero Verdict.
func (v Verdict) Revision() bundles.Revision { return v.snapshot.revision }

// Operation says which operation was decided; nil when none could be picked, as for a document that is
// not valid.
func (v Verdict) Operation() *OperationInfo {
	op := v.bound.Operation()
	if op == nil {
		return nil
	}
	return &OperationInfo{Name: op.Name, Type: op.Type}
}

// decided returns the decision with the variables of this request, for this goroutine.
func (v Verdict) decided() *gql.Decision {
	bound := v.bound
	return v.judged.decided.For(&bound)
}

// Details returns the long form. It costs more than the decision itself and is computed anew on
// every call. It panics on the zero Verdict.
func (v Verdict) Details() Decision {
	out := Decision{
		Decision: v.Decision(), Mode: v.snapshot.content.Mode, Effect: v.Effect(), Revision: &v.snapshot.revision,
		Operation: v.Operation(), Fields: []gql.Field{}, Denied: []Denial{}, Errors: []*gql.Error{},
	}
	out.Errors = append(out.Errors, v.Errors()...)
	if v.judged.decided != nil {
		d := v.decided().Details()
		out.Fields = append(out.Fields, d.Fields...)
		out.Truncated = d.Truncated
		for _, denial := range d.Denied {
			out.Denied = append(out.Denied, v.snapshot.denial(denial, v.rights.who.Scopes))
		}
	}
	if forward := v.Forward(); forward.Query != "" {
		out.Query, out.Variables = &forward.Query, forward.Variables
	}
	return out
}
