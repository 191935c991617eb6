package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/server/admin/api"
)

// answer is what a server answered.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request to a listener, with "Header", "value" pairs.
func (g *team) ask(method, target, body string, header ...string) answer {
	g.t.Helper()
	return g.send(g.t.Context(), method, target, strings.NewReader(body), header...)
}

func (g *team) send(ctx context.Context, method, target string, body io.Reader, header ...string) answer {
	g.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		g.t.Error(err)
		return answer{}
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	got, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		g.t.Errorf("%s %s: %v", method, target, err)
		return answer{}
	}
	defer got.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(got.Body, 8<<20))
	if err != nil {
		g.t.Errorf("%s %s: %v", method, target, err)
	}
	if got.StatusCode >= http.StatusBadRequest {
		g.mu.Lock()
		g.bodies = append(g.bodies, fmt.Sprint(got.Header, string(text)))
		g.mu.Unlock()
	}
	return answer{got.StatusCode, got.Header, string(text)}
}

// api sends a request with JSON to the private listener, with the owner's key unless header says otherwise.
func (g *team) api(method, path, body string, header ...string) answer {
	g.t.Helper()
	if !bytes.Contains([]byte(strings.Join(header, " ")), []byte("Authorization")) {
		header = append(header, "Authorization", "Bearer "+g.key)
	}
	return g.ask(method, g.private+path, body, append(header, "Content-Type", "application/json")...)
}

// decide asks for a decision on the whole product for a subject in JSON.
func (g *team) decide(subject string) answer {
	g.t.Helper()
	return g.api("POST", "/v1/decisions", fmt.Sprintf(`{"data_layer":"shop","subject":%s,"query":%q}`, subject, everything), "Authorization", "Bearer "+g.caller)
}

// read asks the guarded endpoint for the whole product.
func (g *team) read(secret string) answer {
	g.t.Helper()
	return g.ask("POST", g.public+"/layers/shop", fmt.Sprintf(`{"query":%q}`, everything), "Content-Type", "application/json", "Authorization", "Bearer "+secret)
}

// mayRead wants a token to read some fields of Product and no others: in a decision for its secret, in one for its id, and
// through the gateway.
func (g *team) mayRead(what string, token api.GeneratedToken, fields string) {
	g.t.Helper()
	for subject, named := range map[string]string{"token": token.Secret, "token_id": token.Token.ID} {
		got := g.decide(fmt.Sprintf(`{%q:%q}`, subject, named))
		if allowed := allowedFields(g.t, got); allowed != fields {
			g.t.Errorf("%s: with %s, it may read %q, want %q: %d %s", what, subject, allowed, fields, got.status, got.body)
		}
	}
	got := g.read(token.Secret)
	var body struct {
		Data struct{ Product map[string]any }
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		g.t.Errorf("%s: %v: %s", what, err, got.body)
	}
	var read []string
	for _, name := range []string{"name", "cost", "margin"} {
		if body.Data.Product[name] != nil {
			read = append(read, name)
		}
	}
	if got.status != http.StatusOK || strings.Join(read, " ") != fields {
		g.t.Errorf("%s: through the gateway it reads %q, want %q: %d %s", what, read, fields, got.status, got.body)
	}
}

// allowedFields are the fields of Product that a decision allows, in the order of the query.
func allowedFields(t testing.TB, got answer) string {
	t.Helper()
	var d struct {
		Fields []struct {
			Path    []string
			Allowed bool
		}
	}
	if err := json.Unmarshal([]byte(got.body), &d); err != nil || got.status != http.StatusOK {
		t.Errorf("not a decision: %d %v %s", got.status, err, got.body)
	}
	var out []string
	for _, f := range d.Fields {
		if f.Allowed && len(f.Path) == 2 {
			out = append(out, f.Path[1])
		}
	}
	return strings.Join(out, " ")
}
