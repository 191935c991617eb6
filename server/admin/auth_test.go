package admin_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/fieldgate/fieldgate/server/admin"
	"github.com/fieldgate/fieldgate/server/admin/admintest"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

const whoami = api.Prefix + "/whoami"

// Whatever is wrong with a key, the answer is the same, and a key of the wrong form is not looked up.
func TestR6BadKeysAreRefusedAlike(t *testing.T) {
	f := setUp(t, admintest.Options{})
	gone, err := f.AddMember(t.Context(), store.Origin{}, "Gone", store.RoleOwner)
	if err != nil {
		t.Fatal(err)
	}
	past, admins := time.Now().Add(-time.Second), []store.Permission{store.PermissionAdmin}
	generate := func(k store.Key) (string, string) {
		k.Permissions = admins
		made, secret, err := f.GenerateKey(t.Context(), store.Origin{}, k)
		if err != nil {
			t.Fatal(err)
		}
		return made.ID, secret
	}
	_, expired := generate(store.Key{MemberID: f.OwnerMember.ID, Expires: &past})
	id, revoked := generate(store.Key{MemberID: f.OwnerMember.ID})
	if err := f.RevokeKey(t.Context(), store.Origin{}, f.OwnerMember.ID, id); err != nil {
		t.Fatal(err)
	}
	_, removed := generate(store.Key{MemberID: gone.ID})
	if err := f.RemoveMember(t.Context(), store.Origin{}, gone.ID, 0); err != nil {
		t.Fatal(err)
	}
	tampered := []byte(f.Owner)
	tampered[10] ^= 1
	var same string
	for name, c := range map[string]struct {
		key    string
		lookup bool
	}{
		"expired": {expired, true}, "revoked": {revoked, true}, "of a member who is gone": {removed, true},
		"tampered": {string(tampered), false}, "short": {f.Owner[:len(f.Owner)-1], false}, "another prefix": {"fgt_" + f.Owner[4:], false},
		"a bad checksum": {f.Owner[:len(f.Owner)-1] + "!", false}, "empty": {"", false}, "with spaces": {" " + f.Owner, false}, "twice": {f.Owner + "," + f.Owner, false},
	} {
		before := f.Lookups.Load()
		a := f.do(request{method: http.MethodGet, path: whoami, header: map[string]string{"Authorization": "Bearer " + c.key}}).is(401)
		if got := a.Header().Get("WWW-Authenticate"); got != `Bearer error="invalid_token"` {
			t.Errorf("%s: WWW-Authenticate is %q", name, got)
		}
		text := withoutRequestID(a.Body.String())
		if same == "" {
			same = text
		}
		if text != same {
			t.Errorf("%s: %s differs from %s", name, text, same)
		}
		if looked := f.Lookups.Load() > before; looked != c.lookup {
			t.Errorf("%s: looked up is %v", name, looked)
		}
		if c.key != "" && strings.Contains(f.log.String()+a.Body.String(), strings.TrimSpace(c.key)) {
			t.Errorf("%s: the key is in the log or the answer", name)
		}
	}
}

func withoutRequestID(s string) string {
	text, _, _ := strings.Cut(s, `"request_id"`)
	return text
}

