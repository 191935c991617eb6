package gateway_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// hiddenMarkers are the values that a holder of no scope must never see, and the names that must never
// be sent for one.
var hiddenMarkers = []string{"Product.cost", "Secret.code", "Service.sdl", "Maker.email"}

// Every attack sees zero bytes upstream, or upstream never sees what is denied and the client no value.
func TestAttacksOnWhatMayBeRead(t *testing.T) {
	tests := map[string]struct {
		query, name string
		variables   map[string]any
		nothing     bool   // nothing goes upstream
		want        string // in the answer
	}{
		"alias":                          {query: `{ product { name: cost id } }`, want: `"name":null`},
		"alias of a denied name":         {query: `{ product { id cos: name } }`, want: `"cos":"Product.name"`},
		"fragment on an interface":       {query: `{ node(id: 1) { ... on Product { id cost } } }`, want: `"cost":null`},
		"fragment wrapped thrice":        {query: `{ product { ... { ... on Node { ... on Product { ...F } } } } } fragment F on Product { id cost }`, want: `"cost":null`},
		"fragment on a restricted type":  {query: `{ node(id: 1) { __typename ... on Secret { code } } }`, want: `"errors"`},
		"field of an interface":          {query: `{ node(id: "secret") { id } }`, nothing: true, want: `"node":null`},
		"union":                          {query: `{ search { ... on Secret { code } ... on Product { cost id } } }`, want: `"errors"`},
		"unused fragment":                {query: `{ product { id } } fragment F on Product { cost }`, want: `"id":"Product.id"`},
		"unused operation":               {query: `query A { product { id } } query B { product { cost } }`, name: "A", want: `"id":"Product.id"`},
		"several without a name":         {query: `query A { product { id } } query B { product { cost } }`, nothing: true, want: "OPERATION_RESOLUTION_FAILURE"},
		"operation that is not there":    {query: `query A { product { id } }`, name: "B", nothing: true, want: "OPERATION_RESOLUTION_FAILURE"},
		"operation of the same name":     {query: `query A { product { id } } query A { product { cost } }`, name: "A", nothing: true, want: "GRAPHQL_VALIDATION_FAILED"},
		"skip":                           {query: `{ product { id cost @skip(if: true) } }`, want: `"id":"Product.id"`},
		"include by a default":           {query: `query($i: Boolean = true) { product { id cost @include(if: $i) } }`, want: `"cost":null`},
		"skip by a variable":             {query: `query($s: Boolean!) { product { id cost @skip(if: $s) } }`, variables: map[string]any{"s": false}, want: `"cost":null`},
		"defer":                          {query: `{ product { id ... @defer { cost } } }`, want: `"cost":null`},
		"unknown directive":              {query: `{ product { cost @open } id: product { id } }`, nothing: true, want: "GRAPHQL_VALIDATION_FAILED"},
		"directive that is not let in":   {query: `{ product { id @live } }`, nothing: true, want: "DIRECTIVE_NOT_ALLOWED"},
		"introspection beside data":      {query: `{ __schema { queryType { name } } product { cost } }`, want: `"product":{"cost":null}`},
		"type in a fragment":             {query: `{ ...F } fragment F on Query { __type(name: "Secret") { name fields { name } } }`, nothing: true, want: `"__type":null`},
		"suggestion":                     {query: `{ product { coste } }`, nothing: true, want: "GRAPHQL_VALIDATION_FAILED"},
		"suggestion of a type":           {query: `{ node(id: 1) { ... on Secre { id } } }`, nothing: true, want: "GRAPHQL_VALIDATION_FAILED"},
		"service":                        {query: `{ _service { sdl } }`, nothing: true, want: `"_service":null`},
		"entities":                       {query: `{ _entities(ids: ["1"]) { ... on Product { cost } } }`, nothing: true, want: `"errors"`},
		"filter":                         {query: `{ product(filter: {cost: "1"}) { id } }`, nothing: true, want: `"product":null`},
		"filter in a variable":           {query: `query($f: Filter) { product(filter: $f) { id } }`, variables: map[string]any{"f": map[string]any{"cost": "1"}}, nothing: true, want: `"product":null`},
		"filter in a default":            {query: `query($f: Filter = {cost: "1"}) { product(filter: $f) { id } }`, nothing: true, want: `"product":null`},
		"mutation":                       {query: `mutation { rename(name: "x") { id } }`, nothing: true, want: "OPERATION_TYPE_NOT_ALLOWED"},
		"subscription":                   {query: `subscription { changed { id } }`, nothing: true, want: "OPERATION_TYPE_NOT_ALLOWED"},
		"reserved alias":                 {query: `{ __fieldgate: product { id } }`, nothing: true, want: "RESERVED_ALIAS"},
		"non-null chain":                 {query: `{ product { id maker { name email } } }`, want: `"maker":null`},
		"same key, denied and allowed":   {query: `{ product { x: cost } product { id x: cost } }`, want: `"x":null`},
		"variable of a restricted field": {query: `query($a: String) { product { id } echo(s: $a) }`, variables: map[string]any{"a": "1", "cost": "2"}, want: `"echo"`},
		"restricted type by name only":   {query: `{ secret { __typename } }`, nothing: true, want: `"secret":null`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "", nil)
			body, err := json.Marshal(map[string]any{"query": test.query, "operationName": test.name, "variables": test.variables})
			if err != nil {
				t.Fatal(err)
			}
			w := b.post(t, tokenPlain, string(body))
			sent := b.upstream.requests()
			if w.Code != 200 || !strings.Contains(w.Body.String(), test.want) || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%d %s, want %s", w.Code, w.Body, test.want)
			}
			if test.nothing != (len(sent) == 0) {
				t.Errorf("sent %v", sent)
			}
			for _, one := range sent {
				for _, not := range []string{": cost", "{ cost", " cost ", "code", "_service", "fragment", "mutation", "@live", "email"} {
					if strings.Contains(one.body, not) {
						t.Errorf("%q was sent: %s", not, one.body)
					}
				}
			}
			for _, marker := range hiddenMarkers {
				if strings.Contains(w.Body.String()+b.log.String(), marker) {
					t.Errorf("%s in %s\n%s", marker, w.Body, b.log)
				}
			}
			if name == "suggestion" && strings.Contains(strings.ReplaceAll(w.Body.String(), "coste", ""), "cost") || name == "suggestion of a type" && strings.Contains(w.Body.String(), "Secret") {
				t.Errorf("a hidden name is suggested: %s", w.Body)
			}
		})
	}
}

