package control_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

const fedDefinition = `data_layer: shop
introspect: {every: 5m}
upstream: {url: "https://shop.example/graphql"}
`

// fed makes a data layer whose schema comes from its upstream, and waits for its first revision.
func (p *plane) fed() {
	p.t.Helper()
	p.upstream.set(shopSchema, nil, nil)
	if _, err := p.CreateLayer(p.t.Context(), p.owner, fedDefinition, ""); err != nil {
		p.t.Fatal(err)
	}
	p.ended(1)
}

// ended waits until shop has this many syncs and none runs, and returns them, the newest first.
func (p *plane) ended(count int) (list []store.Sync) {
	p.t.Helper()
	poll(p.t, "the end of a sync", func() bool {
		var err error
		if list, err = p.Syncs(p.t.Context(), "shop", store.Page{}); err != nil {
			p.t.Fatal(err)
		}
		for _, s := range list {
			if s.State == store.SyncRunning {
				return false
			}
		}
		return len(list) >= count
	})
	want(p.t, "syncs", len(list), count)
	return list
}

func (p *plane) tick(after time.Duration) {
	p.clock.Advance(after)
	p.ticks <- time.Time{}
	p.ticks <- time.Time{} // the first is done with
}

// asks ticks until the upstream was asked so often: one that was asked just now may not be done with.
func (p *plane) asks(after time.Duration, times int) {
	p.t.Helper()
	p.clock.Advance(after)
	poll(p.t, "the question for the schema", func() bool {
		p.ticks <- time.Time{}
		return p.upstream.times() >= times
	})
}

func TestSchemaIsReadAgainWhenItIsDue(t *testing.T) {
	p := open(t)
	p.fed()
	want(t, "asked", p.upstream.times(), 1)
	p.tick(4 * time.Minute)
	want(t, "asked before it is due", p.upstream.times(), 1)
	p.upstream.set(strings.Replace(shopSchema, "margin: Int", "margin: Int price: Int", 1), nil, nil)
	p.asks(time.Minute, 2)
	last := p.ended(2)[0]
	p.succeeded(last)
	want(t, "reason", last.Reason, "schema")
	want(t, "revision", p.revision(), 2)
	text, err := p.Schema(t.Context(), "shop")
	if err != nil || !strings.Contains(text, "price") {
		t.Errorf("%s, %v", text, err)
	}

	// The same again confirms, and makes no revision.
	p.asks(5*time.Minute, 3)
	last = p.ended(3)[0]
	p.succeeded(last)
	want(t, "revision", p.revision(), 2)
	want(t, "asked", p.upstream.times(), 3)
	revisions, err := p.Revisions(t.Context(), "shop", store.Page{})
	if err != nil || len(revisions) != 2 {
		t.Errorf("%d revisions, %v", len(revisions), err)
	}
}

