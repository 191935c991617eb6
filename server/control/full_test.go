package control_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/store/sqlite"
)

func TestAFullStoreRefusesWritesAndDecidesOn(t *testing.T) {
	p := open(t)
	p.shop()
	s := p.scope("finance", "Product.cost")
	_, secret := p.token("a", "finance")
	p.stop()
	info, err := os.Stat(filepath.Join(p.dir, sqlite.File))
	if err != nil {
		t.Fatal(err)
	}
	p.maxPages = info.Size()/4096 + 8
	p.start()
	var made int
	for ; err == nil && made < 1000; made++ {
		_, _, err = p.GenerateToken(t.Context(), p.owner, "shop", control.TokenRequest{
			Name: fmt.Sprint(made, strings.Repeat("x", 100)), Scopes: []string{"finance"},
		}, store.Once{})
	}
	refusal(t, err, control.Full, control.CodeFull)
	made-- // the last one
	_, err = p.DeleteScope(t.Context(), p.owner, "shop", s.ID, 0)
	refusal(t, err, control.Full, control.CodeFull)
	want(t, "the holder", p.reads(secret), "name cost margin")
	want(t, "nobody", p.readsAs(engine.Subject{}), "name margin")
	if list, err := p.Tokens(t.Context(), "shop", store.Page{}); err != nil || len(list) != made+1 {
		t.Errorf("%d tokens, want %d: %v", len(list), made+1, err)
	}
	if _, err := p.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	p.stop()
	p.start() // with no more room
	want(t, "the holder", p.reads(secret), "name cost margin")
	p.stop()
	p.maxPages = 0
	p.start()
	if _, err = p.DeleteScope(t.Context(), p.owner, "shop", s.ID, 0); err != nil {
		t.Error(err)
	}
	want(t, "nobody", p.readsAs(engine.Subject{}), "name cost margin")
	if _, err := p.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// A change whose sync cannot end is not active yet. It says so, and becomes active once there is room.
func TestASyncThatCouldNotEndIsTriedAgain(t *testing.T) {
	p := open(t)
	p.shop()
	p.full.Store(2)
	_, done, err := p.CreateScope(t.Context(), p.owner, "shop", control.ScopeRequest{Name: "finance", Fields: []string{"Product.cost"}})
	if err != nil {
		t.Fatal(err)
	}
	if done.State != store.SyncFailed || !strings.Contains(done.Error, "no room") {
		t.Errorf("the sync is %s: %s", done.State, done.Error)
	}
	layer, _ := p.Registry().Layer("shop")
	if failure := layer.Failure(); failure == nil || !errors.Is(failure, store.ErrFull) {
		t.Error(failure)
	}
	want(t, "nobody", p.readsAs(engine.Subject{}), "name cost margin")
	p.tick(time.Second) // still full
	p.full.Store(0)
	p.clock.Advance(time.Minute)
	poll(t, "activation", func() bool {
		p.ticks <- time.Time{}
		return p.readsAs(engine.Subject{}) == "name margin"
	})
	list := p.ended(3)
	want(t, "the first", list[1].State, store.SyncSuperseded)
	want(t, "reason", list[0].Reason, "retry")
}

// The same when the process ends before.
func TestASyncThatCouldNotEndIsMadeUpForByTheNextStart(t *testing.T) {
	p := open(t)
	p.shop()
	p.full.Store(2)
	if _, _, err := p.CreateScope(t.Context(), p.owner, "shop", control.ScopeRequest{Name: "finance", Fields: []string{"Product.cost"}}); err != nil {
		t.Fatal(err)
	}
	p.stop()
	p.start() // still full: what was active is decided on
	want(t, "nobody", p.readsAs(engine.Subject{}), "name cost margin")
	p.full.Store(0)
	p.stop()
	p.start()
	want(t, "nobody", p.readsAs(engine.Subject{}), "name margin")
}
