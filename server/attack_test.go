package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/server"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

// TestR19DevelopersAreRefusedWhatIsTheOwners asks as a developer for everything that only an owner may do.
func TestR19DevelopersAreRefusedWhatIsTheOwners(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	who, key := g.member(store.RoleDeveloper, store.PermissionAdmin)
	owner := must[api.Session](t)(g.Whoami(t.Context())).Member
	scope := g.named("cost")
	head := g.verified()
	for _, test := range [][3]string{
		{"DELETE", "/layers/shop/scopes/" + scope.ID, ""},
		{"DELETE", "/layers/shop/scopes/" + scope.ID + "?dry_run=true", ""},
		{"DELETE", "/layers/shop", ""},
		{"POST", "/members", `{"name":"eve","role":"owner"}`},
		{"PATCH", "/members/" + who.ID, `{"role":"owner"}`},
		{"DELETE", "/members/" + owner.ID, ""},
		{"POST", "/members/" + owner.ID + "/keys", `{"name":"mine","permissions":["admin"]}`},
		{"DELETE", "/members/" + owner.ID + "/keys/x", ""},
	} {
		got := g.api(test[0], "/api/v1"+test[1], test[2], "Authorization", "Bearer "+key, "If-Match", "*")
		if got.status != http.StatusForbidden || !strings.Contains(got.body, `"code":"FORBIDDEN"`) {
			t.Errorf("%s %s: %d %s", test[0], test[1], got.status, got.body)
		}
	}
	if now := g.verified(); now != head {
		t.Errorf("refused requests moved the chain from %v to %v", head, now)
	}
	if _, err := g.as(key).CreateScope(t.Context(), "shop", api.NewScope{Name: "new", Fields: []string{"Product.name"}}); err != nil {
		t.Errorf("a developer may add scopes: %v", err)
	}
}

// TestKeysOpenOnlyWhatTheyAreFor asks with every kind of credential at every door of the private listener.
func TestKeysOpenOnlyWhatTheyAreFor(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	token := g.token("cost")
	revoked := must[api.GeneratedKey](t)(g.GenerateKey(t.Context(), must[api.Session](t)(g.Whoami(t.Context())).Member.ID, api.NewKey{Name: "gone", Permissions: []store.Permission{store.PermissionAdmin, store.PermissionDecide}}))
	g.handedOut(revoked.Secret)
	if err := g.RevokeKey(t.Context(), must[api.Session](t)(g.Whoami(t.Context())).Member.ID, revoked.Key.ID); err != nil {
		t.Fatal(err)
	}
	decision := fmt.Sprintf(`{"data_layer":"shop","subject":{"unrestricted":true},"query":%q}`, everything)
	doors := []struct{ method, path, body string }{
		{"POST", "/v1/decisions", decision},
		{"POST", "/v1/data/fieldgate/decision", `{"input":` + decision + `}`},
		{"GET", shopBundle, ""},
		{"GET", "/api/v1/team", ""},
		{"GET", "/api/v1/layers", ""},
		{"GET", "/api/v1/audit", ""},
	}
	for _, test := range []struct {
		name, authorization  string
		decides, administers int
	}{
		{"no key", "", 401, 401},
		{"an admin key", "Bearer " + g.key, 403, 200},
		{"a decide key", "Bearer " + g.caller, 200, 403},
		{"a token", "Bearer " + token.Secret, 401, 401},
		{"a revoked key", "Bearer " + revoked.Secret, 401, 401},
		{"a short key", "Bearer " + g.key[:len(g.key)-1], 401, 401},
		{"a bad checksum", "Bearer " + g.key[:len(g.key)-6] + "000000", 401, 401},
		{"another prefix", "Bearer " + strings.Replace(g.key, "fgm_", "fgt_", 1), 401, 401},
		{"another scheme", "Basic " + g.key, 401, 401},
	} {
		for i, door := range doors {
			if test.decides == http.StatusUnauthorized && i%2 == 1 {
				continue // more failures than these are answered with 429
			}
			header := []string{"Content-Type", "application/json"}
			if test.authorization != "" {
				header = append(header, "Authorization", test.authorization)
			}
			want := test.decides
			if i >= 3 {
				want = test.administers
			}
			got := g.ask(door.method, g.private+door.path, door.body, header...)
			if got.status != want {
				t.Errorf("%s at %s: %d %s", test.name, door.path, got.status, got.body)
			}
			if got.status == http.StatusUnauthorized && got.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s at %s: 401 without WWW-Authenticate", test.name, door.path)
			}
		}
	}
	// A key opens no data layer, and a key in the URL opens nothing.
	if got := g.read(g.key); got.status != http.StatusUnauthorized {
		t.Errorf("a member's key at the gateway: %d %s", got.status, got.body)
	}
	if got := g.ask("GET", g.private+"/api/v1/layers?access_token="+g.key, ""); got.status != http.StatusUnauthorized && got.status != http.StatusBadRequest {
		t.Errorf("a key in the URL: %d %s", got.status, got.body)
	}
}

