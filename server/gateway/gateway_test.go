package gateway_test

import (
	"net/http"
	"strings"
	"testing"
)

// What the three kinds of token holders see of one query.
func TestR15AnswersByToken(t *testing.T) {
	const query = `{ a: product { name price: cost } products { cost id } }`
	tests := map[string]struct {
		token, settings, body, sent string
		status                      int
	}{
		"unrestricted": {tokenAll, "", `{"data":{"a":{"name":"Product.name","price":"Product.cost"},"products":[{"cost":"Product.cost","id":"Product.id"},{"cost":"Product.cost","id":"Product.id"}]}}`, "cost", 200},
		"finance":      {tokenFinance, "", `{"data":{"a":{"name":"Product.name","price":"Product.cost"},"products":[{"cost":"Product.cost","id":"Product.id"},{"cost":"Product.cost","id":"Product.id"}]}}`, "cost", 200},
		"plain": {tokenPlain, "", `{"data":{"a":{"name":"Product.name","price":null},"products":[{"cost":null,"id":"Product.id"},{"cost":null,"id":"Product.id"}]},"errors":[` +
			`{"message":"Unauthorized field or type","path":["a","price"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}},` +
			`{"message":"Unauthorized field or type","path":["products","cost"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}}]}`, "!cost", 200},
		"reject": {tokenPlain, "mode: reject\n", `{"errors":[{"message":"Unauthorized field or type","path":["a","price"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}},` +
			`{"message":"Unauthorized field or type","path":["products","cost"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}}]}`, "", 200},
		"observe": {tokenPlain, "mode: observe\n", `{"data":{"a":{"name":"Product.name","price":"Product.cost"},`, "cost", 200},
		"hide":    {tokenPlain, "mode: hide\n", `"code":"GRAPHQL_VALIDATION_FAILED"`, "", 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, test.settings, nil)
			w := b.ask(t, test.token, query)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) {
				t.Errorf("status %d\n got %s\nwant %s", w.Code, w.Body, test.body)
			}
			if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("headers %v", w.Header())
			}
			sent := b.upstream.requests()
			switch {
			case test.sent == "" && len(sent) > 0:
				t.Errorf("sent %v", sent)
			case test.sent != "":
				if has := strings.Contains(sent[0].body, "cost"); has == strings.HasPrefix(test.sent, "!") {
					t.Errorf("sent %v", sent)
				}
			}
		})
	}
}

// A client that takes application/graphql-response+json sees a refused operation in the status.
func TestR15RejectedIsForbidden(t *testing.T) {
	b := newBench(t, "mode: reject\n", nil)
	w := b.post(t, tokenPlain, `{"query":"{ product { cost } }"}`, header("Accept", "application/graphql-response+json"))
	if w.Code != http.StatusForbidden || w.Header().Get("Content-Type") != "application/graphql-response+json; charset=utf-8" || b.upstream.requests() != nil {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// Where everything is denied the answer is what pruning leaves, and nothing goes upstream.
func TestR15AllDenied(t *testing.T) {
	b := newBench(t, "", nil)
	w := b.ask(t, tokenPlain, `{ secret { code } }`)
	if w.Code != 200 || !strings.HasPrefix(w.Body.String(), `{"data":{"secret":null},"errors":[`) || b.upstream.requests() != nil {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestR13IntrospectionAndSDL(t *testing.T) {
	b := newBench(t, "", nil)
	for token, hides := range map[string]bool{tokenPlain: true, tokenAll: false} {
		w := b.ask(t, token, `{ __schema { types { name fields { name } inputFields { name } } } }`)
		if w.Code != 200 || strings.Contains(w.Body.String(), "cost") == hides || b.upstream.requests() != nil {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		w = b.post(t, token, "", get("/layers/shop/schema.graphql"))
		if w.Code != 200 || strings.Contains(w.Body.String(), "cost") == hides || !strings.Contains(w.Body.String(), "type Product") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		mixed := b.ask(t, token, `{ product { name } __type(name: "Secret") { name } z: product { id } }`)
		want := `{"data":{"product":{"name":"Product.name"},"__type":{"name":"Secret"},"z":{"id":"Product.id"}}}`
		if hides {
			want = strings.Replace(want, `{"name":"Secret"}`, "null", 1)
		}
		if sent := b.upstream.requests(); mixed.Body.String() != want || len(sent) != 1 || strings.Contains(sent[0].body, "__type(") {
			t.Errorf("%s\nsent %v", mixed.Body, sent)
		}
	}
	off := newBench(t, "introspection: off\n", nil)
	if w := off.ask(t, tokenAll, `{ __schema { queryType { name } } product { id } }`); !strings.Contains(w.Body.String(), "INTROSPECTION_DISABLED") || off.upstream.requests() != nil {
		t.Errorf("%s", w.Body)
	}
	if w := off.post(t, tokenAll, "", get("/layers/shop/schema.graphql")); w.Code != http.StatusForbidden {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// R17: numbers reach the upstream digit for digit, its credentials come from the configuration, and
// nothing of the client's but the allow-list.
func TestR17WhatTheUpstreamSees(t *testing.T) {
	b := newBench(t, "", nil)
	const digits = "9007199254740993.000000000000000001e-3"
	w := b.post(t, tokenPlain, `{"query":"query Q($n: Big, $f: Float, $s: String, $unused: Int) { echo(n: $n, f: $f, s: $s) } query Other { product { id } }","operationName":"Q",`+
		`"variables":{"n":123456789012345678901234567890,"f":`+digits+`,"s":"<&>\u2028","unused":1,"other":2},"extensions":{"a":1}}`,
		header("Accept-Language", "de"), header("Cookie", "a=b"), header("X-Forwarded-For", "1.2.3.4"), header("X-Key", "mine"), header("Traceparent", "00-1"))
	sent := b.upstream.requests()
	if w.Code != 200 || len(sent) != 1 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	body := sent[0].body
	for _, want := range []string{`"n":123456789012345678901234567890`, `"f":` + digits, `"operationName":"Q"`, `"s":"<&>`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	for _, not := range []string{"unused", "Other", "other", "extensions"} {
		if strings.Contains(body, not) {
			t.Errorf("%s is in %s", not, body)
		}
	}
	want := map[string]string{"X-Key": upstreamKey, "Accept-Language": "de", "Authorization": "", "Cookie": "", "X-Forwarded-For": "", "Traceparent": "", "Idempotency-Key": ""}
	for name, value := range want {
		if got := sent[0].header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	for name, values := range sent[0].header {
		if strings.Contains(strings.Join(values, " "), tokenPlain) {
			t.Errorf("the token is in %s", name)
		}
	}
}

// A header that the client names in Connection is its connection's.
func TestR17ConnectionHeadersAreNotPassedOn(t *testing.T) {
	b := newBench(t, "", nil)
	b.post(t, tokenPlain, `{"query":"{ product { id } }"}`, header("Accept-Language", "de"), header("Connection", "close, accept-language"))
	if sent := b.upstream.requests(); len(sent) != 1 || sent[0].header.Get("Accept-Language") != "" || sent[0].header.Get("X-Key") != upstreamKey {
		t.Errorf("%v", sent)
	}
}
