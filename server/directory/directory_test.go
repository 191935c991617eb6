package directory_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/fieldgate/fieldgate/server/directory"
	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shop is a store with two data layers and two scopes, and one token of shop that holds them.
func shop(t testing.TB) (*fake, secret.Secret) {
	t.Helper()
	f, s := newFake(), generate(t, secret.Token)
	f.putLayer("shop")
	f.putLayer("blog")
	f.putScope("shop", "s-mail", "mail")
	f.putScope("shop", "s-cost", "cost")
	f.putToken("shop", store.Token{ID: "t-1", Hash: s.Hash(), ScopeIDs: []string{"s-cost", "s-mail"}})
	return f, s
}

func TestAuthenticateReturnsWhatATokenOpens(t *testing.T) {
	f, s := shop(t)
	d := open(t, f)
	got, ok := d.Authenticate("shop", s.Reveal(), noon)
	want := directory.Token{ID: "t-1", LayerID: "id-shop", ScopeIDs: []string{"s-cost", "s-mail"}}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("%v (-want +got):\n%s", ok, diff)
	}
	got, ok = d.AuthenticateID("shop", "t-1", noon)
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("by id: %v (-want +got):\n%s", ok, diff)
	}
}

// TestR6 puts each kind of token that must not be let in before each way in, and wants the same answer.
func TestR6WhatIsRefusedIsRefusedInTheSameWay(t *testing.T) {
	f, good := shop(t)
	past, soon := noon.Add(-time.Hour), noon.Add(time.Second)
	revoked, expired, expiring, foreign, unknown := generate(t, secret.Token), generate(t, secret.Token), generate(t, secret.Token), generate(t, secret.Token), generate(t, secret.Token)
	f.putToken("shop", store.Token{ID: "revoked", Hash: revoked.Hash(), Unrestricted: true, Revoked: &past})
	f.putToken("shop", store.Token{ID: "expired", Hash: expired.Hash(), Unrestricted: true, Expires: &noon})
	f.putToken("shop", store.Token{ID: "expiring", Hash: expiring.Hash(), Unrestricted: true, Expires: &soon})
	f.putToken("blog", store.Token{ID: "foreign", Hash: foreign.Hash(), Unrestricted: true})
	key := generate(t, secret.Key)
	f.putKey(store.Key{ID: "key", Hash: key.Hash()})
	d := open(t, f)

	for _, test := range []struct{ name, layer, text, id string }{
		{"revoked", "shop", revoked.Reveal(), "revoked"},
		{"expired", "shop", expired.Reveal(), "expired"},
		{"of another data layer", "shop", foreign.Reveal(), "foreign"},
		{"unknown", "shop", unknown.Reveal(), "nobody"},
		{"bad CRC", "shop", good.Reveal()[:44] + "000000", "t-1 "},
		{"empty", "shop", "", ""},
		{"key", "shop", key.Reveal(), "key"},
		{"no such data layer", "ghost", good.Reveal(), "t-1"},
		{"no data layer", "", good.Reveal(), "t-1"},
		{"id of the data layer", "id-shop", good.Reveal(), "t-1"},
		{"id instead of the secret", "shop", "t-1", good.Reveal()},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := d.Authenticate(test.layer, test.text, noon)
			if diff := cmp.Diff(directory.Token{}, got); ok || diff != "" {
				t.Errorf("let in: %v %s", ok, diff)
			}
			got, ok = d.AuthenticateID(test.layer, test.id, noon)
			if diff := cmp.Diff(directory.Token{}, got); ok || diff != "" {
				t.Errorf("let in by id: %v %s", ok, diff)
			}
		})
	}
	if _, ok := d.Authenticate("shop", expiring.Reveal(), noon); !ok {
		t.Error("a token was refused a second before it expires")
	}
	if _, ok := d.Authenticate("shop", expiring.Reveal(), soon); ok {
		t.Error("a token was let in at the moment that it expires")
	}
}

func TestR6RevokedTokenIsRefusedOnceCaughtUp(t *testing.T) {
	f, s := shop(t)
	d := open(t, f)
	if _, ok := d.Authenticate("shop", s.Reveal(), noon); !ok {
		t.Fatal("not let in before")
	}
	catchUp(t, d, f.revoke("t-1", noon))
	if _, ok := d.Authenticate("shop", s.Reveal(), noon); ok {
		t.Error("let in after its revocation")
	}
	if got, ok := d.TokenByID("t-1"); !ok || !got.Revoked {
		t.Errorf("got %+v, %v", got, ok)
	}
	if got, ok := d.Token(s.Hash()); !ok || !got.Revoked {
		t.Errorf("got %+v, %v", got, ok)
	}
}

// A row that says otherwise later does not bring a token back.
func TestR6RevokingIsFinal(t *testing.T) {
	f, s := shop(t)
	d := open(t, f)
	catchUp(t, d, f.revoke("t-1", noon))
	catchUp(t, d, f.putToken("shop", store.Token{ID: "t-1", Hash: s.Hash(), Unrestricted: true}))
	if _, ok := d.Authenticate("shop", s.Reveal(), noon); ok {
		t.Error("a revoked token came back")
	}
}

