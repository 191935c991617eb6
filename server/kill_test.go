package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/admin/client"
	"github.com/fieldgate/fieldgate/server/store"
)

// identified gives each request the id that its context holds, so that its audit entries can be found.
type identified struct{ http.RoundTripper }

type idKey struct{}

func (i identified) RoundTrip(r *http.Request) (*http.Response, error) {
	if id, ok := r.Context().Value(idKey{}).(string); ok {
		r = r.Clone(r.Context())
		r.Header.Set("X-Request-Id", id)
	}
	return i.RoundTripper.RoundTrip(r)
}

// author changes scopes and tokens that nobody else changes, one after the other.
type author struct {
	*client.Client
	t      *testing.T
	name   string
	dice   *rand.Rand
	n      int
	scopes map[string]api.Scope // by id, as they were acknowledged
	gone   []string             // ids of scopes whose deletion was acknowledged
	tokens map[string]secretOf  // by id
	acked  []string             // ids of requests that were acknowledged
	open   string               // id of the request that was sent and not acknowledged
	about  string               // id or name of the scope or token that it changes
}

// secretOf is a token as it was acknowledged.
type secretOf struct {
	secret  string
	revoked bool
}

var shopFields = []string{"Product.name", "Product.cost", "Product.margin"}

// change makes one change at random. It returns false when the server was gone before it acknowledged it.
func (a *author) change(ctx context.Context) bool {
	a.n++
	a.open = fmt.Sprintf("%s-%d", a.name, a.n)
	ctx = context.WithValue(ctx, idKey{}, a.open)
	fields := slices.Clone(shopFields)
	a.dice.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	fields = fields[:1+a.dice.IntN(2)]
	var err error
	switch kind := a.dice.IntN(10); {
	case len(a.scopes) < 2 || kind < 2:
		err = a.create(ctx, fields)
	case kind < 5:
		err = a.edit(ctx, fields)
	case kind < 6:
		err = a.drop(ctx)
	case kind < 9:
		err = a.generate(ctx)
	default:
		err = a.revoke(ctx)
	}
	if refused := (*client.Error)(nil); errors.As(err, &refused) {
		a.t.Errorf("%s: %d %v", a.open, refused.Status, err)
	}
	if err != nil {
		return false
	}
	a.acked, a.open, a.about = append(a.acked, a.open), "", ""
	return true
}

func (a *author) any() api.Scope {
	ids := make([]string, 0, len(a.scopes))
	for id := range a.scopes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return a.scopes[ids[a.dice.IntN(len(ids))]]
}

func (a *author) create(ctx context.Context, fields []string) error {
	a.about = a.open
	made, err := a.CreateScope(ctx, "shop", api.NewScope{Name: a.open, Fields: fields})
	if err == nil {
		a.scopes[made.Scope.ID] = made.Scope
	}
	return err
}

func (a *author) edit(ctx context.Context, fields []string) error {
	s := a.any()
	a.about = s.ID
	made, err := a.UpdateScope(ctx, "shop", s, api.NewScope{Name: s.Name, Description: a.open, Fields: fields})
	if err == nil {
		a.scopes[s.ID] = made.Scope
	}
	return err
}

func (a *author) drop(ctx context.Context) error {
	s := a.any()
	a.about = s.ID
	_, err := a.DeleteScope(ctx, "shop", s)
	if err == nil {
		delete(a.scopes, s.ID)
		a.gone = append(a.gone, s.ID)
	}
	return err
}

func (a *author) generate(ctx context.Context) error {
	made, err := a.GenerateToken(ctx, "shop", api.NewToken{Name: a.open, Scopes: []string{a.any().Name}}, a.open)
	if err == nil {
		a.tokens[made.Token.ID] = secretOf{secret: made.Secret}
	}
	return err
}

func (a *author) revoke(ctx context.Context) error {
	for id, token := range a.tokens {
		if token.revoked { // once more would change nothing
			continue
		}
		a.about = id
		err := a.RevokeToken(ctx, "shop", id)
		if err == nil {
			token.revoked = true
			a.tokens[id] = token
		}
		return err
	}
	return a.generate(ctx)
}

// TestR20KilledServerKeepsWhatItAcknowledged kills a server that several admins write to, again and again on the same data
// directory: after a restart every change that was acknowledged is there with its audit entry, none is there by half, and
// decisions are those of the store.
func TestR20KilledServerKeepsWhatItAcknowledged(t *testing.T) {
	rounds := 10
	if os.Getenv("FIELDGATE_SOAK") != "" {
		rounds = 200
	}
	var g *team
	changes, cut := 0, 0
	for round := range rounds {
		if round%20 == 0 { // each round reads all that the others wrote
			g = newTeam(t)
			g.shop()
		}
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		authors := g.killed(t, round)
		g.start()
		chain := g.chain(t)
		for _, a := range authors {
			changes += len(a.acked)
			if a.open != "" {
				cut++
			}
			for _, token := range a.tokens {
				g.handedOut(token.secret)
			}
			g.kept(t, chain, a)
		}
		g.verified()
		g.sameAsAudit(t, chain)
		g.decidesAsStored(t)
		if t.Failed() {
			break
		}
	}
	t.Logf("killed %d times after %d acknowledged changes, with %d on their way", rounds, changes, cut)
}

