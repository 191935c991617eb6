package admin

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

func (c *call) listMembers() error {
	members, err := c.api.Control.Members(c.ctx())
	if err != nil {
		return err
	}
	return answerSorted(c, members, func(m store.Member) string { return m.Name }, memberOut)
}

// member returns the member that the path names.
func (c *call) member() (store.Member, error) {
	members, err := c.api.Control.Members(c.ctx())
	if err != nil {
		return store.Member{}, err
	}
	for _, m := range members {
		if m.ID == c.Param("member") {
			return m, nil
		}
	}
	return store.Member{}, notFound("member")
}

func (c *call) getMember() error {
	m, err := c.member()
	if err != nil {
		return err
	}
	return c.answerRow(http.StatusOK, m.Version, memberOut(m))
}

func (c *call) addMember() error {
	var body api.NewMember
	if err := c.body(&body); err != nil {
		return err
	}
	if err := checkName(body.Name); err != nil {
		return err
	}
	if err := checkRole(body.Role); err != nil {
		return err
	}
	m, err := c.api.Control.AddMember(c.ctx(), c.origin(), body.Name, body.Role)
	if err != nil {
		return err
	}
	c.Header("Location", api.Prefix+"/members/"+m.ID)
	return c.answerRow(http.StatusCreated, m.Version, memberOut(m))
}

func checkRole(r store.Role) error {
	if r != store.RoleOwner && r != store.RoleDeveloper {
		return invalid(control.CodeRole, "/role", "the role is owner or developer")
	}
	return nil
}

func (c *call) updateMember() error {
	version, err := c.version()
	if err != nil {
		return err
	}
	var body api.MemberChange
	if err := c.body(&body); err != nil {
		return err
	}
	if err := checkRole(body.Role); err != nil {
		return err
	}
	m, err := c.api.Control.UpdateMember(c.ctx(), c.origin(), c.Param("member"), body.Role, version)
	if err != nil {
		return err
	}
	return c.answerRow(http.StatusOK, m.Version, memberOut(m))
}

func (c *call) removeMember() error {
	version, err := c.version()
	if err != nil {
		return err
	}
	return c.done(c.api.Control.RemoveMember(c.ctx(), c.origin(), c.Param("member"), version))
}

// done answers 204, or returns the error.
func (c *call) done(err error) error {
	if err == nil {
		c.Status(http.StatusNoContent)
	}
	return err
}

func (c *call) listKeys() error {
	if _, err := c.member(); err != nil {
		return err
	}
	keys, err := c.api.Control.Keys(c.ctx(), c.Param("member"))
	if err != nil {
		return err
	}
	p, err := c.page()
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(keys, func(k store.Key) bool { return k.ID == p.After }); i >= 0 { // keys are never taken away
		keys = keys[i+1:]
	} else if p.After != "" {
		return badRequest("", "the query parameter \"after\" is the `next` of a page before")
	}
	now := c.api.Now()
	return answerPage(c, p, keys, func(k store.Key) string { return k.ID }, func(k store.Key) api.Key { return keyOut(k, now) })
}

func (c *call) generateKey() error {
	var body api.NewKey
	if err := c.body(&body); err != nil {
		return err
	}
	if err := checkName(body.Name); err != nil {
		return err
	}
	if err := checkPermissions(body.Permissions); err != nil {
		return err
	}
	if err := c.checkExpiry(body.Expires); err != nil {
		return err
	}
	slices.Sort(body.Permissions)
	k, secret, err := c.api.Control.GenerateKey(c.ctx(), c.origin(), store.Key{
		MemberID: c.Param("member"), Name: body.Name, Permissions: body.Permissions, Expires: body.Expires,
	})
	if err != nil {
		return err
	}
	c.Header("Location", api.Prefix+"/members/"+k.MemberID+"/keys/"+k.ID)
	return c.answer(http.StatusCreated, api.GeneratedKey{Key: keyOut(k, c.api.Now()), Secret: secret})
}

func checkPermissions(permissions []store.Permission) error {
	if len(permissions) == 0 {
		return invalid(control.CodePermissions, "/permissions", "say what the key may be used for: admin, decide or both")
	}
	seen := map[store.Permission]bool{}
	for i, p := range permissions {
		if p != store.PermissionAdmin && p != store.PermissionDecide || seen[p] {
			return invalid(control.CodePermissions, fmt.Sprintf("/permissions/%d", i), "a permission is admin or decide, each once")
		}
		seen[p] = true
	}
	return nil
}

func (c *call) revokeKey() error {
	return c.done(c.api.Control.RevokeKey(c.ctx(), c.origin(), c.Param("member"), c.Param("key")))
}
