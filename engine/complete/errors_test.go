package complete_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/complete"
)

// TestR18UpstreamErrors: the upstream's errors stand where the client wrote the field, and say nothing of
// what was denied or taken out.
func TestR18UpstreamErrors(t *testing.T) {
	deny := ask(t, question{query: `{ me { id name } n: node { ... on Robot { size } ... on Node { size } } things { ... on Node { id } } }`, restricted: []string{"User.name", "User.size"}})
	narrow := ask(t, question{query: `{ node { size } things { ... on User { id } } }`, restricted: []string{"Robot.size", "Asset"}, narrow: true})
	open := ask(t, question{query: `{ me { id } }`})
	const (
		denyData   = `"data":{"me":{"id":null},"n":{"__fieldgate":"Robot","size":null},"things":[{"id":null}]}`
		narrowData = `"data":{"node":{"__fieldgate":"User","__fieldgate_4_User_size":1},"things":[{"__fieldgate":"Asset"},{"__fieldgate":"User","id":null},{"__fieldgate":"Asset"},null]}`
	)
	tests := map[string]struct {
		asked
		data, fault, want string
	}{
		"in its place":          {deny, denyData, `{"message":"m","path":["me","id"]}`, `{"message":"m","path":["me","id"]}`},
		"in a list":             {deny, denyData, `{"path":["things",0,"id"],"message":"m\u00e9\""}`, `{"message":"m\u00e9\"","path":["things",0,"id"]}`},
		"locations are dropped": {deny, denyData, `{"message":"m","path":["me"],"locations":[{"line":1,"column":2}]}`, `{"message":"m","path":["me"]}`},
		"extensions": {
			deny, denyData, `{"message":"m","path":["me"],"extensions":{"stacktrace":["secret"],"code":"C","exception":{"a":1}},"debug":"secret"}`,
			`{"message":"m","path":["me"],"extensions":{"code":"C"}}`,
		},
		"extensions that are no scalars":         {deny, denyData, `{"message":"m","path":["me"],"extensions":{"code":{"secret":1}}}`, `{"message":"m","path":["me"]}`},
		"of a denied field":                      {deny, denyData, `{"message":"secret","path":["me","name"]}`, `{"message":"The upstream could not answer"}`},
		"of a field that another writing denies": {deny, denyData, `{"message":"secret","path":["n","size"]}`, ``},
		"of the reserved key":                    {deny, denyData, `{"message":"m","path":["n","__fieldgate"]}`, `{"message":"m","path":["n"]}`},
		"without a path":                         {deny, denyData, `{"message":"secret","extensions":{"code":"C"}}`, `{"message":"The upstream could not answer","extensions":{"code":"C"}}`},
		"with a path that was not asked":         {deny, denyData, `{"message":"secret","path":["secret"]}`, `{"message":"The upstream could not answer"}`},
		"with a path of another shape":           {deny, denyData, `{"message":"secret","path":["me",0]}`, `{"message":"The upstream could not answer"}`},
		"with a path through a scalar":           {deny, denyData, `{"message":"secret","path":["me","id","secret"]}`, `{"message":"The upstream could not answer"}`},
		"with a path of no path":                 {deny, denyData, `{"message":"secret","path":[{"secret":1}]}`, `{"message":"The upstream could not answer"}`},
		"with a negative index":                  {deny, denyData, `{"message":"secret","path":["things",-1]}`, `{"message":"The upstream could not answer"}`},
		"beyond a list's end":                    {deny, denyData, `{"message":"secret","path":["things",7]}`, `{"message":"The upstream could not answer"}`},
		"without a message":                      {deny, denyData, `{"path":["me"]}`, `{"message":"The upstream could not answer","path":["me"]}`},
		"twice":                                  {deny, denyData, `{"message":"m","path":["me"]},{"message":"m","path":["me"]}`, `{"message":"m","path":["me"]}`},
		"of a reserved alias":                    {narrow, narrowData, `{"message":"m","path":["node","__fieldgate_4_User_size"]}`, `{"message":"m","path":["node","size"]}`},
		"of a reserved alias of a null object":   {narrow, `"data":{"node":null,"things":null}`, `{"message":"m","path":["node","__fieldgate_4_User_size"]}`, `{"message":"m","path":["node","size"]}`},
		"after what was taken out":               {narrow, narrowData, `{"message":"m","path":["things",1,"id"]}`, `{"message":"m","path":["things",0,"id"]}`},
		"of an item after what was taken out":    {narrow, narrowData, `{"message":"m","path":["things",3]}`, `{"message":"m","path":["things",1]}`},
		"of what was taken out":                  {narrow, narrowData, `{"message":"secret","path":["things",0]}`, ``},
		"in what was taken out":                  {narrow, narrowData, `{"message":"secret","path":["things",2,"secret"]}`, ``},
		"of an open answer":                      {open, `"data":{"me":{"id":null}}`, `{"message":"m","path":["me","id"],"extensions":{"stacktrace":1,"code":"C"}}`, `{"message":"m","path":["me","id"],"extensions":{"code":"C"}}`},
	}
	for name, test := range tests {
		for order, body := range map[string]string{
			"errors first": `{"errors":[` + test.fault + `],` + test.data + `}`,
			"data first":   `{` + test.data + `,"errors":[` + test.fault + `],"extensions":{"secret":1}}`,
		} {
			t.Run(name+", "+order, func(t *testing.T) {
				test.denied = nil
				got, err := test.complete(t, body)
				if err != nil {
					t.Fatal(err)
				}
				want := `,"errors":[` + test.want + `]`
				if test.want == "" {
					want = ""
				}
				if !strings.HasSuffix(got, want+"}") || strings.Contains(got, "secret") || want == "" && strings.Contains(got, "errors") {
					t.Errorf("answered %s\nwant errors %s", got, test.want)
				}
			})
		}
	}
}

