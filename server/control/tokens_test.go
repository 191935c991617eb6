package control_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

func TestR4ScopesOfATokenAreSaid(t *testing.T) {
	p := open(t)
	p.shop()
	p.scope("finance", "Product.cost")
	past, far := p.clock.Now(), time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		in      control.TokenRequest
		code    string
		pointer string
		hint    string
	}{
		"nothing said":               {control.TokenRequest{Name: "a"}, control.CodeScopesUnsaid, "/scopes", ""},
		"unrestricted without a say": {control.TokenRequest{Name: "a", Unrestricted: true}, control.CodeScopesUnsaid, "/scopes", ""},
		"empty":                      {control.TokenRequest{Name: "a", Scopes: []string{}}, control.CodeUnrestricted, "/unrestricted", ""},
		"both":                       {control.TokenRequest{Name: "a", Scopes: []string{"finance"}, Unrestricted: true}, control.CodeUnrestricted, "/unrestricted", ""},
		"the empty scope":            {control.TokenRequest{Name: "a", Scopes: []string{""}}, control.CodeUnknownScope, "/scopes/0", "there are: finance"},
		"a typo":                     {control.TokenRequest{Name: "a", Scopes: []string{"finance", "finanec"}}, control.CodeUnknownScope, "/scopes/1", "did you mean `finance`?"},
		"twice":                      {control.TokenRequest{Name: "a", Scopes: []string{"finance", "finance"}}, control.CodeUnknownScope, "/scopes/1", ""},
		"no name":                    {control.TokenRequest{Name: "", Scopes: []string{"finance"}}, control.CodeName, "/name", ""},
		"a name that forges a line":  {control.TokenRequest{Name: "a\r\nb", Scopes: []string{"finance"}}, control.CodeName, "/name", ""},
		"a name of spaces":           {control.TokenRequest{Name: "  ", Scopes: []string{"finance"}}, control.CodeName, "/name", ""},
		"a long name":                {control.TokenRequest{Name: strings.Repeat("é", 129), Scopes: []string{"finance"}}, control.CodeName, "/name", ""},
		"expired":                    {control.TokenRequest{Name: "a", Scopes: []string{"finance"}, Expires: &past}, control.CodeExpiry, "/expires", ""},
		"a year without a form":      {control.TokenRequest{Name: "a", Scopes: []string{"finance"}, Expires: &far}, control.CodeExpiry, "/expires", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before, _ := p.Head(t.Context())
			_, text, err := p.GenerateToken(t.Context(), p.owner, "shop", test.in, store.Once{Key: "once"})
			e := refusal(t, err, control.Invalid, test.code)
			if text != "" || len(e.Details) != 1 || e.Details[0].Pointer != test.pointer || e.Details[0].Hint != test.hint {
				t.Errorf("the details are %+v", e.Details)
			}
			after, _ := p.Head(t.Context())
			want(t, "head", after, before)
		})
	}
	_, _, err := p.GenerateToken(t.Context(), p.owner, "gone", control.TokenRequest{Name: "a", Scopes: []string{"x"}}, store.Once{})
	refusal(t, err, control.NotFound, control.CodeNotFound)
}

