package complete_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine/complete"
)

// FuzzBody: whatever the upstream answers, the client gets JSON without a denied value, or an error.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"data":{"me":{"id":"1","friend":null,"raw":{}},"things":[{"__fieldgate":"User","id":"1"},{"__fieldgate":"Robot"}],"node":null}}`,
		`{"errors":[{"message":"m","path":["things",1,"id"],"extensions":{"code":"C","stacktrace":[]}}],"data":{"me":null,"things":[],"node":{"__fieldgate":"User","__fieldgate_4_User_owner":{"id":1},"owner":{"name":"n"}}}}`,
		`{"data":null}`, `{"errors":[{"message":"m"}]}`, `{"data":{"me":{"friend":{"id":1.5e+3},"raw":[1,"\ud83d"],"id":true},"node":null,"things":null}}`,
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	const query = `{ me { id name friend { id email } raw } things { ... on User { id name } ... on Robot { serial } } node { owner { id } ... on User { owner { name } } } }`
	f.Fuzz(func(t *testing.T, body string, narrow bool) {
		a := ask(t, question{query: query, restricted: []string{"User.name", "User.email", "Robot.owner", "Robot.serial"}, narrow: narrow})
		got, err := a.complete(t, body)
		if err != nil {
			if !errors.Is(err, complete.ErrUpstream) || got != "" {
				t.Errorf("error %v with answer %q", err, got)
			}
			return
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("not JSON: %q", got)
		}
		if !json.Valid([]byte(body)) {
			t.Errorf("taken for JSON: %q", body)
		}
		var answer struct {
			Data struct{ Me *struct{ Name any } }
		}
		if err := json.Unmarshal([]byte(got), &answer); err == nil && answer.Data.Me != nil && answer.Data.Me.Name != nil {
			t.Errorf("a denied value: %s", got)
		}
		if strings.Contains(got, "stacktrace") && !strings.Contains(body, `stacktrace"`) {
			t.Errorf("made up: %s", got)
		}
	})
}

// FuzzJSON: JSON is taken as encoding/json takes it.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `[1,-0.5e+10,"a\u00e9\\",true,false,null,{"a":{}}]`, `"`, `[01]`, `{"a":1,}`, "\"\x80\"", ` [ ] `, `"aaaaaaaaaaaaaaaaaaaaaaa\n"`} {
		f.Add(seed)
	}
	a := ask(f, question{query: `{ raw me { name } }`, restricted: []string{"User.name"}})
	f.Fuzz(func(t *testing.T, value string) {
		body := `{"data":{"raw":` + value + `,"me":null}}`
		_, err := a.complete(t, body)
		if err == nil && !json.Valid([]byte(body)) {
			t.Errorf("taken for JSON: %q", value)
		}
		shallow := strings.Count(value, "[")+strings.Count(value, "{") < 500
		if err != nil && shallow && json.Valid([]byte(value)) && strings.ToValidUTF8(value, "") == value {
			t.Errorf("not taken for JSON: %q: %v", value, err)
		}
	})
}
