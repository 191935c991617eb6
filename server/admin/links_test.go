package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/server/admin/admintest"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

const (
	session     = api.Prefix + "/session"
	sessionLink = session + "/link"
)

// linkOf makes a link and returns its code.
func (f *fixture) linkOf(header map[string]string) string {
	f.t.Helper()
	made := read[api.SessionLink](f.do(request{method: http.MethodPost, path: sessionLink, header: header}).is(201))
	code, ok := strings.CutPrefix(made.Path, "/sign-in#")
	if !ok || len(code) != 43 || strings.ContainsAny(code, "+/=%") {
		f.t.Fatalf("the link is %q", made.Path)
	}
	return code
}

// follow signs in with a code.
func (f *fixture) follow(code string) answer {
	f.t.Helper()
	return f.do(request{method: http.MethodPost, path: session, body: api.SignIn{Link: code}, header: map[string]string{api.CSRFHeader: "1"}})
}

func bearer(key string) map[string]string { return map[string]string{"Authorization": "Bearer " + key} }

func cookieOf(a answer) string {
	a.t.Helper()
	cookies := a.Result().Cookies()
	if len(cookies) != 1 {
		a.t.Fatalf("cookies: %v", cookies)
	}
	return cookies[0].Name + "=" + cookies[0].Value
}

// A link signs in once, as who asked for it, and its code is in no log, list or error (R21).
func TestR21LinkSignsInOnce(t *testing.T) {
	now := time.Now()
	f := setUp(t, admintest.Options{Now: func() time.Time { return now }})
	code := f.linkOf(bearer(f.Developer))
	a := f.follow(code).is(201).has(f.DeveloperSelf.ID, `"via":"session"`)
	f.do(request{method: http.MethodGet, path: whoami, header: map[string]string{"Cookie": cookieOf(a)}}).is(200).has(f.DeveloperSelf.ID)
	again := f.follow(code).is(401).has("UNAUTHENTICATED")
	late := f.linkOf(bearer(f.Owner))
	now = now.Add(5 * time.Minute)
	f.follow(late).is(401)
	for _, c := range []string{code, late} {
		for what, text := range map[string]string{
			"log": f.log.String(), "answer": a.Body.String(), "refusal": again.Body.String(),
			"audit": f.get(api.Prefix + "/audit").is(200).Body.String(), "export": f.get(api.Prefix + "/audit/export").is(200).Body.String(),
		} {
			if strings.Contains(text, c) {
				t.Errorf("a code is in the %s", what)
			}
		}
	}
}

func TestLinksThatSignNobodyIn(t *testing.T) {
	f := setUp(t, admintest.Options{})
	code := f.linkOf(bearer(f.Owner))
	for _, bad := range []string{code[:42], code + "A", strings.ToLower(code), " " + code, "fgm_" + code, "/sign-in#" + code, strings.Repeat("A", 43)} {
		if a := f.follow(bad).is(401); strings.Contains(a.Body.String(), bad) {
			t.Errorf("%q is repeated", bad)
		}
	}
	with := map[string]string{api.CSRFHeader: "1"}
	f.do(request{method: http.MethodPost, path: session, body: api.SignIn{Link: code, Key: f.Owner}, header: with}).is(400)
	a := f.do(request{method: http.MethodPost, path: session, body: `{"link":["` + code + `"]}`, header: with}).is(400)
	if strings.Contains(a.Body.String(), code) {
		t.Error("a code is repeated")
	}
	f.do(request{method: http.MethodPost, path: session, body: api.SignIn{Link: code}}).is(403) // another site's page
	f.follow(code).is(201)                                                                      // none of this used it up
}

// A link is as good as the key that asked for it, and no better.
func TestR6LinkEndsWithItsKey(t *testing.T) {
	now := time.Now()
	f := setUp(t, admintest.Options{Now: func() time.Time { return now }})
	soon := now.Add(3 * time.Minute)
	made, key, err := f.GenerateKey(t.Context(), store.Origin{}, store.Key{MemberID: f.OwnerMember.ID, Permissions: []store.Permission{store.PermissionAdmin}, Expires: &soon})
	if err != nil {
		t.Fatal(err)
	}
	revoked, expired, used := f.linkOf(bearer(key)), f.linkOf(bearer(key)), f.linkOf(bearer(key))
	if got := read[api.Session](f.follow(used).is(201)); got.Expires == nil || !got.Expires.Equal(soon) {
		t.Errorf("the session ends %v, its key %v", got.Expires, soon)
	}
	now = soon
	f.follow(expired).is(401)
	now = now.Add(-time.Minute)
	if err := f.RevokeKey(t.Context(), store.Origin{}, f.OwnerMember.ID, made.ID); err != nil {
		t.Fatal(err)
	}
	f.follow(revoked).is(401)
}

// A session may make a link, from the console's own page only, and lives no longer by it.
func TestLinkOfASessionEndsWithTheSession(t *testing.T) {
	now := time.Now()
	f := setUp(t, admintest.Options{Now: func() time.Time { return now }})
	first := f.follow(f.linkOf(bearer(f.Owner))).is(201)
	cookie := cookieOf(first)
	f.do(request{method: http.MethodPost, path: sessionLink, header: map[string]string{"Cookie": cookie}}).is(403)
	now = now.Add(11 * time.Hour)
	code := f.linkOf(map[string]string{"Cookie": cookie, api.CSRFHeader: "1"})
	second := read[api.Session](f.follow(code).is(201))
	if ends := read[api.Session](first).Expires; second.Expires == nil || !second.Expires.Equal(*ends) {
		t.Errorf("the first session ends %v, the second %v", ends, second.Expires)
	}
}

// A flood of links takes bounded memory: the oldest make room.
func TestLinksAreBounded(t *testing.T) {
	f := setUp(t, admintest.Options{})
	oldest := f.linkOf(bearer(f.Owner))
	var newest string
	for range 1000 {
		newest = f.linkOf(bearer(f.Developer))
	}
	f.follow(oldest).is(401)
	f.follow(newest).is(201)
}

// The console's sandbox asks for decisions with its session; routers with a key that was made for it.
func TestGuardOrSession(t *testing.T) {
	f := setUp(t, admintest.Options{})
	cookie := cookieOf(f.follow(f.linkOf(bearer(f.Developer))).is(201))
	for name, c := range map[string]struct {
		header map[string]string
		want   int
	}{
		"nobody":              {nil, 401},
		"a key for it":        {bearer(f.Decider), 200},
		"a key without":       {bearer(f.Owner), 403},
		"a session":           {map[string]string{"Cookie": cookie, api.CSRFHeader: "1"}, 200},
		"another site's page": {map[string]string{"Cookie": cookie}, 403},
		"a wrong session":     {map[string]string{"Cookie": cookie[:len(cookie)-1] + "!", api.CSRFHeader: "1"}, 401},
	} {
		for range 2 { // what one request asked is not asked for the next
			if got := f.guarded(c.header); got != c.want {
				t.Errorf("%s: %d, want %d", name, got, c.want)
			}
		}
	}
}
