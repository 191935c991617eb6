package decide

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/server/problem"
)

// The paths that a [Handler] answers, each to POST.
const (
	Path     = "/v1/decisions"
	DataPath = "/v1/data/fieldgate/decision"
)

// Layers are the data layers to decide on.
type Layers interface {
	Layer(name string) (*engine.Layer, bool)
	Names() []string // sorted
}

// Tokens say who a token stands for. Both answer with an error, which is the same for each, for a token that opens nothing (R6).
type Tokens interface {
	Subject(layer, secret string) (engine.Subject, error)
	SubjectByID(layer, id string) (engine.Subject, error)
}

// Options say what a handler works with. Layers and Log are required.
type Options struct {
	Layers   Layers
	Tokens   Tokens // nil: there are no tokens
	MaxBytes int64  // of a body
	Log      *slog.Logger
}

// Handler answers decision requests. It is safe for concurrent use.
type Handler struct {
	layers   Layers
	tokens   Tokens
	maxBytes int64
	log      *slog.Logger
}

// New returns a handler.
func New(o Options) *Handler {
	return &Handler{layers: o.Layers, tokens: o.Tokens, maxBytes: o.MaxBytes, log: o.Log}
}

// Decide answers POST /v1/decisions with the decision JSON.
func (h *Handler) Decide(w http.ResponseWriter, r *http.Request) {
	status, decision, err := h.answer(w, r, ParseRequest)
	if err != nil {
		refuse(w, err)
		return
	}
	write(w, status, decision)
}

// dataAnswer is an answer in the shape of OPA's Data API.
type dataAnswer struct {
	Result     engine.Decision `json:"result"`
	DecisionID string          `json:"decision_id"`
}

// Data answers POST /v1/data/fieldgate/decision as OPA's Data API does. Unlike OPA it never leaves
// `result` out: what could not be decided says so.
func (h *Handler) Data(w http.ResponseWriter, r *http.Request) {
	status, decision, err := h.answer(w, r, ParseDataRequest)
	if err != nil {
		refuse(w, err)
		return
	}
	write(w, status, dataAnswer{Result: decision, DecisionID: uuid.NewString()})
}

// answer reads and decides one request. The error is a *RequestError.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, parse func([]byte) (*Request, error)) (int, engine.Decision, error) {
	body, err := h.body(w, r)
	if err != nil {
		return 0, engine.Decision{}, err
	}
	request, err := parse(body)
	if err != nil {
		return 0, engine.Decision{}, err
	}
	layer, err := h.layer(request)
	if err != nil {
		return 0, engine.Decision{}, err
	}
	asked := request.engine()
	if request.Subject.token() {
		if asked.Subject, err = h.holder(layer.Name(), request.Subject); err != nil {
			return 0, engine.Decision{}, err
		}
	}
	status, decision, err := decide(r.Context(), layer, asked)
	if err != nil {
		return h.undecided(r.Context(), layer, err)
	}
	return status, decision, nil
}

// holder is who a token stands for. Every token that opens nothing is refused in the same way (R6).
func (h *Handler) holder(layer string, s *Subject) (engine.Subject, error) {
	if h.tokens == nil {
		return engine.Subject{}, badSubject("/subject", "this server has no store and knows no tokens (serve with --data): name `scopes`, or `unrestricted`")
	}
	var out engine.Subject
	var err error
	if s.Token != nil {
		out, err = h.tokens.Subject(layer, *s.Token)
	} else {
		out, err = h.tokens.SubjectByID(layer, *s.TokenID)
	}
	if err != nil {
		return engine.Subject{}, &RequestError{problem.Problem{Status: http.StatusNotFound, Code: codeToken, Pointer: "/subject", Detail: "the token does not open this data layer"}}
	}
	return out, nil
}

// body reads the body of a request that says it is plain JSON.
func (h *Handler) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if detail := mediaType(r.Header); detail != "" {
		w.Header().Set("Accept-Post", "application/json")
		w.Header().Set("Accept-Encoding", "identity")
		return nil, &RequestError{problem.Problem{Status: http.StatusUnsupportedMediaType, Code: codeMediaType, Detail: detail}}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.maxBytes))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, &RequestError{problem.Problem{
			Status: http.StatusRequestEntityTooLarge, Code: codeTooLarge,
			Detail: fmt.Sprintf("the body is larger than %d bytes (`limits.body` in fieldgate.yaml)", tooLarge.Limit),
		}}
	}
	if err != nil {
		return nil, badRequest("", "the body did not arrive whole")
	}
	return body, nil
}

