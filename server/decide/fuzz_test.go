package decide_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/decide"
)

// FuzzDecisionRequest: a body is either refused with a 4xx problem, or holds exactly one subject and a
// query and says the same to a second reader.
func FuzzDecisionRequest(f *testing.F) {
	h := handler(f, layers{"shop": newLayer(f, "shop", engine.Options{})})
	for _, seed := range []string{
		`{"data_layer":"shop","subject":{"scopes":["finance"]},"query":"{ products { name cost } }","operation_name":"","variables":{"a":[1,{"b":null}]}}`,
		`{"subject":{"unrestricted":true},"query":"{ products { cost } }"}`,
		`{"subject":{"token":"x"},"query":"{ products { cost } }"}`,
		`{"subject":{"scopes":null},"query":"","QUERY":""}`,
		`{"input":{"subject":{"scopes":[]},"query":"query Q($i: ID) { product(id: $i) { name } }","variables":{"i":1e400}}}`,
		`{"subject":{"scopes":[]},"query":"{ a }","query":"{ b }"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, parse := range []func([]byte) (*decide.Request, error){decide.ParseRequest, decide.ParseDataRequest} {
			r, err := parse(body)
			var refused *decide.RequestError
			switch {
			case err == nil:
				accepted(t, body, r)
			case !errors.As(err, &refused) || refused.Status != http.StatusBadRequest || refused.Detail == "":
				t.Fatalf("not a problem: %v", err)
			}
		}
		for _, answer := range []http.HandlerFunc{h.Decide, h.Data} {
			if w := post(t, answer, string(body), nil); !json.Valid(w.Body.Bytes()) || w.Code >= 500 {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
		}
	})
}

// accepted holds what is taken to what another reader makes of the same bytes.
func accepted(t *testing.T, body []byte, r *decide.Request) {
	t.Helper()
	if r.Query == nil || r.Subject == nil {
		t.Fatalf("taken although it is not complete: %+v", r)
	}
	said := 0
	for _, is := range []bool{r.Subject.Scopes != nil, r.Subject.Unrestricted != nil, r.Subject.Token != nil, r.Subject.TokenID != nil} {
		if is {
			said++
		}
	}
	if said != 1 {
		t.Fatalf("taken although %d subjects are said: %+v", said, r.Subject)
	}
	var other struct {
		decide.Request
		Input *decide.Request `json:"input"`
	}
	second := json.NewDecoder(bytes.NewReader(body))
	second.UseNumber()
	if err := second.Decode(&other); err != nil {
		t.Fatalf("encoding/json does not take it: %v", err)
	}
	seen := &other.Request
	if other.Input != nil {
		seen = other.Input
	}
	if seen.Query == nil || *seen.Query != *r.Query {
		t.Fatalf("encoding/json reads another query in %s", body)
	}
}
