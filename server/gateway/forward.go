package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/upstream"
)

// hopByHop are the headers of one connection (RFC 9110, section 7.6.1), and those that the gateway says
// itself. None is passed on, whatever the settings say.
var hopByHop = map[string]bool{
	"connection": true, "keep-alive": true, "proxy-authenticate": true, "proxy-authorization": true, "proxy-connection": true,
	"te": true, "trailer": true, "transfer-encoding": true, "upgrade": true,
	"authorization": true, "cookie": true, "host": true, "content-length": true, "content-type": true, "content-encoding": true,
	"accept": true, "accept-encoding": true, "expect": true,
}

// forward sends what is left of the operation upstream and returns its answer, which the caller
// releases; nil when the client has it already.
func (x *exchange) forward(c *engine.Completion) (*buffer, *refusal) {
	endpoint, ok := x.Upstreams.Upstream(x.layer)
	if !ok {
		return nil, refuse(http.StatusServiceUnavailable, codeNoUpstream, "the data layer has no upstream")
	}
	gate := x.gate(x.layer)
	if !gate.enter() {
		x.Observer.Upstream(x.layer, UpstreamShed, 0)
		out := refuse(http.StatusServiceUnavailable, codeBusy, "too many requests to the upstream are running: try again")
		out.retry = 1
		return nil, out
	}
	x.Observer.Running(x.layer, 1)
	x.leave = sync.OnceFunc(func() {
		gate.leave()
		x.Observer.Running(x.layer, -1)
	})
	defer x.leave()

	begin := x.Now()
	answer, err := x.ask(endpoint, c)
	x.outcome.upstream = x.Now().Sub(begin)
	outcome, refused := explainUpstream(x.ctx, err)
	x.Observer.Upstream(x.layer, outcome, x.outcome.upstream)
	if refused != nil {
		x.Log.WarnContext(x.ctx, "upstream", "request_id", x.requestID(), "data_layer", x.layer, "outcome", outcome, "error", clip(err.Error()))
	}
	return answer, refused
}

// Errors of upstreams that answer what is no GraphQL response.
var (
	errStatus   = errors.New("its status says that it did not answer")
	errMedia    = errors.New("its answer is not JSON")
	errTooLarge = errors.New("its answer is larger than `gateway.response` in fieldgate.yaml")
	errEncoding = errors.New("its answer is compressed in a way that was not asked for")
	errBroken   = errors.New("its answer broke off while it was passed on")
	errPassed   = errors.New("its answer was passed on") // no failure: nothing is left to be done
	errClient   = errors.New("the client did not take its answer")
)

// explainUpstream turns a failure into an outcome and what the client sees of it.
func explainUpstream(client context.Context, err error) (string, *refusal) {
	switch {
	case err == nil, errors.Is(err, errPassed):
		return UpstreamOK, nil
	case client.Err() != nil, errors.Is(err, errClient):
		return UpstreamGone, refuse(http.StatusServiceUnavailable, codeUpstreamDown, "the request was not waited for")
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		return UpstreamTimeout, refuse(http.StatusGatewayTimeout, codeUpstreamSlow, "the upstream did not answer in time")
	case errors.Is(err, errStatus), errors.Is(err, errMedia), errors.Is(err, errTooLarge), errors.Is(err, errEncoding), errors.Is(err, errBroken):
		return UpstreamBad, refuse(http.StatusBadGateway, codeUpstreamBad, "the upstream's answer is not one that can be passed on")
	}
	return UpstreamDown, refuse(http.StatusBadGateway, codeUpstreamDown, "the upstream did not answer")
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// ask makes one request.
func (x *exchange) ask(endpoint upstream.Endpoint, c *engine.Completion) (*buffer, error) {
	ctx, span := x.part("upstream", trace.SpanKindClient)
	defer span.End()
	ctx, cancel := context.WithTimeout(ctx, x.Settings.Gateway.Timeout)
	defer cancel()
	request, err := x.upstreamRequest(ctx, endpoint, c)
	if err != nil {
		return nil, err
	}
	response, err := x.client.Transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	span.SetAttributes(attribute.Int("http.response.status_code", response.StatusCode))
	if err := checkResponse(response); err != nil {
		return nil, err
	}
	return x.readResponse(response, c, cancel)
}

func (x *exchange) upstreamRequest(ctx context.Context, endpoint upstream.Endpoint, c *engine.Completion) (*http.Request, error) {
	sent, err := c.AppendRequest(nil)
	if err != nil {
		return nil, err
	}
	more := x.clientHeaders()
	if trace.SpanContextFromContext(ctx).IsSampled() {
		if more == nil {
			more = http.Header{}
		}
		propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(more))
	}
	return endpoint.Request(ctx, sent, more)
}

