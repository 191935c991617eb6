package storetest

import (
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

var team = map[string]func(*fixture){
	"there is no team before it was made, and one after": func(f *fixture) {
		missing(f, store.Reader.Team)
		made := must(f, func(w store.Writer) (store.Team, error) {
			return w.CreateTeam(store.Team{Name: "acme", Entitled: true})
		})
		f.same(store.Team{ID: made.ID, Name: "acme", Entitled: true, Created: f.now()}, made)
		f.same(made, read(f, store.Reader.Team))
		f.refuse(store.ErrConflict, func(w store.Writer) error {
			_, err := w.CreateTeam(store.Team{Name: "other"})
			return err
		})
	},
}

var members = map[string]func(*fixture){
	"members are listed by name, with the version of their last change": func(f *fixture) {
		zoe, ann := f.member("zoe"), f.member("ann")
		f.same([]store.Member{ann, zoe}, read(f, store.Reader.Members))
		f.same(store.Member{ID: zoe.ID, Name: "zoe", Role: store.RoleOwner, Version: 1, Created: f.now()}, zoe)
		if zoe.ID == "" || zoe.ID == ann.ID {
			f.t.Errorf("ids %q and %q", zoe.ID, ann.ID)
		}
		f.pass(time.Hour)
		renamed := must(f, func(w store.Writer) (store.Member, error) {
			return w.UpdateMember(store.Member{ID: zoe.ID, Name: "bob", Role: store.RoleDeveloper, Version: zoe.Version})
		})
		f.same(store.Member{ID: zoe.ID, Name: "bob", Role: store.RoleDeveloper, Version: 3, Created: zoe.Created}, renamed)
		f.same([]store.Member{ann, renamed}, read(f, store.Reader.Members))
	},
	"a name that is taken is a conflict, until its member is removed": func(f *fixture) {
		ann, bob := f.member("ann"), f.member("bob")
		add := func(w store.Writer) error {
			_, err := w.AddMember(store.Member{Name: "ann", Role: store.RoleOwner})
			return err
		}
		f.refuse(store.ErrConflict, add)
		f.refuse(store.ErrConflict, func(w store.Writer) error {
			_, err := w.UpdateMember(store.Member{ID: bob.ID, Name: "ann"})
			return err
		})
		f.change(func(w store.Writer) error { return w.RemoveMember(ann.ID, 0) })
		f.change(add)
	},
	"a version that is not the newest is stale": func(f *fixture) {
		ann := f.member("ann")
		update := func(version uint64) func(store.Writer) error {
			return func(w store.Writer) error {
				_, err := w.UpdateMember(store.Member{ID: ann.ID, Name: "ann", Role: store.RoleDeveloper, Version: version})
				return err
			}
		}
		f.change(update(ann.Version))
		f.refuse(store.ErrStale, update(ann.Version))
		f.refuse(store.ErrStale, update(99))
		f.refuse(store.ErrStale, func(w store.Writer) error { return w.RemoveMember(ann.ID, ann.Version) })
		f.change(update(0))
	},
	"removing a member revokes its keys, with one entry each": func(f *fixture) {
		ann, bob := f.member("ann"), f.member("bob")
		one, two, others := f.key(ann, "one"), f.key(ann, "two"), f.key(bob, "others")
		f.change(func(w store.Writer) error { return w.RevokeKey(one.ID) })
		before := f.head().Sequence
		f.change(func(w store.Writer) error { return w.RemoveMember(ann.ID, ann.Version) })
		f.same([]string{"member.key_revoked key two", "member.removed member ann"}, f.since(before))
		f.same([]store.Member{bob}, read(f, store.Reader.Members))
		for _, k := range read(f, all(store.Reader.Keys)) {
			if (k.Revoked == nil) != (k.ID == others.ID) {
				f.t.Errorf("key %q is revoked at %v", k.Name, k.Revoked)
			}
		}
		for _, change := range []func(store.Writer) error{
			func(w store.Writer) error { return w.RemoveMember(ann.ID, 0) },
			func(w store.Writer) error { _, err := w.UpdateMember(ann); return err },
			func(w store.Writer) error {
				_, err := w.GenerateKey(store.Key{MemberID: ann.ID, Hash: f.hash()})
				return err
			},
		} {
			f.refuse(store.ErrNotFound, change)
		}
		f.same(two.MemberID, ann.ID)
	},
	"what is not there cannot be changed": func(f *fixture) {
		f.refuse(store.ErrNotFound, func(w store.Writer) error { _, err := w.UpdateMember(store.Member{ID: "no"}); return err })
		f.refuse(store.ErrNotFound, func(w store.Writer) error { return w.RemoveMember("no", 0) })
		f.refuse(store.ErrNotFound, func(w store.Writer) error { return w.RevokeKey("no") })
		f.refuse(store.ErrNotFound, func(w store.Writer) error { _, err := w.GenerateKey(store.Key{MemberID: "no"}); return err })
	},
}

// all asks a method for what belongs to every owner.
func all[T any](method func(store.Reader, string) (T, error)) func(store.Reader) (T, error) {
	return of(method, "")
}

// of asks a method for what belongs to one owner.
func of[T any](method func(store.Reader, string) (T, error), id string) func(store.Reader) (T, error) {
	return func(r store.Reader) (T, error) { return method(r, id) }
}

// page asks a method for a page of what belongs to one owner.
func page[T any](method func(store.Reader, string, store.Page) (T, error), id string, p store.Page) func(store.Reader) (T, error) {
	return func(r store.Reader) (T, error) { return method(r, id, p) }
}

var keys = map[string]func(*fixture){
	"keys are listed by creation, revoked ones too": func(f *fixture) {
		ann, bob := f.member("ann"), f.member("bob")
		expires := f.now().Add(time.Hour + 321*time.Nanosecond).In(start.Location())
		h := f.hash()
		one := must(f, func(w store.Writer) (store.Key, error) {
			return w.GenerateKey(store.Key{MemberID: ann.ID, Name: "zz", Hash: h, Expires: &expires,
				Permissions: []store.Permission{store.PermissionDecide, store.PermissionAdmin, store.PermissionDecide}})
		})
		f.same(store.Key{ID: one.ID, MemberID: ann.ID, Name: "zz", Hash: h, Created: f.now(), Expires: f.after(time.Hour),
			Permissions: []store.Permission{store.PermissionAdmin, store.PermissionDecide}}, one)
		two, three := f.key(bob, "bb"), f.key(ann, "aa")
		f.change(func(w store.Writer) error { return w.RevokeKey(two.ID) })
		two.Revoked = f.after(0)
		f.same([]store.Key{one, two, three}, read(f, all(store.Reader.Keys)))
		f.same([]store.Key{one, three}, read(f, of(store.Reader.Keys, ann.ID)))
	},
	"R6 revoking a key is final, and revoking again is no change": func(f *fixture) {
		k := f.key(f.member("ann"), "one")
		f.change(func(w store.Writer) error { return w.RevokeKey(k.ID) })
		before, revoked := f.head(), f.after(0)
		f.pass(time.Hour)
		f.change(func(w store.Writer) error { return w.RevokeKey(k.ID) })
		f.same(before, f.head())
		f.same(revoked, read(f, all(store.Reader.Keys))[0].Revoked)
	},
	"a hash that is there is a conflict": func(f *fixture) {
		ann := f.member("ann")
		k := f.key(ann, "one")
		f.refuse(store.ErrConflict, func(w store.Writer) error {
			_, err := w.GenerateKey(store.Key{MemberID: ann.ID, Name: "two", Hash: k.Hash})
			return err
		})
	},
}

var sessions = map[string]func(*fixture){
	"a session is there until it expires or is deleted": func(f *fixture) {
		k := f.key(f.member("ann"), "one")
		ctx := f.t.Context()
		s := store.Session{ID: f.hash(), KeyID: k.ID, Expires: *f.after(time.Hour)}
		other := store.Session{ID: f.hash(), KeyID: k.ID, Expires: *f.after(2 * time.Hour)}
		before := f.head()
		for _, one := range []store.Session{s, other} {
			f.ok(f.store.PutSession(ctx, one))
		}
		f.same(before, f.head()) // signing in is no change (R20)
		got, err := f.store.Session(ctx, s.ID)
		f.ok(err)
		f.same(s, got)
		f.pass(time.Hour)
		f.noSession(s.ID)
		_, err = f.store.Session(ctx, other.ID)
		f.ok(err)
		f.ok(f.store.DeleteSession(ctx, other.ID))
		f.ok(f.store.DeleteSession(ctx, other.ID))
		f.noSession(other.ID)
		f.noSession(f.hash())
	},
	"R6 a session ends with its key": func(f *fixture) {
		ann := f.member("ann")
		revoked, removed := f.key(ann, "revoked"), f.key(ann, "removed")
		expiring := must(f, func(w store.Writer) (store.Key, error) {
			return w.GenerateKey(store.Key{MemberID: ann.ID, Hash: f.hash(), Expires: f.after(time.Minute)})
		})
		var ids []store.Hash
		for _, k := range []store.Key{revoked, expiring, removed} {
			ids = append(ids, f.hash())
			f.ok(f.store.PutSession(f.t.Context(), store.Session{ID: ids[len(ids)-1], KeyID: k.ID, Expires: *f.after(time.Hour)}))
		}
		f.change(func(w store.Writer) error { return w.RevokeKey(revoked.ID) })
		f.noSession(ids[0])
		f.pass(time.Minute)
		f.noSession(ids[1])
		f.change(func(w store.Writer) error { return w.RemoveMember(ann.ID, 0) })
		f.noSession(ids[2])
	},
	"R6 a key that is revoked or unknown begins no session": func(f *fixture) {
		k := f.key(f.member("ann"), "one")
		f.change(func(w store.Writer) error { return w.RevokeKey(k.ID) })
		for _, id := range []string{k.ID, "no"} {
			s := store.Session{ID: f.hash(), KeyID: id, Expires: *f.after(time.Hour)}
			f.is(store.ErrNotFound, f.store.PutSession(f.t.Context(), s))
			f.noSession(s.ID)
		}
	},
}
