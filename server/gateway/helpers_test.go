package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
	"go.uber.org/goleak"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/decisionlog"
	"github.com/fieldgate/fieldgate/server/gateway"
	"github.com/fieldgate/fieldgate/server/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const schema = `directive @live on FIELD
type Query {
  product(id: ID, filter: Filter): Product
  products(first: Int, sort: String): [Product!]!
  node(id: ID!): Node
  search: [Hit]
  echo(n: Big, f: Float, s: String): Big
  secret: Secret
  _service: Service
  _entities(ids: [ID!]!): [Node]!
}
type Mutation { rename(name: String): Product }
type Subscription { changed: Product }
interface Node { id: ID }
type Product implements Node { id: ID name: String cost: String related: [Product] maker: Maker }
type Maker { name: String email: String! }
type Secret implements Node { id: ID code: String }
union Hit = Product | Secret
type Service { sdl: String }
input Filter { name: String cost: String }
scalar Big
`

// The tokens of the tests. What they hold is in the table of tokens below.
const (
	tokenPlain   = "fg_plain0000000000000000000000000000"
	tokenFinance = "fg_finance00000000000000000000000000"
	tokenAll     = "fg_all000000000000000000000000000000"
	upstreamKey  = "key-of-the-upstream"
)

// tokens are callers by layer and secret.
type tokens struct {
	mu sync.RWMutex
	by map[string]gateway.Caller
}

func newTokens() *tokens {
	return &tokens{by: map[string]gateway.Caller{
		"shop " + tokenPlain:   {TokenID: "t-plain"},
		"shop " + tokenFinance: {TokenID: "t-finance", Subject: engine.Subject{Scopes: []string{"finance", "service"}}},
		"shop " + tokenAll:     {TokenID: "t-all", Subject: engine.Subject{Unrestricted: true}},
		"gone " + tokenAll:     {TokenID: "t-gone", Subject: engine.Subject{Unrestricted: true}},
	}}
}

func (t *tokens) Authenticate(layer, secret string) (gateway.Caller, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	c, ok := t.by[layer+" "+secret]
	return c, ok
}

func (t *tokens) Token(layer, id string) (gateway.Caller, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for key, c := range t.by {
		if c.TokenID == id && strings.HasPrefix(key, layer+" ") {
			return c, true
		}
	}
	return gateway.Caller{}, false
}

func (t *tokens) revoke(layer, secret string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.by, layer+" "+secret)
}

type layers map[string]*engine.Layer

func (l layers) Layer(name string) (*engine.Layer, bool) { layer, ok := l[name]; return layer, ok }

type upstreams map[string]upstream.Endpoint

func (u upstreams) Upstream(name string) (upstream.Endpoint, bool) { e, ok := u[name]; return e, ok }

// snapshot is a revision of the data layer shop.
func snapshot(t testing.TB, number uint64, settings string, finance ...string) *engine.Snapshot {
	t.Helper()
	s, err := compile(t, settings, finance...).Activate(context.Background(), number, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// compile compiles the data layer shop with the lines of settings and the entries of the scope finance.
func compile(t testing.TB, settings string, finance ...string) *engine.Draft {
	t.Helper()
	if finance == nil {
		finance = []string{"Product.cost", "Filter.cost", "Secret", "Maker.email"}
	}
	repository, problems := scope.ParseRepository(map[string][]byte{
		"layer.yaml": []byte("data_layer: shop\n" + settings), "schema.graphql": []byte(schema),
		"scopes/finance.yaml": []byte("scope: finance\nfields: [" + strings.Join(finance, ", ") + "]\n"),
		"scopes/service.yaml": []byte("scope: service\nfields: [Query._service, Query._entities]\n"),
	})
	if problems != nil {
		t.Fatal(problems)
	}
	l := repository.Layers[0]
	draft, err := engine.Compile(engine.Input{Layer: l.Layer, SchemaFile: l.Schema.Path, Schema: string(l.Schema.Source), Scopes: l.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	return draft
}

// recorder is an upstream that remembers what it was sent and answers every field with a marker: the
// field's coordinate.
type recorder struct {
	*httptest.Server
	schema *ast.Schema
	answer http.HandlerFunc // nil: executes
	mu     sync.Mutex
	seen   []seen
}

type seen struct {
	header http.Header
	body   string
	uri    string
}

func newRecorder(t testing.TB, answer http.HandlerFunc) *recorder {
	t.Helper()
	r := &recorder{answer: answer, schema: gqlparser.MustLoadSchema(&ast.Source{Input: schema})}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (u *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	u.mu.Lock()
	if len(u.seen) < 100 {
		u.seen = append(u.seen, seen{header: r.Header.Clone(), body: string(body), uri: r.RequestURI})
	}
	u.mu.Unlock()
	if u.answer != nil {
		u.answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, u.execute(body))
}

// requests returns what was sent, and forgets it.
func (u *recorder) requests() []seen {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := u.seen
	u.seen = nil
	return out
}

func (u *recorder) execute(body []byte) string {
	var in struct {
		Query     string          `json:"query"`
		Variables json.RawMessage `json:"variables"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return `{"errors":[{"message":"not JSON"}]}`
	}
	doc, errs := gqlparser.LoadQueryWithRules(u.schema, in.Query, rules.NewDefaultRules())
	if errs != nil {
		return `{"errors":[{"message":"not valid: ` + strings.ReplaceAll(errs.Error(), `"`, "'") + `"}]}`
	}
	var out bytes.Buffer
	out.WriteString(`{"data":`)
	u.object(&out, []ast.SelectionSet{doc.Operations[0].SelectionSet}, "Query")
	out.WriteString(`}`)
	return out.String()
}