func TestUnknownFieldsAndOtherLayersIDs(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	g.layer("site")
	token, scope, layer := g.token("cost"), g.named("cost"), must[api.Layer](t)(g.Layer(t.Context(), "shop"))
	sync := must[[]api.Sync](t)(g.Syncs(t.Context(), "shop"))[0]
	head := g.verified()
	for _, test := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/layers/shop/tokens", `{"name":"a","scopes":["cost"],"role":"owner"}`, 400},
		{"POST", "/layers/shop/tokens", `{"name":"a","scopes":["cost"],"id":"x"}`, 400},
		{"POST", "/layers/shop/scopes", `{"name":"a","fields":["Product.name"],"file":"x"}`, 400},
		{"POST", "/members", `{"name":"a","role":"developer","team":"x"}`, 400},
		{"POST", "/members", `{"name":"a","role":"admin"}`, 400},
		{"POST", "/members", `{"name":"a","role":"developer","role":"owner"}`, 400},
		{"POST", "/members", `{"name":"a","role":"developer"}{"role":"owner"}`, 400},
		{"PATCH", "/layers/shop", `{"name":"a"}`, 400},
		{"GET", "/layers/shop/tokens?layer=site", "", 400},

		{"GET", "/layers/site/tokens/" + token.Token.ID, "", 404},
		{"DELETE", "/layers/site/tokens/" + token.Token.ID, "", 404},
		{"GET", "/layers/site/scopes/" + scope.ID, "", 404},
		{"PUT", "/layers/site/scopes/" + scope.ID, `{"name":"cost","fields":["Product.name"]}`, 404},
		{"DELETE", "/layers/site/scopes/" + scope.ID, "", 404},
		{"DELETE", "/layers/site/scopes/" + scope.ID + "?dry_run=true", "", 404},
		{"GET", "/layers/site/syncs/" + sync.ID, "", 404},
		{"GET", "/layers/" + layer.ID, "", 404},
		{"PUT", "/layers/site/pin", `{"revision":2}`, 404},
		{"GET", "/layers/site/revisions/2/bundle.tar.gz", "", 404},
	} {
		got := g.api(test.method, "/api/v1"+test.path, test.body, "If-Match", fmt.Sprintf(`"%d"`, scope.Version))
		if got.status != test.want || !strings.Contains(got.header.Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s %s %s: %d %s", test.method, test.path, test.body, got.status, got.body)
		}
	}
	if now := g.verified(); now != head {
		t.Errorf("refused requests moved the chain from %v to %v", head, now)
	}
}

func TestPreconditions(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	scope := g.named("cost")
	const body = `{"name":"cost","fields":["Product.name"]}`
	for _, test := range []struct {
		method string
		match  []string
		want   int
	}{
		{"PUT", nil, 428}, {"DELETE", nil, 428}, {"PUT", []string{`"999"`}, 412}, {"DELETE", []string{`"999"`}, 412},
		{"PUT", []string{`999`}, 412}, {"PUT", []string{fmt.Sprintf(`W/"%d"`, scope.Version)}, 412},
	} {
		var header []string
		for _, value := range test.match {
			header = append(header, "If-Match", value)
		}
		if got := g.api(test.method, "/api/v1/layers/shop/scopes/"+scope.ID, body, header...); got.status != test.want {
			t.Errorf("%s If-Match %q: %d %s", test.method, test.match, got.status, got.body)
		}
	}
	if now := g.named("cost"); now.Version != scope.Version {
		t.Errorf("version %d has become %d", scope.Version, now.Version)
	}
}

