package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

var changes = map[string]func(*fixture){
	"a new store is at the beginning": func(f *fixture) {
		f.same(store.Beginning(), f.head())
		f.change(func(store.Writer) error { return nil })
		f.same(store.Beginning(), f.head())
	},
	"R20 a change that fails leaves nothing": func(f *fixture) {
		f.refuse(errOther, func(store.Writer) error { return errOther })
		f.panics()
		f.same(store.Beginning(), f.head())
		f.same(0, len(read(f, store.Reader.Members)))
		f.member("ann") // the store goes on
	},
	"R20 a change whose context ends leaves nothing": func(f *fixture) {
		ctx, cancel := context.WithCancel(f.t.Context())
		_, err := f.store.Change(ctx, f.by, func(w store.Writer) error {
			_, err := w.AddMember(store.Member{Name: "ann"})
			cancel()
			return err
		})
		f.is(context.Canceled, err)
		ctx, cancel = context.WithCancel(f.t.Context())
		_, err = f.store.Change(ctx, f.by, func(w store.Writer) error {
			cancel()
			for {
				if _, err := w.Head(); err != nil {
					return err
				}
			}
		})
		f.is(context.Canceled, err)
		f.same(0, len(read(f, store.Reader.Members)))
		f.member("ann")
	},
	"a change may go on after a method refused, which left nothing": func(f *fixture) {
		shop := f.layer("shop")
		s := f.scope(shop, "finance")
		before := f.head().Sequence
		f.change(func(w store.Writer) error {
			_, err := w.GenerateToken(store.Token{LayerID: shop.ID, Hash: f.hash(), ScopeIDs: []string{s.ID, "no"}}, store.Once{})
			f.is(store.ErrNotFound, err)
			_, err = w.CreateScope(store.Scope{LayerID: shop.ID, Name: "finance"})
			f.is(store.ErrConflict, err)
			f.is(store.ErrStale, w.DeleteScope(s.ID, 99))
			_, err = w.CreateScope(store.Scope{LayerID: shop.ID, Name: "other"})
			return err
		})
		f.same([]string{"scope.created scope other"}, f.since(before))
		f.same(0, len(read(f, page(store.Reader.Tokens, "", store.Page{}))))
	},
	"a writer reads what it wrote": func(f *fixture) {
		f.change(func(w store.Writer) error {
			m, err := w.AddMember(store.Member{Name: "ann"})
			f.ok(err)
			got, err := w.Members()
			f.same([]store.Member{m}, got)
			return err
		})
	},
}

var errOther = errors.New("other")

func (f *fixture) panics() {
	f.t.Helper()
	defer func() { f.same(any("on purpose"), recover()) }()
	_, _ = f.store.Change(f.t.Context(), f.by, func(w store.Writer) error {
		_, err := w.AddMember(store.Member{Name: "ann"})
		f.ok(err)
		panic("on purpose")
	})
}

