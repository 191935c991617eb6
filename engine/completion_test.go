package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/complete"
	"github.com/fieldgate/fieldgate/engine/scope"
)

func in(m scope.Mode) func(*scope.Layer) {
	return func(l *scope.Layer) {
		l.Mode = m
		if m == scope.ModeHide {
			l.Abstract = scope.AbstractNarrow
		}
		l.Operations = []scope.Operation{"query", "mutation"}
	}
}

func completion(t *testing.T, s *engine.Snapshot, r engine.Request, o engine.CompletionOptions) (*engine.Completion, error) {
	t.Helper()
	v, err := s.Decide(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return v.Completion(t.Context(), o)
}

const deniedTotal = `{"message":"Unauthorized field or type","path":["order","total"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}}`

// TestR15Modes: what is sent and answered when something is denied, by the mode of the data layer.
func TestR15Modes(t *testing.T) {
	const (
		partial = `{ order(id: 1) { id total } }`
		whole   = `{"data":{"order":{"id":"1","total":7}}}`
		left    = `{"data":{"order":{"id":"1"}}}`
	)
	tests := map[string]struct {
		mode                    scope.Mode
		query, sent, body, want string
		untouched               bool
	}{
		"prune":                  {scope.ModePrune, partial, `{ order(id: 1) { id } }`, left, `{"data":{"order":{"id":"1","total":null}},"errors":[` + deniedTotal + `]}`, false},
		"prune, nothing denied":  {scope.ModePrune, `{ order(id: 1) { id } }`, `{ order(id: 1) { id } }`, left, left, true},
		"prune, nothing left":    {scope.ModePrune, `{ o: customer(id: 1) { id } }`, ``, ``, `{"data":{"o":null},"errors":[` + strings.Replace(deniedTotal, `"order","total"`, `"o"`, 1) + `,` + strings.Replace(deniedTotal, `"order","total"`, `"o","id"`, 1) + `]}`, false},
		"prune, mutation":        {scope.ModePrune, `mutation { cancel(id: 1) { id } }`, `mutation { cancel(id: 1) { id } }`, `{"data":{"cancel":null}}`, `{"data":{"cancel":null}}`, true},
		"reject, nothing denied": {scope.ModeReject, `{ order(id: 1) { id } }`, `{ order(id: 1) { id } }`, left, left, true},
		"observe":                {scope.ModeObserve, partial, `{ order(id: 1) { id total } }`, whole, `{"data":{"order":{"id":"1","total":7}},"errors":[` + deniedTotal + `]}`, false},
		"observe, all denied":    {scope.ModeObserve, `{ o: customer(id: 1) { email } }`, `{ o: customer(id: 1) { email } }`, `{"data":{"o":{"email":"x"}}}`, `{"data":{"o":{"email":"x"}},"errors":[` + strings.Replace(deniedTotal, `"order","total"`, `"o"`, 1) + `,` + strings.Replace(deniedTotal, `"order","total"`, `"o","email"`, 1) + `]}`, false},
		"hide": {
			scope.ModeHide, `{ search(text: "a") { __typename ... on Order { id } } }`, `{ search(text: "a") { __fieldgate: __typename __typename ... on Order { id } } }`,
			`{"data":{"search":[{"__fieldgate":"Customer","__typename":"Customer"},{"__fieldgate":"Order","__typename":"Order","id":"1"}]}}`,
			`{"data":{"search":[{"__typename":"Order","id":"1"}]}}`, false,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := activate(t, shopSDL, shopScopes, in(test.mode))
			c, err := completion(t, s, engine.Request{Query: test.query}, engine.CompletionOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.sent, c.Query()); diff != "" {
				t.Errorf("sent:\n%s", diff)
			}
			if c.Untouched() != test.untouched {
				t.Errorf("untouched is %v", c.Untouched())
			}
			got, err := c.Complete(t.Context(), nil, []byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("answer:\n%s", diff)
			}
		})
	}
}

