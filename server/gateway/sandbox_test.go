package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/server/gateway"
)

// R7: the sandbox applies neither tokens nor scopes unless it is asked to, takes queries only, and is
// logged.
func TestR7Sandbox(t *testing.T) {
	tests := map[string]struct {
		body   string
		status int
		want   string
		sent   bool
	}{
		"as oneself":       {`{"query":"{ product { cost } }"}`, 200, `{"data":{"product":{"cost":"Product.cost"}}}`, true},
		"as a token":       {`{"query":"{ product { cost } }","as":{"token_id":"t-plain"}}`, 200, `{"data":{"product":{"cost":null}},"errors"`, true},
		"as another token": {`{"query":"{ product { cost } }","as":{"token_id":"t-finance"}}`, 200, `{"data":{"product":{"cost":"Product.cost"}}}`, true},
		"as scopes":        {`{"query":"{ product { cost } }","as":{"scopes":["finance"]}}`, 200, `{"data":{"product":{"cost":"Product.cost"}}}`, true},
		"as no scopes":     {`{"query":"{ product { cost } }","as":{"scopes":[]}}`, 200, `{"data":{"product":{"cost":null}},"errors"`, true},
		"unknown token":    {`{"query":"{ product { cost } }","as":{"token_id":"t-gone"}}`, 400, "BAD_SUBJECT", false},
		"unknown scope":    {`{"query":"{ product { cost } }","as":{"scopes":["x"]}}`, 400, "BAD_SUBJECT", false},
		"as both":          {`{"query":"{ product { cost } }","as":{"token_id":"t-plain","scopes":[]}}`, 400, "BAD_SUBJECT", false},
		"as nobody":        {`{"query":"{ product { cost } }","as":{}}`, 400, "BAD_SUBJECT", false},
		"as unrestricted":  {`{"query":"{ product { cost } }","as":{"unrestricted":true}}`, 400, "BAD_REQUEST", false},
		"mutation":         {`{"query":"mutation { rename(name: \"x\") { id } }"}`, 200, "OPERATION_TYPE_NOT_ALLOWED", false},
		"batch":            {`[{"query":"{ product { cost } }"}]`, 400, "BAD_REQUEST", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "operations: [query, mutation]\n", nil)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/layers/shop/sandbox", strings.NewReader(test.body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept-Language", "de")
			r.Header.Set("Authorization", "Bearer the-key-of-a-member")
			w := httptest.NewRecorder()
			b.Sandbox(w, r, "shop", "m-1")
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("%d %s, want %s", w.Code, w.Body, test.want)
			}
			sent := b.upstream.requests()
			if test.sent != (len(sent) == 1) || test.sent && (sent[0].header.Get("Accept-Language") != "" || sent[0].header.Get("Authorization") != "") {
				t.Errorf("sent %v", sent)
			}
			events := b.events.take()
			if test.sent && (len(events) != 1 || events[0].Path != gateway.PathSandbox || events[0].Input.Subject.Member != "m-1") {
				t.Errorf("events %+v", events)
			}
			if text := b.log.String(); !strings.Contains(text, `"member":"m-1"`) || strings.Contains(text, "the-key-of-a-member") {
				t.Errorf("log %s", text)
			}
		})
	}
}
