package decide_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/decide"
	"github.com/fieldgate/fieldgate/server/problem"
)

// layers are data layers by name.
type layers map[string]*engine.Layer

func (l layers) Layer(name string) (*engine.Layer, bool) { layer, ok := l[name]; return layer, ok }
func (l layers) Names() []string                         { return slices.Sorted(maps.Keys(l)) }

const schema = "type Query { product(id: ID): Product products: [Product] }\ntype Product { name: String cost: Int }\n"

// newLayer returns a data layer with an active revision.
func newLayer(t testing.TB, name string, o engine.Options) *engine.Layer {
	t.Helper()
	repository, problems := scope.ParseRepository(map[string][]byte{
		"layer.yaml":          []byte("data_layer: " + name),
		"schema.graphql":      []byte(schema),
		"scopes/finance.yaml": []byte("scope: finance\nfields: [Product.cost]\n"),
	})
	if problems != nil {
		t.Fatal(problems)
	}
	l := repository.Layers[0]
	draft, err := engine.Compile(engine.Input{Layer: l.Layer, SchemaFile: l.Schema.Path, Schema: string(l.Schema.Source), Scopes: l.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := draft.Activate(t.Context(), 1, o)
	if err != nil {
		t.Fatal(err)
	}
	layer := engine.NewLayer(name)
	if err := layer.Activate(snapshot); err != nil {
		t.Fatal(err)
	}
	return layer
}

// bodyLimit is small, so that a test can pass it.
const bodyLimit = 4096

func handler(t testing.TB, l layers) *decide.Handler {
	t.Helper()
	return decide.New(decide.Options{Layers: l, MaxBytes: bodyLimit, Log: slog.New(slog.DiscardHandler)})
}

// post sends a body as JSON and returns the answer.
func post(t testing.TB, h http.HandlerFunc, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h(w, r)
	return w
}

func decode[T any](t testing.TB, w *httptest.ResponseRecorder) T {
	t.Helper()
	var out T
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return out
}

// decision is what the tests look at.
type decision struct {
	Decision string
	Query    string
	Denied   string // paths
	Code     string // of the first error
}

func summary(d engine.Decision) decision {
	out := decision{Decision: d.Decision}
	if d.Query != nil {
		out.Query = *d.Query
	}
	var denied []string
	for _, x := range d.Denied {
		denied = append(denied, strings.Join(x.Path, "."))
	}
	out.Denied = strings.Join(denied, " ")
	if len(d.Errors) > 0 {
		out.Code = string(d.Errors[0].Code)
	}
	return out
}

func TestDecisions(t *testing.T) {
	h := handler(t, layers{"shop": newLayer(t, "shop", engine.Options{})})
	tests := map[string]struct {
		body   string
		status int
		want   decision
	}{
		"allow": {
			`{"data_layer":"shop","subject":{"scopes":["finance"]},"query":"{ products { name cost } }"}`, 200,
			decision{"allow", "{ products { name cost } }", "", ""},
		},
		"partial": {
			`{"subject":{"scopes":[]},"query":"{ products { name cost } }"}`, 200,
			decision{"partial", "{ products { name } }", "products.cost", ""},
		},
		"nulls are left out": {
			`{"data_layer":null,"subject":{"scopes":[],"unrestricted":null,"token":null},"query":"{ products { name } }","operation_name":null,"variables":null}`, 200,
			decision{"allow", "{ products { name } }", "", ""},
		},
		"unrestricted": {
			`{"subject":{"unrestricted":true},"query":"{ products { cost } }"}`, 200,
			decision{"allow", "{ products { cost } }", "", ""},
		},
		"operation": {
			`{"subject":{"scopes":[]},"query":"query A { products { cost } } query B { products { name } }","operation_name":"B"}`, 200,
			decision{"allow", "query B { products { name } }", "", ""},
		},
		"invalid document": {
			`{"subject":{"scopes":[]},"query":"{ nothing }"}`, 200,
			decision{"deny", "", "", "GRAPHQL_VALIDATION_FAILED"},
		},
		"empty document": {
			`{"subject":{"scopes":[]},"query":""}`, 200,
			decision{"deny", "", "", "GRAPHQL_PARSE_FAILED"},
		},
		"over a limit": {
			`{"subject":{"scopes":[]},"query":"{ ` + strings.Repeat("products { name } ", 31) + `}"}`, 400,
			decision{"deny", "", "", "LIMIT_EXCEEDED"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := post(t, h.Decide, test.body, nil)
			if w.Code != test.status || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, headers %v", w.Code, w.Header())
			}
			if diff := cmp.Diff(test.want, summary(decode[engine.Decision](t, w))); diff != "" {
				t.Error(diff)
			}

			w = post(t, h.Data, `{"input":`+test.body+`}`, nil)
			answer := decode[struct {
				Result     engine.Decision `json:"result"`
				DecisionID string          `json:"decision_id"`
			}](t, w)
			if w.Code != test.status || len(answer.DecisionID) != 36 {
				t.Errorf("OPA's shape: status %d, id %q", w.Code, answer.DecisionID)
			}
			if diff := cmp.Diff(test.want, summary(answer.Result)); diff != "" {
				t.Errorf("OPA's shape: %s", diff)
			}
		})
	}
}

func TestVariablesKeepTheirDigits(t *testing.T) {
	h := handler(t, layers{"shop": newLayer(t, "shop", engine.Options{})})
	w := post(t, h.Decide, `{"subject":{"scopes":[]},"query":"query($id: ID) { product(id: $id) { name } }","variables":{"id":12345678901234567890}}`, nil)
	if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, `"variables":{"id":12345678901234567890}`) {
		t.Errorf("status %d: %s", w.Code, body)
	}
}