func TestNoOrTwoCredentials(t *testing.T) {
	f := setUp(t, admintest.Options{})
	for _, scheme := range []string{"", "Basic b2xpdmU6", "Negotiate x"} {
		a := f.do(request{method: http.MethodGet, path: whoami, header: map[string]string{"Authorization": scheme}}).is(401)
		if got := a.Header().Get("WWW-Authenticate"); got != "Bearer" {
			t.Errorf("%q: %q", scheme, got)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, whoami, http.NoBody)
	r.Header["Authorization"] = []string{"Bearer " + f.Owner, "Bearer " + f.Developer}
	w := httptest.NewRecorder()
	f.Router.ServeHTTP(w, r)
	if w.Code != 400 {
		t.Errorf("two keys: %d", w.Code)
	}
	a := f.do(request{method: http.MethodGet, path: whoami + "?access_token=" + f.Owner, key: f.Owner}).is(400)
	if strings.Contains(f.log.String()+a.Body.String(), f.Owner) {
		t.Error("a key in the query string was repeated")
	}
}

// A flood of bad keys from one address is 429, and neither other addresses nor a good key from there suffer from it.
func TestFloodOfBadKeys(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f := setUp(t, admintest.Options{Now: func() time.Time { return now }, Failures: admin.FailureLimit{Burst: 5, Every: 10 * time.Second, Addresses: 2}})
	try := func(remote, key string) answer {
		return f.do(request{method: http.MethodGet, path: whoami, key: key, remote: remote})
	}
	for range 5 {
		try("192.0.2.1:1000", "fgm_bad").is(401)
	}
	a := try("192.0.2.1:2000", "fgm_bad").is(429).has("TOO_MANY_FAILURES")
	if got := a.Header().Get("Retry-After"); got != "10" {
		t.Errorf("Retry-After is %q", got)
	}
	try("192.0.2.1:1000", f.Owner).is(200)
	try("192.0.2.2:1000", "fgm_bad").is(401)
	spoofed := f.do(request{method: http.MethodGet, path: whoami, key: "fgm_bad", remote: "192.0.2.1:1", header: map[string]string{"X-Forwarded-For": "198.51.100.7", "X-Real-Ip": "198.51.100.7"}})
	spoofed.is(429)
	f.do(request{method: http.MethodPost, path: api.Prefix + "/session", remote: "192.0.2.1:1", body: api.SignIn{Key: "x"}, header: map[string]string{api.CSRFHeader: "1"}}).is(429)
	now = now.Add(10 * time.Second)
	try("192.0.2.1:1000", "fgm_bad").is(401)
	for range 5 {
		try("[2001:db8::1]:1", "fgm_bad")
	}
	try("[2001:db8::2]:1", "fgm_bad").is(429) // one party has a whole /64
	try("[2001:db8:0:1::2]:1", "fgm_bad").is(401)
}

func TestGuardWantsThePermission(t *testing.T) {
	f := setUp(t, admintest.Options{})
	router, reached := gin.New(), 0
	router.POST("/v1/decisions", f.Keys.Guard(api.Decide), func(c *gin.Context) { reached++; c.Status(http.StatusOK) })
	for _, c := range []struct {
		key  string
		want int
	}{{"", 401}, {"fgm_bad", 401}, {f.Owner, 403}, {f.Decider, 200}} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/decisions", http.NoBody)
		if c.key != "" {
			r.Header.Set("Authorization", "Bearer "+c.key)
		}
		w := httptest.NewRecorder()
		router.ServeHTTP(w, r)
		if w.Code != c.want || c.want == 401 && w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%q: %d, want %d", c.key, w.Code, c.want)
		}
	}
	if reached != 1 {
		t.Errorf("the handler was reached %d times", reached)
	}
}

// signIn returns a session's cookie.
func (f *fixture) signIn(key string) *http.Cookie {
	f.t.Helper()
	a := f.do(request{method: http.MethodPost, path: api.Prefix + "/session", body: api.SignIn{Key: key}, header: map[string]string{
		api.CSRFHeader: "1", "Origin": "http://example.com", "Sec-Fetch-Site": "same-origin",
	}}).is(201)
	cookies := a.Result().Cookies()
	if len(cookies) != 1 || strings.Contains(a.Body.String(), cookies[0].Value) || strings.Contains(a.Body.String(), key) {
		f.t.Fatalf("cookies %v, body %s", cookies, a.Body)
	}
	return cookies[0]
}

func TestSession(t *testing.T) {
	now := time.Now()
	f := setUp(t, admintest.Options{Now: func() time.Time { return now }})
	c := f.signIn(f.Owner)
	if c.Name != "__Host-fieldgate-session" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 12*60*60 {
		t.Errorf("the cookie is %v", c)
	}
	cookie := c.Name + "=" + c.Value
	ask := func(cookie string) answer {
		return f.do(request{method: http.MethodGet, path: whoami, header: map[string]string{"Cookie": cookie}})
	}
	if who := read[api.Session](ask(cookie).is(200)); who.Via != "session" || who.Member.ID != f.OwnerMember.ID {
		t.Errorf("who: %+v", who)
	}
	ask(cookie + "x").is(401)
	ask(cookie + "; " + cookie).is(400)
	other := f.signIn(f.Developer)
	f.do(request{method: http.MethodDelete, path: api.Prefix + "/session", header: map[string]string{"Cookie": cookie, api.CSRFHeader: "1"}}).is(204)
	ask(cookie).is(401)
	now = now.Add(12 * time.Hour)
	ask(other.Name + "=" + other.Value).is(401)
	if strings.Contains(f.log.String(), c.Value) {
		t.Error("the log has a session")
	}
}

// A session ends with the key that began it, and no key that may not administer begins one.
func TestR6SessionEndsWithItsKey(t *testing.T) {
	f := setUp(t, admintest.Options{})
	made, key, err := f.GenerateKey(t.Context(), store.Origin{}, store.Key{MemberID: f.OwnerMember.ID, Permissions: []store.Permission{store.PermissionAdmin}})
	if err != nil {
		t.Fatal(err)
	}
	c := f.signIn(key)
	if err := f.RevokeKey(t.Context(), store.Origin{}, f.OwnerMember.ID, made.ID); err != nil {
		t.Fatal(err)
	}
	f.do(request{method: http.MethodGet, path: whoami, header: map[string]string{"Cookie": c.Name + "=" + c.Value}}).is(401)
	with := map[string]string{api.CSRFHeader: "1"}
	f.do(request{method: http.MethodPost, path: api.Prefix + "/session", body: api.SignIn{Key: f.Decider}, header: with}).is(403)
	f.do(request{method: http.MethodPost, path: api.Prefix + "/session", body: api.SignIn{Key: key}, header: with}).is(401)
	f.do(request{method: http.MethodPost, path: api.Prefix + "/session", body: api.SignIn{}, header: with}).is(401)
}

