package admin_test

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/server/admin/admintest"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

// R4: what a token may read is said, one way or the other, and never changed.
func TestR4TokensSayWhatTheyRead(t *testing.T) {
	f := withShop(t)
	f.scope("finance", "Product.cost")
	for body, want := range map[string]struct {
		status  int
		pointer string
	}{
		`{"name":"a","scopes":["finance"]}`:            {201, ""},
		`{"name":"a","scopes":[],"unrestricted":true}`: {201, ""},
		`{"name":"a"}`:                                                       {400, "/scopes"},
		`{"name":"a","unrestricted":true}`:                                   {400, "/scopes"},
		`{"name":"a","scopes":null,"unrestricted":true}`:                     {400, "/scopes"},
		`{"name":"a","scopes":[]}`:                                           {400, "/scopes"},
		`{"name":"a","scopes":[],"unrestricted":false}`:                      {400, "/scopes"},
		`{"name":"a","scopes":["finance"],"unrestricted":true}`:              {400, "/unrestricted"},
		`{"name":"a","scopes":[""]}`:                                         {400, "/scopes/0"},
		`{"name":"a","scopes":["finance","finance"]}`:                        {400, "/scopes/1"},
		`{"name":"a","scopes":["nope"]}`:                                     {400, "/scopes/0"},
		`{"name":"a","scopes":"finance"}`:                                    {400, "/scopes"},
		`{"name":"a","scopes":["finance"],"role":"owner"}`:                   {400, "/role"},
		`{"name":"a","scopes":["finance"],"Unrestricted":true}`:              {400, "/Unrestricted"},
		`{"name":"a","scopes":["finance"],"expires":"2001-01-01T00:00:00Z"}`: {400, "/expires"},
		`{"name":"a","scopes":["finance"],"expires":"soon"}`:                 {400, "/expires"},
		`{"name":"","scopes":["finance"]}`:                                   {400, "/name"},
		`{"scopes":["finance"]}`:                                             {400, "/name"},
		`{"name":"a\nb","scopes":["finance"]}`:                               {400, "/name"},
		`{"name":"a\u202eb","scopes":["finance"]}`:                           {400, "/name"},
		`{"name":"` + strings.Repeat("a", 201) + `","scopes":["finance"]}`:   {400, "/name"},
	} {
		a := f.send(http.MethodPost, shop+"/tokens", body).is(want.status)
		if want.pointer != "" {
			a.has(`"pointer":"` + want.pointer + `"`)
		}
	}
	token := read[api.GeneratedToken](f.send(http.MethodPost, shop+"/tokens", api.NewToken{Name: "a", Scopes: []string{"finance"}}).is(201)).Token
	for _, method := range []string{http.MethodPatch, http.MethodPut, http.MethodPost} {
		a := f.send(method, shop+"/tokens/"+token.ID, `{"scopes":[]}`).is(405)
		if allow := a.Header().Get("Allow"); !strings.Contains(allow, "GET") || !strings.Contains(allow, "DELETE") || strings.Contains(allow, "P") {
			t.Errorf("%s: Allow is %q", method, allow)
		}
	}
}

// R21: a secret is in the answer that generated it, and nowhere else.
func TestR21SecretsAreShownOnce(t *testing.T) {
	f := withShop(t)
	f.scope("finance", "Product.cost")
	body := api.NewToken{Name: "site", Scopes: []string{"finance"}}
	first := read[api.GeneratedToken](f.send(http.MethodPost, shop+"/tokens", body, api.IdempotencyKey, "k-1").is(201))
	again := read[api.GeneratedToken](f.send(http.MethodPost, shop+"/tokens", body, api.IdempotencyKey, "k-1").is(200))
	if !strings.HasPrefix(first.Secret, "fgt_") || again.Secret != "" || again.Token.ID != first.Token.ID {
		t.Errorf("first %+v, then %+v", first, again)
	}
	body.Name = "other"
	f.send(http.MethodPost, shop+"/tokens", body, api.IdempotencyKey, "k-1").is(409).has("IDEMPOTENCY_KEY_REUSED")
	for _, bad := range []string{"", "two words", "é", strings.Repeat("k", 129)} {
		f.send(http.MethodPost, shop+"/tokens", body, api.IdempotencyKey, bad).is(400)
	}
	for _, path := range []string{shop + "/tokens", shop + "/tokens/" + first.Token.ID, api.Prefix + "/audit", api.Prefix + "/audit/export", shop, api.Prefix + "/members/" + f.OwnerMember.ID + "/keys"} {
		a := f.get(path).is(200)
		for _, secret := range []string{first.Secret, f.Owner, f.Developer} {
			if strings.Contains(a.Body.String(), secret) || strings.Contains(f.log.String(), secret) {
				t.Errorf("%s or the log shows a secret", path)
			}
		}
	}
}