func TestRequestsThatAreNotTaken(t *testing.T) {
	one := handler(t, layers{"shop": newLayer(t, "shop", engine.Options{})})
	two := handler(t, layers{"shop": newLayer(t, "shop", engine.Options{}), "site": newLayer(t, "site", engine.Options{})})
	const query = `"query":"{ products { name } }"`
	const ok = `{"subject":{"scopes":[]},` + query + `}`
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	type want struct {
		status  int
		code    string
		pointer string
		say     string
	}
	tests := map[string]struct {
		body   string
		change func(*http.Request)
		want   want
	}{
		"empty":                  {``, nil, want{400, "BAD_REQUEST", "", ""}},
		"not JSON":               {`query=x`, nil, want{400, "BAD_REQUEST", "", ""}},
		"null":                   {`null`, nil, want{400, "BAD_SUBJECT", "/subject", "`subject` is missing"}},
		"list":                   {`[]`, nil, want{400, "BAD_REQUEST", "", ""}},
		"trailing data":          {ok + `{}`, nil, want{400, "BAD_REQUEST", "", ""}},
		"unknown name":           {`{"subject":{"scopes":[]},"extensions":{},` + query + `}`, nil, want{400, "BAD_REQUEST", "", "unknown name"}},
		"duplicate name":         {`{"subject":{"scopes":[]},` + query + `,` + query + `}`, nil, want{400, "BAD_REQUEST", "", "duplicate"}},
		"other case":             {`{"subject":{"scopes":[]},"Query":"{ products { cost } }"}`, nil, want{400, "BAD_REQUEST", "", "unknown name"}},
		"both cases":             {`{"subject":{"scopes":[]},` + query + `,"QUERY":"{ products { cost } }"}`, nil, want{400, "BAD_REQUEST", "", "unknown name"}},
		"duplicate variable":     {`{"subject":{"scopes":[]},` + query + `,"variables":{"a":1,"a":2}}`, nil, want{400, "BAD_REQUEST", "", "duplicate"}},
		"bad UTF-8":              {"{\"subject\":{\"scopes\":[\"\xff\"]}," + query + "}", nil, want{400, "BAD_REQUEST", "", "UTF-8"}},
		"half a surrogate":       {`{"subject":{"scopes":["\ud800"]},` + query + `}`, nil, want{400, "BAD_REQUEST", "", ""}},
		"wrong kind":             {`{"subject":{"scopes":"finance"},` + query + `}`, nil, want{400, "BAD_REQUEST", "", ""}},
		"variables as text":      {`{"subject":{"scopes":[]},` + query + `,"variables":"{}"}`, nil, want{400, "BAD_REQUEST", "", ""}},
		"no query":               {`{"subject":{"scopes":[]}}`, nil, want{400, "BAD_REQUEST", "/query", "`query` is missing"}},
		"null query":             {`{"subject":{"scopes":[]},"query":null}`, nil, want{400, "BAD_REQUEST", "/query", ""}},
		"no subject":             {`{` + query + `}`, nil, want{400, "BAD_SUBJECT", "/subject", "exactly one"}},
		"empty subject":          {`{"subject":{},` + query + `}`, nil, want{400, "BAD_SUBJECT", "/subject", "exactly one"}},
		"null scopes":            {`{"subject":{"scopes":null},` + query + `}`, nil, want{400, "BAD_SUBJECT", "/subject", "exactly one"}},
		"null in scopes":         {`{"subject":{"scopes":[null]},` + query + `}`, nil, want{400, "UNKNOWN_SCOPE", "", ""}},
		"two subjects":           {`{"subject":{"scopes":["finance"],"unrestricted":true},` + query + `}`, nil, want{400, "BAD_SUBJECT", "/subject", "exactly one"}},
		"scopes and false":       {`{"subject":{"scopes":["finance"],"unrestricted":false},` + query + `}`, nil, want{400, "BAD_SUBJECT", "/subject", "exactly one"}},
		"not unrestricted":       {`{"subject":{"unrestricted":false},` + query + `}`, nil, want{400, "BAD_SUBJECT", "/subject/unrestricted", "can only be true"}},
		"token":                  {`{"subject":{"token":"fg_s3cret"},` + query + `}`, nil, want{400, "BAD_SUBJECT", "/subject", "no store"}},
		"token id":               {`{"subject":{"token_id":"t1"},` + query + `}`, nil, want{400, "BAD_SUBJECT", "/subject", "knows no tokens"}},
		"unknown scope":          {`{"subject":{"scopes":["finanse"]},` + query + `}`, nil, want{400, "UNKNOWN_SCOPE", "", "finance"}},
		"unknown data layer":     {`{"data_layer":"shpo","subject":{"scopes":[]},` + query + `}`, nil, want{404, "UNKNOWN_DATA_LAYER", "", "shop"}},
		"empty data layer":       {`{"data_layer":"","subject":{"scopes":[]},` + query + `}`, nil, want{404, "UNKNOWN_DATA_LAYER", "", "shop"}},
		"too large":              {ok + strings.Repeat(" ", bodyLimit), nil, want{413, "BODY_TOO_LARGE", "", "4096"}},
		"other media type":       {ok, header("Content-Type", "text/plain"), want{415, "UNSUPPORTED_MEDIA_TYPE", "", "application/json"}},
		"form":                   {ok, header("Content-Type", "application/x-www-form-urlencoded"), want{415, "UNSUPPORTED_MEDIA_TYPE", "", ""}},
		"graphql":                {"{ products }", header("Content-Type", "application/graphql"), want{415, "UNSUPPORTED_MEDIA_TYPE", "", ""}},
		"no media type":          {ok, func(r *http.Request) { r.Header.Del("Content-Type") }, want{415, "UNSUPPORTED_MEDIA_TYPE", "", ""}},
		"two media types":        {ok, func(r *http.Request) { r.Header.Add("Content-Type", "text/plain") }, want{415, "UNSUPPORTED_MEDIA_TYPE", "", ""}},
		"other charset":          {ok, header("Content-Type", "application/json; charset=utf-16"), want{415, "UNSUPPORTED_MEDIA_TYPE", "", "UTF-8"}},
		"compressed":             {ok, header("Content-Encoding", "gzip"), want{415, "UNSUPPORTED_MEDIA_TYPE", "", "Content-Encoding"}},
		"body that breaks off":   {ok, func(r *http.Request) { r.Body = io.NopCloser(broken{}) }, want{400, "BAD_REQUEST", "", "did not arrive"}},
		"body without end":       {ok, func(r *http.Request) { r.Body = io.NopCloser(endless{}) }, want{413, "BODY_TOO_LARGE", "", ""}},
		"deeply nested variable": {`{"subject":{"scopes":[]},` + query + `,"variables":{"a":` + strings.Repeat("[", 3000), nil, want{400, "BAD_REQUEST", "", ""}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for shape, send := range map[string]func() *httptest.ResponseRecorder{
				"own": func() *httptest.ResponseRecorder { return post(t, one.Decide, test.body, test.change) },
				"OPA": func() *httptest.ResponseRecorder { return post(t, one.Data, inData(test.body), test.change) },
			} {
				w := send()
				body := w.Body.String()
				p := decode[problem.Problem](t, w)
				got := want{w.Code, p.Code, strings.TrimPrefix(p.Pointer, "/input"), test.want.say}
				if test.want.pointer == "" {
					got.pointer = ""
				}
				if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(want{})); diff != "" {
					t.Errorf("%s shape: %s\n%s", shape, diff, body)
				}
				if w.Header().Get("Content-Type") != problem.ContentType || p.Status != w.Code || !strings.Contains(body, test.want.say) {
					t.Errorf("%s shape: %v %s", shape, w.Header(), body)
				}
				if strings.Contains(body, "fg_s3cret") || strings.Contains(body, `"decision"`) {
					t.Errorf("%s shape: the answer holds what it must not: %s", shape, body)
				}
			}
		})
	}
	t.Run("which data layer", func(t *testing.T) {
		w := post(t, two.Decide, ok, nil)
		if p := decode[problem.Problem](t, w); w.Code != 400 || p.Pointer != "/data_layer" || !strings.Contains(p.Detail, "shop, site") {
			t.Errorf("status %d: %+v", w.Code, p)
		}
	})
	t.Run("suggestions", func(t *testing.T) {
		for body, suggestion := range map[string]string{tests["unknown scope"].body: "finance", tests["unknown data layer"].body: "shop"} {
			if p := decode[problem.Problem](t, post(t, one.Decide, body, nil)); p.Suggestion != suggestion {
				t.Errorf("%+v", p)
			}
		}
	})
}

