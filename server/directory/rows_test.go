package directory_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

func TestRowsAreThoseOfTheStore(t *testing.T) {
	f, _ := shop(t)
	d := open(t, f)
	if _, found := d.Team(); found {
		t.Error("there is a team before there is one")
	}
	f.putTeam("team")
	f.putMember(store.Member{ID: "m-2", Name: "Ada", Role: store.RoleOwner})
	f.putMember(store.Member{ID: "m-1", Name: "Bob", Role: store.RoleDeveloper})
	f.putRevision("shop", 9)
	f.putRevision("shop", 10)
	catchUp(t, d, f.putRevision("blog", 1))

	team, _ := d.Team()
	bob, _ := d.Member("m-1")
	layer, _ := d.Layer("blog")
	byID, _ := d.LayerByID("id-blog")
	scope, _ := d.Scope("s-cost")
	for name, pair := range map[string][2]any{
		"team":        {store.Team{ID: "team", Name: "team", Entitled: true}, team},
		"member":      {f.members["m-1"], bob},
		"members":     {[]store.Member{f.members["m-2"], f.members["m-1"]}, d.Members()},
		"layer":       {f.layers["blog"], layer},
		"layer by id": {f.layers["blog"], byID},
		"layers":      {[]store.DataLayer{f.layers["blog"], f.layers["shop"]}, d.Layers()},
		"scope":       {f.scopes["s-cost"], scope},
		"scopes":      {[]store.Scope{f.scopes["s-cost"], f.scopes["s-mail"]}, d.Scopes("id-shop")},
		"no scopes":   {[]store.Scope{}, d.Scopes("id-blog")},
		"part of id":  {[]store.Scope{}, d.Scopes("id-sho")},
		"revisions":   {[]store.Revision{{LayerID: "id-shop", Number: 10}, {LayerID: "id-shop", Number: 9}}, d.Revisions("id-shop")},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if _, found := d.Member("m"); found {
		t.Error("part of an id found a member")
	}
}

func TestKeysOpenForTheirMemberOnly(t *testing.T) {
	f := newFake()
	f.putMember(store.Member{ID: "ada", Name: "Ada", Role: store.RoleOwner})
	past := noon.Add(-time.Second)
	good, revoked, expired, orphan := generate(t, secret.Key), generate(t, secret.Key), generate(t, secret.Key), generate(t, secret.Key)
	f.putKey(store.Key{ID: "good", MemberID: "ada", Hash: good.Hash(), Permissions: []store.Permission{store.PermissionDecide}})
	f.putKey(store.Key{ID: "revoked", MemberID: "ada", Hash: revoked.Hash(), Revoked: &past})
	f.putKey(store.Key{ID: "expired", MemberID: "ada", Hash: expired.Hash(), Expires: &noon})
	f.putKey(store.Key{ID: "orphan", MemberID: "gone", Hash: orphan.Hash()})
	d := open(t, f)
	key, member, ok := d.AuthenticateKey(good.Reveal(), noon)
	if !ok || key.ID != "good" || member.ID != "ada" {
		t.Errorf("got %v, %v, %v", key.ID, member.ID, ok)
	}
	if key, member, ok := d.AuthenticateKeyID("good", noon); !ok || key.ID != "good" || member.Role != store.RoleOwner {
		t.Errorf("by id: %v, %v, %v", key.ID, member.ID, ok)
	}
	for name, text := range map[string]string{
		"revoked": revoked.Reveal(), "expired": expired.Reveal(), "orphan": orphan.Reveal(), "unknown": generate(t, secret.Key).Reveal(),
		"token": generate(t, secret.Token).Reveal(), "": "", "bad CRC": good.Reveal()[:44] + "000000",
	} {
		key, member, ok := d.AuthenticateKey(text, noon)
		if diff := cmp.Diff(store.Key{}, key); ok || diff != "" || member != (store.Member{}) {
			t.Errorf("%s: let in: %s", name, diff)
		}
		key, member, ok = d.AuthenticateKeyID(name, noon)
		if diff := cmp.Diff(store.Key{}, key); ok || diff != "" || member != (store.Member{}) {
			t.Errorf("%s: let in by id: %s", name, diff)
		}
	}
	if key, member, found := d.Key(revoked.Hash()); !found || key.Revoked == nil || member.ID != "ada" {
		t.Error("Key does not find a revoked key")
	}
	if _, _, found := d.Key(orphan.Hash()); found {
		t.Error("Key finds the key of a member who is gone")
	}
	d.KeyUsed("good", noon)
	d.KeyUsed("nobody", noon)
	flush(t, d)
	if diff := cmp.Diff([]map[string]time.Time{{"good": noon}}, f.usedKey); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
}

func TestKeyOfARemovedMemberIsRefusedOnceCaughtUp(t *testing.T) {
	f, s := newFake(), generate(t, secret.Key)
	f.putMember(store.Member{ID: "ada", Name: "Ada"})
	f.putKey(store.Key{ID: "key", MemberID: "ada", Hash: s.Hash()})
	d := open(t, f)
	head := f.change(func() (store.Action, store.Target) {
		delete(f.members, "ada")
		return store.MemberRemoved, store.Target{Kind: "member", ID: "ada"}
	})
	catchUp(t, d, head)
	if _, _, ok := d.AuthenticateKey(s.Reveal(), noon); ok {
		t.Error("let in")
	}
}