// R6: revoking is final, and revoking again is no error.
func TestR6RevokedTokensStayRevoked(t *testing.T) {
	f := withShop(t)
	token := read[api.GeneratedToken](f.send(http.MethodPost, shop+"/tokens", api.NewToken{Name: "a", Scopes: []string{}, Unrestricted: true}).is(201)).Token
	if !token.Unrestricted || len(token.Scopes) != 0 || token.State != "active" {
		t.Errorf("token: %+v", token)
	}
	for range 2 {
		f.send(http.MethodDelete, shop+"/tokens/"+token.ID, nil).is(204)
	}
	f.get(shop + "/tokens/" + token.ID).is(200).has(`"state":"revoked"`)
}

func TestETags(t *testing.T) {
	f := withShop(t)
	s := f.scope("finance", "Product.cost")
	path, edit := shop+"/scopes/"+s.ID, api.NewScope{Name: "finance", Fields: []string{"Order"}}
	tag := f.get(path).is(200).Header().Get("ETag")
	f.do(request{method: http.MethodGet, path: path, key: f.Owner, header: map[string]string{"If-None-Match": tag}}).is(304)
	f.send(http.MethodPut, path, edit).is(428)
	f.send(http.MethodPut, path, edit, "If-Match", "*").is(428)
	for _, stale := range []string{`"0"`, `"999"`, `W/` + tag, strings.Trim(tag, `"`), `"x"`, `"-1"`, `"0` + strings.Trim(tag, `"`) + `"`, `"18446744073709551616"`} {
		f.send(http.MethodPut, path, edit, "If-Match", stale).is(412)
		f.send(http.MethodDelete, path, nil, "If-Match", stale).is(412)
	}
	f.send(http.MethodPut, path, edit, "If-Match", tag+", "+tag).is(400)
	changed := f.send(http.MethodPut, path, edit, "If-Match", tag).is(200)
	if next := changed.Header().Get("ETag"); next == tag || next != f.get(path).Header().Get("ETag") {
		t.Errorf("the ETag was %s and is %s", tag, next)
	}
	f.send(http.MethodDelete, path, nil, "If-Match", tag).is(412)
	f.send(http.MethodDelete, path, nil).is(428)
	f.send(http.MethodDelete, path+"?dry_run=true", nil).is(200).has(`"opens":["Order"]`, `"dry_run":true`)
	f.send(http.MethodDelete, path+"?dry_run=yes", nil, "If-Match", changed.Header().Get("ETag")).is(400)
	f.get(path).is(200)
	f.send(http.MethodDelete, path, nil, "If-Match", changed.Header().Get("ETag")).is(200).has(`"dry_run":false`)
	f.get(path).is(404)

	member := api.Prefix + "/members/" + f.DeveloperSelf.ID
	f.send(http.MethodPatch, member, api.MemberChange{Role: store.RoleOwner}).is(428)
	f.send(http.MethodDelete, member, nil).is(428)
	f.send(http.MethodPatch, shop, api.LayerChange{Schema: "x"}).is(428)
	f.send(http.MethodDelete, shop, nil).is(428)
	f.send(http.MethodDelete, shop, nil, "If-Match", `"1"`).is(412)
}

