package storetest

import (
	"strconv"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

var syncs = map[string]func(*fixture){
	"a sync runs, takes steps and succeeds": func(f *fixture) {
		shop := f.layer("shop")
		before := f.head().Sequence
		s := f.sync(shop)
		f.same(store.Sync{ID: s.ID, LayerID: shop.ID, Reason: "manual", State: store.SyncRunning, Started: f.now()}, s)
		steps := []store.Step{{Name: "schema", State: store.SyncRunning, Started: f.now()}}
		f.change(func(w store.Writer) error { return w.StepSync(s.ID, steps) })
		s.Steps = steps
		f.same(s, read(f, of(store.Reader.Sync, s.ID)))
		f.pass(time.Second)
		s.Steps = []store.Step{{Name: "schema", State: store.SyncSucceeded, Started: steps[0].Started, Ended: f.now(), Detail: "d"}}
		done := must(f, func(w store.Writer) (store.Sync, error) {
			return w.SucceedSync(s, store.Revision{Digest: "sha256:1", SchemaDigest: "sha256:2"}, []byte("bundle"), 0)
		})
		s.State, s.Revision, s.Ended = store.SyncSucceeded, 1, f.after(0)
		f.same(s, done)
		f.same(s, read(f, of(store.Reader.Sync, s.ID)))
		f.same([]string{"sync.started sync " + s.ID, "sync.succeeded sync " + s.ID}, f.since(before))
		f.same([]store.Revision{{LayerID: shop.ID, Number: 1, Digest: "sha256:1", SchemaDigest: "sha256:2", SyncID: s.ID, Created: f.now()}},
			read(f, page(store.Reader.Revisions, shop.ID, store.Page{})))
		missing(f, of(store.Reader.Sync, "no"))
	},
	"a sync that fails shows its error and leaves the revision": func(f *fixture) {
		shop := f.layer("shop")
		f.revise(shop, 0)
		s := f.sync(shop)
		before := f.head().Sequence
		s.Error, s.Steps = "no schema", []store.Step{{Name: "schema", State: store.SyncFailed, Started: f.now(), Ended: f.now()}}
		failed := must(f, func(w store.Writer) (store.Sync, error) { return w.FailSync(s) })
		s.State, s.Ended = store.SyncFailed, f.after(0)
		f.same(s, failed)
		f.same(s, read(f, of(store.Reader.Sync, s.ID)))
		f.same([]string{"sync.failed sync " + s.ID}, f.since(before))
		f.same(1, len(read(f, page(store.Reader.Revisions, shop.ID, store.Page{}))))
		f.ended(s.ID)
	},
	"the newest request supersedes the one that runs": func(f *fixture) {
		shop, blog := f.layer("shop"), f.layer("blog")
		old, other := f.sync(shop), f.sync(blog)
		before := f.head().Sequence
		f.pass(time.Second)
		s := f.sync(shop)
		f.same([]string{"sync.started sync " + s.ID}, f.since(before))
		old.State, old.Ended = store.SyncSuperseded, f.after(0)
		f.same([]store.Sync{s, old}, read(f, page(store.Reader.Syncs, shop.ID, store.Page{})))
		f.same(other, read(f, of(store.Reader.Sync, other.ID)))
		f.ended(old.ID)
		f.same(0, len(read(f, page(store.Reader.Revisions, shop.ID, store.Page{}))))
	},
	"a sync without a bundle confirms the newest revision": func(f *fixture) {
		shop := f.layer("shop")
		s := f.sync(shop)
		confirm := func(w store.Writer) (store.Sync, error) { return w.SucceedSync(s, store.Revision{}, nil, 1) }
		f.refuse(store.ErrNotFound, func(w store.Writer) error { _, err := confirm(w); return err })
		f.revise(shop, 0)
		f.revise(shop, 0)
		s = f.sync(shop)
		f.same(uint64(2), must(f, confirm).Revision)
		f.same(2, len(read(f, page(store.Reader.Revisions, shop.ID, store.Page{}))))
		f.same(2, f.bundles(shop))
	},
	"syncs are read page by page, newest first": func(f *fixture) {
		shop := f.layer("shop")
		var ids []string
		for range 5 {
			ids = append(ids, f.sync(shop).ID)
		}
		f.sync(f.layer("blog"))
		f.same(6, len(read(f, page(store.Reader.Syncs, "", store.Page{}))))
		got := read(f, page(store.Reader.Syncs, shop.ID, store.Page{After: ids[3], Limit: 2}))
		f.same([]string{ids[2], ids[1]}, []string{got[0].ID, got[1].ID})
		f.same(2, len(got))
	},
	"what is not there has no syncs": func(f *fixture) {
		f.refuse(store.ErrNotFound, func(w store.Writer) error { _, err := w.StartSync(store.Sync{LayerID: "no"}); return err })
		f.refuse(store.ErrNotFound, func(w store.Writer) error { return w.StepSync("no", nil) })
		f.refuse(store.ErrNotFound, func(w store.Writer) error { _, err := w.FailSync(store.Sync{ID: "no"}); return err })
	},
}

// ended makes sure that a sync that is not running stays as it is.
func (f *fixture) ended(id string) {
	f.t.Helper()
	s := store.Sync{ID: id}
	f.refuse(store.ErrStale, func(w store.Writer) error { return w.StepSync(id, nil) })
	f.refuse(store.ErrStale, func(w store.Writer) error { _, err := w.FailSync(s); return err })
	f.refuse(store.ErrStale, func(w store.Writer) error {
		_, err := w.SucceedSync(s, store.Revision{Digest: "sha256:late"}, []byte("late"), 1)
		return err
	})
}

// bundles counts the bundles that are kept.
func (f *fixture) bundles(l store.DataLayer) (n int) {
	f.t.Helper()
	for _, r := range read(f, page(store.Reader.Revisions, l.ID, store.Page{})) {
		err := f.store.View(f.t.Context(), func(reader store.Reader) error {
			_, err := reader.Bundle(l.ID, r.Number)
			return err
		})
		if err == nil {
			n++
		} else {
			f.is(store.ErrNotFound, err)
		}
	}
	return n
}

var revisions = map[string]func(*fixture){
	"revisions count up for each data layer, and old bundles are dropped": func(f *fixture) {
		shop, blog := f.layer("shop"), f.layer("blog")
		var made []store.Sync
		for i := range 4 {
			made = append(made, f.revise(shop, 2))
			f.same(uint64(i+1), made[i].Revision)
		}
		f.same(uint64(1), f.revise(blog, 2).Revision)
		f.same(2, f.bundles(shop))
		f.same(1, f.bundles(blog))
		for _, s := range made[2:] {
			f.same([]byte(s.ID), read(f, func(r store.Reader) ([]byte, error) { return r.Bundle(shop.ID, s.Revision) }))
		}
		missing(f, func(r store.Reader) ([]byte, error) { return r.Bundle(shop.ID, 1) })
		missing(f, func(r store.Reader) ([]byte, error) { return r.Bundle(blog.ID, 4) })
		got := read(f, page(store.Reader.Revisions, shop.ID, store.Page{After: "4", Limit: 2}))
		f.same([]uint64{3, 2}, []uint64{got[0].Number, got[1].Number})
		f.same(2, len(got))
	},
	"a number that is not above the others is a conflict": func(f *fixture) {
		shop := f.layer("shop")
		f.revise(shop, 0)
		s := f.sync(shop)
		succeed := func(number uint64) func(w store.Writer) error {
			return func(w store.Writer) error {
				_, err := w.SucceedSync(s, store.Revision{Number: number}, []byte{}, 0)
				return err
			}
		}
		f.refuse(store.ErrConflict, succeed(1))
		f.change(succeed(5))
		f.same(uint64(6), f.revise(shop, 0).Revision)
	},
	"a data layer is pinned and unpinned, with an entry for each": func(f *fixture) {
		shop := f.layer("shop")
		f.revise(shop, 1)
		f.revise(shop, 1)
		before := f.head().Sequence
		pin := func(number uint64) { f.change(func(w store.Writer) error { return w.Pin(shop.ID, number) }) }
		pin(1)
		l := read(f, store.Reader.Layers)[0]
		f.same([]uint64{1, before + 1}, []uint64{l.Pinned, l.Version})
		pin(1)
		pin(2)
		pin(0)
		pin(0)
		f.same([]string{"revision.pinned revision 1", "revision.pinned revision 2", "revision.unpinned revision 2"}, f.since(before))
		f.same(uint64(0), read(f, store.Reader.Layers)[0].Pinned)
		for number, id := range map[uint64]string{3: shop.ID, 1: "no"} {
			f.refuse(store.ErrNotFound, func(w store.Writer) error { return w.Pin(id, number) })
		}
		entries := f.entries(store.AuditFilter{After: before})
		f.same(`{"revision":`+strconv.Itoa(1)+`}`, string(entries[1].Before))
		f.same("shop", entries[1].Target.DataLayer)
	},
}
