package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/server/admin/api"
)

// TestR4R5TokensFollowTheirScopes runs steps on a new team each: what a token may read before and after.
func TestR4R5TokensFollowTheirScopes(t *testing.T) {
	for _, test := range []struct {
		name   string
		scopes []string // that the token is generated with; none: unrestricted
		before string
		change func(g *team)
		after  string
	}{
		{"R4: a token whose only scope is deleted reads unscoped coordinates only", []string{"cost"}, "name cost",
			func(g *team) { g.edit("margin", "Product.margin", "Product.cost"); g.drop("cost") }, "name"},
		{"R5: what only a deleted scope covered is readable by every token", []string{"margin"}, "name margin",
			func(g *team) { g.drop("cost") }, "name cost margin"},
		{"R4: unrestricted stays unrestricted", nil, "name cost margin",
			func(g *team) { g.drop("margin"); g.scope("new", "Product.name") }, "name cost margin"},
		{"R5: a scope of a deleted one's name grants nobody", []string{"cost"}, "name cost",
			func(g *team) { g.drop("cost"); g.scope("cost", "Product.cost") }, "name"},
		{"R5: an edit that adds a field is seen by the next decision", []string{"cost"}, "name cost",
			func(g *team) { g.edit("cost", "Product.cost", "Product.margin") }, "name cost margin"},
		{"R5: an edit that takes a field away is seen by the next decision", []string{"cost", "margin"}, "name cost margin",
			func(g *team) { g.edit("cost", "Product.name"); g.edit("margin", "Product.cost") }, "name cost margin"},
		{"R5: a new scope takes what was unscoped from who does not hold it", []string{"cost"}, "name cost",
			func(g *team) { g.scope("names", "Product.name") }, "cost"},
		{"R5: a renamed scope is the same", []string{"cost"}, "name cost", func(g *team) {
			must[api.ChangedScope](g.t)(g.UpdateScope(g.t.Context(), "shop", g.named("cost"), api.NewScope{Name: "money", Fields: []string{"Product.cost"}}))
		}, "name cost"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := newTeam(t)
			g.shop("cost", "margin")
			token := g.token(test.scopes...)
			g.mayRead("before", token, test.before)
			test.change(g)
			g.mayRead("after", token, test.after)
			if got := must[api.Token](t)(g.Token(t.Context(), "shop", token.Token.ID)); got.Unrestricted != (test.scopes == nil) {
				t.Errorf("unrestricted has become %v (R4)", got.Unrestricted)
			}
			g.restart()
			g.mayRead("after a restart", token, test.after)
			g.verified()
		})
	}
}