// R5: a new scope of an old name is another scope.
func TestR5RecreatedScopeGrantsNobody(t *testing.T) {
	f := withShop(t)
	s := f.scope("finance", "Product.cost")
	token := read[api.GeneratedToken](f.send(http.MethodPost, shop+"/tokens", api.NewToken{Name: "a", Scopes: []string{"finance"}}).is(201)).Token
	preview := read[api.ScopeDeletion](f.send(http.MethodDelete, shop+"/scopes/"+s.ID+"?dry_run=true", nil).is(200))
	if len(preview.Tokens) != 1 || preview.Tokens[0].ID != token.ID || preview.Tokens[0].Scopes[0].Name != "finance" {
		t.Errorf("preview: %+v", preview)
	}
	f.send(http.MethodDelete, shop+"/scopes/"+s.ID, nil, "If-Match", f.get(shop+"/scopes/"+s.ID).Header().Get("ETag")).is(200)
	if again := f.scope("finance", "Product.cost"); again.ID == s.ID {
		t.Error("an id was used again")
	}
	if now := read[api.Token](f.get(shop + "/tokens/" + token.ID).is(200)); len(now.Scopes) != 0 || now.Unrestricted {
		t.Errorf("the token is %+v", now)
	}
}

func TestR22FileOwnedScopesAreReadOnly(t *testing.T) {
	f := withShop(t)
	s := f.scope("finance", "Product.cost")
	f.OwnByFile(s.ID, "shop/scopes/finance.yaml")
	got := f.get(shop + "/scopes/" + s.ID).is(200).has(`"file":"shop/scopes/finance.yaml"`)
	tag := got.Header().Get("ETag")
	f.send(http.MethodPut, shop+"/scopes/"+s.ID, api.NewScope{Name: "finance", Fields: []string{"Order"}}, "If-Match", tag).is(409).has("shop/scopes/finance.yaml")
	f.send(http.MethodDelete, shop+"/scopes/"+s.ID, nil, "If-Match", tag).is(409).has("shop/scopes/finance.yaml")
}

// A definition that may hold a secret is shown to nobody.
func TestR21DefinitionWithSecretIsNotShown(t *testing.T) {
	f := withShop(t)
	for header, hidden := range map[string]bool{"${SHOP_KEY}": false, "Bearer ${SHOP_KEY}": false, "s3cret": true, "Bearer s3cret": true} {
		definition := "data_layer: shop\nupstream: {url: \"http://127.0.0.1:1\", headers: {X-Key: \"" + header + "\"}}\n"
		a := f.send(http.MethodPatch, shop, api.LayerChange{Definition: definition}, "If-Match", f.get(shop).Header().Get("ETag")).is(200)
		for _, a := range []answer{a, f.get(shop).is(200), f.get(api.Prefix + "/layers").is(200)} {
			if strings.Contains(a.Body.String(), "s3cret") || strings.Contains(a.Body.String(), `"definition_hidden":true`) != hidden {
				t.Errorf("%s: %s", header, a.Body)
			}
		}
	}
}

// Ids of another data layer are not there.
func TestOtherLayersIDs(t *testing.T) {
	f := withShop(t)
	f.send(http.MethodPost, api.Prefix+"/layers", api.NewLayer{Definition: "data_layer: blog"}).is(201)
	s := f.scope("finance", "Product.cost")
	token := read[api.GeneratedToken](f.send(http.MethodPost, shop+"/tokens", api.NewToken{Name: "a", Scopes: []string{"finance"}}).is(201)).Token
	run := read[api.Sync](f.send(http.MethodPost, shop+"/syncs", nil).is(202))
	const blog = api.Prefix + "/layers/blog"
	f.get(blog + "/scopes/" + s.ID).is(404)
	f.send(http.MethodPut, blog+"/scopes/"+s.ID, api.NewScope{Name: "x", Fields: []string{"A"}}, "If-Match", `"1"`).is(404)
	f.send(http.MethodDelete, blog+"/scopes/"+s.ID, nil, "If-Match", `"1"`).is(404)
	f.send(http.MethodDelete, blog+"/scopes/"+s.ID+"?dry_run=true", nil).is(404)
	f.get(blog + "/tokens/" + token.ID).is(404)
	f.send(http.MethodDelete, blog+"/tokens/"+token.ID, nil).is(404)
	f.get(blog + "/syncs/" + run.ID).is(404)
	f.get(shop + "/tokens/" + token.ID).is(200).has(`"state":"active"`)
	f.send(http.MethodPost, blog+"/tokens", api.NewToken{Name: "a", Scopes: []string{"finance"}}).is(400)
	f.send(http.MethodDelete, api.Prefix+"/members/"+f.DeveloperSelf.ID+"/keys/"+read[api.Session](f.get(whoami)).KeyID, nil).is(404)
	for _, n := range []string{"0", "999", "x", "-1"} {
		f.get(shop + "/revisions/" + n + "/bundle.tar.gz").is(404)
	}
}