// Requests that are not understood in every detail are refused before anything goes upstream.
func TestAttacksOnTheRequest(t *testing.T) {
	const ok = `{"query":"{ product { id } }"}`
	tests := map[string]struct {
		body   string
		status int
		code   string
		change []func(*http.Request)
	}{
		"duplicate key":              {`{"query":"{ product { id } }","query":"{ secret { code } }"}`, 400, "BAD_REQUEST", nil},
		"duplicate by escape":        {`{"query":"{ product { id } }","qu\u0065ry":"{ secret { code } }"}`, 400, "BAD_REQUEST", nil},
		"other case":                 {`{"query":"{ product { id } }","Query":"{ secret { code } }"}`, 400, "BAD_REQUEST", nil},
		"other case alone":           {`{"QUERY":"{ secret { code } }"}`, 400, "BAD_REQUEST", nil},
		"duplicate variable":         {`{"query":"query($s: String) { echo(s: $s) }","variables":{"s":"a","s":"b"}}`, 400, "BAD_REQUEST", nil},
		"unknown key":                {`{"query":"{ product { id } }","id":"x"}`, 400, "BAD_REQUEST", nil},
		"document id":                {`{"documentId":"x"}`, 400, "BAD_REQUEST", nil},
		"token in the body":          {`{"query":"{ product { id } }","access_token":"` + tokenAll + `"}`, 400, "BAD_REQUEST", nil},
		"trailing object":            {ok + `{"query":"{ secret { code } }"}`, 400, "BAD_REQUEST", nil},
		"trailing text":              {ok + `x`, 400, "BAD_REQUEST", nil},
		"byte order mark":            {"\xef\xbb\xbf" + ok, 400, "BAD_REQUEST", nil},
		"lone surrogate":             {`{"query":"{ echo(s: \"\ud800\") }"}`, 400, "BAD_REQUEST", nil},
		"lone surrogate, variable":   {`{"query":"query($s: String) { echo(s: $s) }","variables":{"s":"\udc00"}}`, 400, "BAD_REQUEST", nil},
		"invalid UTF-8":              {"{\"query\":\"{ product { id } } #\xff\"}", 400, "BAD_REQUEST", nil},
		"UTF-16":                     {"\xff\xfe{\x00}\x00", 400, "BAD_REQUEST", nil},
		"batch":                      {`[` + ok + `]`, 400, "BAD_REQUEST", nil},
		"text":                       {`"{ product { id } }"`, 400, "BAD_REQUEST", nil},
		"empty":                      {``, 400, "BAD_REQUEST", nil},
		"no query":                   {`{}`, 400, "BAD_REQUEST", nil},
		"null query":                 {`{"query":null}`, 400, "BAD_REQUEST", nil},
		"query of another type":      {`{"query":{"a":1}}`, 400, "BAD_REQUEST", nil},
		"variables of another":       {`{"query":"{ product { id } }","variables":"{}"}`, 400, "BAD_REQUEST", nil},
		"variables list":             {`{"query":"{ product { id } }","variables":[]}`, 400, "BAD_REQUEST", nil},
		"name of another type":       {`{"query":"{ product { id } }","operationName":1}`, 400, "BAD_REQUEST", nil},
		"extensions list":            {`{"query":"{ product { id } }","extensions":[]}`, 400, "BAD_REQUEST", nil},
		"persisted query":            {`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`, 400, "PERSISTED_QUERY_NOT_SUPPORTED", nil},
		"deep JSON":                  {`{"query":"{ product { id } }","variables":{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}}`, 400, "BAD_REQUEST", nil},
		"too large":                  {`{"query":"` + strings.Repeat(" ", 1<<20) + `"}`, 413, "BODY_TOO_LARGE", nil},
		"over a limit":               {`{"query":"{` + strings.Repeat("a: product { id } ", 40) + `}"}`, 400, "LIMIT_EXCEEDED", nil},
		"form":                       {`query=%7Bproduct%7Bid%7D%7D`, 415, "UNSUPPORTED_MEDIA_TYPE", []func(*http.Request){header("Content-Type", "application/x-www-form-urlencoded")}},
		"multipart":                  {ok, 415, "UNSUPPORTED_MEDIA_TYPE", []func(*http.Request){header("Content-Type", "multipart/form-data; boundary=x")}},
		"graphql":                    {`{ product { id } }`, 415, "UNSUPPORTED_MEDIA_TYPE", []func(*http.Request){header("Content-Type", "application/graphql")}},
		"text/plain":                 {ok, 415, "UNSUPPORTED_MEDIA_TYPE", []func(*http.Request){header("Content-Type", "text/plain")}},
		"no content type":            {ok, 415, "UNSUPPORTED_MEDIA_TYPE", []func(*http.Request){func(r *http.Request) { r.Header.Del("Content-Type") }}},
		"two content types":          {ok, 415, "UNSUPPORTED_MEDIA_TYPE", []func(*http.Request){added("Content-Type", "application/json")}},
		"other charset":              {ok, 415, "UNSUPPORTED_MEDIA_TYPE", []func(*http.Request){header("Content-Type", "application/json; charset=utf-7")}},
		"gzip bomb":                  {bomb(t), 415, "UNSUPPORTED_MEDIA_TYPE", []func(*http.Request){header("Content-Encoding", "gzip")}},
		"large headers":              {ok, 431, "HEADER_TOO_LARGE", []func(*http.Request){header("X-A", strings.Repeat("a", 16<<10))}},
		"not acceptable":             {ok, 406, "NOT_ACCEPTABLE", []func(*http.Request){header("Accept", "text/html")}},
		"query in the URL of a POST": {ok, 400, "BAD_REQUEST", []func(*http.Request){func(r *http.Request) { r.URL.RawQuery = "Query=%7Bsecret%7Bcode%7D%7D" }}},
		"GET of a mutation":          {"", 405, "OPERATION_TYPE_NOT_ALLOWED", []func(*http.Request){get("/layers/shop?query=" + url.QueryEscape(`mutation { rename { id } }`))}},
		"GET, two queries":           {"", 400, "BAD_REQUEST", []func(*http.Request){get("/layers/shop?query=a&query=b")}},
		"GET, other parameter":       {"", 400, "BAD_REQUEST", []func(*http.Request){get("/layers/shop?query=%7Bproduct%7Bid%7D%7D&Query=b")}},
		"GET, bad escape":            {"", 400, "BAD_REQUEST", []func(*http.Request){get("/layers/shop?query=%7Bproduct%7Bid%7D%7D&a=%zz")}},
		"GET, semicolon":             {"", 400, "BAD_REQUEST", []func(*http.Request){get("/layers/shop?query=%7Bproduct%7Bid%7D%7D;query=b")}},
		"GET, bad UTF-8":             {"", 400, "BAD_REQUEST", []func(*http.Request){get("/layers/shop?query=%7Bproduct%7Bid%7D%7D%ff")}},
		"GET, variables":             {"", 400, "BAD_REQUEST", []func(*http.Request){get("/layers/shop?query=%7Bproduct%7Bid%7D%7D&variables=%5B%5D")}},
		"GET without query":          {"", 400, "BAD_REQUEST", []func(*http.Request){get("/layers/shop")}},
		"double slash":               {"", 404, "NOT_FOUND", []func(*http.Request){get("/layers//shop?query=%7Bproduct%7Bid%7D%7D")}},
		"leading slashes":            {"", 404, "NOT_FOUND", []func(*http.Request){get("//layers/shop?query=%7Bproduct%7Bid%7D%7D")}},
		"escaped slash":              {"", 404, "NOT_FOUND", []func(*http.Request){get("/layers/x%2f..%2fshop?query=%7Bproduct%7Bid%7D%7D")}},
		"escaped letter":             {"", 404, "NOT_FOUND", []func(*http.Request){get("/layers/sho%70?query=%7Bproduct%7Bid%7D%7D")}},
		"dot segment":                {"", 404, "NOT_FOUND", []func(*http.Request){get("/layers/x/../shop?query=%7Bproduct%7Bid%7D%7D")}},
		"trailing slash":             {"", 404, "NOT_FOUND", []func(*http.Request){get("/layers/shop/?query=%7Bproduct%7Bid%7D%7D")}},
		"other case of path":         {"", 401, "INVALID_TOKEN", []func(*http.Request){get("/layers/SHOP?query=%7Bproduct%7Bid%7D%7D")}},
		"PUT":                        {ok, 405, "METHOD_NOT_ALLOWED", []func(*http.Request){func(r *http.Request) { r.Method = http.MethodPut }}},
		"HEAD":                       {"", 405, "METHOD_NOT_ALLOWED", []func(*http.Request){func(r *http.Request) { r.Method = http.MethodHead }}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "", nil)
			w := b.post(t, tokenAll, test.body, test.change...)
			if w.Code != test.status || !strings.Contains(w.Body.String(), `"code":"`+test.code+`"`) || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, test.status, test.code)
			}
			if sent := b.upstream.requests(); sent != nil {
				t.Errorf("sent %v", sent)
			}
			if strings.Contains(w.Body.String()+b.log.String(), tokenAll) || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("the token is shown, or %v:\n%s\n%s", w.Header(), w.Body, b.log)
			}
		})
	}
}