// What another site's page can make a browser send changes nothing, even where cookies were sent along.
func TestCrossSiteRequestsChangeNothing(t *testing.T) {
	f := setUp(t, admintest.Options{})
	c := f.signIn(f.Owner)
	for name, header := range map[string]map[string]string{
		"a form":                      {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://evil.example"},
		"no header of ours":           {"Origin": "http://example.com", "Sec-Fetch-Site": "same-origin"},
		"another site":                {api.CSRFHeader: "1", "Sec-Fetch-Site": "cross-site"},
		"a sibling":                   {api.CSRFHeader: "1", "Sec-Fetch-Site": "same-site"},
		"another origin":              {api.CSRFHeader: "1", "Origin": "http://evil.example"},
		"another port":                {api.CSRFHeader: "1", "Origin": "http://example.com:8080"},
		"a sandboxed frame":           {api.CSRFHeader: "1", "Origin": "null"},
		"an address bar's navigation": {api.CSRFHeader: "1", "Sec-Fetch-Site": "none"},
	} {
		header["Cookie"] = c.Name + "=" + c.Value
		f.do(request{method: http.MethodPost, path: api.Prefix + "/members", body: api.NewMember{Name: name, Role: store.RoleOwner}, header: header}).is(403).has("CROSS_SITE_REQUEST")
		delete(header, "Cookie")
		f.do(request{method: http.MethodPost, path: api.Prefix + "/session", body: api.SignIn{Key: f.Owner}, header: header}).is(403)
	}
	members, err := f.Members(t.Context())
	if err != nil || len(members) != 2 {
		t.Errorf("members: %v, %v", members, err)
	}
	good := map[string]string{"Cookie": c.Name + "=" + c.Value, api.CSRFHeader: "1", "Sec-Fetch-Site": "same-origin", "Origin": "http://example.com"}
	f.do(request{method: http.MethodPost, path: api.Prefix + "/members", body: api.NewMember{Name: "Ann", Role: store.RoleOwner}, header: good}).is(201)
	var last store.Entry
	for e, err := range f.Audit(t.Context(), store.AuditFilter{Newest: true, Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		last = e
	}
	if last.Actor.Kind != store.ActorMember || last.Actor.ID != f.OwnerMember.ID || last.Actor.KeyID == "" || last.IP != "192.0.2.1" || last.RequestID == "" {
		t.Errorf("the entry is %+v", last)
	}
}

// Signing in can be something else than a key: single sign-on comes through the same door.
func TestSignInIsAnInterface(t *testing.T) {
	f := setUp(t, admintest.Options{})
	var sso admin.SignIn = signInFunc(func(_ context.Context, s api.SignIn) (admin.Principal, error) {
		if s.Key != "assertion" {
			return admin.Principal{}, admin.ErrUnauthenticated
		}
		return admin.Principal{Member: f.OwnerMember, Key: store.Key{ID: "key", Permissions: []store.Permission{store.PermissionAdmin}}}, nil
	})
	a, err := admin.New(admin.Options{Control: f.Control, Keys: f.Keys, Log: f.Keys.Log, SignIn: sso})
	if err != nil {
		t.Fatal(err)
	}
	router := gin.New()
	a.Routes(router)
	for key, want := range map[string]int{"assertion": 201, f.Owner: 401} {
		body, err := json.Marshal(api.SignIn{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, api.Prefix+"/session", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(api.CSRFHeader, "1")
		w := httptest.NewRecorder()
		router.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d, want %d", key, w.Code, want)
		}
	}
}

type signInFunc func(context.Context, api.SignIn) (admin.Principal, error)

func (f signInFunc) SignIn(ctx context.Context, s api.SignIn) (admin.Principal, error) {
	return f(ctx, s)
}

func TestNewNeedsItsParts(t *testing.T) {
	if _, err := admin.New(admin.Options{}); err == nil {
		t.Error("an API of nothing")
	}
	if _, err := admin.NewKeys(admin.KeysOptions{}); err == nil {
		t.Error("keys of nothing")
	}
	if _, err := admin.NewKeys(admin.KeysOptions{Failures: admin.FailureLimit{Addresses: -1}}); err == nil {
		t.Error("a limit that remembers fewer than no addresses")
	}
}

// guarded asks a route that a key for decisions opens, or a session that may run the sandbox.
func (f *fixture) guarded(header map[string]string) int {
	f.t.Helper()
	if f.guard == nil {
		f.guard = gin.New()
		f.guard.POST("/v1/decisions", f.Keys.GuardOrSession(api.Decide, api.SandboxRun), func(c *gin.Context) { c.Status(http.StatusOK) })
	}
	r := httptest.NewRequestWithContext(f.t.Context(), http.MethodPost, "/v1/decisions", http.NoBody)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	f.guard.ServeHTTP(w, r)
	return w.Code
}