// killed has authors write to a server, kills it in the middle, and returns what they know.
func (g *team) killed(t *testing.T, round int) []*author {
	t.Helper()
	process := g.spawn(t)
	var left atomic.Int64
	left.Store(int64(3 + rand.IntN(25)))
	enough := make(chan struct{})
	var authors []*author
	var running sync.WaitGroup
	for i := range 4 {
		c, err := client.New(g.private, g.key, identified{&http.Transport{DisableKeepAlives: true}})
		if err != nil {
			t.Fatal(err)
		}
		a := &author{
			Client: c, t: t, name: fmt.Sprintf("r%da%d", round, i), dice: rand.New(rand.NewPCG(rand.Uint64(), uint64(i))),
			scopes: map[string]api.Scope{}, tokens: map[string]secretOf{},
		}
		authors = append(authors, a)
		running.Go(func() {
			for a.change(t.Context()) {
				if left.Add(-1) == 0 {
					close(enough)
				}
			}
		})
	}
	select {
	case <-enough:
	case <-process.ended:
		t.Errorf("the server ended by itself:\n%s", g.log.bytes())
	case <-time.After(2 * time.Minute):
		t.Error("the server acknowledges nothing")
	}
	process.kill()
	running.Wait()
	return authors
}

// kept wants what an author knows to be stored.
func (g *team) kept(t *testing.T, chain []store.Entry, a *author) {
	t.Helper()
	stored := map[string]api.Scope{}
	for _, s := range must[[]api.Scope](t)(g.Scopes(t.Context(), "shop")) {
		stored[s.ID] = s
	}
	for id, want := range a.scopes {
		got, ok := stored[id]
		if a.about == id { // the change that was cut off is there, or is not
			continue
		}
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s: an acknowledged scope is not stored (-acknowledged +stored):\n%s", a.name, diff)
		}
	}
	for _, id := range a.gone {
		if _, ok := stored[id]; ok {
			t.Errorf("%s: a deleted scope is back: %s", a.name, id)
		}
	}
	for id, token := range a.tokens {
		got := must[api.Token](t)(g.Token(t.Context(), "shop", id))
		answer := g.decide(fmt.Sprintf(`{"token":%q}`, token.secret))
		if revoked := got.State == "revoked"; revoked != (answer.status == http.StatusNotFound) || a.about != id && revoked != token.revoked {
			t.Errorf("%s: token %s is %s, and was revoked: %v; a decision: %d %s", a.name, id, got.State, token.revoked, answer.status, answer.body)
		}
	}
	for _, id := range a.acked {
		if !slices.ContainsFunc(chain, func(e store.Entry) bool { return e.RequestID == id }) {
			t.Errorf("request %s was acknowledged and has no audit entry", id)
		}
	}
}

// chain is the whole audit log.
func (g *team) chain(t testing.TB) (list []store.Entry) {
	t.Helper()
	err := g.Audit(t.Context(), url.Values{"limit": {"1000"}}, func(e store.Entry) error { list = append(list, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// told is what the newest entry of a row says of it.
type told struct {
	Name    string     `json:"name"`
	Fields  []string   `json:"fields"`
	Revoked *time.Time `json:"revoked"`
}

// sameAsAudit wants the rows to be those that come out when the chain is told from its beginning.
func (g *team) sameAsAudit(t testing.TB, chain []store.Entry) {
	t.Helper()
	scopes, tokens := map[string]told{}, map[string]told{}
	for _, e := range chain {
		rows := map[string]map[string]told{"scope": scopes, "token": tokens}[e.Target.Kind]
		if rows == nil {
			continue
		}
		if e.Action == store.ScopeDeleted {
			delete(rows, e.Target.ID)
			continue
		}
		var now told
		if err := json.Unmarshal(e.After, &now); err != nil {
			t.Fatal(err)
		}
		rows[e.Target.ID] = now
	}
	stored := map[string]told{}
	for _, s := range must[[]api.Scope](t)(g.Scopes(t.Context(), "shop")) {
		stored[s.ID] = told{Name: s.Name, Fields: s.Fields}
	}
	if diff := cmp.Diff(scopes, stored, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("scopes (-audit +stored):\n%s", diff)
	}
	clear(stored)
	for _, token := range must[[]api.Token](t)(g.Tokens(t.Context(), "shop")) {
		stored[token.ID] = told{Name: token.Name, Revoked: token.Revoked}
	}
	if diff := cmp.Diff(tokens, stored, cmpopts.EquateApproxTime(time.Second)); diff != "" {
		t.Errorf("tokens (-audit +stored):\n%s", diff)
	}
}

// decidesAsStored wants decisions for stored tokens to be those that R2 makes of the stored scopes.
func (g *team) decidesAsStored(t testing.TB) {
	t.Helper()
	covers := map[string][]string{} // by coordinate: ids of scopes
	for _, s := range must[[]api.Scope](t)(g.Scopes(t.Context(), "shop")) {
		for _, field := range s.Fields {
			covers[field] = append(covers[field], s.ID)
		}
	}
	tokens := must[[]api.Token](t)(g.Tokens(t.Context(), "shop"))
	rand.Shuffle(len(tokens), func(i, j int) { tokens[i], tokens[j] = tokens[j], tokens[i] })
	for _, token := range tokens[:min(len(tokens), 15)] {
		got := g.decide(fmt.Sprintf(`{"token_id":%q}`, token.ID))
		if token.State != "active" {
			if got.status != http.StatusNotFound {
				t.Errorf("a %s token: %d %s", token.State, got.status, got.body)
			}
			continue
		}
		var want []string
		for _, field := range shopFields {
			holds := slices.ContainsFunc(token.Scopes, func(s api.ScopeRef) bool { return slices.Contains(covers[field], s.ID) })
			if token.Unrestricted || holds || len(covers[field]) == 0 {
				want = append(want, strings.TrimPrefix(field, "Product."))
			}
		}
		if allowed := allowedFields(t, got); allowed != strings.Join(want, " ") {
			t.Errorf("token %s with %v may read %q, want %q (scopes by coordinate: %v)", token.ID, token.Scopes, allowed, want, covers)
		}
	}
}