func TestBodiesAreStrict(t *testing.T) {
	f := setUp(t, admintest.Options{MaxBody: 1000})
	members := api.Prefix + "/members"
	for body, status := range map[string]int{
		`{"name":"a","role":"admin"}`:                    400,
		`{"name":"a","role":"owner","id":"member-1"}`:    400,
		`{"name":"a","role":"developer","role":"owner"}`: 400,
		`{"name":"a","role":"developer"} {}`:             400,
		`{"name":"a","role":"developer","ROLE":"owner"}`: 400,
		"{\"name\":\"\xff\",\"role\":\"developer\"}":     400,
		`[]`: 400, `null`: 400, ``: 400, `{`: 400,
		`{"name":"` + strings.Repeat("a", 1000) + `","role":"developer"}`: 413,
	} {
		f.send(http.MethodPost, members, body).is(status)
	}
	f.send(http.MethodPost, members, `{"name":"a","role":"developer","permissions":[]}`).is(400).has(`"pointer":"/permissions"`)
	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "multipart/form-data; boundary=x", "-"} {
		f.send(http.MethodPost, members, `{"name":"a","role":"developer"}`, "Content-Type", media).is(415)
	}
	f.send(http.MethodPost, members, `{"name":"a","role":"developer"}`, "Content-Encoding", "gzip").is(415)
	f.send(http.MethodGet, members+"?limt=1", nil).is(400).has(`"suggestion":"limit"`)
	for _, query := range []string{"limit=0", "limit=-1", "limit=1001", "limit=x", "limit=1&limit=2", "after=!", "after=", "%zz"} {
		f.send(http.MethodGet, members+"?"+query, nil).is(400)
	}
	list, err := f.Members(t.Context())
	if err != nil || len(list) != 2 {
		t.Errorf("members: %v, %v", list, err)
	}
}

func TestPages(t *testing.T) {
	f := withShop(t)
	var want []string
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		want = append(want, f.scope(name, "Product.cost").Name)
		f.send(http.MethodPost, shop+"/tokens", api.NewToken{Name: name, Scopes: []string{}, Unrestricted: true}).is(201)
	}
	var got []string
	for path := shop + "/scopes?limit=2"; path != ""; {
		a := f.get(path).is(200)
		page := read[api.List[api.Scope]](a)
		for _, s := range page.Items {
			got = append(got, s.Name)
		}
		if len(page.Items) > 2 || (page.Next == "") != (len(got) == 5) {
			t.Fatalf("page: %+v", page)
		}
		path = strings.TrimSuffix(strings.TrimPrefix(a.Header().Get("Link"), "<"), `>; rel="next"`)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, list := range []string{"/tokens", "/syncs", "/revisions"} {
		seen, path := map[string]bool{}, shop+list+"?limit=2"
		for {
			page := read[api.List[map[string]any]](f.get(path).is(200))
			for _, row := range page.Items {
				key, _ := row["id"].(string)
				if n, ok := row["number"].(float64); ok {
					key = time.Duration(n).String()
				}
				if seen[key] {
					t.Errorf("%s: %s twice", list, key)
				}
				seen[key] = true
			}
			if page.Next == "" {
				break
			}
			path = shop + list + "?limit=2&after=" + page.Next
		}
		if len(seen) < 5 {
			t.Errorf("%s: %d rows", list, len(seen))
		}
	}
	f.get(api.Prefix + "/members/" + f.DeveloperSelf.ID + "/keys?limit=1").is(200).has(`"next"`)
}

