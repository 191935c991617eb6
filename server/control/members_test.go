package control_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

func TestInitIsOnce(t *testing.T) {
	p := open(t)
	_, key, err := p.Init(t.Context(), p.owner, "Again", "eve")
	refusal(t, err, control.Conflict, control.CodeInitialized)
	want(t, "the key", key, "")
	team, err := p.Team(t.Context())
	if err != nil || team.Name != "Acme" || !team.Entitled {
		t.Errorf("%+v, %v", team, err)
	}
	got, member, ok := p.directory.AuthenticateKey(p.key, p.clock.Now())
	if !ok || member.Role != store.RoleOwner || member.Name != "ann" {
		t.Errorf("the first key is %+v of %+v", got, member)
	}
}

func TestR19TheLastOwnerStays(t *testing.T) {
	p := open(t)
	ann := p.owner.Actor.ID
	bob, err := p.AddMember(t.Context(), p.owner, "bob", store.RoleDeveloper)
	if err != nil {
		t.Fatal(err)
	}
	refusal(t, p.RemoveMember(t.Context(), p.owner, ann, 0), control.Conflict, control.CodeLastOwner)
	_, err = p.UpdateMember(t.Context(), p.owner, ann, store.RoleDeveloper, 0)
	refusal(t, err, control.Conflict, control.CodeLastOwner)

	_, err = p.UpdateMember(t.Context(), p.owner, bob.ID, store.RoleOwner, bob.Version+100)
	refusal(t, err, control.Stale, control.CodeStale)
	bob, err = p.UpdateMember(t.Context(), p.owner, bob.ID, store.RoleOwner, bob.Version)
	if err != nil || bob.Role != store.RoleOwner {
		t.Fatal(err)
	}
	if err := p.RemoveMember(t.Context(), p.owner, ann, 0); err != nil {
		t.Fatal(err)
	}
	refusal(t, p.RemoveMember(t.Context(), p.owner, bob.ID, bob.Version), control.Conflict, control.CodeLastOwner)
	refusal(t, p.RemoveMember(t.Context(), p.owner, ann, 0), control.NotFound, control.CodeNotFound)
	if _, _, ok := p.directory.AuthenticateKey(p.key, p.clock.Now()); ok {
		t.Error("the key of a removed member opens something")
	}
	list, err := p.Members(t.Context())
	if err != nil || len(list) != 1 || list[0].Name != "bob" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestMembersAreChecked(t *testing.T) {
	p := open(t)
	_, err := p.AddMember(t.Context(), p.owner, "ann", store.RoleDeveloper)
	refusal(t, err, control.Conflict, control.CodeNameTaken)
	_, err = p.AddMember(t.Context(), p.owner, "bob", "admin")
	refusal(t, err, control.Invalid, control.CodeRole)
	_, err = p.AddMember(t.Context(), p.owner, "bob\n", store.RoleOwner)
	refusal(t, err, control.Invalid, control.CodeName)
	_, err = p.UpdateMember(t.Context(), p.owner, "gone", store.RoleOwner, 0)
	refusal(t, err, control.NotFound, control.CodeNotFound)
}

func TestKeys(t *testing.T) {
	p := open(t)
	bob, err := p.AddMember(t.Context(), p.owner, "bob", store.RoleDeveloper)
	if err != nil {
		t.Fatal(err)
	}
	past := p.clock.Now()
	for name, test := range map[string]struct {
		in   store.Key
		kind control.Kind
		code string
	}{
		"no name":         {store.Key{MemberID: bob.ID, Permissions: []store.Permission{"admin"}}, control.Invalid, control.CodeName},
		"no permission":   {store.Key{MemberID: bob.ID, Name: "ci"}, control.Invalid, control.CodePermissions},
		"some permission": {store.Key{MemberID: bob.ID, Name: "ci", Permissions: []store.Permission{"admin", "root"}}, control.Invalid, control.CodePermissions},
		"expired":         {store.Key{MemberID: bob.ID, Name: "ci", Permissions: []store.Permission{"admin"}, Expires: &past}, control.Invalid, control.CodeExpiry},
		"nobody's":        {store.Key{MemberID: "gone", Name: "ci", Permissions: []store.Permission{"admin"}}, control.NotFound, control.CodeNotFound},
	} {
		_, secret, err := p.GenerateKey(t.Context(), p.owner, test.in)
		if secret != "" {
			t.Errorf("%s: there is a secret", name)
		}
		refusal(t, err, test.kind, test.code)
	}
	key, secret, err := p.GenerateKey(t.Context(), p.owner, store.Key{
		MemberID: bob.ID, Name: "ci", Permissions: []store.Permission{"decide", "admin", "decide"}, Hash: store.Hash{1}, ID: "mine",
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]store.Permission{"admin", "decide"}, key.Permissions); diff != "" || key.ID == "mine" || key.Hash == (store.Hash{1}) {
		t.Errorf("the key is %+v", key)
	}
	if _, m, ok := p.directory.AuthenticateKey(secret, p.clock.Now()); !ok || m.ID != bob.ID {
		t.Error("the key does not open")
	}
	refusal(t, p.RevokeKey(t.Context(), p.owner, p.owner.Actor.ID, key.ID), control.NotFound, control.CodeNotFound)
	refusal(t, p.RevokeKey(t.Context(), p.owner, "", key.ID), control.NotFound, control.CodeNotFound)
	if err := p.RevokeKey(t.Context(), p.owner, bob.ID, key.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := p.directory.AuthenticateKey(secret, p.clock.Now()); ok {
		t.Error("a revoked key opens")
	}
	list, err := p.Keys(t.Context(), bob.ID)
	if err != nil || len(list) != 1 || list[0].Revoked == nil {
		t.Errorf("%+v, %v", list, err)
	}
	_, err = p.Keys(t.Context(), "gone")
	refusal(t, err, control.NotFound, control.CodeNotFound)
}
