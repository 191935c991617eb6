package storetest

import (
	"slices"
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

var tokens = map[string]func(*fixture){
	"R4 a token has what was chosen when it was generated": func(f *fixture) {
		shop, ann := f.layer("shop"), f.member("ann")
		a, b := f.scope(shop, "a"), f.scope(shop, "b")
		h := f.hash()
		got := must(f, func(w store.Writer) (store.Token, error) {
			return w.GenerateToken(store.Token{LayerID: shop.ID, Name: "one", Hash: h, CreatedBy: ann.ID, Expires: f.after(time.Hour),
				ScopeIDs: []string{b.ID, a.ID, b.ID}, Revoked: f.after(0), LastUsed: f.after(0)}, store.Once{})
		})
		ids := []string{a.ID, b.ID}
		slices.Sort(ids)
		f.same(store.Token{ID: got.ID, LayerID: shop.ID, Name: "one", Hash: h, CreatedBy: ann.ID, Created: f.now(), Expires: f.after(time.Hour), ScopeIDs: ids}, got)
		f.streams(got, f.token(shop, "unrestricted"))
		missing(f, of(store.Reader.Token, "no"))
	},
	"a token of scopes that are not its data layer's is not found": func(f *fixture) {
		shop, blog := f.layer("shop"), f.layer("blog")
		s := f.scope(blog, "finance")
		for _, t := range []store.Token{
			{LayerID: shop.ID, ScopeIDs: []string{s.ID}},
			{LayerID: shop.ID, ScopeIDs: []string{"no"}},
			{LayerID: shop.ID, Unrestricted: true, CreatedBy: "no"},
			{LayerID: "no", Unrestricted: true},
		} {
			t.Hash = f.hash()
			f.refuse(store.ErrNotFound, func(w store.Writer) error { _, err := w.GenerateToken(t, store.Once{}); return err })
		}
	},
	"R4 an unrestricted token holds no scopes": func(f *fixture) {
		shop := f.layer("shop")
		s := f.scope(shop, "finance")
		_, err := f.store.Change(f.t.Context(), f.by, func(w store.Writer) error {
			_, err := w.GenerateToken(store.Token{LayerID: shop.ID, Hash: f.hash(), Unrestricted: true, ScopeIDs: []string{s.ID}}, store.Once{})
			return err
		})
		if err == nil {
			f.t.Error("it was generated")
		}
		f.same(0, len(read(f, page(store.Reader.Tokens, "", store.Page{}))))
	},
	"a hash that is there is a conflict": func(f *fixture) {
		shop, blog := f.layer("shop"), f.layer("blog")
		t := f.token(shop, "one")
		f.refuse(store.ErrConflict, func(w store.Writer) error {
			_, err := w.GenerateToken(store.Token{LayerID: blog.ID, Hash: t.Hash, Unrestricted: true}, store.Once{})
			return err
		})
	},
	"tokens are read page by page, by id": func(f *fixture) {
		shop, blog := f.layer("shop"), f.layer("blog")
		for range 5 {
			f.token(shop, "t")
			f.token(blog, "t")
		}
		whole := read(f, page(store.Reader.Tokens, shop.ID, store.Page{}))
		f.same(5, len(whole))
		var paged []store.Token
		for p := (store.Page{Limit: 2}); ; p.After = paged[len(paged)-1].ID {
			more := read(f, page(store.Reader.Tokens, shop.ID, p))
			if len(more) == 0 {
				break
			}
			if len(more) > 2 {
				f.t.Fatalf("a page of %d", len(more))
			}
			paged = append(paged, more...)
		}
		f.same(whole, paged)
		if !slices.IsSortedFunc(whole, func(a, b store.Token) int { return strings.Compare(a.ID, b.ID) }) {
			f.t.Error("not by id")
		}
		f.same(10, len(read(f, page(store.Reader.Tokens, "", store.Page{}))))
	},
	"R6 revoking is final, and revoking again is no change": func(f *fixture) {
		t := f.token(f.layer("shop"), "one")
		f.pass(time.Minute)
		f.change(func(w store.Writer) error { return w.RevokeToken(t.ID) })
		t.Revoked = f.after(0)
		before := f.head()
		f.pass(time.Minute)
		f.change(func(w store.Writer) error { return w.RevokeToken(t.ID) })
		f.same(before, f.head())
		f.streams(t)
		f.refuse(store.ErrNotFound, func(w store.Writer) error { return w.RevokeToken("no") })
	},
	"an idempotency key makes one token": func(f *fixture) {
		shop, ann, bob := f.layer("shop"), f.member("ann"), f.member("bob")
		once := store.Once{Key: "k", Request: f.hash()}
		generate := func(by store.Member) func(store.Writer) (store.Token, error) {
			return func(w store.Writer) (store.Token, error) {
				return w.GenerateToken(store.Token{LayerID: shop.ID, Name: by.Name, Hash: f.hash(), Unrestricted: true, CreatedBy: by.ID}, once)
			}
		}
		t := must(f, generate(ann))
		f.refuse(store.ErrConflict, func(w store.Writer) error { _, err := generate(ann)(w); return err })
		f.streams(t)
		f.view(func(r store.Reader) error {
			got, request, err := r.Generated(ann.ID, "k")
			f.same(t, got)
			f.same(once.Request, request)
			return err
		})
		for _, other := range [][2]string{{ann.ID, "j"}, {bob.ID, "k"}, {"", "k"}} {
			missing(f, func(r store.Reader) (store.Token, error) {
				got, _, err := r.Generated(other[0], other[1])
				return got, err
			})
		}
		must(f, generate(bob)) // each member has keys of its own
	},
	"uses are noted without an entry, and never go back": func(f *fixture) {
		one, two := f.token(f.layer("shop"), "one"), f.token(f.layer("blog"), "two")
		k := f.key(f.member("ann"), "key")
		before := f.head()
		ctx := f.t.Context()
		f.ok(f.store.Used(ctx, map[string]time.Time{one.ID: *f.after(time.Hour), "no": f.now()}, map[string]time.Time{k.ID: *f.after(time.Minute)}))
		f.ok(f.store.Used(ctx, map[string]time.Time{one.ID: *f.after(time.Second)}, nil))
		f.ok(f.store.Used(ctx, nil, nil))
		f.same(before, f.head())
		one.LastUsed, k.LastUsed = f.after(time.Hour), f.after(time.Minute)
		f.streams(one, two)
		f.same([]store.Key{k}, read(f, all(store.Reader.Keys)))
	},
	"reading may end early": func(f *fixture) {
		shop := f.layer("shop")
		s := f.scope(shop, "finance")
		for range 3 {
			f.token(shop, "t", s)
		}
		f.view(func(r store.Reader) error {
			for _, err := range r.AllTokens() {
				f.ok(err)
				break
			}
			for _, err := range r.Audit(store.AuditFilter{}) {
				f.ok(err)
				break
			}
			whole, err := collect(r.AllTokens())
			f.same(3, len(whole))
			return err
		})
	},
}
