package gateway

import (
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/decisionlog"
	"github.com/fieldgate/fieldgate/server/upstream"
)

// Caller is whoever a request is decided for.
type Caller struct {
	Subject engine.Subject
	TokenID string // for logs; "" in the sandbox as a member or as scopes
}

// Tokens know API tokens.
type Tokens interface {
	// Authenticate returns the holder of a bearer secret. It says false, and takes no other way, for a
	// secret that is unknown, revoked, expired or of another data layer (R6).
	Authenticate(layer, secret string) (Caller, bool)
	// Token returns the holder of the token with an id, by the same rules.
	Token(layer, id string) (Caller, bool)
}

// Layers know the data layers by name.
type Layers interface {
	Layer(name string) (*engine.Layer, bool)
}

// Upstreams know where the upstream of a data layer is. It is false for a layer that has none.
type Upstreams interface {
	Upstream(layer string) (upstream.Endpoint, bool)
}

// DecisionLog takes events. It never blocks for long and never fails a request.
type DecisionLog interface {
	Wants(decision string) bool // whether the next event with this decision is to be logged
	Log(e decisionlog.Event)
}

// Observer counts. layer is "" for a request that no data layer could be named for.
type Observer interface {
	Request(layer string, status int, took time.Duration)
	Decision(layer, decision, effect string, took time.Duration)
	Upstream(layer, outcome string, took time.Duration) // outcome is one of the Upstream constants
	Running(layer string, change int)                   // upstream requests
}

// Statistics count what clients are told, for members to see. v is nil when nothing was decided.
type Statistics interface {
	Decided(layer, decision string, v *engine.Verdict)
}

// The outcomes of requests to upstreams.
const (
	UpstreamOK      = "ok"
	UpstreamDown    = "down"    // no answer
	UpstreamTimeout = "timeout" // no answer in time
	UpstreamBad     = "bad"     // an answer that is no GraphQL response, or too large
	UpstreamShed    = "shed"    // not asked: too many requests run
	UpstreamGone    = "gone"    // the client did not wait
)

// Options say what a handler works with. Tokens, Layers, Upstreams, Settings and Log are required.
type Options struct {
	Tokens    Tokens
	Layers    Layers
	Upstreams Upstreams
	Settings  scope.Settings // Gateway and Limits.Body
	Log       *slog.Logger   // access log and failures
	Decisions DecisionLog    // nil: none
	Observer  Observer       // nil: none
	Stats     Statistics     // nil: none; hears of the guarded endpoint only, not of the sandbox
	Tracer    trace.Tracer   // nil: none
	Now       func() time.Time
}

// Handler answers the guarded endpoint. It is safe for concurrent use.
type Handler struct {
	Options
	client  *http.Client
	headers []string // of the client that are passed on, canonical
	gates   sync.Map // of *gate by data layer
	ending  atomic.Bool
}

// New returns a handler. Close it when the server is done.
func New(o Options) *Handler {
	if o.Decisions == nil {
		o.Decisions = nobody{}
	}
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	if o.Stats == nil {
		o.Stats = nobody{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &Handler{Options: o, client: upstream.NewClient(upstream.Options{
		Deny: o.Settings.Gateway.Deny, Timeout: o.Settings.Gateway.Timeout, Connections: max(1, o.Settings.Gateway.Concurrency),
	})}
	for _, name := range o.Settings.Gateway.Headers {
		if !hopByHop[strings.ToLower(name)] {
			h.headers = append(h.headers, http.CanonicalHeaderKey(name))
		}
	}
	return h
}

// Drain makes every answer from now on the last one of its connection, so that clients turn to another
// server before this one closes connections that a request may be on its way on.
func (h *Handler) Drain() { h.ending.Store(true) }

// Close ends the idle connections to upstreams.
func (h *Handler) Close() { h.client.CloseIdleConnections() }

// nobody listens to nothing.
type nobody struct{}

// Wants is part of DecisionLog.
func (nobody) Wants(string) bool { return false }

// Log is part of DecisionLog.
func (nobody) Log(decisionlog.Event) {}

// Request is part of Observer.
func (nobody) Request(string, int, time.Duration) {}

// Decision is part of Observer.
func (nobody) Decision(string, string, string, time.Duration) {}

// Decided is part of Statistics.
func (nobody) Decided(string, string, *engine.Verdict) {}

// Upstream is part of Observer.
func (nobody) Upstream(string, string, time.Duration) {}

// Running is part of Observer.
func (nobody) Running(string, int) {}