// Eight readers authenticate while a writer revokes: whoever begins after CatchUp has returned is refused.
func TestR6NoReaderSeesATokenAfterItsRevocation(t *testing.T) {
	const count = 200
	f := newFake()
	f.putLayer("shop")
	secrets := make([]secret.Secret, count)
	for i := range secrets {
		secrets[i] = generate(t, secret.Token)
		f.putToken("shop", store.Token{ID: fmt.Sprint("t-", i), Hash: secrets[i].Hash(), Unrestricted: true})
	}
	d := open(t, f)
	var revoked [count]chan struct{}
	for i := range revoked {
		revoked[i] = make(chan struct{})
	}
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for i, s := range secrets {
				<-revoked[i]
				if _, ok := d.Authenticate("shop", s.Reveal(), noon); ok {
					t.Errorf("token %d was let in after its revocation", i)
				}
				if i+1 < count {
					d.Authenticate("shop", secrets[i+1].Reveal(), noon)
				}
			}
		})
	}
	for i := range secrets {
		catchUp(t, d, f.revoke(fmt.Sprint("t-", i), noon))
		close(revoked[i])
	}
	readers.Wait()
}

func TestR4DeletedScopeIsTakenOffEveryToken(t *testing.T) {
	f, s := shop(t)
	only, all := generate(t, secret.Token), generate(t, secret.Token)
	f.putToken("shop", store.Token{ID: "only", Hash: only.Hash(), ScopeIDs: []string{"s-mail"}})
	f.putToken("shop", store.Token{ID: "all", Hash: all.Hash(), Unrestricted: true})
	d := open(t, f)
	before, _ := d.Authenticate("shop", s.Reveal(), noon)
	catchUp(t, d, f.deleteScope("shop", "s-mail"))
	for _, test := range []struct {
		secret secret.Secret
		want   directory.Token
	}{
		{s, directory.Token{ID: "t-1", LayerID: "id-shop", ScopeIDs: []string{"s-cost"}}},
		{only, directory.Token{ID: "only", LayerID: "id-shop", ScopeIDs: []string{}}},
		{all, directory.Token{ID: "all", LayerID: "id-shop", ScopeIDs: []string{}, Unrestricted: true}},
	} {
		got, ok := d.Authenticate("shop", test.secret.Reveal(), noon)
		if diff := cmp.Diff(test.want, got); !ok || diff != "" {
			t.Errorf("%v (-want +got):\n%s", ok, diff)
		}
	}
	if diff := cmp.Diff([]string{"s-cost", "s-mail"}, before.ScopeIDs); diff != "" {
		t.Errorf("what a reader had was changed under it (-want +got):\n%s", diff)
	}
	if _, found := d.Scope("s-mail"); found {
		t.Error("the scope is still there")
	}
}