// inData puts a body into OPA's shape, as well as that goes for one that is broken.
func inData(body string) string {
	if body == "" || body == "null" {
		return strings.Replace(`{"input":{}}`, "{}", map[string]string{"": "", "null": "{}"}[body], 1)
	}
	return `{"input":` + body + `}`
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte(" "), len(p))), nil }

func TestOPAShapeNeedsInput(t *testing.T) {
	h := handler(t, layers{"shop": newLayer(t, "shop", engine.Options{})})
	for _, body := range []string{`{}`, `null`, `{"input":null}`} {
		w := post(t, h.Data, body, nil)
		if p := decode[problem.Problem](t, w); w.Code != 400 || p.Pointer != "/input" {
			t.Errorf("%s: %d %+v", body, w.Code, p)
		}
	}
}

// panics is a context that stands for a mistake in the engine.
type panics struct{ context.Context }

func (panics) Err() error { panic("a mistake") }

// R16: what cannot be decided is 503 and decision "error", in both shapes.
func TestR16FailsClosed(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		layer *engine.Layer
		ctx   context.Context
		code  string
	}{
		"no active revision": {engine.NewLayer("shop"), t.Context(), "NO_ACTIVE_REVISION"},
		"policy timeout":     {newLayer(t, "shop", engine.Options{PolicyTimeout: time.Nanosecond}), t.Context(), "POLICY_TIMEOUT"},
		"client gone":        {newLayer(t, "shop", engine.Options{}), cancelled, "POLICY_TIMEOUT"},
		"panic":              {newLayer(t, "shop", engine.Options{}), panics{t.Context()}, "POLICY_ERROR"},
	}
	const body = `{"subject":{"scopes":["finance"]},"query":"{ products { cost } }"}`
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h := handler(t, layers{"shop": test.layer})
			with := func(r *http.Request) { *r = *r.WithContext(test.ctx) }
			own := post(t, h.Decide, body, with)
			data := post(t, h.Data, `{"input":`+body+`}`, with)
			for _, w := range []*httptest.ResponseRecorder{own, data} {
				if text := w.Body.String(); w.Code != http.StatusServiceUnavailable || strings.Contains(text, "allow\"") {
					t.Errorf("status %d: %s", w.Code, text)
				}
			}
			result := decode[struct {
				Result engine.Decision `json:"result"`
				ID     string          `json:"decision_id"`
			}](t, data).Result
			for _, d := range []engine.Decision{decode[engine.Decision](t, own), result} {
				want := decision{Decision: engine.DecisionError, Code: test.code}
				if diff := cmp.Diff(want, summary(d)); diff != "" || d.Effect != engine.EffectRefuse {
					t.Errorf("effect %s: %s", d.Effect, diff)
				}
			}
		})
	}
}
