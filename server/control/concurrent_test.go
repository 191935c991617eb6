package control_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

// writers are admins who all edit, delete and generate at once.
type writers struct {
	*plane
	t       *testing.T
	stale   atomic.Int64
	changes atomic.Int64
	mu      sync.Mutex
	secrets map[string]string // by token id: those that were handed out
	revoked map[string]bool   // that RevokeToken has answered for
}

const writerCount = 8

// Run with FIELDGATE_SOAK=1 for a minute.
func TestR20ConcurrentAdmins(t *testing.T) {
	w := &writers{plane: open(t), t: t, secrets: map[string]string{}, revoked: map[string]bool{}}
	w.shop()
	for i := range 3 {
		w.scope(fmt.Sprintf("s%d", i), "Product.cost")
	}
	goOn := func(done int) bool { return done < 8 }
	if os.Getenv("FIELDGATE_SOAK") != "" {
		until := time.Now().Add(time.Minute)
		goOn = func(int) bool { return time.Now().Before(until) }
	}
	var running sync.WaitGroup
	for i := range writerCount {
		running.Go(func() {
			dice := rand.New(rand.NewPCG(1, uint64(i)))
			for done := 0; goOn(done) && !t.Failed(); done++ {
				w.act(dice, i)
			}
		})
	}
	running.Wait()
	if w.changes.Load() == 0 {
		t.Error("nothing was changed")
	}
	t.Logf("%d changes, %d conflicts", w.changes.Load(), w.stale.Load())
	w.check()
	w.stop() // and again after a restart
	w.start()
	w.check()
}

func (w *writers) act(dice *rand.Rand, writer int) {
	switch dice.IntN(7) {
	case 0:
		w.generate()
	case 1:
		w.revoke(dice)
	case 2:
		w.create(fmt.Sprintf("w%d-%d", writer, dice.IntN(1000)), dice)
	case 3:
		w.remove(dice)
	case 4:
		s, err := w.StartSync(w.t.Context(), w.owner, "shop")
		w.expect(err, false)
		if err == nil && s.ID == "" {
			w.t.Error("a sync without an id")
		}
	default:
		w.edit(dice)
	}
}

// expect counts a change, and wants any refusal to be one of those that others cause.
func (w *writers) expect(err error, conflicts bool) bool {
	var e *control.Error
	switch {
	case err == nil:
		w.changes.Add(1)
		return true
	case !conflicts || !errors.As(err, &e):
		w.t.Error(err)
	case e.Kind == control.Stale:
		w.stale.Add(1)
	case e.Kind != control.NotFound && e.Code != control.CodeUnknownScope && e.Code != control.CodeNameTaken:
		w.t.Error(err)
	}
	return false
}

func (w *writers) any(dice *rand.Rand) (store.Scope, bool) {
	list, err := w.Scopes(w.t.Context(), "shop")
	if err != nil {
		w.t.Error(err)
	}
	if len(list) == 0 {
		return store.Scope{}, false
	}
	return list[dice.IntN(len(list))], true
}

func request(name string, dice *rand.Rand) control.ScopeRequest {
	fields := []string{"Product.cost", "Product.margin", "Product.name"}
	return control.ScopeRequest{Name: name, Description: fmt.Sprint(dice.Uint64()), Fields: fields[dice.IntN(3):]}
}

func (w *writers) create(name string, dice *rand.Rand) {
	_, done, err := w.CreateScope(w.t.Context(), w.owner, "shop", request(name, dice))
	if w.expect(err, true) {
		w.succeeded(done)
	}
}

// edit wants its own edit, or a later one, to be active when it returns.
func (w *writers) edit(dice *rand.Rand) {
	s, ok := w.any(dice)
	if !ok {
		return
	}
	_, done, err := w.UpdateScope(w.t.Context(), w.owner, "shop", s.ID, request(s.Name, dice), s.Version)
	if !w.expect(err, true) {
		return
	}
	w.succeeded(done)
	if w.revision() < done.Revision {
		w.t.Errorf("revision %d is active, not %d", w.revision(), done.Revision)
	}
}

func (w *writers) remove(dice *rand.Rand) {
	if s, ok := w.any(dice); ok {
		done, err := w.DeleteScope(w.t.Context(), w.owner, "shop", s.ID, s.Version)
		if w.expect(err, true) {
			w.succeeded(done)
		}
	}
}

