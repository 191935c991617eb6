package gateway

import (
	"log/slog"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/decisionlog"
)

// The paths of events in the decision log: who asked.
const (
	PathGateway = "fieldgate/gateway"
	PathSandbox = "fieldgate/sandbox"
)

func levelOf(status int) slog.Level {
	if status >= 500 {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// record writes a line of the access log. It goes to the handler itself: looking up who called takes time, and it is always
// this.
func (x *exchange) record(end time.Time) {
	level, handler := levelOf(x.status), x.Log.Handler()
	if !handler.Enabled(x.ctx, level) {
		return
	}
	out := slog.NewRecord(end, level, "request", 0)
	out.AddAttrs(
		slog.String("request_id", x.requestID()), slog.String("path", x.path), slog.String("data_layer", x.layer),
		slog.String("method", clip(x.r.Method)), slog.Int("status", x.status), slog.Int("bytes", x.size),
		slog.Float64("ms", milliseconds(end.Sub(x.start))), slog.String("remote", remote(x.r)))
	for _, optional := range [...]slog.Attr{
		slog.String("token_id", x.caller.TokenID), slog.String("member", x.member), slog.String("decision", x.outcome.decision),
		slog.String("effect", x.outcome.effect), slog.String("code", x.outcome.code),
	} {
		if optional.Value.String() != "" {
			out.AddAttrs(optional)
		}
	}
	if x.outcome.upstream > 0 {
		out.AddAttrs(slog.Float64("upstream_ms", milliseconds(x.outcome.upstream)))
	}
	_ = handler.Handle(x.ctx, out) // there is no other place to say so
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// event logs a decision. v is nil when none was made.
func (x *exchange) event(s *engine.Snapshot, v *engine.Verdict, in operation, took time.Duration) {
	x.Observer.Decision(x.layer, x.outcome.decision, x.outcome.effect, took)
	if x.member == "" {
		x.Stats.Decided(x.layer, x.outcome.decision, v)
	}
	if !x.Decisions.Wants(x.outcome.decision) {
		return
	}
	e := decisionlog.Event{
		DecisionID: uuid.NewString(), Path: x.path, RequestedBy: x.r.RemoteAddr, Timestamp: x.start.UTC(), RequestID: x.requestID(),
		Input: decisionlog.Input{
			DataLayer: x.layer, Subject: x.subject(), Query: in.query, OperationName: in.name, HasVariables: len(in.variables) > 0,
		},
		Result:  decisionlog.Result{Decision: x.outcome.decision, Effect: x.outcome.effect},
		Metrics: map[string]int64{"timer_fieldgate_decide_ns": took.Nanoseconds()},
	}
	if span := trace.SpanContextFromContext(x.ctx); span.IsValid() {
		e.TraceID, e.SpanID = span.TraceID().String(), span.SpanID().String()
	}
	if s != nil {
		revision := s.Revision()
		e.Bundles = map[string]decisionlog.Bundle{x.layer: {Revision: revision.String()}}
	}
	if x.outcome.code != "" {
		e.Result.Codes = []string{x.outcome.code}
	}
	if v != nil && x.outcome.decision != engine.DecisionAllow {
		explain(&e.Result, v)
	}
	x.Decisions.Log(e)
}

// maxLogged bounds the denials of one event.
const maxLogged = 100

// explain adds what is denied. It costs more than the decision, and is made for what is logged only.
func explain(out *decisionlog.Result, v *engine.Verdict) {
	d := v.Details()
	if d.Operation != nil {
		out.Operation = &decisionlog.Operation{Name: d.Operation.Name, Type: d.Operation.Type}
	}
	for _, denial := range d.Denied {
		if len(out.Denied) == maxLogged {
			out.Truncated = true
			break
		}
		out.Denied = append(out.Denied, decisionlog.Denial{
			Path: denial.Path, Coordinate: denial.Coordinate, Kind: string(denial.Kind), ArgumentPath: denial.ArgumentPath,
		})
	}
	out.Truncated = out.Truncated || d.Truncated
	out.Codes = nil
	for _, e := range d.Errors {
		out.Codes = append(out.Codes, string(e.Code))
	}
}

func (x *exchange) subject() decisionlog.Subject {
	sub := x.caller.Subject
	return decisionlog.Subject{
		TokenID: x.caller.TokenID, Member: x.member, Scopes: sub.Scopes, ScopeIDs: sub.ScopeIDs, Unrestricted: sub.Unrestricted,
	}
}