func bomb(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(bytes.Repeat([]byte(" "), 64<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// RFC 6750: the statuses and challenges of credentials. Nothing is read of the body before them.
func TestR6Credentials(t *testing.T) {
	const bare, invalid, request = "Bearer", `Bearer error="invalid_token"`, `Bearer error="invalid_request"`
	set := func(values ...string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del("Authorization")
			for _, v := range values {
				r.Header.Add("Authorization", v)
			}
		}
	}
	inURL := func(q string) func(*http.Request) { return func(r *http.Request) { r.URL.RawQuery = q } }
	to := func(path string) func(*http.Request) { return func(r *http.Request) { r.URL.Path = path } }
	tests := map[string]struct {
		status    int
		challenge string
		change    func(*http.Request)
	}{
		"none":                   {401, bare, set()},
		"basic":                  {401, bare, set("Basic YTpi")},
		"unknown":                {401, invalid, set("Bearer fg_nobody")},
		"not a token":            {401, invalid, set("Bearer \x01")},
		"long":                   {401, invalid, set("Bearer " + strings.Repeat("a", 5000))},
		"of another data layer":  {401, invalid, to("/layers/other")},
		"of no data layer":       {401, invalid, to("/layers/gone2")},
		"no token, no layer":     {401, bare, func(r *http.Request) { r.URL.Path = "/layers/nothing"; r.Header.Del("Authorization") }},
		"two headers":            {400, request, set("Bearer "+tokenAll, "Bearer "+tokenAll)},
		"two in one":             {400, request, set("Bearer " + tokenAll + ", Bearer " + tokenPlain)},
		"two tokens":             {400, request, set("Bearer " + tokenAll + " " + tokenPlain)},
		"scheme alone":           {400, request, set("Bearer")},
		"in the URL":             {400, request, func(r *http.Request) { set()(r); inURL("access_token=" + tokenAll)(r) }},
		"in the URL and header":  {400, request, inURL("access_token=" + tokenAll)},
		"in the URL, other case": {400, request, inURL("ACCESS%5Ftoken=" + tokenAll)},
		"in the URL, broken":     {400, request, inURL("a=%zz;access_token=" + tokenAll)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "", nil)
			w := b.post(t, tokenAll, `not read`, test.change)
			if w.Code != test.status || w.Header().Get("WWW-Authenticate") != test.challenge {
				t.Errorf("%d %q, want %d %q\n%s", w.Code, w.Header().Get("WWW-Authenticate"), test.status, test.challenge, w.Body)
			}
			if b.upstream.requests() != nil || strings.Contains(w.Body.String()+b.log.String(), tokenAll) || b.events.take() != nil {
				t.Errorf("sent, or shown: %s %s", w.Body, b.log)
			}
		})
	}
}