func TestTokensAreGeneratedOnceForAKey(t *testing.T) {
	p := open(t)
	p.shop()
	p.scope("finance", "Product.cost")
	in := control.TokenRequest{Name: "a", Scopes: []string{"finance"}}
	first, text, err := p.GenerateToken(t.Context(), p.owner, "shop", in, store.Once{Key: "k"})
	if err != nil || text == "" {
		t.Fatal(err)
	}
	again, none, err := p.GenerateToken(t.Context(), p.owner, "shop", in, store.Once{Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the second secret", none, "")
	want(t, "the second token", again.ID, first.ID)
	_, none, err = p.GenerateToken(t.Context(), p.owner, "shop", control.TokenRequest{Name: "b", Scopes: []string{"finance"}}, store.Once{Key: "k"})
	refusal(t, err, control.Conflict, control.CodeIdempotency)
	want(t, "the third secret", none, "")
	list, err := p.Tokens(t.Context(), "shop", store.Page{})
	if err != nil || len(list) != 1 {
		t.Errorf("%d tokens, %v", len(list), err)
	}
	// Without a key, and with another, each call makes one.
	for _, once := range []store.Once{{}, {}, {Key: "l"}} {
		if _, text, err := p.GenerateToken(t.Context(), p.owner, "shop", in, once); err != nil || text == "" {
			t.Error(err)
		}
	}
}

func TestR6TokensThatOpenNothingAreRefusedAlike(t *testing.T) {
	p := open(t)
	p.shop()
	if _, err := p.CreateLayer(t.Context(), p.owner, "data_layer: other\n", shopSchema); err != nil {
		t.Fatal(err)
	}
	p.scope("finance", "Product.cost")
	soon := p.clock.Now().Add(time.Hour)
	expiring, expiringSecret, err := p.GenerateToken(t.Context(), p.owner, "shop", control.TokenRequest{Name: "e", Scopes: []string{"finance"}, Expires: &soon}, store.Once{})
	if err != nil {
		t.Fatal(err)
	}
	revoked, revokedSecret := p.token("r", "finance")
	good, goodSecret := p.token("g", "finance")
	want(t, "before", p.reads(revokedSecret), "name cost margin")
	want(t, "before it expires", p.reads(expiringSecret), "name cost margin")

	_, err = p.Token(t.Context(), "other", good.ID)
	refusal(t, err, control.NotFound, control.CodeNotFound)
	refusal(t, p.RevokeToken(t.Context(), p.owner, "other", good.ID), control.NotFound, control.CodeNotFound)
	for range 2 { // revoking again is no error
		if err := p.RevokeToken(t.Context(), p.owner, "shop", revoked.ID); err != nil {
			t.Fatal(err)
		}
	}
	p.clock.Advance(time.Hour)
	unknown, err := secret.New(secret.Token, strings.NewReader(strings.Repeat("a", 80)))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"revoked": revokedSecret, "expired": expiringSecret, "unknown": unknown.Reveal(), "empty": "", "short": goodSecret[:20], "a key": p.key,
		"bad checksum": goodSecret[:len(goodSecret)-1] + "!",
	} {
		who, err := p.Subject("shop", text)
		if err == nil || err.Error() != control.ErrToken.Error() || who.Unrestricted || who.ScopeIDs != nil || who.Scopes != nil {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	for _, id := range []string{revoked.ID, expiring.ID, "gone", ""} {
		if _, err := p.SubjectByID("shop", id); err == nil || err.Error() != control.ErrToken.Error() {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, layer := range []string{"other", "gone", ""} {
		if _, err := p.Subject(layer, goodSecret); err == nil || err.Error() != control.ErrToken.Error() {
			t.Errorf("%s: %v", layer, err)
		}
	}
	want(t, "the good one", p.reads(goodSecret), "name cost margin")
	if diff := cmp.Diff(engine.Subject{ScopeIDs: good.ScopeIDs}, subject(t, p, goodSecret)); diff != "" {
		t.Error(diff)
	}
}

func subject(t *testing.T, p *plane, text string) engine.Subject {
	t.Helper()
	who, err := p.Subject("shop", text)
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func TestR6DeletingADataLayerRevokesItsTokens(t *testing.T) {
	p := open(t)
	p.shop()
	l, err := p.Layer(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	_, text := p.token("all")
	refusal(t, p.DeleteLayer(t.Context(), p.owner, "shop", l.Version+100), control.Stale, control.CodeStale)
	want(t, "before", p.reads(text), "name cost margin")
	if err := p.DeleteLayer(t.Context(), p.owner, "shop", l.Version); err != nil {
		t.Fatal(err)
	}
	want(t, "after", p.reads(text), control.ErrToken.Error())
	if names := p.Registry().Names(); len(names) > 0 {
		t.Errorf("there are %v", names)
	}
	_, err = p.CreateLayer(t.Context(), p.owner, shopDefinition, shopSchema)
	refusal(t, err, control.Conflict, control.CodeNameTaken)
	want(t, "registered after a failed creation", len(p.Registry().Names()), 0)
}