// TestR18MessagesWithoutAPlace: only whoever may see all of the schema sees them.
func TestR18MessagesWithoutAPlace(t *testing.T) {
	a := ask(t, question{query: `{ me { id name } }`, restricted: []string{"User.name"}})
	body := []byte(`{"errors":[{"message":"Cannot query field \"x\". Did you mean \"email\"?"}]}`)
	for messages, want := range map[bool]string{
		false: `{"errors":[{"message":"The upstream could not answer"}]}`,
		true:  `{"errors":[{"message":"Cannot query field \"x\". Did you mean \"email\"?"}]}`,
	} {
		got, err := complete.Append(t.Context(), nil, body, complete.Input{Plan: a.plan, Denied: a.denied, Messages: messages})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("messages %v:\n%s", messages, diff)
		}
	}
}

func TestManyUpstreamErrors(t *testing.T) {
	a := ask(t, question{query: `{ tags me { name } }`, restricted: []string{"User.name"}})
	var faults []string
	for i := range 100_000 {
		faults = append(faults, fmt.Sprintf(`{"message":"m%d","path":["tags",%d]}`, i, i))
	}
	body := `{"data":{"tags":["a"` + strings.Repeat(`,"a"`, 100_000) + `],"me":null},"errors":[` + strings.Join(faults, ",") + `]}`
	got, err := a.complete(t, body)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(got, `"message"`); n != 201 {
		t.Errorf("%d errors are passed on", n)
	}
}

func TestBounds(t *testing.T) {
	a := ask(t, question{query: `{ things { ... on User { a: name b: name c: name id } } }`, restricted: []string{"User.name"}})
	many := []byte(`{"data":{"things":[` + strings.Repeat(`{"__fieldgate":"User","id":1},`, 10_000) + `null]}}`)
	_, err := complete.Append(t.Context(), nil, many, complete.Input{Plan: a.plan, Denied: a.denied, MaxBytes: 1000})
	if !errors.Is(err, complete.ErrTooLarge) {
		t.Errorf("1,000 bytes allowed: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := complete.Append(ctx, nil, many, complete.Input{Plan: a.plan, Denied: a.denied}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if got := complete.AppendRefusal(nil, [][]string{{"a", `b"`}}); string(got) != `{"errors":[{"message":"Unauthorized field or type","path":["a","b\""],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}}]}` {
		t.Errorf("refusal: %s", got)
	}
	long := make([][]string, 5000)
	for i := range long {
		long[i] = []string{strings.Repeat("x", 10_000)}
	}
	if n := len(complete.AppendRefusal(nil, long)); n > 2<<20 {
		t.Errorf("a refusal of %d bytes", n)
	}
}
