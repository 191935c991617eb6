package admintest

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fieldgate/fieldgate/server/admin"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

// Control is a control plane in memory. Every id is of the form KIND-N. It is safe for concurrent use.
type Control struct {
	Now     func() time.Time
	NoPlan  bool             // the team's plan has no API access control
	Broken  bool             // Verify finds the chain broken
	Fail    map[string]error // by method: what it returns instead
	Lookups atomic.Int64     // of keys by hash

	mu        sync.Mutex
	sequence  uint64
	members   []store.Member
	keys      []store.Key
	layers    []store.DataLayer
	schemas   map[string]string // by layer id
	scopes    []store.Scope
	tokens    []store.Token
	once      map[string]generated
	syncs     []store.Sync
	revisions []store.Revision
	entries   []store.Entry
	chain     store.Head
	sessions  map[store.Hash]store.Session
}

type generated struct {
	request store.Hash
	token   string
}

var _ admin.Control = (*Control)(nil)

// NewControl returns a control plane with nobody in it.
func NewControl(now func() time.Time) *Control {
	return &Control{Now: now, chain: store.Beginning(), Fail: map[string]error{}, schemas: map[string]string{}, once: map[string]generated{}, sessions: map[store.Hash]store.Session{}}
}

// lock begins a method. The caller unlocks, whatever the error.
func (c *Control) lock(method string) error {
	c.mu.Lock()
	return c.Fail[method]
}