// R6: every token that does not let its holder in is refused with the same bytes.
func TestR6TheSameRefusal(t *testing.T) {
	b := newBench(t, "", nil)
	b.tokens.revoke("shop", tokenFinance)
	unknown := b.post(t, "fg_unknown", `{}`)
	for name, w := range map[string]string{
		"revoked": b.post(t, tokenFinance, `{}`).Body.String(),
		"other":   b.post(t, tokenAll, `{}`, func(r *http.Request) { r.URL.Path = "/layers/other" }).Body.String(),
	} {
		if w != unknown.Body.String() {
			t.Errorf("%s: %s, unknown: %s", name, w, unknown.Body)
		}
	}
}

// Both paths and both methods answer the same, with whatever GET can say.
func TestGraphQLOverHTTPGet(t *testing.T) {
	b := newBench(t, "", nil)
	query := url.Values{"query": {`query A($s: String) { echo(s: $s) } query B { product { id } }`}, "operationName": {"A"}, "variables": {`{"s":"x"}`}, "extensions": {`{"a":1}`}}
	for _, path := range []string{"/layers/shop", "/layers/shop/graphql"} {
		w := b.post(t, tokenPlain, "", get(path+"?"+query.Encode()))
		if w.Code != 200 || w.Body.String() != `{"data":{"echo":"Query.echo"}}` {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if sent := b.upstream.requests(); len(sent) != 1 || sent[0].uri != "/graphql" || !strings.Contains(sent[0].body, `{"s":"x"}`) {
			t.Errorf("%v", sent)
		}
	}
}

// Media types by Accept.
func TestGraphQLOverHTTPMediaTypes(t *testing.T) {
	const plain, response = "application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"
	b := newBench(t, "", nil)
	for accept, want := range map[string]string{
		"": plain, "*/*": plain, "application/*": plain, "application/json": plain, "application/graphql-response+json": response,
		"application/graphql-response+json, application/json;q=0.9": response, "application/json, application/graphql-response+json": response,
		"application/json, application/graphql-response+json;q=0.5": plain, "text/html, application/json;q=0.1": plain, "application/json;charset=utf-8": plain,
		"application/graphql-response+json;q=0.2, */*;q=0.1": response,
	} {
		w := b.post(t, tokenPlain, `{"query":"{ product { nope } }"}`, func(r *http.Request) {
			if accept != "" {
				r.Header.Set("Accept", accept)
			}
		})
		status := 200
		if want == response {
			status = 400
		}
		if w.Header().Get("Content-Type") != want || w.Code != status {
			t.Errorf("%q: %d %s, want %d %s", accept, w.Code, w.Header().Get("Content-Type"), status, want)
		}
	}
}