// TestR15Refusals: what is refused is answered with errors and no data, which name nothing that is hidden.
func TestR15Refusals(t *testing.T) {
	tests := map[string]struct {
		mode        scope.Mode
		query, want string
		denied      bool
	}{
		"reject":             {scope.ModeReject, `{ order(id: 1) { id total } }`, `{"errors":[` + deniedTotal + `]}`, true},
		"reject, all":        {scope.ModeReject, `{ order: customer(id: 1) { total: id } }`, `{"errors":[` + strings.Replace(deniedTotal, `,"total"`, ``, 1) + `,` + deniedTotal + `]}`, true},
		"mutation in prune":  {scope.ModePrune, `mutation { order: cancel(id: 1) { id total } }`, `{"errors":[` + deniedTotal + `]}`, true},
		"hide":               {scope.ModeHide, `{ order(id: 1) { id total } }`, `{"errors":[{"message":"Cannot query field \"total\" on type \"Order\". Did you mean \"note\"?","locations":[{"line":1,"column":21}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`, false},
		"not valid":          {scope.ModePrune, `{ order(id: 1) { id secret } }`, `{"errors":[{"message":"Cannot query field \"secret\" on type \"Order\".","locations":[{"line":1,"column":21}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`, false},
		"not valid, observe": {scope.ModeObserve, `{`, ``, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := activate(t, shopSDL, shopScopes, in(test.mode))
			c, err := completion(t, s, engine.Request{Query: test.query}, engine.CompletionOptions{})
			var refusal *engine.Refusal
			if c != nil || !errors.Is(err, engine.ErrNoAnswer) || !errors.As(err, &refusal) {
				t.Fatalf("completion %v, error %v", c, err)
			}
			if refusal.Denied() != test.denied {
				t.Errorf("refused for what is denied: %v", refusal.Denied())
			}
			got := string(refusal.Append(nil))
			if test.want == "" && strings.HasPrefix(got, `{"errors":[{"message":`) {
				return
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answer:\n%s", diff)
			}
		})
	}
}

// TestR13IntrospectionIsPutInItsPlace in every mode, and is never left out in silence.
func TestR13IntrospectionIsPutInItsPlace(t *testing.T) {
	request := engine.Request{Query: `{ a: __typename s: __schema { queryType { name } } order(id: 1) { id } t: __type(name: "Order") @skip(if: true) { name } }`}
	for _, m := range []scope.Mode{scope.ModePrune, scope.ModeReject, scope.ModeObserve, scope.ModeHide} {
		s := activate(t, shopSDL, shopScopes, in(m))
		if _, err := completion(t, s, request, engine.CompletionOptions{}); !errors.Is(err, engine.ErrNotIntrospected) {
			t.Errorf("%s: without an answer: %v", m, err)
		}
		c, err := completion(t, s, request, engine.CompletionOptions{Introspected: map[string][]byte{"s": []byte(`{"queryType":{"name":"Query"}}`)}})
		if err != nil {
			t.Fatal(err)
		}
		if c.Untouched() || strings.Contains(c.Query(), "__schema") {
			t.Errorf("%s: untouched %v, sent %s", m, c.Untouched(), c.Query())
		}
		got, err := c.Complete(t.Context(), nil, []byte(`{"data":{"a":"Query","order":{"id":"1"}}}`))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(`{"data":{"a":"Query","s":{"queryType":{"name":"Query"}},"order":{"id":"1"}}}`, string(got)); diff != "" {
			t.Errorf("%s:\n%s", m, diff)
		}
	}
}

func TestIntrospectionAloneIsNotSent(t *testing.T) {
	s := activate(t, shopSDL, shopScopes)
	c, err := completion(t, s, engine.Request{Query: `{ __schema { queryType { name } } }`}, engine.CompletionOptions{Introspected: map[string][]byte{"__schema": []byte(`{}`)}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Complete(t.Context(), nil, []byte("not read"))
	if c.Query() != "" || err != nil || string(got) != `{"data":{"__schema":{}}}` {
		t.Errorf("sent %q, answered %s, %v", c.Query(), got, err)
	}
}

// TestR17VariablesAreThoseOfWhatIsSent: a variable of a denied field is not sent.
func TestR17VariablesAreThoseOfWhatIsSent(t *testing.T) {
	s := activate(t, shopSDL, shopScopes)
	c, err := completion(t, s, engine.Request{
		Query:     `query($a: ID!, $b: String!) { order(id: $a) { id } secretReport(token: $b) { id } }`,
		Variables: map[string]any{"a": "1", "b": "secret"},
	}, engine.CompletionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"a": "1"}, c.Variables()); diff != "" {
		t.Error(diff)
	}
	if _, err := c.Complete(t.Context(), nil, []byte(`{"data":{"order":{"id":"1"},"secretReport":{"id":"2"}}}`)); !errors.Is(err, complete.ErrUpstream) {
		t.Errorf("an answer to what was not sent: %v", err)
	}
}

// TestLongPathsAreBounded: many denials under a long response key do not cost their product in memory.
func TestLongPathsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 8_000) // what is longer is over the limit on paths
	var query strings.Builder
	query.WriteString("{ " + long + ": order(id: 1) { id ")
	for n := range 1000 {
		fmt.Fprintf(&query, "t%d: total ", n)
	}
	query.WriteString("} }")
	s := activate(t, shopSDL, shopScopes)
	c, err := completion(t, s, engine.Request{Query: query.String()}, engine.CompletionOptions{MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Complete(t.Context(), nil, []byte(`{"data":{"`+long+`":{"id":"1"}}}`))
	if got != nil || !errors.Is(err, complete.ErrTooLarge) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
