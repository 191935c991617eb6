package admin_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/goleak"

	"github.com/fieldgate/fieldgate/server/admin/admintest"
	"github.com/fieldgate/fieldgate/server/admin/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a team whose every answer is checked against the OpenAPI document.
type fixture struct {
	t testing.TB
	*admintest.Team
	compiling sync.Mutex
	schemas   *jsonschema.Compiler
	log       *bytes.Buffer
	guard     *gin.Engine // of guarded; nil before
}

func setUp(t testing.TB, o admintest.Options) *fixture {
	t.Helper()
	f := &fixture{t: t, log: &bytes.Buffer{}}
	if o.Log == nil {
		o.Log = f.log
	}
	team, err := admintest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	f.Team = team
	f.schemas = jsonschema.NewCompiler()
	f.schemas.AssertFormat()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(api.Document()))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.schemas.AddResource("openapi.json", document); err != nil {
		t.Fatal(err)
	}
	return f
}

// request is one request. Its body is JSON unless it is a string.
type request struct {
	method, path string
	key          string
	body         any
	header       map[string]string
	remote       string
}

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
	t testing.TB
}

func (f *fixture) do(r request) answer {
	f.t.Helper()
	var body io.Reader = http.NoBody
	switch b := r.body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			f.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	q := httptest.NewRequestWithContext(f.t.Context(), r.method, r.path, body)
	if r.body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if r.key != "" {
		q.Header.Set("Authorization", "Bearer "+r.key)
	}
	if r.remote != "" {
		q.RemoteAddr = r.remote
	}
	for name, value := range r.header {
		if value == "-" {
			q.Header.Del(name)
			continue
		}
		q.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	f.Router.ServeHTTP(w, q)
	f.describes(q, w)
	return answer{w, f.t}
}

// get and send are do with the owner's key.
func (f *fixture) get(path string) answer {
	f.t.Helper()
	return f.do(request{method: http.MethodGet, path: path, key: f.Owner})
}

func (f *fixture) send(method, path string, body any, header ...string) answer {
	f.t.Helper()
	r := request{method: method, path: path, key: f.Owner, body: body, header: map[string]string{}}
	for i := 0; i+1 < len(header); i += 2 {
		r.header[header[i]] = header[i+1]
	}
	return f.do(r)
}

// is wants a status, and returns the answer.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.Code != status {
		a.t.Fatalf("got %d, want %d: %s", a.Code, status, a.Body)
	}
	return a
}

// has wants texts in the body.
func (a answer) has(texts ...string) answer {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.Body.String(), text) {
			a.t.Errorf("%q is not in %s", text, a.Body)
		}
	}
	return a
}

func read[T any](a answer) T {
	a.t.Helper()
	var out T
	if err := json.Unmarshal(a.Body.Bytes(), &out); err != nil {
		a.t.Fatalf("%v: %s", err, a.Body)
	}
	return out
}

// describes wants the answer to be one that the document has for the route.
func (f *fixture) describes(r *http.Request, w *httptest.ResponseRecorder) {
	f.t.Helper()
	route, ok := routeOf(r.Method, r.URL.Path)
	if !ok {
		return
	}
	known := false
	for _, s := range route.Statuses() {
		known = known || s == w.Code
	}
	if !known {
		f.t.Errorf("%s answered %d, which the document does not have", route.ID, w.Code)
		return
	}
	media, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	name := "Problem"
	switch {
	case w.Header().Get("Content-Encoding") != "", w.Code < 400 && route.Response == nil, w.Code == http.StatusNoContent, w.Code == http.StatusNotModified, route.ID == "getOpenAPI":
		return
	case w.Code < 400:
		name = api.SchemaName(route.Response)
		if media != "application/json" {
			f.t.Errorf("%s answered %q", route.ID, media)
		}
	case media != "application/problem+json":
		f.t.Errorf("%s answered %d as %q", route.ID, w.Code, media)
	}
	f.compiling.Lock() // a compiler is one goroutine's at a time
	schema, err := f.schemas.Compile("openapi.json#/components/schemas/" + name)
	f.compiling.Unlock()
	if err != nil {
		f.t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		f.t.Fatalf("%s: %v", route.ID, err)
	}
	if err := schema.Validate(value); err != nil {
		f.t.Errorf("%s answered %d with what the document does not describe: %v\n%s", route.ID, w.Code, err, w.Body)
	}
}

// routeOf finds the route that a path belongs to.
func routeOf(method, path string) (api.Route, bool) {
	parts := strings.Split(path, "/")
	for _, r := range api.Routes() {
		pattern := strings.Split(r.Path, "/")
		same := r.Method == method && len(pattern) == len(parts)
		for i := 0; same && i < len(pattern); i++ {
			same = pattern[i] == parts[i] || strings.HasPrefix(pattern[i], "{") && parts[i] != ""
		}
		if same {
			return r, true
		}
	}
	return api.Route{}, false
}

const shop = api.Prefix + "/layers/shop"

// withShop makes the data layer that most tests are about.
func withShop(t testing.TB) *fixture {
	t.Helper()
	f := setUp(t, admintest.Options{})
	f.send(http.MethodPost, api.Prefix+"/layers", api.NewLayer{Definition: "data_layer: shop", Schema: "type Query { a: Int }"}).is(201)
	return f
}

func (f *fixture) scope(name string, fields ...string) api.Scope {
	f.t.Helper()
	return read[api.ChangedScope](f.send(http.MethodPost, shop+"/scopes", api.NewScope{Name: name, Fields: fields}).is(201)).Scope
}