// Markup in names is text, before and after; line breaks reach neither the log nor a header.
func TestTextsRoundTrip(t *testing.T) {
	f := withShop(t)
	const markup = `<script>alert('x')</script>"&{{7*7}}`
	s := read[api.ChangedScope](f.send(http.MethodPost, shop+"/scopes", api.NewScope{Name: "web", Description: markup + "\nsecond line", Fields: []string{"A"}}).is(201)).Scope
	if s.Description != markup+"\nsecond line" {
		t.Errorf("got %q", s.Description)
	}
	m := f.send(http.MethodPost, api.Prefix+"/members", api.NewMember{Name: markup, Role: store.RoleDeveloper}).is(201)
	if strings.Contains(m.Body.String(), "<script>") || read[api.Member](m).Name != markup {
		t.Errorf("got %s", m.Body)
	}
	for name, value := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Content-Type": "application/json", "X-Frame-Options": "DENY",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Referrer-Policy": "no-referrer",
	} {
		if got := m.Header().Get(name); got != value {
			t.Errorf("%s is %q", name, got)
		}
	}
	for _, path := range []string{"/layers/a%0d%0aforged%3a%20line", "/layers/shop%0aX/scopes/%0d%0a", "/layers/shop/tokens/%1b%5b2J", "/audit?actor=%0aforged"} {
		a := f.get(api.Prefix + path)
		for _, values := range a.Header() {
			if strings.ContainsAny(strings.Join(values, ""), "\r\n") {
				t.Errorf("%s: a header has a line break: %q", path, values)
			}
		}
	}
	for line := range strings.Lines(f.log.String()) {
		if !strings.HasPrefix(line, `{"time":`) || !strings.HasSuffix(line, "}\n") {
			t.Errorf("a forged line: %q", line)
		}
	}
}

// The control plane's errors keep their kind, place and words; what is behind them stays in the log.
func TestErrorsOfTheControlPlane(t *testing.T) {
	f := withShop(t)
	s := f.scope("finance", "Product.cost")
	edit := func() answer {
		return f.send(http.MethodPut, shop+"/scopes/"+s.ID, api.NewScope{Name: "a", Fields: []string{"A"}}, "If-Match", `"1"`)
	}
	for kind, status := range map[control.Kind]int{
		control.Invalid: 400, control.NotFound: 404, control.Conflict: 409, control.FileOwned: 409, control.Stale: 412,
		control.Unprocessable: 422, control.Full: 507, 99: 500,
	} {
		f.Fail["UpdateScope"] = &control.Error{Kind: kind, Code: "CODE", Message: "words", Err: errors.New("disk /dev/sda1")}
		a := edit().is(status)
		if strings.Contains(a.Body.String(), "/dev/sda1") {
			t.Errorf("%d shows what is behind it: %s", kind, a.Body)
		}
	}
	for err, status := range map[error]int{store.ErrNotFound: 404, store.ErrConflict: 409, store.ErrStale: 412, store.ErrFull: 507, errors.New("disk /dev/sda1"): 500} {
		f.Fail["UpdateScope"] = err
		a := edit().is(status)
		if strings.Contains(a.Body.String(), "/dev/sda1") {
			t.Errorf("it shows what is behind it: %s", a.Body)
		}
	}
	if !strings.Contains(f.log.String(), "/dev/sda1") {
		t.Error("the log lacks the failure")
	}
	delete(f.Fail, "UpdateScope")
	f.send(http.MethodPost, shop+"/scopes", api.NewScope{Name: "a", Fields: []string{"A", "Nope.x", "Nope.y"}}).is(422).
		has(`"pointer":"/fields/1"`, `"pointer":"/fields/2"`, `"hint":"did you mean Product?"`)
}

