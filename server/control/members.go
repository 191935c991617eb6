package control

import (
	"context"
	"slices"
	"time"

	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

// Initial is what the first start of a deployment makes.
type Initial struct {
	Team  store.Team
	Owner store.Member
	Key   store.Key
}

// Init makes the team, its first owner and a key of the owner, and returns the key's secret. It refuses a store that has a
// team (Conflict).
func (c *Control) Init(ctx context.Context, by store.Origin, team, owner string) (Initial, string, error) {
	if err := checkName("/team", team); err != nil {
		return Initial{}, "", err
	}
	if err := checkName("/owner", owner); err != nil {
		return Initial{}, "", err
	}
	s, err := secret.New(secret.Key, c.o.Random)
	if err != nil {
		return Initial{}, "", err
	}
	var made Initial
	_, err = c.change(ctx, by, func(w store.Writer) (err error) {
		if _, err = w.Team(); err == nil {
			return refused(Conflict, CodeInitialized, "", "this store has a team already: `fieldgate init` is for a new one")
		}
		made, err = c.initial(w, team, owner, s.Hash())
		return err
	})
	if err != nil {
		return Initial{}, "", err
	}
	return made, s.Reveal(), nil
}

func (c *Control) initial(w store.Writer, team, owner string, hash store.Hash) (made Initial, err error) {
	if made.Team, err = w.CreateTeam(store.Team{ID: c.o.NewID(), Name: team, Entitled: true}); err != nil {
		return made, err
	}
	if made.Owner, err = w.AddMember(store.Member{ID: c.o.NewID(), Name: owner, Role: store.RoleOwner}); err != nil {
		return made, err
	}
	made.Key, err = w.GenerateKey(store.Key{
		ID: c.o.NewID(), MemberID: made.Owner.ID, Name: "first key", Hash: hash, Permissions: []store.Permission{store.PermissionAdmin},
	})
	return made, err
}

// Team returns the team: NotFound before Init.
func (c *Control) Team(ctx context.Context) (t store.Team, err error) {
	err = c.view(ctx, func(r store.Reader) (err error) {
		t, err = r.Team()
		return found("team", err)
	})
	return t, err
}

// Members returns the members by name.
func (c *Control) Members(ctx context.Context) (list []store.Member, err error) {
	err = c.view(ctx, func(r store.Reader) (err error) {
		list, err = r.Members()
		return err
	})
	return list, err
}

// AddMember adds a member, who has no key yet.
func (c *Control) AddMember(ctx context.Context, by store.Origin, name string, role store.Role) (m store.Member, err error) {
	if err := checkName("/name", name); err != nil {
		return m, err
	}
	if err := checkRole(role); err != nil {
		return m, err
	}
	_, err = c.change(ctx, by, func(w store.Writer) (err error) {
		m, err = w.AddMember(store.Member{ID: c.o.NewID(), Name: name, Role: role})
		return err
	})
	return m, err
}

func checkRole(role store.Role) error {
	if role != store.RoleOwner && role != store.RoleDeveloper {
		return refused(Invalid, CodeRole, "/role", "the role is neither `owner` nor `developer`")
	}
	return nil
}

// UpdateMember gives a member another role. The last owner stays one (Conflict).
func (c *Control) UpdateMember(ctx context.Context, by store.Origin, id string, role store.Role, version uint64) (m store.Member, err error) {
	if err := checkRole(role); err != nil {
		return m, err
	}
	_, err = c.change(ctx, by, func(w store.Writer) error {
		if m, err = member(w, id); err != nil {
			return err
		}
		if role != store.RoleOwner {
			if err := notLastOwner(w, m); err != nil {
				return err
			}
		}
		m.Role, m.Version = role, version
		m, err = w.UpdateMember(m)
		return err
	})
	return m, err
}

// RemoveMember removes a member and revokes their keys. The last owner stays (Conflict).
func (c *Control) RemoveMember(ctx context.Context, by store.Origin, id string, version uint64) error {
	_, err := c.change(ctx, by, func(w store.Writer) error {
		m, err := member(w, id)
		if err != nil {
			return err
		}
		if err := notLastOwner(w, m); err != nil {
			return err
		}
		return w.RemoveMember(id, version)
	})
	return err
}

func member(r store.Reader, id string) (store.Member, error) {
	list, err := r.Members()
	if err != nil {
		return store.Member{}, err
	}
	if i := slices.IndexFunc(list, func(m store.Member) bool { return m.ID == id }); i >= 0 {
		return list[i], nil
	}
	return store.Member{}, notFound("member")
}

// notLastOwner refuses to go on without an owner: nobody could add another.
func notLastOwner(r store.Reader, m store.Member) error {
	list, err := r.Members()
	if err != nil {
		return err
	}
	other := func(o store.Member) bool { return o.Role == store.RoleOwner && o.ID != m.ID }
	if m.Role == store.RoleOwner && !slices.ContainsFunc(list, other) {
		return refused(Conflict, CodeLastOwner, "", "%s is the last owner: make someone else an owner first", m.Name)
	}
	return nil
}

// Keys returns the keys of a member, revoked ones too, as they were generated.
func (c *Control) Keys(ctx context.Context, memberID string) (list []store.Key, err error) {
	err = c.view(ctx, func(r store.Reader) error {
		if _, err := member(r, memberID); err != nil {
			return err
		}
		list, err = r.Keys(memberID)
		return err
	})
	return list, err
}

// GenerateKey makes a key of the member k.MemberID with k's Name, Permissions and Expires, and returns its secret.
func (c *Control) GenerateKey(ctx context.Context, by store.Origin, k store.Key) (store.Key, string, error) {
	if err := c.checkKey(k); err != nil {
		return store.Key{}, "", err
	}
	s, err := secret.New(secret.Key, c.o.Random)
	if err != nil {
		return store.Key{}, "", err
	}
	var made store.Key
	_, err = c.change(ctx, by, func(w store.Writer) error {
		if _, err := member(w, k.MemberID); err != nil {
			return err
		}
		made, err = w.GenerateKey(store.Key{
			ID: c.o.NewID(), MemberID: k.MemberID, Name: k.Name, Hash: s.Hash(), Expires: k.Expires,
			Permissions: slices.Compact(slices.Sorted(slices.Values(k.Permissions))),
		})
		return err
	})
	if err != nil {
		return store.Key{}, "", err
	}
	return made, s.Reveal(), nil
}

func (c *Control) checkKey(k store.Key) error {
	if err := checkName("/name", k.Name); err != nil {
		return err
	}
	if len(k.Permissions) == 0 {
		return refused(Invalid, CodePermissions, "/permissions", "a key without permissions opens nothing: name `admin`, `decide` or both")
	}
	for i, p := range k.Permissions {
		if p != store.PermissionAdmin && p != store.PermissionDecide {
			return refused(Invalid, CodePermissions, pointer("permissions", item(i)), "a permission is `admin` or `decide`")
		}
	}
	return c.checkExpiry(k.Expires)
}

func (c *Control) checkExpiry(at *time.Time) error {
	switch {
	case at == nil:
		return nil
	case !at.After(c.o.Clock()):
		return refused(Invalid, CodeExpiry, "/expires", "it would have expired already")
	case at.UTC().Year() > 9999:
		return refused(Invalid, CodeExpiry, "/expires", "there is no way to write this date: leave it out for one that does not expire")
	}
	return nil
}

// RevokeKey revokes a key of a member, for good. Revoking it again is no error.
func (c *Control) RevokeKey(ctx context.Context, by store.Origin, memberID, id string) error {
	_, err := c.change(ctx, by, func(w store.Writer) error {
		keys, err := w.Keys(memberID)
		if err != nil {
			return err
		}
		if memberID == "" || !slices.ContainsFunc(keys, func(k store.Key) bool { return k.ID == id }) {
			return notFound("key of this member")
		}
		return w.RevokeKey(id)
	})
	return err
}