func TestAFailedSyncKeepsTheActiveRevision(t *testing.T) {
	p := open(t)
	p.fed()
	p.scope("finance", "Product.cost")
	for name, set := range map[string]func(){
		"the upstream is gone":    func() { p.upstream.set("", errors.New("connection refused"), nil) },
		"the schema cannot be it": func() { p.upstream.set("type Query { product: Product }", nil, nil) },
		"no schema":               func() { p.upstream.set("{}", nil, nil) },
	} {
		set()
		started, err := p.StartSync(t.Context(), p.owner, "shop")
		if err != nil {
			t.Fatal(err)
		}
		want(t, name+": state at the start", started.State, store.SyncRunning)
		var s store.Sync
		poll(t, name, func() bool {
			s, err = p.Sync(t.Context(), "shop", started.ID)
			return err != nil || s.State != store.SyncRunning
		})
		if err != nil || s.State != store.SyncFailed || s.Error == "" {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		last := s.Steps[len(s.Steps)-1]
		want(t, name+": step", last.Name+" "+string(last.State), "schema failed")
		want(t, name+": revision", p.revision(), 2)
		want(t, name+": nobody", p.readsAs(engine.Subject{}), "name margin")
		layer, _ := p.Registry().Layer("shop")
		if layer.Failure() == nil {
			t.Errorf("%s: the layer does not say so", name)
		}
	}
	// It is tried again sooner than a good one is.
	p.upstream.set(shopSchema, nil, nil)
	asked := p.upstream.times()
	p.asks(30*time.Second, asked+1)
	layer, _ := p.Registry().Layer("shop")
	poll(t, "recovery", func() bool { return layer.Failure() == nil })
}

func TestADataLayerWithoutASchemaOpensNothing(t *testing.T) {
	p := open(t)
	p.upstream.set("", errors.New("connection refused"), nil)
	if _, err := p.CreateLayer(t.Context(), p.owner, fedDefinition, ""); err != nil {
		t.Fatal(err)
	}
	p.ended(1)
	want(t, "reads", p.readsAs(engine.Subject{Unrestricted: true}), "the data layer has no active revision: shop")
	_, err := p.Schema(t.Context(), "shop")
	refusal(t, err, control.NotFound, control.CodeNotFound)
	_, _, err = p.CreateScope(t.Context(), p.owner, "shop", control.ScopeRequest{Name: "a", Fields: []string{"Product.cost"}})
	refusal(t, err, control.Conflict, control.CodeNoSchema)
}

func TestTheNewestRequestWins(t *testing.T) {
	p := open(t)
	p.fed()
	hold := make(chan struct{})
	p.upstream.set(shopSchema, nil, hold)
	slow, err := p.StartSync(t.Context(), p.owner, "shop")
	if err != nil {
		t.Fatal(err)
	}
	poll(t, "the fetch", func() bool { return p.upstream.times() == 2 })
	s := p.scope("finance", "Product.cost") // does not wait for the fetch
	if s.ID == "" {
		t.Fatal("no scope")
	}
	want(t, "nobody", p.readsAs(engine.Subject{}), "name margin")
	list := p.ended(3)
	want(t, "the slow one", list[1].ID+" "+string(list[1].State), slow.ID+" "+string(store.SyncSuperseded))
	close(hold)
	// What was superseded is due at once.
	p.asks(0, 3)
	p.ended(4)
}

func TestASlowUpstreamIsWaitedFor(t *testing.T) {
	p := open(t)
	p.fed()
	hold := make(chan struct{})
	p.upstream.set(strings.Replace(shopSchema, "margin", "price", 1), nil, hold)
	p.asks(5*time.Minute, 2)
	p.tick(time.Hour)
	want(t, "asked", p.upstream.times(), 2)
	close(hold)
	p.succeeded(p.ended(2)[0])
	want(t, "revision", p.revision(), 2)
}

// A change that is superseded by a fetch that fails must become active all the same.
func TestAChangeSupersededByAFailedFetchIsActive(t *testing.T) {
	p := open(t)
	p.fed()
	p.upstream.set("", errors.New("connection refused"), nil)
	done := make(chan error, 8)
	for i := range 4 {
		go func() {
			_, err := p.StartSync(t.Context(), p.owner, "shop")
			done <- err
		}()
		go func() {
			field := []string{"Product.cost", "Product.margin"}[i%2]
			_, s, err := p.CreateScope(t.Context(), p.owner, "shop", control.ScopeRequest{Name: string(rune('a' + i)), Fields: []string{field}})
			if err == nil && s.State != store.SyncSucceeded {
				err = errors.New(s.Error)
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	want(t, "nobody", p.readsAs(engine.Subject{}), "name")
}

func TestPinnedSchemaWithCurrentScopes(t *testing.T) {
	p := open(t)
	p.shop()
	p.scope("finance", "Product.cost")
	l, err := p.Layer(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	smaller := strings.Replace(shopSchema, " margin: Int", "", 1)
	l, err = p.UpdateLayer(t.Context(), p.owner, "shop", "", smaller, l.Version)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "revision", p.revision(), 3)

	_, err = p.Pin(t.Context(), p.owner, "shop", 99)
	refusal(t, err, control.NotFound, control.CodeNotFound)
	done, err := p.Pin(t.Context(), p.owner, "shop", 1) // before there was a scope
	if err != nil {
		t.Fatal(err)
	}
	p.succeeded(done)
	want(t, "revision", p.revision(), 4)
	want(t, "nobody", p.readsAs(engine.Subject{}), "name margin")
	p.scope("buyers", "Product.margin") // only the pinned schema has it
	want(t, "nobody", p.readsAs(engine.Subject{}), "name")
	revisions, err := p.Revisions(t.Context(), "shop", store.Page{Limit: 2})
	if err != nil || revisions[0].SchemaDigest == l.SchemaDigest || revisions[0].Digest == revisions[1].Digest {
		t.Errorf("%+v, %v", revisions, err)
	}

	done, err = p.Unpin(t.Context(), p.owner, "shop")
	if err != nil {
		t.Fatal(err)
	}
	p.succeeded(done)
	want(t, "revision", p.revision(), 6)
	if !strings.Contains(p.log.String(), "scope entry restricts nothing") {
		t.Error("nobody was told that an entry matches nothing (R1)")
	}
	var pins []string
	for e, err := range p.Audit(t.Context(), store.AuditFilter{Action: "revision."}) {
		if err != nil {
			t.Fatal(err)
		}
		pins = append(pins, string(e.Action))
	}
	if diff := cmp.Diff([]string{"revision.pinned", "revision.unpinned"}, pins); diff != "" {
		t.Error(diff)
	}
}

func TestBundlesOfRevisions(t *testing.T) {
	p := open(t)
	p.shop()
	bundle, err := p.Bundle(t.Context(), "shop", 1)
	if err != nil || len(bundle) == 0 {
		t.Error(err)
	}
	_, err = p.Bundle(t.Context(), "shop", 2)
	refusal(t, err, control.NotFound, control.CodeNotFound)
}

func TestDataLayersAreCheckedBeforeTheyAreStored(t *testing.T) {
	p := open(t)
	p.shop()
	tests := map[string]struct {
		definition, schema string
		kind               control.Kind
		code, pointer      string
	}{
		"no yaml":           {"data_layer: [", shopSchema, control.Invalid, control.CodeDefinition, "/definition"},
		"unknown key":       {"data_layer: a\nmodes: prune\n", shopSchema, control.Invalid, control.CodeDefinition, "/definition"},
		"no schema":         {"data_layer: a\n", "", control.Invalid, control.CodeSchema, "/schema"},
		"a schema too much": {fedDefinition, shopSchema, control.Invalid, control.CodeSchema, "/schema"},
		"a broken schema":   {"data_layer: a\n", "type Query { a: B }", control.Unprocessable, control.CodeSchema, "/schema"},
		"taken":             {shopDefinition, shopSchema, control.Conflict, control.CodeNameTaken, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := p.CreateLayer(t.Context(), p.owner, test.definition, test.schema)
			e := refusal(t, err, test.kind, test.code)
			if test.pointer != "" && (len(e.Details) == 0 || e.Details[0].Pointer != test.pointer) {
				t.Errorf("the details are %+v", e.Details)
			}
			if diff := cmp.Diff([]string{"shop"}, p.Registry().Names()); diff != "" {
				t.Error(diff)
			}
		})
	}
	_, err := p.UpdateLayer(t.Context(), p.owner, "shop", "data_layer: other\n", "", 0)
	refusal(t, err, control.Invalid, control.CodeDefinition)
	_, err = p.UpdateLayer(t.Context(), p.owner, "shop", "data_layer: shop\nmode: hide\n", "", 1)
	refusal(t, err, control.Stale, control.CodeStale)
	if _, err = p.UpdateLayer(t.Context(), p.owner, "shop", `{"data_layer": "shop", "mode": "hide"}`, "", 0); err != nil {
		t.Fatal(err)
	}
	layer, _ := p.Registry().Layer("shop")
	snapshot, err := layer.Snapshot()
	if err != nil || snapshot.Content().Mode != "hide" {
		t.Errorf("the edit is not active: %v", err)
	}
}

func TestADataLayerMayBeginToBeIntrospected(t *testing.T) {
	p := open(t)
	p.shop()
	p.upstream.set(strings.Replace(shopSchema, "margin", "price", 1), nil, nil)
	if _, err := p.UpdateLayer(t.Context(), p.owner, "shop", fedDefinition, "", 0); err != nil {
		t.Fatal(err)
	}
	p.ended(3)
	text, err := p.Schema(t.Context(), "shop")
	if err != nil || !strings.Contains(text, "price") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestCloseEndsASyncThatWaits(t *testing.T) {
	p := open(t)
	p.fed()
	p.upstream.set(shopSchema, nil, make(chan struct{}))
	started, err := p.StartSync(t.Context(), p.owner, "shop")
	if err != nil {
		t.Fatal(err)
	}
	poll(t, "the fetch", func() bool { return p.upstream.times() == 2 })
	p.stop()
	p.upstream.set(shopSchema, nil, nil)
	p.start()
	list := p.ended(3)
	want(t, "the one that was cut off", list[1].ID+" "+string(list[1].State), started.ID+" "+string(store.SyncSuperseded))
	p.succeeded(list[0])
	want(t, "revision", p.revision(), 1)
}

// What is stored becomes active even when nobody waits for it.
func TestAChangeWhoseCallerIsGoneIsActive(t *testing.T) {
	p := open(t)
	p.shop()
	ctx, cancel := context.WithCancel(t.Context())
	stored := make(chan struct{})
	go func() {
		defer close(stored)
		_, _, err := p.CreateScope(ctx, p.owner, "shop", control.ScopeRequest{Name: "a", Fields: []string{"Product.cost"}})
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}()
	cancel()
	<-stored
	scopes, err := p.Scopes(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "name cost margin"
	if len(scopes) == 1 {
		nobody = "name margin"
	}
	poll(t, "activation", func() bool { return p.readsAs(engine.Subject{}) == nobody })
}