func (w *writers) generate() {
	in := control.TokenRequest{Name: "a", Scopes: []string{"s0", "s1"}}
	token, text, err := w.GenerateToken(w.t.Context(), w.owner, "shop", in, store.Once{})
	if !w.expect(err, true) {
		return
	}
	if _, err := w.Subject("shop", text); err != nil {
		w.t.Errorf("a new token does not open: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.secrets[token.ID] = text
}

func (w *writers) revoke(dice *rand.Rand) {
	w.mu.Lock()
	var ids []string
	for id := range w.secrets {
		ids = append(ids, id)
	}
	w.mu.Unlock()
	if len(ids) == 0 {
		return
	}
	id := ids[dice.IntN(len(ids))]
	w.expect(w.RevokeToken(w.t.Context(), w.owner, "shop", id), false)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.revoked[id] = true
	if _, err := w.Subject("shop", w.secrets[id]); err == nil {
		w.t.Error("a revoked token opens (R6)")
	}
}

// check wants the chain to hold, the directory to be as the store, and the active snapshot to be as the rows.
func (w *writers) check() {
	w.t.Helper()
	poll(w.t, "the end of all syncs", func() bool {
		list, err := w.Syncs(w.t.Context(), "shop", store.Page{})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, s := range list {
			if s.State == store.SyncRunning {
				return false
			}
		}
		return true
	})
	head, err := w.Verify(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	// A sync that was started by hand is stored a moment before the directory has it: nobody's answer waits for that.
	poll(w.t, "the directory's head", func() bool { return w.directory.Head() == head })
	l, err := w.Layer(w.t.Context(), "shop")
	if err != nil {
		w.t.Fatal(err)
	}
	scopes, err := w.Scopes(w.t.Context(), "shop")
	if err != nil {
		w.t.Fatal(err)
	}
	known := w.directory.Scopes(l.ID)
	if diff := cmp.Diff(scopes, known); diff != "" && len(scopes)+len(known) > 0 {
		w.t.Errorf("the directory's scopes (-store +directory):\n%s", diff)
	}
	w.checkTokens()
	w.checkSnapshot(scopes)
}

func (w *writers) checkTokens() {
	w.t.Helper()
	tokens, err := w.Tokens(w.t.Context(), "shop", store.Page{})
	if err != nil {
		w.t.Fatal(err)
	}
	want(w.t, "tokens", len(tokens), len(w.secrets))
	for _, stored := range tokens {
		want(w.t, "revoked", stored.Revoked != nil, w.revoked[stored.ID])
		who, err := w.Subject("shop", w.secrets[stored.ID])
		want(w.t, "opens", err == nil, !w.revoked[stored.ID])
		if err != nil {
			continue
		}
		held := stored.ScopeIDs
		if len(held)+len(who.ScopeIDs) > 0 {
			if diff := cmp.Diff(held, who.ScopeIDs); diff != "" {
				w.t.Errorf("scopes of token %s (-store +directory):\n%s", stored.ID, diff)
			}
		}
		want(w.t, "unrestricted", who.Unrestricted, stored.Unrestricted)
	}
}

func (w *writers) checkSnapshot(scopes []store.Scope) {
	w.t.Helper()
	layer, _ := w.Registry().Layer("shop")
	snapshot, err := layer.Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	entries := map[string][]string{}
	for _, s := range scopes {
		entries[s.ID] = s.Entries
	}
	active := map[string][]string{}
	for _, s := range snapshot.Content().Scopes {
		active[s.ID] = s.Entries
	}
	if diff := cmp.Diff(entries, active); diff != "" {
		w.t.Errorf("active scopes (-store +active):\n%s", diff)
	}
	if layer.Failure() != nil {
		w.t.Error(layer.Failure())
	}
	for range 2 {
		if _, err := snapshot.Decide(w.t.Context(), engine.Request{Query: "{ product { name } }"}); err != nil {
			w.t.Error(err)
		}
	}
}

// Whatever moment a decision falls into, a field that is restricted before and after an edit is not open in between.
func TestR5NoDecisionSeesHalfAChange(t *testing.T) {
	p := open(t)
	p.shop()
	moving := p.scope("moving", "Product.cost")
	p.scope("fixed", "Product.name")
	layer, _ := p.Registry().Layer("shop")
	stop := make(chan struct{})
	var running sync.WaitGroup
	var decided atomic.Int64
	for range 2 {
		running.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				snapshot, err := layer.Snapshot()
				if err != nil {
					t.Error(err)
					return
				}
				for _, query := range []string{"{ product { cost margin } }", "{ product { name } }"} {
					v, err := snapshot.Decide(t.Context(), engine.Request{Query: query})
					if err != nil || v.Decision() == engine.DecisionAllow {
						t.Errorf("%s at revision %d: %v, %v", query, snapshot.Revision().Number, v.Decision(), err)
						return
					}
					decided.Add(1)
				}
			}
		})
	}
	for i := range 12 {
		field := []string{"Product.margin", "Product.cost"}[i%2]
		in := control.ScopeRequest{Name: "moving", Fields: []string{field}}
		if _, _, err := p.UpdateScope(t.Context(), p.owner, "shop", moving.ID, in, 0); err != nil {
			t.Error(err)
		}
		if i%4 == 3 {
			p.confirm()
		}
	}
	close(stop)
	running.Wait()
	if decided.Load() == 0 {
		t.Error("nothing was decided")
	}
}

// confirm has a sync run that changes nothing.
func (p *plane) confirm() {
	p.t.Helper()
	if _, err := p.StartSync(p.t.Context(), p.owner, "shop"); err != nil {
		p.t.Error(err)
	}
}