var audit = map[string]func(*fixture){
	"R20 an entry says who, when, from where, what, before and after": func(f *fixture) {
		f.by.Actor.Commit = "c0ffee"
		shop := f.layer("shop")
		s := f.scope(shop, "finance", "A")
		f.pass(time.Second)
		f.change(func(w store.Writer) error {
			_, err := w.UpdateScope(store.Scope{ID: s.ID, Name: "finance", Entries: []string{"B"}})
			return err
		})
		entries := f.entries(store.AuditFilter{})
		got := entries[2]
		record := func(field string) []byte {
			return fmt.Appendf(nil, `{"id":%q,"name":"finance","description":"","fields":[%q]}`, s.ID, field)
		}
		f.same(store.Entry{
			Sequence: 3, Time: f.now(), Actor: f.by.Actor, IP: "192.0.2.1", RequestID: "r1", Action: store.ScopeUpdated,
			Target: store.Target{Kind: "scope", ID: s.ID, Name: "finance", DataLayer: "shop"},
			Before: record("A"), After: record("B"), Previous: entries[1].Hash, Hash: got.Hash,
		}, got)
		f.same(f.head(), store.Head{Sequence: 3, Hash: got.Hash})
	},
	"R21 an entry holds no hash of a secret": func(f *fixture) {
		ann := f.member("ann")
		k, t := f.key(ann, "one"), f.token(f.layer("shop"), "one")
		f.change(func(w store.Writer) error { return errors.Join(w.RevokeToken(t.ID), w.RemoveMember(ann.ID, 0)) })
		for _, e := range f.entries(store.AuditFilter{}) {
			text := strings.ToLower(fmt.Sprintf("%+v %s %s", e, e.Before, e.After))
			for _, h := range []store.Hash{k.Hash, t.Hash} {
				if strings.Contains(text, fmt.Sprintf("%x", h)) || strings.Contains(text, strings.Trim(fmt.Sprint(h), "[]")) {
					f.t.Errorf("%s holds a hash: %s", e.Action, text)
				}
			}
		}
	},
	"entries are chosen by every filter, and by all at once": func(f *fixture) {
		ann := f.by
		shop, blog := f.layer("shop"), f.layer("blog")
		s := f.scope(shop, "finance")
		f.pass(time.Hour)
		f.by = store.Origin{Actor: store.Actor{Kind: store.ActorFile, Name: "shop/layer.yaml"}}
		f.scope(blog, "finance")
		f.pass(time.Hour)
		f.change(func(w store.Writer) error { return w.DeleteScope(s.ID, 0) })
		f.sync(shop)
		for _, c := range []struct {
			filter store.AuditFilter
			want   []uint64
		}{
			{store.AuditFilter{}, []uint64{1, 2, 3, 4, 5, 6}},
			{store.AuditFilter{Newest: true, Limit: 2}, []uint64{6, 5}},
			{store.AuditFilter{Newest: true, Limit: 2, Before: 5}, []uint64{4, 3}},
			{store.AuditFilter{After: 2, Limit: 3}, []uint64{3, 4, 5}},
			{store.AuditFilter{Actor: ann.Actor.ID}, []uint64{1, 2, 3}},
			{store.AuditFilter{Actor: ann.Actor.Name}, []uint64{1, 2, 3}},
			{store.AuditFilter{Actor: ann.Actor.KeyID}, []uint64{1, 2, 3}},
			{store.AuditFilter{Actor: "shop/layer.yaml"}, []uint64{4, 5, 6}},
			{store.AuditFilter{Action: "scope."}, []uint64{3, 4, 5}},
			{store.AuditFilter{Action: "scope.created"}, []uint64{3, 4}},
			{store.AuditFilter{Action: "scope"}, nil},
			{store.AuditFilter{Action: "%"}, nil},
			{store.AuditFilter{Target: "finance"}, []uint64{3, 4, 5}},
			{store.AuditFilter{Target: s.ID}, []uint64{3, 5}},
			{store.AuditFilter{Layer: "blog"}, []uint64{2, 4}},
			{store.AuditFilter{From: *f.after(-time.Hour)}, []uint64{4, 5, 6}},
			{store.AuditFilter{Until: *f.after(-time.Hour)}, []uint64{1, 2, 3}},
			{store.AuditFilter{From: *f.after(-time.Hour), Until: f.now()}, []uint64{4}},
			{store.AuditFilter{Actor: "ann", Action: "scope.", Target: "finance", Layer: "shop", From: start, After: 1, Limit: 9}, []uint64{3}},
			{store.AuditFilter{Actor: "x' OR '1'='1"}, nil},
		} {
			var got []uint64
			for _, e := range f.entries(c.filter) {
				got = append(got, e.Sequence)
			}
			if fmt.Sprint(c.want) != fmt.Sprint(got) {
				f.t.Errorf("%+v: got %v, want %v", c.filter, got, c.want)
			}
		}
	},
	"text comes back as it was": func(f *fixture) {
		const odd = "a\"'\\\r\n\x00<script>\u2028\U0001F600 %s"
		l := f.layer("shop")
		f.by.RequestID = odd + "\xff"
		s := f.scope(l, odd, odd)
		f.same(odd, read(f, all(store.Reader.Scopes))[0].Name)
		f.same([]string{odd}, s.Entries)
		f.same(odd, f.entries(store.AuditFilter{After: 1})[0].Target.Name)
	},
}

var concurrent = map[string]func(*fixture){
	"a view sees one sequence while writes go on": func(f *fixture) {
		shop := f.layer("shop")
		stop := f.writing(shop)
		for range 20 {
			f.view(func(r store.Reader) error {
				head, err := r.Head()
				f.ok(err)
				listed, err := r.Scopes("")
				f.ok(err)
				f.waitFor(head.Sequence + 1)
				again, err := r.Head()
				f.ok(err)
				f.same(head, again)
				f.same(int(head.Sequence)-1, len(listed))
				_, err = store.VerifyAll(r, head)
				return err
			})
		}
		stop()
	},
	"R20 writers at the same time leave a gapless chain": func(f *fixture) {
		shop := f.layer("shop")
		s := f.scope(shop, "shared")
		heads := make(chan store.Head, 8*20)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for j := range 20 {
					heads <- f.contend(shop, s.ID, fmt.Sprintf("%d-%d", i, j))
				}
			})
		}
		all.Wait()
		close(heads)
		seen := map[uint64]bool{}
		var known []store.Head
		for h := range heads {
			if seen[h.Sequence] {
				f.t.Errorf("head %d was returned twice", h.Sequence)
			}
			seen[h.Sequence] = true
			known = append(known, h)
		}
		f.view(func(r store.Reader) error { _, err := store.VerifyAll(r, known...); return err })
		f.same(uint64(2+8*20*2), f.head().Sequence)
	},
}

// contend makes two changes in one, and returns the head after them.
func (f *fixture) contend(l store.DataLayer, scopeID, name string) store.Head {
	head, err := f.store.Change(f.t.Context(), f.by, func(w store.Writer) error {
		if _, err := w.CreateScope(store.Scope{LayerID: l.ID, Name: name}); err != nil {
			return err
		}
		_, err := w.UpdateScope(store.Scope{ID: scopeID, Name: "shared", Description: name})
		return err
	})
	if err != nil {
		f.t.Error(err)
	}
	return head
}

// writing creates scopes until stop is called.
func (f *fixture) writing(l store.DataLayer) (stop func()) {
	ctx, cancel := context.WithCancel(f.t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			_, err := f.store.Change(ctx, f.by, func(w store.Writer) error {
				_, err := w.CreateScope(store.Scope{LayerID: l.ID, Name: fmt.Sprint(i)})
				return err
			})
			if err != nil && ctx.Err() == nil {
				f.t.Error(err)
				return
			}
		}
	})
	return func() { cancel(); done.Wait() }
}

// waitFor returns once the store is at a sequence, which a writer beside it brings it to.
func (f *fixture) waitFor(sequence uint64) {
	f.t.Helper()
	for f.head().Sequence < sequence && f.t.Context().Err() == nil && !f.t.Failed() {
	}
}