func TestR5NewScopeOfAnOldNameGrantsNobody(t *testing.T) {
	f, s := shop(t)
	d := open(t, f)
	f.deleteScope("shop", "s-mail")
	catchUp(t, d, f.putScope("shop", "s-mail-2", "mail"))
	got, _ := d.Authenticate("shop", s.Reveal(), noon)
	if diff := cmp.Diff([]string{"s-cost"}, got.ScopeIDs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"cost", "mail"}, scopeNames(d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func scopeNames(d *directory.Directory) []string {
	names := []string{}
	for _, s := range d.Scopes("id-shop") {
		names = append(names, s.Name)
	}
	return names
}

func TestTokensOfADeletedDataLayerAreRefused(t *testing.T) {
	f, s := shop(t)
	d := open(t, f)
	catchUp(t, d, f.deleteLayer("shop"))
	if _, ok := d.Authenticate("shop", s.Reveal(), noon); ok {
		t.Error("let in")
	}
	if _, found := d.Layer("shop"); found || len(d.Scopes("id-shop")) > 0 || len(d.Layers()) != 1 {
		t.Error("rows of the data layer are still there")
	}
}

func TestRefusingMalformedTextReadsNothing(t *testing.T) {
	f, s := shop(t)
	d := open(t, f)
	before := f.views
	d.Authenticate("shop", s.Reveal()[:44]+"000000", noon)
	d.Authenticate("shop", s.Reveal(), noon)
	d.Authenticate("shop", generate(t, secret.Token).Reveal(), noon)
	d.AuthenticateKey("fgm_", noon)
	d.AuthenticateKey(generate(t, secret.Key).Reveal(), noon)
	d.AuthenticateID("shop", "nobody", noon)
	if f.views != before || len(f.used) > 0 {
		t.Errorf("authenticating asked the store %d times", f.views-before)
	}
}

func TestCatchUpReadsNothingThatItHas(t *testing.T) {
	f, _ := shop(t)
	d := open(t, f)
	before := f.views
	catchUp(t, d, d.Head())
	catchUp(t, d, store.Head{Sequence: 1})
	if f.views != before {
		t.Error("the store was asked for what is known")
	}
	f.putScope("shop", "s-new", "new")
	catchUp(t, d, store.Head{})
	if _, found := d.Scope("s-new"); !found {
		t.Error("a zero head must read what is newest")
	}
}

func TestCatchUpToWhatIsNotThereIsAnError(t *testing.T) {
	f, _ := shop(t)
	d := open(t, f)
	if err := d.CatchUp(t.Context(), store.Head{Sequence: 1000}); !errors.Is(err, directory.ErrBehind) {
		t.Errorf("got %v", err)
	}
}

// Whatever read fails, the directory stays where it was, and catches up when the store answers again.
func TestCatchUpThatFailsIsTriedAgain(t *testing.T) {
	for _, method := range []string{"Head", "Team", "Members", "Keys", "Layers", "Scopes", "Revisions", "Token", "Audit", "View"} {
		t.Run(method, func(t *testing.T) {
			f, s := shop(t)
			f.putTeam("before")
			d := open(t, f)
			before, broken := d.Head(), errors.New("broken")
			f.putTeam("after")
			f.putMember(store.Member{ID: "m", Name: "Ada"})
			f.putRevision("shop", 1)
			head := f.revoke("t-1", noon)
			f.failing = func(called string) error {
				if called == method {
					return broken
				}
				return nil
			}
			if method == "View" {
				f.fail = broken
			}
			if err := d.CatchUp(t.Context(), head); !errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(before, d.Head()); diff != "" {
				t.Errorf("the head moved: %s", diff)
			}
			if team, _ := d.Team(); team.Name != "before" || len(d.Members()) > 0 {
				t.Error("half of a change is visible")
			}
			f.fail, f.failing = nil, func(string) error { return nil }
			catchUp(t, d, head)
			if _, ok := d.Authenticate("shop", s.Reveal(), noon); ok {
				t.Error("let in")
			}
		})
	}
}

func TestOpenFailsWhenTheStoreDoes(t *testing.T) {
	for _, method := range []string{"Head", "Team", "Members", "Keys", "Layers", "Scopes", "Revisions", "AllTokens"} {
		f, _ := shop(t)
		f.putTeam("team")
		broken := errors.New("broken")
		f.failing = func(called string) error {
			if called == method {
				return broken
			}
			return nil
		}
		if d, err := directory.Open(t.Context(), f); !errors.Is(err, broken) || d != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
}

func TestCatchUpEndsWithItsContext(t *testing.T) {
	f, _ := shop(t)
	d := open(t, f)
	head := f.putScope("shop", "s-new", "new")
	entered, leave := make(chan struct{}), make(chan struct{})
	f.failing = func(method string) error {
		if method == "Head" {
			close(entered)
			<-leave
		}
		return nil
	}
	first := make(chan error, 1)
	go func() { first <- d.CatchUp(context.Background(), head) }()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.CatchUp(ctx, head); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(leave)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// A store that was restored from a backup has another history: what the directory knew of the future is void.
func TestStoreOfAnotherHistoryIsReadAsAWhole(t *testing.T) {
	for _, test := range []struct {
		name   string
		more   int // entries of the other history beside the first five
		common bool
	}{
		{"shorter, common beginning", 0, true}, {"as long", 1, false}, {"longer", 5, false}, {"longer, common beginning", 5, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, s := shop(t)
			d := open(t, f)
			lost := generate(t, secret.Token)
			catchUp(t, d, f.putToken("shop", store.Token{ID: "lost", Hash: lost.Hash(), Unrestricted: true}))
			other, _ := shop(t)
			other.tokens = map[string]store.Token{"t-1": f.tokens["t-1"]}
			if test.common {
				other.entries = f.entries[:5:5]
			}
			other.chain = "other"
			for i := range test.more {
				other.putScope("shop", fmt.Sprint("s-other-", i), fmt.Sprint("other-", i))
			}
			f.mu.Lock()
			f.entries, f.tokens, f.scopes = other.entries, other.tokens, other.scopes
			f.mu.Unlock()
			catchUp(t, d, store.Head{})
			if d.Head().Sequence != uint64(5+test.more) || len(d.Scopes("id-shop")) != 2+test.more {
				t.Errorf("at %d with %d scopes", d.Head().Sequence, len(d.Scopes("id-shop")))
			}
			if _, ok := d.Authenticate("shop", lost.Reveal(), noon); ok {
				t.Error("a token that the store does not have was let in")
			}
			if _, ok := d.Authenticate("shop", s.Reveal(), noon); !ok {
				t.Error("a token that the store has was refused")
			}
		})
	}
}

func TestTokenWithoutAUsableIDIsAnError(t *testing.T) {
	for _, id := range []string{"", string(make([]byte, 256))} {
		f, _ := shop(t)
		f.putToken("shop", store.Token{ID: id, Hash: store.Hash{1}})
		if _, err := directory.Open(t.Context(), f); err == nil {
			t.Errorf("an id of %d bytes was taken", len(id))
		}
	}
}