func TestR4WhatATokenMayReadIsSaid(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	const path = "/api/v1/layers/shop/tokens"
	for body, want := range map[string]int{
		`{"name":"a"}`:                                       400,
		`{"name":"a","scopes":null}`:                         400,
		`{"name":"a","scopes":[]}`:                           400,
		`{"name":"a","scopes":[],"unrestricted":false}`:      400,
		`{"name":"a","scopes":[""]}`:                         400,
		`{"name":"a","unrestricted":true}`:                   400,
		`{"name":"a","scopes":["cost"],"unrestricted":true}`: 400,
		`{"name":"a","scopes":["cost"],"Unrestricted":true}`: 400,
		`{"name":"a","scopes":["cost"],"scopes":[]}`:         400,
		`{"name":"a","scopes":["COST"]}`:                     400,
	} {
		if got := g.api("POST", path, body); got.status != want && got.status != 422 || strings.Contains(got.body, "secret") {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	if list := must[[]api.Token](t)(g.Tokens(t.Context(), "shop")); len(list) != 0 {
		t.Errorf("refused requests made %v", list)
	}
	made := g.token("cost")
	for _, method := range []string{"PATCH", "PUT", "POST"} {
		got := g.api(method, path+"/"+made.Token.ID, `{"scopes":[],"unrestricted":true}`)
		if allow := got.header.Get("Allow"); got.status != 405 || !strings.Contains(allow, "DELETE") || strings.Contains(allow, method) {
			t.Errorf("%s: %d, Allow %q: %s", method, got.status, allow, got.body)
		}
	}
	g.mayRead("after attempts to edit it", made, "name cost margin")
}

// TestR6TokensThatOpenNothingAreRefusedAlike wants the same answer, to the byte, whatever is wrong with a token.
func TestR6TokensThatOpenNothingAreRefusedAlike(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	g.layer("site")
	revoked, good := g.token("cost"), g.token("cost")
	if err := g.RevokeToken(t.Context(), "shop", revoked.Token.ID); err != nil {
		t.Fatal(err)
	}
	soon := time.Now().Add(300 * time.Millisecond)
	expired := g.tokenOf("shop", api.NewToken{Name: "short", Scopes: []string{"cost"}, Expires: &soon})
	other := g.tokenOf("site", api.NewToken{Name: "other", Scopes: []string{}, Unrestricted: true})
	removed := g.tokenOf("site", api.NewToken{Name: "gone with its layer", Scopes: []string{}, Unrestricted: true})
	poll(t, "the expiry", func() bool { return !time.Now().Before(soon) })
	tampered := []byte(good.Secret)
	tampered[10] ^= 1
	bad := map[string][2]string{
		"revoked":           {revoked.Secret, revoked.Token.ID},
		"expired":           {expired.Secret, expired.Token.ID},
		"another layer's":   {other.Secret, other.Token.ID},
		"of a layer gone":   {removed.Secret, removed.Token.ID},
		"tampered":          {string(tampered), good.Token.ID + "x"},
		"short":             {good.Secret[:len(good.Secret)-1], good.Token.ID[1:]},
		"long":              {good.Secret + "0", "0"},
		"bad checksum":      {good.Secret[:len(good.Secret)-6] + "000000", "fgt_"},
		"another prefix":    {strings.Replace(good.Secret, "fgt_", "fgm_", 1), "%"},
		"a member's key":    {g.key, "x"},
		"no token":          {"x", "y"},
		"without a prefix":  {good.Secret[4:], "z"},
		"its own id":        {good.Token.ID, good.Secret},
		"in another casing": {strings.ToUpper(good.Secret), strings.ToUpper(good.Token.ID) + "A"},
	}
	if err := g.DeleteLayer(t.Context(), must[api.Layer](t)(g.Layer(t.Context(), "site"))); err != nil {
		t.Fatal(err)
	}
	answers := map[string]map[string][]string{} // by the way of asking and the answer: who got it
	note := func(way, name string, want int, got answer) {
		if answers[way] == nil {
			answers[way] = map[string][]string{}
		}
		text := fmt.Sprintln(got.status, got.header.Get("WWW-Authenticate"), withoutID(got))
		answers[way][text] = append(answers[way][text], name)
		if got.status != want {
			t.Errorf("%s, %s: %d %s", way, name, got.status, got.body)
		}
		if strings.Contains(got.body, `"data":{`) || strings.Contains(got.body, "allowed") {
			t.Errorf("%s, %s: it opens: %s", way, name, got.body)
		}
	}
	for name, token := range bad {
		note("gateway", name, 401, g.read(token[0]))
		note("schema", name, 401, g.ask("GET", g.public+"/layers/shop/schema.graphql", "", "Authorization", "Bearer "+token[0]))
		note("token", name, 404, g.decide(fmt.Sprintf(`{"token":%q}`, token[0])))
		note("token_id", name, 404, g.decide(fmt.Sprintf(`{"token_id":%q}`, token[1])))
	}
	for way, texts := range answers {
		if len(texts) != 1 {
			t.Errorf("%s: tokens that open nothing can be told apart (R6): %q", way, texts)
		}
	}
	g.mayRead("the good one", good, "name cost margin")
	// Revoking again, and reviving, change nothing: it is final.
	if err := g.RevokeToken(t.Context(), "shop", revoked.Token.ID); err != nil && status(err) != 404 {
		t.Errorf("revoking again: %v", err)
	}
	g.restart()
	if got := g.read(revoked.Secret); got.status != 401 {
		t.Errorf("revoked, after a restart: %d %s", got.status, got.body)
	}
}

// withoutID is a body without the id of its request.
func withoutID(got answer) string {
	if id := got.header.Get("X-Request-Id"); id != "" {
		return strings.ReplaceAll(got.body, id, "ID")
	}
	return got.body
}

// poll waits until something holds.
func poll(t testing.TB, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(time.Minute); !holds(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
