package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"go.opentelemetry.io/otel/trace"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
)

// answer decides an operation with the snapshot that is active now, and answers it.
func (x *exchange) answer(in operation) {
	begin := x.Now()
	snapshot, verdict, err := x.decide(in)
	took := x.Now().Sub(begin)
	defer func() { x.event(snapshot, verdict, in, took) }()
	if err != nil {
		x.undecided(err)
		return
	}
	x.outcome.decision, x.outcome.effect = verdict.Decision(), verdict.Effect()
	if refused := x.refusesType(verdict); refused != nil {
		x.outcome.decision, x.outcome.effect = engine.DecisionDeny, engine.EffectRefuse
		x.refuse(refused)
		return
	}
	x.complete(verdict)
}

// errLayer is a token of a data layer that is gone.
var errLayer = errors.New("the data layer is gone")

// decide takes the snapshot, once.
func (x *exchange) decide(in operation) (s *engine.Snapshot, v *engine.Verdict, err error) {
	ctx, span := x.part("decide", trace.SpanKindInternal)
	defer span.End()
	defer func() {
		if value := recover(); value != nil {
			v, err = nil, fmt.Errorf("panic while deciding: %v", value)
		}
	}()
	layer, ok := x.Layers.Layer(x.layer)
	if !ok {
		return nil, nil, fmt.Errorf("%w: %w", engine.ErrNoSnapshot, errLayer)
	}
	if s, err = layer.Snapshot(); err != nil {
		return nil, nil, err
	}
	verdict, err := s.Decide(ctx, engine.Request{Subject: x.caller.Subject, Query: in.query, OperationName: in.name, Variables: in.variables})
	if err != nil {
		return s, nil, err
	}
	return s, &verdict, nil
}

// undecided answers 503: nothing goes upstream (R16). The client learns what kind of error it was.
func (x *exchange) undecided(err error) {
	x.Log.ErrorContext(x.ctx, "could not decide", "request_id", x.requestID(), "data_layer", x.layer, "error", clip(err.Error()))
	d := engine.Undecided(err)
	x.outcome.decision, x.outcome.effect = d.Decision, d.Effect
	out := &refusal{status: http.StatusServiceUnavailable, errors: d.Errors}
	out.retry = 1
	x.refuse(out)
}

// refusesType refuses whatever is not a query, on layers that would open it too. A GET must not ask for
// more than reading (GraphQL over HTTP, section 5.3).
func (x *exchange) refusesType(v *engine.Verdict) *refusal {
	op := v.Operation()
	closed := v.Errors().Has(gql.CodeOperationType)
	if !closed && (op == nil || op.Type == "query") {
		return nil
	}
	errs := v.Errors()
	if !closed {
		errs = gql.Errors{{Code: gql.CodeOperationType, Message: "this endpoint takes queries only"}}
	}
	if x.r.Method == http.MethodGet {
		return &refusal{status: http.StatusMethodNotAllowed, errors: errs, allow: http.MethodPost}
	}
	return refuseOperation(errs)
}

// hasData is how an answer with data begins.
var hasData = []byte(`{"data":`)

// complete answers a decided query: introspection from the view, the rest from the upstream.
func (x *exchange) complete(v *engine.Verdict) {
	introspected, refused := x.introspect(v)
	if refused != nil {
		x.refuse(refused)
		return
	}
	c, err := v.Completion(x.ctx, engine.CompletionOptions{
		Introspected: introspected, Messages: x.caller.Subject.Unrestricted, MaxBytes: 2 * int(x.Settings.Gateway.Response),
	})
	if err != nil {
		x.refuse(x.notCompleted(err))
		return
	}
	var body []byte
	status := http.StatusOK
	if c.Query() != "" {
		buffer, refused := x.forward(c)
		switch {
		case refused != nil && x.status != 0: // part of the answer is on its way
			x.outcome.code = string(refused.errors[0].Code)
			panic(http.ErrAbortHandler)
		case refused != nil:
			x.refuse(refused)
			return
		case buffer == nil:
			return
		}
		defer buffer.release()
		body, status = buffer.b, buffer.status
	}
	answer := buffers.get(len(body) + 512)
	defer answer.release()
	out, err := c.Complete(x.ctx, answer.b, body)
	if err != nil {
		x.refuse(x.badAnswer(err))
		return
	}
	answer.b = out
	if !bytes.HasPrefix(out, hasData) {
		x.refuse(x.withoutData(status, out))
		return
	}
	x.send(out)
}

// withoutData is the answer when the upstream refuses the operation, as for a variable that does not fit,
// or cannot execute it at all.
func (x *exchange) withoutData(upstream int, response []byte) *refusal {
	x.outcome.code = string(codeUpstreamError)
	out := &refusal{status: http.StatusBadRequest, lenient: true, response: response}
	if upstream >= 500 {
		out.status = http.StatusBadGateway
	}
	return out
}

// introspect answers `__schema` and `__type` by response key.
func (x *exchange) introspect(v *engine.Verdict) (map[string][]byte, *refusal) {
	if v.Effect() == engine.EffectRefuse {
		return nil, nil
	}
	list, errs, err := v.Introspect(x.ctx)
	switch {
	case err != nil:
		x.Log.ErrorContext(x.ctx, "could not introspect", "request_id", x.requestID(), "data_layer", x.layer, "error", clip(err.Error()))
		return nil, &refusal{status: http.StatusServiceUnavailable, errors: engine.Undecided(err).Errors, retry: 1}
	case errs != nil:
		return nil, refuseOperation(errs)
	case len(list) == 0:
		return nil, nil
	}
	out := make(map[string][]byte, len(list))
	for _, one := range list {
		out[one.Key] = one.Value
	}
	return out, nil
}

// notCompleted is the answer when an operation is refused whole.
func (x *exchange) notCompleted(err error) *refusal {
	var refused *engine.Refusal
	if !errors.As(err, &refused) {
		x.Log.ErrorContext(x.ctx, "could not complete", "request_id", x.requestID(), "data_layer", x.layer, "error", clip(err.Error()))
		return refuse(http.StatusServiceUnavailable, codeInternal, "the operation could not be decided")
	}
	if !refused.Denied() {
		return refuseOperation(slices.Clone(refused.Errors))
	}
	x.outcome.code = string(codeDenied)
	return &refusal{status: http.StatusForbidden, lenient: true, response: refused.Append(nil)}
}

// badAnswer is the answer when the upstream's cannot be passed on.
func (x *exchange) badAnswer(err error) *refusal {
	x.Log.WarnContext(x.ctx, "bad answer of the upstream", "request_id", x.requestID(), "data_layer", x.layer, "error", clip(err.Error()))
	return refuse(http.StatusBadGateway, codeUpstreamBad, "the upstream's answer could not be read")
}
