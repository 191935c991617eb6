package gateway

import (
	"net/http"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/wire"
)

// sandboxBody is the body of a sandbox request: a GraphQL request, and as whom it runs. Without either
// it runs without tokens and scopes (R7).
type sandboxBody struct {
	Query         *string        `json:"query"`
	OperationName *string        `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"` // dropped
	As            *sandboxAs     `json:"as"`
}

// sandboxAs has exactly one member.
type sandboxAs struct {
	TokenID *string  `json:"token_id"`
	Scopes  []string `json:"scopes"` // names; [] holds none
}

// Sandbox answers POST /api/v1/layers/{layer}/sandbox for a member who is signed in and may use it: the
// caller has seen to that, and that the data layer exists (R7). It takes no header of the request but
// those about its body. member is the member's id, for logs.
func (h *Handler) Sandbox(w http.ResponseWriter, r *http.Request, layer, member string) {
	x := &exchange{Handler: h, ctx: r.Context(), r: r, w: w, start: h.Now(), path: PathSandbox, layer: layer, member: member, span: noop.Span{}}
	defer x.finish()
	defer x.recover()
	x.media = accepted(r.Header)
	switch {
	case r.Method != http.MethodPost:
		out := refuse(http.StatusMethodNotAllowed, codeMethod, "use POST")
		out.allow = http.MethodPost
		x.refuse(out)
		return
	case x.media == "":
		x.refuse(refuse(http.StatusNotAcceptable, codeAccept, "the answer is "+mediaResponse+" or "+mediaJSON))
		return
	}
	if detail := bodyType(r.Header); detail != "" {
		x.refuse(refuse(http.StatusUnsupportedMediaType, codeMediaType, detail))
		return
	}
	x.trace()
	in, refused := x.readSandbox()
	if refused != nil {
		x.refuse(refused)
		return
	}
	x.answer(in)
}

// readSandbox reads the operation, and sets who it runs as.
func (x *exchange) readSandbox() (operation, *refusal) {
	body := buffers.get(512)
	defer body.release() // what is read of it is copied
	if refused := readBody(body, x.w, x.r, x.Settings.Limits.Body); refused != nil {
		return operation{}, refused
	}
	var in sandboxBody
	if err := wire.Unmarshal(body.b, &in); err != nil {
		return operation{}, badRequest("the body is not a sandbox request: " + clip(err.Error()))
	}
	if in.Query == nil {
		return operation{}, noQuery(in.Extensions)
	}
	caller, refused := x.as(in.As)
	if refused != nil {
		return operation{}, refused
	}
	x.caller = caller
	out := operation{query: *in.Query, variables: in.Variables}
	if in.OperationName != nil {
		out.name = *in.OperationName
	}
	return out, nil
}

// as returns who an operation of the sandbox runs as.
func (x *exchange) as(who *sandboxAs) (Caller, *refusal) {
	switch {
	case who == nil:
		return Caller{Subject: engine.Subject{Unrestricted: true}}, nil
	case (who.TokenID != nil) == (who.Scopes != nil):
		return Caller{}, refuse(http.StatusBadRequest, codeSubject, "`as` has exactly one of `token_id` and `scopes`")
	case who.Scopes != nil:
		return Caller{Subject: engine.Subject{Scopes: who.Scopes}}, x.knows(who.Scopes)
	}
	caller, ok := x.Tokens.Token(x.layer, *who.TokenID)
	if !ok {
		return Caller{}, refuse(http.StatusBadRequest, codeSubject, "the data layer has no live token with this id")
	}
	return caller, nil
}

// knows refuses names of scopes that the data layer does not have.
func (x *exchange) knows(scopes []string) *refusal {
	layer, ok := x.Layers.Layer(x.layer)
	if !ok {
		return nil // undecided later
	}
	snapshot, err := layer.Snapshot()
	if err != nil {
		return nil // undecided later
	}
	have := map[string]bool{}
	for _, name := range snapshot.Scopes() {
		have[name] = true
	}
	for _, name := range scopes {
		if !have[name] {
			return refuse(http.StatusBadRequest, codeSubject, "the data layer has no scope named "+clip(name))
		}
	}
	return nil
}