// clientHeaders are the client's headers on the allow-list, without those that it names as its
// connection's; nil when there are none.
func (x *exchange) clientHeaders() http.Header {
	if len(x.headers) == 0 || x.path != PathGateway {
		return nil
	}
	var own map[string]bool
	for _, line := range x.r.Header["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			if own == nil {
				own = map[string]bool{}
			}
			own[textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))] = true
		}
	}
	var out http.Header
	for _, name := range x.headers {
		if values := x.r.Header[name]; values != nil && !own[name] {
			if out == nil {
				out = make(http.Header, len(x.headers))
			}
			out[name] = values
		}
	}
	return out
}

// checkResponse refuses what is no GraphQL response. An error of the operation may come with any status
// but a redirect's or one about the gateway's own credentials.
func checkResponse(r *http.Response) error {
	switch code := r.StatusCode; {
	case code < 200, code >= 300 && code < 400, code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusProxyAuthRequired:
		return errStatus
	}
	if !answersGraphQL(r.Header.Get("Content-Type")) {
		if r.StatusCode >= 300 {
			return errStatus
		}
		return errMedia
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return errEncoding
	}
	return nil
}

func answersGraphQL(contentType string) bool {
	if contentType == mediaJSON || contentType == mediaJSON+"; charset=utf-8" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == mediaJSON || media == mediaResponse)
}

// maxHead is how much of an answer is read before it is passed on as it arrives.
const maxHead = 64 << 10

// readResponse reads an answer of at most the size of the settings, after decompression. A large one that is the client's as
// it stands is passed on as it arrives: it is not returned then. stop ends reading it.
func (x *exchange) readResponse(r *http.Response, c *engine.Completion, stop func()) (*buffer, error) {
	limit := x.Settings.Gateway.Response
	if r.ContentLength > limit {
		return nil, errTooLarge
	}
	body := &io.LimitedReader{R: r.Body, N: limit + 1}
	size := int(max(r.ContentLength, 0))
	out := buffers.get(min(size, maxHead) + 512)
	var err error
	out.b, err = appendAll(out.b, io.LimitReader(body, maxHead))
	if err == nil && len(out.b) == maxHead {
		if limit > maxHead && c.Passes(out.b) {
			defer out.release()
			return nil, x.pass(c, out.b, body, stop)
		}
		out.b = slices.Grow(out.b, max(size-maxHead, 0)+512)
		out.b, err = appendAll(out.b, body)
	}
	switch {
	case err != nil:
		out.release()
		return nil, err
	case int64(len(out.b)) > limit:
		out.release()
		return nil, errTooLarge
	}
	out.status = r.StatusCode
	return out, nil
}

// pass passes an answer on as it arrives. One that breaks off is broken off: its client must not take it for whole.
func (x *exchange) pass(c *engine.Completion, head []byte, body *io.LimitedReader, stop func()) error {
	x.status = http.StatusOK
	writeHeader(x.w, x.status, x.media)
	rest, client := readAhead(body, x.leave), &receiver{w: x.w}
	n, err := c.Pass(x.ctx, client, head, rest)
	x.size = int(n)
	stop()
	rest.wait()
	switch {
	case client.err != nil:
		return fmt.Errorf("%w: %w", errClient, client.err)
	case err == nil && body.N <= 0:
		err = errTooLarge
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return errPassed
}

// receiver is a client, and why it takes no more.
type receiver struct {
	w   io.Writer
	err error
}

// Write is part of io.Writer.
func (r *receiver) Write(b []byte) (int, error) {
	n, err := r.w.Write(b)
	r.err = err
	return n, err
}

func appendAll(b []byte, r io.Reader) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// buffer is memory that is used again. Nothing may hold on to b after release.
type buffer struct {
	b      []byte
	status int // of the upstream's answer
}

type bufferPool struct{ pool sync.Pool }

var buffers bufferPool

// maxKept is the largest buffer that is kept: one large answer does not hold memory for good.
const maxKept = 1 << 20

func (p *bufferPool) get(size int) *buffer {
	out, ok := p.pool.Get().(*buffer)
	if !ok {
		out = &buffer{}
	}
	if cap(out.b) < size {
		out.b = make([]byte, 0, size)
	}
	out.b = out.b[:0]
	return out
}

func (b *buffer) release() {
	if cap(b.b) <= maxKept {
		buffers.pool.Put(b)
	}
}

// gate lets so many requests to the upstream of one data layer run at a time.
type gate struct{ slots chan struct{} }

func (g *gate) enter() bool {
	select {
	case g.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

func (g *gate) leave() { <-g.slots }

// gate returns the gate of a data layer that is known.
func (h *Handler) gate(layer string) *gate {
	if found, ok := h.gates.Load(layer); ok {
		return found.(*gate) //nolint:errcheck // it holds nothing else
	}
	found, _ := h.gates.LoadOrStore(layer, &gate{slots: make(chan struct{}, max(1, h.Settings.Gateway.Concurrency))})
	return found.(*gate) //nolint:errcheck // it holds nothing else
}