// mediaType returns what is wrong with the media type of a body, or "".
func mediaType(h http.Header) string {
	for _, coding := range h.Values("Content-Encoding") {
		if !strings.EqualFold(coding, "identity") {
			return "a body with a Content-Encoding is not read: send it as it is"
		}
	}
	types := h.Values("Content-Type")
	if len(types) != 1 {
		return "say Content-Type: application/json, once"
	}
	name, params, err := mime.ParseMediaType(types[0])
	charset, ok := params["charset"]
	switch {
	case err != nil || name != "application/json":
		return "the body must be JSON and say so: Content-Type: application/json"
	case ok && !strings.EqualFold(charset, "utf-8"):
		return "JSON is UTF-8, no other charset is read"
	}
	return ""
}

// layer finds the data layer that a request is about.
func (h *Handler) layer(r *Request) (*engine.Layer, error) {
	names := h.layers.Names()
	known := "there is " + strings.Join(names, ", ")
	var name string
	switch {
	case r.DataLayer != nil:
		name = *r.DataLayer
	case len(names) == 1:
		name = names[0]
	default:
		return nil, badRequest("/data_layer", "`data_layer` is missing: "+known)
	}
	if layer, ok := h.layers.Layer(name); ok {
		return layer, nil
	}
	return nil, &RequestError{problem.Problem{
		Status: http.StatusNotFound, Code: codeLayer, Suggestion: coord.Nearest(name, names),
		Detail: fmt.Sprintf("no data layer is called %q: %s", clip(name), known),
	}}
}

// errPanic is a decision that ended in a panic.
var errPanic = errors.New("panic while deciding")

// decide asks the active snapshot, which it takes once. A panic is one more way of not deciding.
func decide(ctx context.Context, layer *engine.Layer, r engine.Request) (code int, d engine.Decision, err error) {
	defer func() {
		if value := recover(); value != nil {
			code, d, err = 0, engine.Decision{}, fmt.Errorf("%w: %v", errPanic, value)
		}
	}()
	snapshot, err := layer.Snapshot()
	if err != nil {
		return 0, d, err
	}
	verdict, err := snapshot.Decide(ctx, r)
	if err != nil {
		return 0, d, err
	}
	return status(&verdict), verdict.Details(), nil
}

// undecided is the answer when nothing was decided: the client's mistake, or 503 (R16).
func (h *Handler) undecided(ctx context.Context, layer *engine.Layer, err error) (int, engine.Decision, error) {
	var unknown *engine.UnknownScopeError
	if errors.As(err, &unknown) {
		return 0, engine.Decision{}, &RequestError{problem.Problem{
			Status: http.StatusBadRequest, Code: codeScope, Suggestion: coord.Nearest(unknown.Names[0], unknown.Known), Detail: clip(err.Error()),
		}}
	}
	h.log.ErrorContext(ctx, "could not decide", "data_layer", layer.Name(), "error", clip(err.Error()))
	return http.StatusServiceUnavailable, engine.Undecided(err), nil
}

// status is 200 for every decision that was made, but a document over a limit is the client's to
// make smaller.
func status(v *engine.Verdict) int {
	if v.Errors().Has(gql.CodeLimit) {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

func refuse(w http.ResponseWriter, err error) {
	var request *RequestError
	if errors.As(err, &request) {
		problem.Write(w, request.Problem)
		return
	}
	problem.Write(w, problem.Problem{Status: http.StatusInternalServerError, Code: "INTERNAL_ERROR"})
}

// write sends a decision. It is encoded whole before anything is sent: half a decision is none.
func write(w http.ResponseWriter, status int, answer any) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answer); err != nil {
		problem.Write(w, problem.Problem{Status: http.StatusInternalServerError, Code: "INTERNAL_ERROR"})
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the client is gone
}
