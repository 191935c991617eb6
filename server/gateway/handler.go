package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/fieldgate/fieldgate/server/problem"
)

// exchange is one request and what becomes of it.
type exchange struct {
	*Handler
	ctx     context.Context //nolint:containedctx // of the request, with its span
	r       *http.Request
	w       http.ResponseWriter
	start   time.Time
	path    string // of its events: what asked
	layer   string // "" until a caller is known, so that nobody fills logs and metrics with names
	caller  Caller
	member  string // who asks in the sandbox
	media   string
	status  int
	size    int
	outcome outcome
	span    trace.Span
	leave   func() // ends the request to the upstream for those that wait for a place; may be called again
}

// outcome is what was decided, for logs.
type outcome struct {
	decision, effect string
	code             string // of what went wrong
	upstream         time.Duration
}

// ServeHTTP answers the paths below Prefix.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Handler: h, ctx: r.Context(), r: r, w: w, start: h.Now(), path: PathGateway, span: noop.Span{}}
	x.identify()
	defer x.finish()
	defer x.recover()
	if h.ending.Load() {
		w.Header().Set("Connection", "close")
	}
	x.guarded()
}

// guarded answers a request that a token is needed for.
func (x *exchange) guarded() {
	layer, is := route(x.r.URL.EscapedPath())
	x.media = accepted(x.r.Header)
	if is == sdl && x.r.Method == http.MethodGet {
		x.media = mediaJSON
	}
	if refused := checkHeaders(x.r, is); refused != nil {
		x.refuse(refused)
		return
	}
	if x.media == "" {
		x.refuse(refuse(http.StatusNotAcceptable, codeAccept, "the answer is "+mediaResponse+" or "+mediaJSON))
		return
	}
	secret, refused := bearer(x.r)
	if refused != nil {
		x.refuse(refused)
		return
	}
	caller, ok := x.Tokens.Authenticate(layer, secret)
	if !ok {
		x.refuse(badToken())
		return
	}
	x.caller, x.layer = caller, layer
	if is == sdl {
		x.sdl()
		return
	}
	x.operation()
}

// operation reads, decides and answers an operation.
func (x *exchange) operation() {
	x.trace()
	in, refused := x.read(x.w, x.r)
	if refused != nil {
		x.refuse(refused)
		return
	}
	x.answer(in)
}

// trace begins a span. A client's trace is linked and not joined: whoever holds a token does not decide
// what is sampled here.
func (x *exchange) trace() {
	if x.Tracer == nil {
		return
	}
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindServer), trace.WithNewRoot(),
		trace.WithAttributes(attribute.String("fieldgate.data_layer", x.layer), attribute.String("http.request.method", x.r.Method)),
	}
	if remote := trace.SpanContextFromContext(x.ctx); remote.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: remote}))
	}
	x.ctx, x.span = x.Tracer.Start(x.ctx, "graphql.request", options...)
}

// part begins a span below that of the request.
func (x *exchange) part(name string, kind trace.SpanKind) (context.Context, trace.Span) {
	if x.Tracer == nil {
		return x.ctx, noop.Span{}
	}
	return x.Tracer.Start(x.ctx, name, trace.WithSpanKind(kind))
}

func (x *exchange) refuse(r *refusal) {
	if len(r.errors) > 0 {
		x.outcome.code = string(r.errors[0].Code)
	}
	body := r.body()
	x.status, x.size = writeRefusal(x.w, r, x.media, body), len(body)
}

// send answers with a GraphQL response.
func (x *exchange) send(body []byte) {
	x.status, x.size = write(x.w, http.StatusOK, x.media, body), len(body)
}

// recover answers for a panic. It is one more way of not deciding (R16).
func (x *exchange) recover() {
	value := recover()
	if value == nil {
		return
	}
	if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(value)
	}
	x.Log.ErrorContext(x.ctx, "panic", "request_id", x.requestID(), "error", clip(fmt.Sprint(value)))
	if x.status == 0 {
		x.refuse(refuse(http.StatusServiceUnavailable, codeInternal, "the operation could not be decided"))
	}
}

// identify gives the request an id, unless whoever handed it on has: the client's own when it is
// harmless, else a new one.
func (x *exchange) identify() {
	if x.requestID() != "" {
		return
	}
	id := x.r.Header.Get(problem.RequestIDHeader)
	if !problem.HarmlessID(id) {
		id = uuid.NewString()
	}
	x.w.Header()[problem.RequestIDHeader] = []string{id}
}

func (x *exchange) requestID() string { return x.w.Header().Get(problem.RequestIDHeader) }

// finish writes what is counted and logged of every request: nothing of its body, headers or query
// string.
func (x *exchange) finish() {
	end := x.Now()
	x.Observer.Request(x.layer, x.status, end.Sub(x.start))
	if x.span.IsRecording() {
		x.span.SetAttributes(attribute.Int("http.response.status_code", x.status),
			attribute.String("fieldgate.decision", x.outcome.decision), attribute.String("fieldgate.effect", x.outcome.effect))
	}
	x.span.End()
	x.record(end)
}

// remote is the address of the client without its port.
func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}