// TestFloodOfBadKeys wants 429 for who goes on guessing, and nothing of it for who has a key.
func TestFloodOfBadKeys(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	counts := map[int]int{}
	bad := g.key[:len(g.key)-1] + "!"
	for i := range 60 {
		path := []string{"/api/v1/whoami", "/v1/decisions", shopBundle}[i%3]
		method := map[bool]string{true: "POST", false: "GET"}[path == "/v1/decisions"]
		got := g.ask(method, g.private+path, "", "Authorization", "Bearer "+bad, "X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i), "X-Real-Ip", "192.0.2.9")
		counts[got.status]++
		if got.status == http.StatusTooManyRequests && got.header.Get("Retry-After") == "" {
			t.Errorf("429 without Retry-After: %v", got.header)
		}
	}
	if counts[401] < 10 || counts[429] < 20 || counts[401]+counts[429] != 60 {
		t.Errorf("answers by status: %v", counts)
	}
	must[api.Session](t)(g.Whoami(t.Context()))
	if got := g.decide(`{"unrestricted":true}`); got.status != http.StatusOK {
		t.Errorf("a decision: %d %s", got.status, got.body)
	}
}

func TestOversizeRequests(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	token := g.token("cost")
	large := strings.Repeat("x", 1<<20)
	for _, test := range []struct {
		target, key, body string
		want              int
	}{
		{g.private + "/api/v1/layers/shop/tokens", g.key, `{"name":"` + large + `"}`, 413},
		{g.private + "/api/v1/session", "", `{"key":"` + large + `"}`, 413},
		{g.private + "/api/v1/apply", g.key, `{"files":{"a":"` + strings.Repeat("x", 70<<20) + `"}}`, 413},
		{g.private + "/v1/decisions", g.caller, `{"query":"` + large + `"}`, 413},
		{g.public + "/layers/shop", token.Secret, `{"query":"` + large + `"}`, 413},
	} {
		header := []string{"Content-Type", "application/json", "X-Fieldgate-Csrf", "1"}
		if test.key != "" {
			header = append(header, "Authorization", "Bearer "+test.key)
		}
		if got := g.send(t.Context(), "POST", test.target, struct{ io.Reader }{strings.NewReader(test.body)}, header...); got.status != test.want {
			t.Errorf("%s: %d %.200s", test.target, got.status, got.body)
		}
	}
	for _, base := range []string{g.private, g.public} {
		if got := g.ask("GET", base+"/healthz", "", "X-Large", strings.Repeat("x", 32<<10)); got.status != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%s: a header of 32 KiB: %d", base, got.status)
		}
	}
}

// TestNoRequestForgesALogLine sends line breaks and JSON wherever a client can say something.
func TestNoRequestForgesALogLine(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	const forged = "x\r\n{\"level\":\"INFO\",\"msg\":\"forged\"}\n\u2028\u0085\x1b[2Jy"
	text := must[[]byte](t)(json.Marshal(forged))
	for _, test := range [][3]string{
		{"POST", "/layers/shop/tokens", fmt.Sprintf(`{"name":%s,"scopes":["cost"]}`, text)},
		{"POST", "/layers/shop/tokens", fmt.Sprintf(`{"name":"a","scopes":[%s]}`, text)},
		{"POST", "/layers/shop/scopes", fmt.Sprintf(`{"name":%s,"fields":["Product.cost"]}`, text)},
		{"POST", "/layers/shop/scopes", fmt.Sprintf(`{"name":"b","fields":[%s]}`, text)},
		{"POST", "/members", fmt.Sprintf(`{"name":%s,"role":"owner"}`, text)},
		{"POST", "/layers", fmt.Sprintf(`{"definition":%s}`, text)},
		{"POST", "/apply", fmt.Sprintf(`{"files":{%s:%s}}`, text, text)},
		{"GET", "/layers/%0d%0a%7B%22msg%22:%22forged%22%7D", ""},
		{"GET", "/layers/shop/tokens/%0d%0a%7B%22msg%22:%22forged%22%7D", ""},
		{"GET", "/nowhere/%0d%0a%7B%22msg%22:%22forged%22%7D", ""},
	} {
		if got := g.api(test[0], "/api/v1"+test[1], test[2]); got.status < 400 || got.status > 499 {
			t.Errorf("%s %s %s: %d %s", test[0], test[1], test[2], got.status, got.body)
		}
	}
	g.api("POST", "/api/v1/apply", fmt.Sprintf(`{"files":{},"commit":%s}`, text))
	g.ask("GET", g.public+"/layers/%0d%0a%7B%22msg%22:%22forged%22%7D", "")
	g.ask("GET", g.public+"/%0d%0a%7B%22msg%22:%22forged%22%7D", "")
	g.raw("GET /\x01\x0b{\"msg\":\"forged\"} HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\n{\"msg\":\"forged\"}\r\n\r\n")
	g.raw("GET /healthz HTTP/1.1\r\nHost: x\r\nUser-Agent: {\"msg\":\"forged\"}\r\nX-Request-Id: a\tb\r\nConnection: close\r\n\r\n")
	g.raw("FO\x0bRGED / HTTP/1.1\r\nHost: \n{\"msg\":\"forged\"}\r\n\r\n")
	if err := g.stop(); err != nil {
		t.Error(err)
	}
	for _, record := range g.log.records(t) { // each line is one JSON record
		if record["msg"] == "forged" || record["level"] == "forged" {
			t.Errorf("a client wrote a record: %v", record)
		}
		for _, key := range []string{"time", "level", "msg"} {
			if record[key] == nil {
				t.Errorf("a record without %s: %v", key, record)
			}
		}
	}
	if strings.ContainsAny(string(g.log.bytes()), "\x1b\r\u2028\u0085") {
		t.Error("the log holds a control character that a client sent")
	}
}