func refused(kind control.Kind, code, format string, args ...any) error {
	return &control.Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

func missing(what string) error {
	return refused(control.NotFound, "NOT_FOUND", "there is no such %s", what)
}

// record appends an entry and returns its sequence.
func (c *Control) record(by store.Origin, action store.Action, target store.Target) uint64 {
	c.sequence++
	var e store.Entry
	e, c.chain = c.chain.Append(store.Entry{Time: c.Now(), Actor: by.Actor, IP: by.IP, RequestID: by.RequestID, Action: action, Target: target})
	c.entries = append(c.entries, e)
	return c.sequence
}

func (c *Control) id(kind string) string { return fmt.Sprintf("%s-%04d", kind, c.sequence+1) }

// Team returns the team.
func (c *Control) Team(context.Context) (store.Team, error) {
	defer c.mu.Unlock()
	return store.Team{ID: "team-0001", Name: "Test", Entitled: !c.NoPlan, Created: c.Now()}, c.lock("Team")
}

// Directory is the control plane as where keys are looked up. It leaves it to its caller whether a key is still valid.
type Directory struct{ *Control }

// Team returns the team.
func (d Directory) Team() (store.Team, bool) {
	t, err := d.Control.Team(context.Background())
	return t, err == nil
}

// Members returns members by name.
func (c *Control) Members(context.Context) ([]store.Member, error) {
	defer c.mu.Unlock()
	err := c.lock("Members")
	out := slices.Clone(c.members)
	slices.SortFunc(out, func(a, b store.Member) int { return cmp.Compare(a.Name, b.Name) })
	return out, err
}

// AddMember adds a member.
func (c *Control) AddMember(_ context.Context, by store.Origin, name string, role store.Role) (store.Member, error) {
	defer c.mu.Unlock()
	if err := c.lock("AddMember"); err != nil {
		return store.Member{}, err
	}
	if slices.ContainsFunc(c.members, func(m store.Member) bool { return m.Name == name }) {
		return store.Member{}, refused(control.Conflict, "NAME_TAKEN", "a member is called %s already", name)
	}
	m := store.Member{ID: c.id("member"), Name: name, Role: role, Created: c.Now()}
	m.Version = c.record(by, store.MemberAdded, store.Target{Kind: "member", ID: m.ID, Name: name})
	c.members = append(c.members, m)
	return m, nil
}

// UpdateMember changes a role; the last owner stays one.
func (c *Control) UpdateMember(_ context.Context, by store.Origin, id string, role store.Role, version uint64) (store.Member, error) {
	defer c.mu.Unlock()
	if err := c.lock("UpdateMember"); err != nil {
		return store.Member{}, err
	}
	i, err := c.member(id, version)
	if err != nil {
		return store.Member{}, err
	}
	if role != store.RoleOwner && c.lastOwner(id) {
		return store.Member{}, refused(control.Conflict, "LAST_OWNER", "the team would have no owner")
	}
	c.members[i].Role = role
	c.members[i].Version = c.record(by, store.MemberUpdated, store.Target{Kind: "member", ID: id, Name: c.members[i].Name})
	return c.members[i], nil
}

func (c *Control) member(id string, version uint64) (int, error) {
	i := slices.IndexFunc(c.members, func(m store.Member) bool { return m.ID == id })
	if i < 0 {
		return 0, missing("member")
	}
	return i, current(version, c.members[i].Version)
}

func current(sent, is uint64) error {
	if sent != 0 && sent != is {
		return refused(control.Stale, "STALE", "it was changed since it was read: read it again")
	}
	return nil
}

func (c *Control) lastOwner(id string) bool {
	return !slices.ContainsFunc(c.members, func(m store.Member) bool { return m.Role == store.RoleOwner && m.ID != id })
}

// RemoveMember removes a member and revokes their keys.
func (c *Control) RemoveMember(_ context.Context, by store.Origin, id string, version uint64) error {
	defer c.mu.Unlock()
	if err := c.lock("RemoveMember"); err != nil {
		return err
	}
	i, err := c.member(id, version)
	if err != nil {
		return err
	}
	if c.lastOwner(id) {
		return refused(control.Conflict, "LAST_OWNER", "the team would have no owner")
	}
	c.record(by, store.MemberRemoved, store.Target{Kind: "member", ID: id, Name: c.members[i].Name})
	c.members = slices.Delete(c.members, i, i+1)
	now := c.Now()
	for k := range c.keys {
		if c.keys[k].MemberID == id {
			c.keys[k].Revoked = &now
		}
	}
	return nil
}

// Keys returns a member's keys by creation.
func (c *Control) Keys(_ context.Context, memberID string) ([]store.Key, error) {
	defer c.mu.Unlock()
	err := c.lock("Keys")
	var out []store.Key
	for _, k := range c.keys {
		if k.MemberID == memberID {
			out = append(out, k)
		}
	}
	return out, err
}

// GenerateKey makes a key of the right form.
func (c *Control) GenerateKey(_ context.Context, by store.Origin, k store.Key) (store.Key, string, error) {
	defer c.mu.Unlock()
	if err := c.lock("GenerateKey"); err != nil {
		return store.Key{}, "", err
	}
	if _, err := c.member(k.MemberID, 0); err != nil {
		return store.Key{}, "", err
	}
	s, err := secret.New(secret.Key, rand.Reader)
	if err != nil {
		return store.Key{}, "", err
	}
	k.ID, k.Hash, k.Created = c.id("key"), s.Hash(), c.Now()
	c.record(by, store.KeyGenerated, store.Target{Kind: "key", ID: k.ID, Name: k.Name})
	c.keys = append(c.keys, k)
	return k, s.Reveal(), nil
}

// RevokeKey revokes a key of a member.
func (c *Control) RevokeKey(_ context.Context, by store.Origin, memberID, id string) error {
	defer c.mu.Unlock()
	if err := c.lock("RevokeKey"); err != nil {
		return err
	}
	i := slices.IndexFunc(c.keys, func(k store.Key) bool { return k.ID == id && k.MemberID == memberID })
	if i < 0 {
		return missing("key")
	}
	if c.keys[i].Revoked == nil {
		now := c.Now()
		c.keys[i].Revoked = &now
		c.record(by, store.KeyRevoked, store.Target{Kind: "key", ID: id, Name: c.keys[i].Name})
	}
	return nil
}

// AuthenticateKey finds a key, for admin.Directory.
func (d Directory) AuthenticateKey(text string, _ time.Time) (store.Key, store.Member, bool) {
	hash, err := secret.HashOf(secret.Key, text)
	if err != nil {
		return store.Key{}, store.Member{}, false
	}
	d.Lookups.Add(1)
	return d.findKey(func(k store.Key) bool { return k.Hash == hash })
}

// AuthenticateKeyID finds a key by its id, for admin.Directory.
func (d Directory) AuthenticateKeyID(id string, _ time.Time) (store.Key, store.Member, bool) {
	return d.findKey(func(k store.Key) bool { return k.ID == id })
}

func (c *Control) findKey(is func(store.Key) bool) (store.Key, store.Member, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.keys, is)
	if i < 0 {
		return store.Key{}, store.Member{}, false
	}
	m, err := c.member(c.keys[i].MemberID, 0)
	if err != nil {
		return store.Key{}, store.Member{}, false
	}
	return c.keys[i], c.members[m], true
}

// PutSession keeps a session.
func (c *Control) PutSession(_ context.Context, s store.Session) error {
	defer c.mu.Unlock()
	err := c.lock("PutSession")
	c.sessions[s.ID] = s
	return err
}

// Session finds a session that has not expired.
func (c *Control) Session(_ context.Context, id store.Hash) (store.Session, error) {
	defer c.mu.Unlock()
	if err := c.lock("Session"); err != nil {
		return store.Session{}, err
	}
	s, ok := c.sessions[id]
	if !ok || !c.Now().Before(s.Expires) {
		return store.Session{}, store.ErrNotFound
	}
	return s, nil
}

// DeleteSession ends a session.
func (c *Control) DeleteSession(_ context.Context, id store.Hash) error {
	defer c.mu.Unlock()
	err := c.lock("DeleteSession")
	delete(c.sessions, id)
	return err
}
