package engine_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// TestPlansAreNotMixedUp: requests for one document that differ in who asks or in what `@skip` and
// `@include` say share nothing that differs, however they come.
func TestPlansAreNotMixedUp(t *testing.T) {
	const query = `query($s: Boolean = false, $id: ID!) { order(id: $id) { id total @skip(if: $s) note customer { email } } }`
	finance, customers := engine.Subject{Scopes: []string{"finance"}}, engine.Subject{Scopes: []string{"customers"}}
	const entry = `{"message":"Unauthorized field or type","path":["order","%s"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}}`
	total, customer := fmt.Sprintf(entry, "total"), fmt.Sprintf(entry, "customer")+","+fmt.Sprintf(entry, `customer","email`)
	requests := []struct {
		who        engine.Subject
		skip       any
		body, want string
	}{
		{finance, nil, `{"data":{"order":{"id":"1","total":2,"note":"n"}}}`, `{"data":{"order":{"id":"1","total":2,"note":"n","customer":null}},"errors":[` + customer + `]}`},
		{finance, true, `{"data":{"order":{"id":"1","note":"n"}}}`, `{"data":{"order":{"id":"1","note":"n","customer":null}},"errors":[` + customer + `]}`},
		{customers, false, `{"data":{"order":{"id":"1","note":"n","customer":{"email":"e"}}}}`, `{"data":{"order":{"id":"1","total":null,"note":"n","customer":{"email":"e"}}},"errors":[` + total + `]}`},
		{customers, true, `{"data":{"order":{"id":"1","note":"n","customer":{"email":"e"}}}}`, `{"data":{"order":{"id":"1","note":"n","customer":{"email":"e"}}}}`},
		{engine.Subject{}, nil, `{"data":{"order":{"id":"1","note":"n"}}}`, `{"data":{"order":{"id":"1","total":null,"note":"n","customer":null}},"errors":[` + total + "," + customer + `]}`},
		{engine.Subject{Unrestricted: true}, nil, `{"data":{"order":null}}`, `{"data":{"order":null}}`},
	}
	s := activate(t, shopSDL, shopScopes)
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for n := range 200 {
				r := requests[(n*(worker+1)+worker)%len(requests)]
				id := fmt.Sprint(worker, n)
				variables := map[string]any{"id": id}
				if r.skip != nil {
					variables["s"] = r.skip
				}
				v, err := s.Decide(t.Context(), engine.Request{Subject: r.who, Query: query, Variables: variables})
				if err != nil {
					t.Error(err)
					return
				}
				c, err := v.Completion(t.Context(), engine.CompletionOptions{})
				if err != nil {
					t.Error(err)
					return
				}
				got, err := c.Complete(t.Context(), nil, []byte(r.body))
				if err != nil || string(got) != r.want {
					t.Errorf("%v %v: answered %s, %v\nwant %s", r.who, r.skip, got, err, r.want)
				}
				if c.Variables()["id"] != id {
					t.Errorf("variables of another request: %v", c.Variables())
				}
			}
		})
	}
	wait.Wait()
}

// TestPlansGrowTogether: requests that meet different types at the same time complete one plan.
func TestPlansGrowTogether(t *testing.T) {
	const types = 400
	var sdl strings.Builder
	sdl.WriteString("interface Node { id: ID a: String b: String }\ntype Query { nodes: [Node] }\n")
	scopes := map[string][]string{"some": {}}
	for n := range types {
		fmt.Fprintf(&sdl, "type T%d implements Node { id: ID a: String b: String }\n", n)
		if n%2 == 0 {
			scopes["some"] = append(scopes["some"], fmt.Sprintf("T%d.a", n))
		}
	}
	s := activate(t, sdl.String(), scopes, narrowed)
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for n := range types {
				n = (n*7 + worker*100) % types
				v, err := s.Decide(t.Context(), engine.Request{Query: `{ nodes { a id } }`})
				if err != nil {
					t.Error(err)
					return
				}
				c, err := v.Completion(t.Context(), engine.CompletionOptions{})
				if err != nil {
					t.Error(err)
					return
				}
				body, want := `,"a":"x"`, `"x"`
				if n%2 == 0 {
					body, want = ``, `null`
				}
				got, err := c.Complete(t.Context(), nil, fmt.Appendf(nil, `{"data":{"nodes":[{"__fieldgate":"T%d"%s,"id":"1"}]}}`, n, body))
				if err != nil || !strings.HasPrefix(string(got), `{"data":{"nodes":[{"a":`+want+`,"id":"1"}]},`) {
					t.Errorf("T%d: %.200s, %v", n, got, err)
					return
				}
			}
		})
	}
	wait.Wait()
}

func narrowed(l *scope.Layer) { l.Abstract = scope.AbstractNarrow }