// raw sends bytes to both listeners and reads what comes back.
func (g *team) raw(text string) {
	g.t.Helper()
	for _, base := range []string{g.private, g.public} {
		conn, err := (&net.Dialer{}).DialContext(g.t.Context(), "tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			g.t.Error(err)
			continue
		}
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = io.WriteString(conn, text)
		_, _ = io.Copy(io.Discard, conn)
		_ = conn.Close()
	}
}

// TestMarkupIsText wants markup to come back as it was sent, in answers that no browser takes for a page.
func TestMarkupIsText(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	const markup = `"><script>alert(1)</script>&amp;'{{7*7}}${x}`
	made := g.tokenOf("shop", api.NewToken{Name: markup, Scopes: []string{"cost"}})
	member := must[api.Member](t)(g.AddMember(t.Context(), api.NewMember{Name: markup, Role: store.RoleDeveloper}))
	scope := must[api.ChangedScope](t)(g.CreateScope(t.Context(), "shop", api.NewScope{Name: "b", Description: markup, Fields: []string{"Product.cost"}})).Scope
	for what, got := range map[string]string{
		"token": must[api.Token](t)(g.Token(t.Context(), "shop", made.Token.ID)).Name, "member": must[api.Member](t)(g.Member(t.Context(), member.ID)).Name,
		"scope": must[api.Scope](t)(g.Scope(t.Context(), "shop", scope.ID)).Description,
	} {
		if got != markup {
			t.Errorf("%s: %q came back as %q", what, markup, got)
		}
	}
	for _, path := range []string{"/api/v1/layers/shop/tokens", "/api/v1/members", "/api/v1/layers/shop/scopes/" + scope.ID, "/api/v1/audit", "/api/v1/%3Cscript%3E", "/v1/%3Cscript%3Ealert(1)%3C/script%3E"} {
		got := g.api("GET", path, "")
		if media := got.header.Get("Content-Type"); strings.Contains(media, "html") || !strings.Contains(media, "json") {
			t.Errorf("%s: Content-Type %q", path, media)
		}
		if path[:4] == "/api" && got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: a browser may guess the type: %v", path, got.header)
		}
		if got.status != http.StatusOK && strings.Contains(got.body, "<script>") {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	page := g.api("GET", "/%3Cscript%3Ealert(1)%3C/script%3E", "") // the console's, whatever the path
	if policy := page.header.Get("Content-Security-Policy"); page.body != g.api("GET", "/", "").body || !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the page: %v %s", page.header, page.body)
	}
}

