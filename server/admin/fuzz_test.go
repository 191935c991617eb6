package admin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/server/admin"
	"github.com/fieldgate/fieldgate/server/admin/admintest"
	"github.com/fieldgate/fieldgate/server/admin/api"
)

// FuzzR4TokenBody: whatever is sent, a token that is made was said to hold scopes or to be unrestricted, by a reader that
// knows nothing of this one.
func FuzzR4TokenBody(f *testing.F) {
	for _, seed := range []string{
		`{"name":"a","scopes":["finance"]}`, `{"name":"a","scopes":[],"unrestricted":true}`, `{"name":"a","scopes":null,"unrestricted":true}`,
		`{"name":"a","scopes":[],"UNRESTRICTED":true}`, `{"name":"a","scopes":["finance"],"scopes":[],"unrestricted":true}`,
		`{"name":"a","scopes":[],"unrestricted":"true"}`, `{"name":"\u0000","scopes":["finance"]}`, `[]`, ``, "{\"name\":\"\xff\"}",
	} {
		f.Add(seed)
	}
	x := withShop(f)
	x.scope("finance", "Product.cost")
	f.Fuzz(func(t *testing.T, body string) {
		x.t = t
		a := x.send(http.MethodPost, shop+"/tokens", body)
		if a.Code != 201 {
			if a.Code < 400 || a.Code >= 500 || strings.Contains(a.Body.String(), "fgt_") {
				t.Fatalf("%q: %d %s", body, a.Code, a.Body)
			}
			return
		}
		var said map[string]any
		if err := json.Unmarshal([]byte(body), &said); err != nil {
			t.Fatalf("%q was taken: %v", body, err)
		}
		scopes, listed := said["scopes"].([]any)
		all, _ := said["unrestricted"].(bool)
		made := read[api.GeneratedToken](a).Token
		if !listed || all != made.Unrestricted || all == (len(scopes) > 0) || len(scopes) != len(made.Scopes) {
			t.Errorf("%q made %+v", body, made)
		}
	})
}

// FuzzIfMatch: no text but the row's own ETag changes a row.
func FuzzIfMatch(f *testing.F) {
	for _, seed := range []string{`"1"`, `*`, `W/"1"`, `"0"`, `"00"`, `"+1"`, `"18446744073709551617"`, `"1","2"`, ``, `""`} {
		f.Add(seed)
	}
	x := withShop(f)
	path := shop + "/scopes/" + x.scope("finance", "Product.cost").ID
	f.Fuzz(func(t *testing.T, tag string) {
		x.t = t
		own := x.get(path).Header().Get("ETag")
		a := x.send(http.MethodPut, path, api.NewScope{Name: "finance", Fields: []string{"A"}}, "If-Match", tag)
		if (a.Code == 200) != (tag == own) || a.Code >= 500 {
			t.Errorf("If-Match: %s with ETag %s answers %d", tag, own, a.Code)
		}
	})
}

// BenchmarkWhoami is a request that asks the policy for every permission; BenchmarkTeam one that asks for its own only.
func BenchmarkWhoami(b *testing.B) { benchmarkGet(b, "/whoami") }

func BenchmarkTeam(b *testing.B) { benchmarkGet(b, "/team") }

func benchmarkGet(b *testing.B, path string) {
	b.Helper()
	team, err := admintest.New(admintest.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, api.Prefix+path, http.NoBody)
		r.Header.Set("Authorization", "Bearer "+team.Owner)
		w := httptest.NewRecorder()
		team.Router.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}

// FuzzR21SignInBody: whatever is sent, nobody is signed in but by a link's own code, and no answer repeats it.
func FuzzR21SignInBody(f *testing.F) {
	for _, seed := range []string{
		`{"link":"CODE"}`, `{"key":"","link":"CODE"}`, `{"key":"x","link":"CODE"}`, `{"link":["CODE"]}`, `{"Link":"CODE"}`, `{"link":"CODE","link":"x"}`,
		`{"link":"CODE "}`, `{"link":"\u0000CODE"}`, `{"CODE":1}`, `"CODE"`, `CODE`, `{"link":null}`, `{"link":"CODE","x":"CODE"}`, ``,
	} {
		f.Add(seed)
	}
	x := setUp(f, admintest.Options{Failures: admin.FailureLimit{Burst: 1 << 30}})
	f.Fuzz(func(t *testing.T, body string) {
		x.t = t
		code := x.linkOf(bearer(x.Developer))
		body = strings.ReplaceAll(body, "CODE", code)
		a := x.do(request{method: http.MethodPost, path: session, body: body, header: map[string]string{api.CSRFHeader: "1"}})
		var said map[string]any
		err := json.Unmarshal([]byte(body), &said)
		if own := err == nil && said["link"] == code; a.Code == http.StatusCreated && !own {
			t.Errorf("%q signs in", body)
		}
		if a.Code != http.StatusCreated && (a.Code < 400 || a.Code >= 500 || strings.Contains(a.Body.String(), code)) {
			t.Errorf("%q: %d %s", body, a.Code, a.Body)
		}
		if strings.Contains(x.log.String(), code) {
			t.Errorf("%q: the code is in the log", body)
		}
		x.log.Reset()
	})
}
