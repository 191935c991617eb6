package eval

import "errors"

// The ways in which a question can fail to be answered (R16). Every error of
// [Policy.Readable], [Policy.Allowed] and [Admin.Allowed] matches exactly one of
// them with errors.Is, and none of them leaves anything readable or allowed.
var (
	// ErrUndefined: the policy has no answer.
	ErrUndefined = errors.New("policy result is undefined")
	// ErrShape: the answer is not a set of coordinates that were asked about, or
	// not a boolean.
	ErrShape = errors.New("policy result has the wrong shape")
	// ErrTimeout: the evaluation was cut off, by [Options.Timeout] or by the
	// caller's context. When it was the context, its error matches as well.
	ErrTimeout = errors.New("policy evaluation was cut off")
	// ErrEval: the evaluation failed, or the question cannot be put to the policy.
	ErrEval = errors.New("policy evaluation failed")
)