func TestR20Audit(t *testing.T) {
	f := withShop(t)
	f.scope("finance", "Product.cost")
	f.send(http.MethodPost, api.Prefix+"/members", api.NewMember{Name: "=cmd|' /C calc'!A0", Role: store.RoleDeveloper}).is(201)
	audit := api.Prefix + "/audit"
	entries := func(query string) []store.Entry {
		return read[api.List[store.Entry]](f.get(audit + query).is(200)).Items
	}
	all := entries("")
	if newest := entries("?newest=true&limit=2"); len(newest) != 2 || newest[0].Sequence != all[len(all)-1].Sequence {
		t.Errorf("newest: %+v", newest)
	}
	var backwards []uint64
	for path := audit + "?newest=true&limit=3"; ; {
		page := read[api.List[store.Entry]](f.get(path).is(200))
		for _, e := range page.Items {
			backwards = append(backwards, e.Sequence)
		}
		if page.Next == "" {
			break
		}
		path = audit + "?newest=true&limit=3&after=" + page.Next
	}
	if len(backwards) != len(all) || backwards[0] != all[len(all)-1].Sequence || backwards[len(backwards)-1] != 1 {
		t.Errorf("backwards: %v", backwards)
	}
	for query, want := range map[string]string{
		"?action=scope.": "scope.created", "?action=scope.created": "scope.created", "?target=finance": "scope.created", "?action=scope.&data_layer=shop": "scope.created",
		"?action=scope.&actor=Olive": "scope.created", "?action=scope.&actor=" + f.OwnerMember.ID: "scope.created", "?action=scope.&from=2001-01-01T00:00:00Z": "scope.created",
		"?action=scope.&actor=Dev": "", "?action=scop": "", "?until=2001-01-01T00:00:00Z": "", "?from=2101-01-01T00:00:00Z": "", "?data_layer=blog": "",
	} {
		got := entries(query)
		if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || string(got[0].Action) != want) {
			t.Errorf("%s: %+v", query, got)
		}
	}
	for _, query := range []string{"?from=yesterday", "?newest=1", "?after=eA", "?actr=x"} {
		f.get(audit + query).is(400)
	}
	lines := f.get(audit + "/export").is(200)
	if got := strings.Count(lines.Body.String(), "\n"); got != len(all) || !strings.HasPrefix(lines.Body.String(), `{"sequence":1,`) {
		t.Errorf("%d lines, want %d", got, len(all))
	}
	table := f.get(audit + "/export?format=csv").is(200)
	rows, err := csv.NewReader(table.Body).ReadAll()
	if err != nil || len(rows) != len(all)+1 || rows[0][0] != "sequence" {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if name := rows[len(rows)-1][12]; name != "'=cmd|' /C calc'!A0" {
		t.Errorf("a formula: %q", name)
	}
	if empty := f.get(audit + "/export?data_layer=blog").is(200); empty.Body.Len() != 0 {
		t.Errorf("got %q", empty.Body)
	}
	f.get(audit + "/export?format=xml").is(400)
	f.get(audit+"/head").is(200).has(`"sequence":`, `"hash":"`)
	f.get(audit + "/verify").is(200).has(`"intact":true`)
	f.Broken = true
	f.get(audit+"/verify").is(200).has(`"intact":false`, "entry 2")
}

// An export that fails half-way is cut off, so that it is not taken for the whole.
func TestBrokenExportIsNoExport(t *testing.T) {
	f := withShop(t)
	f.Fail["Audit"] = errors.New("disk /dev/sda1")
	server := httptest.NewServer(f.Router)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+api.Prefix+"/audit/export", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+f.Owner)
	answer, err := server.Client().Do(r)
	if err != nil {
		return // cut before the header was sent
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	if all, err := io.ReadAll(answer.Body); err == nil {
		t.Errorf("half an export looks whole: %d bytes", len(all))
	}
	f.get(api.Prefix + "/audit").is(500)
}

func TestR22ApplyTakesFilesOnly(t *testing.T) {
	f := withShop(t)
	apply := func(a any) answer { return f.send(http.MethodPost, api.Prefix+"/apply", a) }
	good := map[string]string{"fieldgate.yaml": "", "shop/layer.yaml": "data_layer: shop", "shop/scopes/web.yaml": "scope: web"}
	plan := read[api.AppliedFiles](apply(api.Apply{Files: good, DryRun: true}).is(200))
	if !plan.DryRun || len(plan.DataLayers) != 1 || plan.DataLayers[0].Sync != nil || plan.DataLayers[0].Created[0] != "web" {
		t.Errorf("plan: %+v", plan)
	}
	done := read[api.AppliedFiles](apply(api.Apply{Files: good, Commit: "0123abc"}).is(200))
	if done.DataLayers[0].Sync == nil {
		t.Errorf("done: %+v", done)
	}
	if last := read[api.List[store.Entry]](f.get(api.Prefix + "/audit?newest=true&limit=1")).Items[0]; last.Actor.Commit != "0123abc" || last.Actor.ID != f.OwnerMember.ID {
		t.Errorf("entry: %+v", last)
	}
	apply(api.Apply{}).is(400)
	apply(api.Apply{Files: map[string]string{}}).is(400)
	apply(api.Apply{Files: good, Commit: "main\nforged"}).is(400)
	for _, path := range []string{"", "/etc/passwd", "../x", "a/../b", "./a", "a//b", "a/", "..", "a\\b", "a\nb", "a\x00b"} {
		apply(api.Apply{Files: map[string]string{path: "x"}}).is(400)
	}
}