// TestSessionsAreNoUseToOtherSites signs in and then asks as a page of another site would.
func TestSessionsAreNoUseToOtherSites(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	in := g.ask("POST", g.private+"/api/v1/session", fmt.Sprintf(`{"key":%q}`, g.key), "Content-Type", "application/json", "X-Fieldgate-Csrf", "1")
	cookie, attributes, _ := strings.Cut(in.header.Get("Set-Cookie"), ";")
	name, value, _ := strings.Cut(cookie, "=")
	g.handedOut("x_" + value)
	if in.status != http.StatusCreated || !strings.HasPrefix(name, "__Host-") {
		t.Fatalf("sign in: %d %v %s", in.status, in.header, in.body)
	}
	for _, want := range []string{"HttpOnly", "Secure", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(attributes, want) || strings.Contains(attributes, "Domain") {
			t.Errorf("the cookie is not %s: %s", want, attributes)
		}
	}
	const body = `{"name":"b","fields":["Product.name"]}`
	origin := g.private
	for _, test := range []struct {
		name   string
		header []string
		want   int
	}{
		{"without our header", nil, 403},
		{"another site", []string{"X-Fieldgate-Csrf", "1", "Sec-Fetch-Site", "cross-site"}, 403},
		{"another host of this site", []string{"X-Fieldgate-Csrf", "1", "Sec-Fetch-Site", "same-site"}, 403},
		{"another origin", []string{"X-Fieldgate-Csrf", "1", "Origin", "https://evil.example"}, 403},
		{"no origin", []string{"X-Fieldgate-Csrf", "1", "Origin", "null"}, 403},
		{"a page of ours", []string{"X-Fieldgate-Csrf", "1", "Sec-Fetch-Site", "same-origin", "Origin", origin}, 201},
	} {
		got := g.ask("POST", g.private+"/api/v1/layers/shop/scopes", body, append(test.header, "Cookie", cookie, "Content-Type", "application/json")...)
		if got.status != test.want || got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %v %s", test.name, got.status, got.header, got.body)
		}
	}
	for _, test := range []struct {
		path, body, header string
		want               int
	}{
		{"/v1/decisions", `{"subject":{"unrestricted":true},"query":"{ product { cost } }"}`, "X-Fieldgate-Csrf", 200}, // the console's sandbox
		{"/v1/decisions", `{"subject":{"unrestricted":true},"query":"{ product { cost } }"}`, "X-Other", 403},
		{"/v1/data/fieldgate/decision", `{"input":{"subject":{"unrestricted":true},"query":"{ product { cost } }"}}`, "X-Fieldgate-Csrf", 401},
	} {
		if got := g.ask("POST", g.private+test.path, test.body, "Cookie", cookie, "Content-Type", "application/json", test.header, "1"); got.status != test.want {
			t.Errorf("a session asks for a decision: %s with %s: %d %s", test.path, test.header, got.status, got.body)
		}
	}
	if got := g.ask("DELETE", g.private+"/api/v1/session", "", "Cookie", cookie, "X-Fieldgate-Csrf", "1"); got.status != http.StatusNoContent {
		t.Errorf("sign out: %d %s", got.status, got.body)
	}
	if got := g.ask("GET", g.private+"/api/v1/whoami", "", "Cookie", cookie); got.status != http.StatusUnauthorized {
		t.Errorf("a session that has ended: %d %s", got.status, got.body)
	}
}

func TestOneServerForADataDirectory(t *testing.T) {
	g := newTeam(t)
	_, err := server.New(t.Context(), server.Options{Data: g.data, Log: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, server.ErrLocked) || strings.Contains(err.Error(), "invalid argument") {
		t.Errorf("a second server: %v", err)
	}
	if _, err := server.OpenState(t.Context(), g.data, slog.New(slog.DiscardHandler)); !errors.Is(err, server.ErrLocked) {
		t.Errorf("a second state: %v", err)
	}
	must[api.Session](t)(g.Whoami(t.Context()))
	g.restart() // the lock goes with the server
	_, err = server.New(t.Context(), server.Options{Data: t.TempDir(), Private: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, server.ErrNoTeam) {
		t.Errorf("a server without a team: %v", err)
	}
}

func TestClosingTwiceIsNoError(t *testing.T) {
	data := t.TempDir()
	initialize(t, data)
	s := must[*server.Server](t)(server.New(t.Context(), server.Options{Data: data, Private: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)}))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
