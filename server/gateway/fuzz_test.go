package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzBody: whatever a body holds, the answer is JSON, no mistake of the server, and shows nothing that is
// denied; what is taken says the same to a second reader.
func FuzzBody(f *testing.F) {
	b := newBench(f, "", nil)
	for _, seed := range []string{
		`{"query":"{ product { id cost } }"}`, `{"query":"query A($s: String) { echo(s: $s) }","operationName":"A","variables":{"s":"x"},"extensions":{}}`,
		`{"query":"{ a }","Query":"{ b }"}`, `[{"query":"{ a }"}]`, `{"query":null}`, `{"query":"{ __schema { types { name } } ...F } fragment F on Query { node(id: 1) { id ... on Product { cost } } }"}`,
		`{"query":"{ product(filter: {cost: \"1\"}) { id } }","variables":{"a":1e999}}`, "\xef\xbb\xbf{}", `{"query":"\ud800"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := b.post(t, tokenPlain, body)
		if w.Code >= 500 && w.Code != http.StatusBadGateway || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		sent := b.upstream.requests()
		if len(sent) > 1 {
			t.Fatalf("sent %d requests", len(sent))
		}
		for _, marker := range hiddenMarkers {
			if strings.Contains(w.Body.String(), `"`+marker+`"`) && !strings.Contains(body, marker) {
				t.Fatalf("%s in %s", marker, w.Body)
			}
		}
		if len(sent) == 1 {
			sameQuery(t, body, sent[0].body)
		}
	})
}

// sameQuery holds that encoding/json, which is lenient, reads a query in what was taken.
func sameQuery(t *testing.T, body, sent string) {
	t.Helper()
	var in, out struct{ Query string }
	if err := json.Unmarshal([]byte(body), &in); err != nil || in.Query == "" {
		t.Fatalf("encoding/json does not take it: %v", err)
	}
	if err := json.Unmarshal([]byte(sent), &out); err != nil || out.Query == "" {
		t.Fatalf("what was sent is no request: %v %s", err, sent)
	}
}

// FuzzTarget: whatever stands in the request line, a GET is answered in JSON or SDL, and only the paths of
// the data layer lead anywhere.
func FuzzTarget(f *testing.F) {
	b := newBench(f, "", nil)
	for _, seed := range []string{
		"/layers/shop?query={product{id}}", "/layers/shop/graphql?query=%7Bproduct%7Bid%7D%7D&variables=%7B%7D", "/layers/shop/schema.graphql",
		"//layers/shop?query={product{id}}", "/layers/x/..%2fshop?query={product{id}}", "/layers/sho%70?query=a", "/layers/shop?query=a&query=b", "/layers/shop?access_token=x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		line := "GET " + target + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + tokenPlain + "\r\n\r\n"
		r, err := http.ReadRequest(newReader(line))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r.WithContext(t.Context()))
		if w.Code >= 500 && w.Code != http.StatusBadGateway {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		path, _, _ := strings.Cut(target, "?")
		if sent := b.upstream.requests(); sent != nil && !strings.HasSuffix(path, "/layers/shop") && !strings.HasSuffix(path, "/layers/shop/graphql") {
			t.Fatalf("%q went upstream", target)
		}
	})
}
