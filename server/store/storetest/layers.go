package storetest

import (
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

var layers = map[string]func(*fixture){
	"data layers are listed by name": func(f *fixture) {
		shop, blog := f.layer("shop"), f.layer("blog")
		f.same([]store.DataLayer{blog, shop}, read(f, store.Reader.Layers))
		f.same(store.DataLayer{ID: shop.ID, Name: "shop", Definition: "data_layer: shop", Version: 1, Created: f.now()}, shop)
	},
	"an update sets everything but name, id and pin": func(f *fixture) {
		shop := f.layer("shop")
		f.change(func(w store.Writer) error { return w.PutSchema("sha256:1", "type Query { a: Int }") })
		f.change(func(w store.Writer) error { return w.PutSchema("sha256:lock", "Query\nQuery.a\n") })
		f.pass(time.Hour)
		got := must(f, func(w store.Writer) (store.DataLayer, error) {
			return w.UpdateLayer(store.DataLayer{ID: shop.ID, Name: "other", Definition: "data_layer: shop\nmode: hide", File: "shop/layer.yaml",
				SchemaDigest: "sha256:1", SchemaFile: "shop/schema.graphql", LockDigest: "sha256:lock", Pinned: 7, Version: shop.Version})
		})
		f.same(store.DataLayer{ID: shop.ID, Name: "shop", Definition: "data_layer: shop\nmode: hide", File: "shop/layer.yaml",
			SchemaDigest: "sha256:1", SchemaFile: "shop/schema.graphql", LockDigest: "sha256:lock", Version: 2, Created: shop.Created}, got)
		f.same([]store.DataLayer{got}, read(f, store.Reader.Layers))
		f.refuse(store.ErrStale, func(w store.Writer) error { _, err := w.UpdateLayer(shop); return err })
	},
	"a schema is kept once, and is no change": func(f *fixture) {
		before := f.head()
		for range 2 {
			f.change(func(w store.Writer) error { return w.PutSchema("sha256:1", "type Query { a: Int }") })
		}
		f.same(before, f.head())
		f.same("type Query { a: Int }", read(f, of(store.Reader.Schema, "sha256:1")))
		missing(f, of(store.Reader.Schema, "sha256:2"))
		f.refuse(store.ErrNotFound, func(w store.Writer) error {
			_, err := w.CreateLayer(store.DataLayer{Name: "shop", SchemaDigest: "sha256:2"})
			return err
		})
		f.refuse(store.ErrNotFound, func(w store.Writer) error {
			_, err := w.CreateLayer(store.DataLayer{Name: "shop", LockDigest: "sha256:2"})
			return err
		})
	},
	"a name is never used again": func(f *fixture) {
		shop := f.layer("shop")
		create := func(w store.Writer) error { _, err := w.CreateLayer(store.DataLayer{Name: "shop"}); return err }
		f.refuse(store.ErrConflict, create)
		f.change(func(w store.Writer) error { return w.DeleteLayer(shop.ID, shop.Version) })
		f.refuse(store.ErrConflict, create)
	},
	"R6 deleting a data layer revokes its tokens, with one entry each": func(f *fixture) {
		shop, blog := f.layer("shop"), f.layer("blog")
		s := f.scope(shop, "finance", "A")
		gone, one, two, others := f.token(shop, "gone"), f.token(shop, "one", s), f.token(shop, "two"), f.token(blog, "others")
		running := f.sync(shop)
		f.change(func(w store.Writer) error { return w.RevokeToken(gone.ID) })
		before := f.head().Sequence
		f.change(func(w store.Writer) error { return w.DeleteLayer(shop.ID, shop.Version) })
		f.same([]string{"token.revoked token one", "token.revoked token two", "data_layer.deleted data_layer shop"}, f.since(before))
		f.same([]store.DataLayer{blog}, read(f, store.Reader.Layers))
		f.same(0, len(read(f, all(store.Reader.Scopes))))
		for _, t := range read(f, page(store.Reader.Tokens, "", store.Page{})) {
			if (t.Revoked == nil) != (t.ID == others.ID) {
				f.t.Errorf("token %q is revoked at %v", t.Name, t.Revoked)
			}
		}
		f.same(store.SyncSuperseded, read(f, of(store.Reader.Sync, running.ID)).State)
		f.deletedRefuses(shop, s, one)
		f.same(two.LayerID, shop.ID)
	},
	"a stale version deletes no data layer": func(f *fixture) {
		shop := f.layer("shop")
		t := f.token(shop, "one")
		f.refuse(store.ErrStale, func(w store.Writer) error { return w.DeleteLayer(shop.ID, shop.Version+1) })
		f.same(t, read(f, of(store.Reader.Token, t.ID)))
	},
	"the audit log shows no header that is written out": func(f *fixture) {
		definition := "data_layer: shop\nmode: observe\nupstream: {url: 'http://127.0.0.1:1', headers: {X-Key: hunter2}}\n"
		shop := must(f, func(w store.Writer) (store.DataLayer, error) {
			return w.CreateLayer(store.DataLayer{Name: "shop", Definition: definition})
		})
		f.change(func(w store.Writer) error { _, err := w.UpdateLayer(shop); return err })
		f.change(func(w store.Writer) error { return w.DeleteLayer(shop.ID, 0) })
		for _, e := range f.entries(store.AuditFilter{}) {
			if shown := string(e.Before) + string(e.After); strings.Contains(shown, "hunter2") || !strings.Contains(shown, `"mode":"observe"`) {
				f.t.Errorf("%s shows %s", e.Action, shown)
			}
		}
	},
}

// deletedRefuses makes sure that a data layer that was deleted takes no change.
func (f *fixture) deletedRefuses(l store.DataLayer, s store.Scope, t store.Token) {
	f.t.Helper()
	for _, change := range []func(store.Writer) error{
		func(w store.Writer) error { return w.DeleteLayer(l.ID, 0) },
		func(w store.Writer) error { l.Version = 0; _, err := w.UpdateLayer(l); return err },
		func(w store.Writer) error {
			_, err := w.CreateScope(store.Scope{LayerID: l.ID, Name: "new"})
			return err
		},
		func(w store.Writer) error { s.Version = 0; _, err := w.UpdateScope(s); return err },
		func(w store.Writer) error { return w.DeleteScope(s.ID, 0) },
		func(w store.Writer) error {
			_, err := w.GenerateToken(store.Token{LayerID: l.ID, Hash: f.hash(), Unrestricted: true}, store.Once{})
			return err
		},
		func(w store.Writer) error { _, err := w.StartSync(store.Sync{LayerID: l.ID}); return err },
		func(w store.Writer) error { return w.Pin(l.ID, 1) },
	} {
		f.refuse(store.ErrNotFound, change)
	}
	before := f.head()
	f.change(func(w store.Writer) error { return w.RevokeToken(t.ID) })
	f.same(before, f.head())
}

var scopes = map[string]func(*fixture){
	"scopes are listed by name, with entries in the author's order": func(f *fixture) {
		shop, blog := f.layer("shop"), f.layer("blog")
		zz, aa, other := f.scope(shop, "zz", "B", "A", "B.c"), f.scope(shop, "aa"), f.scope(blog, "mm")
		f.same(store.Scope{ID: zz.ID, LayerID: shop.ID, Name: "zz", Entries: []string{"B", "A", "B.c"}, Version: 3, Created: f.now(), Updated: f.now()}, zz)
		f.same([]store.Scope{aa, other, zz}, read(f, all(store.Reader.Scopes)))
		f.same([]store.Scope{aa, zz}, read(f, of(store.Reader.Scopes, shop.ID)))
	},
	"R5 an update keeps identity, and its tokens": func(f *fixture) {
		shop := f.layer("shop")
		s := f.scope(shop, "finance", "A")
		t := f.token(shop, "one", s)
		f.pass(time.Hour)
		got := must(f, func(w store.Writer) (store.Scope, error) {
			return w.UpdateScope(store.Scope{ID: s.ID, LayerID: "other", Name: "money", Description: "d", Entries: []string{"B"}, File: "shop/scopes/money.yaml", Version: s.Version})
		})
		f.same(store.Scope{ID: s.ID, LayerID: shop.ID, Name: "money", Description: "d", Entries: []string{"B"}, File: "shop/scopes/money.yaml",
			Version: s.Version + 2, Created: s.Created, Updated: f.now()}, got)
		f.same([]store.Scope{got}, read(f, of(store.Reader.Scopes, shop.ID)))
		f.same(t, read(f, of(store.Reader.Token, t.ID)))
	},
	"a name is taken within its data layer only": func(f *fixture) {
		shop, blog := f.layer("shop"), f.layer("blog")
		s, other := f.scope(shop, "finance"), f.scope(shop, "other")
		f.scope(blog, "finance")
		f.refuse(store.ErrConflict, func(w store.Writer) error {
			_, err := w.CreateScope(store.Scope{LayerID: shop.ID, Name: s.Name})
			return err
		})
		f.refuse(store.ErrConflict, func(w store.Writer) error {
			_, err := w.UpdateScope(store.Scope{ID: other.ID, Name: s.Name})
			return err
		})
	},
	"a version that is not the newest is stale": func(f *fixture) {
		s := f.scope(f.layer("shop"), "finance")
		f.change(func(w store.Writer) error { _, err := w.UpdateScope(s); return err })
		f.refuse(store.ErrStale, func(w store.Writer) error { _, err := w.UpdateScope(s); return err })
		f.refuse(store.ErrStale, func(w store.Writer) error { return w.DeleteScope(s.ID, s.Version) })
		f.refuse(store.ErrNotFound, func(w store.Writer) error { return w.DeleteScope("no", s.Version) })
	},
	"R4 deleting a scope takes it off every token": func(f *fixture) {
		shop := f.layer("shop")
		a, b := f.scope(shop, "a", "A"), f.scope(shop, "b", "B")
		both, only, unrestricted := f.token(shop, "both", a, b), f.token(shop, "only", a), f.token(shop, "unrestricted")
		before := f.head().Sequence
		f.change(func(w store.Writer) error { return w.DeleteScope(a.ID, a.Version) })
		f.same([]string{"scope.deleted scope a"}, f.since(before))
		f.same([]store.Scope{b}, read(f, all(store.Reader.Scopes)))
		both.ScopeIDs, only.ScopeIDs = []string{b.ID}, nil
		f.streams(both, only, unrestricted)
		if only.Unrestricted {
			f.t.Error("a token whose last scope was deleted is unrestricted")
		}
	},
	"R5 a new scope of an old name grants nobody anything": func(f *fixture) {
		shop := f.layer("shop")
		old := f.scope(shop, "finance", "A")
		t := f.token(shop, "one", old)
		f.change(func(w store.Writer) error { return w.DeleteScope(old.ID, 0) })
		again := f.scope(shop, "finance", "A")
		if again.ID == old.ID {
			f.t.Error("an id is used again")
		}
		f.same(0, len(read(f, of(store.Reader.Token, t.ID)).ScopeIDs))
		f.refuse(store.ErrConflict, func(w store.Writer) error {
			_, err := w.CreateScope(store.Scope{ID: old.ID, LayerID: shop.ID, Name: "x"})
			return err
		})
		f.refuse(store.ErrNotFound, func(w store.Writer) error {
			_, err := w.GenerateToken(store.Token{LayerID: shop.ID, Hash: f.hash(), ScopeIDs: []string{old.ID}}, store.Once{})
			return err
		})
	},
}

// streams makes sure that these are all tokens, however they are read, in this order.
func (f *fixture) streams(want ...store.Token) {
	f.t.Helper()
	f.same(want, read(f, func(r store.Reader) ([]store.Token, error) { return collect(r.AllTokens()) }))
	byID := map[string]store.Token{}
	for _, t := range read(f, page(store.Reader.Tokens, "", store.Page{})) {
		byID[t.ID] = t
	}
	f.same(len(want), len(byID))
	for _, t := range want {
		f.same(t, byID[t.ID])
		f.same(t, read(f, of(store.Reader.Token, t.ID)))
	}
}