// object executes selection sets on an object, as CollectFields merges them.
func (u *recorder) object(out *bytes.Buffer, sets []ast.SelectionSet, on string) {
	var keys []string
	fields := map[string][]*ast.Field{}
	for _, set := range sets {
		keys = u.collect(keys, fields, set, on)
	}
	out.WriteByte('{')
	for i, key := range keys {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(out, "%q:", key)
		if f := fields[key]; f[0].Name == "__typename" {
			fmt.Fprintf(out, "%q", on)
		} else {
			u.value(out, f, f[0].Definition.Type, on)
		}
	}
	out.WriteByte('}')
}

func (u *recorder) collect(keys []string, fields map[string][]*ast.Field, set ast.SelectionSet, on string) []string {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.InlineFragment:
			if sel.TypeCondition == "" || sel.TypeCondition == on || u.schema.Types[sel.TypeCondition].IsAbstractType() {
				keys = u.collect(keys, fields, sel.SelectionSet, on)
			}
		case *ast.Field:
			if fields[sel.Alias] == nil {
				keys = append(keys, sel.Alias)
			}
			fields[sel.Alias] = append(fields[sel.Alias], sel)
		}
	}
	return keys
}

func (u *recorder) value(out *bytes.Buffer, f []*ast.Field, t *ast.Type, on string) {
	switch def := u.schema.Types[t.Name()]; {
	case t.Elem != nil:
		out.WriteByte('[')
		u.value(out, f, t.Elem, on)
		out.WriteByte(',')
		u.value(out, f, t.Elem, on)
		out.WriteByte(']')
	case def.IsAbstractType():
		u.object(out, under(f), "Product")
	case def.Kind == ast.Object:
		u.object(out, under(f), def.Name)
	default:
		fmt.Fprintf(out, "%q", on+"."+f[0].Name)
	}
}

func under(fields []*ast.Field) []ast.SelectionSet {
	out := make([]ast.SelectionSet, len(fields))
	for i, f := range fields {
		out[i] = f.SelectionSet
	}
	return out
}

// events is a decision log that keeps what it is given.
type events struct {
	mu  sync.Mutex
	all []decisionlog.Event
}

func (*events) Wants(string) bool { return true }

func (e *events) Log(one decisionlog.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.all) < 10_000 {
		e.all = append(e.all, one)
	}
}

func (e *events) take() []decisionlog.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := e.all
	e.all = nil
	return out
}

// logBuffer is a log that a test reads while the handler writes.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// bench is a gateway in front of a recording upstream.
type bench struct {
	*gateway.Handler
	layer    *engine.Layer
	tokens   *tokens
	upstream *recorder
	events   *events
	log      *logBuffer
}

// with changes the options of a bench.
type with func(*gateway.Options)

// newBench returns a gateway for the data layer shop; settings are lines of its layer.yaml.
func newBench(t testing.TB, settings string, answer http.HandlerFunc, changes ...with) *bench {
	t.Helper()
	b := &bench{layer: engine.NewLayer("shop"), tokens: newTokens(), events: &events{}, log: &logBuffer{}, upstream: newRecorder(t, answer)}
	if err := b.layer.Activate(snapshot(t, 1, settings)); err != nil {
		t.Fatal(err)
	}
	endpoint, err := upstream.Resolve(scope.Upstream{URL: b.upstream.URL + "/graphql", Headers: map[string]string{"X-Key": upstreamKey}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := gateway.Options{
		Tokens: b.tokens, Layers: layers{"shop": b.layer}, Upstreams: upstreams{"shop": endpoint}, Settings: scope.DefaultSettings(),
		Log: slog.New(slog.NewJSONHandler(b.log, nil)), Decisions: b.events,
	}
	for _, change := range changes {
		change(&o)
	}
	b.Handler = gateway.New(o)
	t.Cleanup(b.Handler.Close)
	return b
}

// post sends a body with a token and returns the answer.
func (b *bench) post(t testing.TB, token, body string, changes ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/layers/shop", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	for _, change := range changes {
		change(r)
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// ask sends a query.
func (b *bench) ask(t testing.TB, token, query string) *httptest.ResponseRecorder {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	return b.post(t, token, string(body))
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func added(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

// get makes it a GET of a target.
func get(target string) func(*http.Request) {
	return func(r *http.Request) {
		fresh := httptest.NewRequestWithContext(r.Context(), http.MethodGet, target, http.NoBody)
		fresh.Header.Set("Authorization", r.Header.Get("Authorization"))
		*r = *fresh
	}
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func newReader(s string) *bufio.Reader { return bufio.NewReader(strings.NewReader(s)) }
