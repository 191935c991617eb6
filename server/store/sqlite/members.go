package sqlite

import (
	"fmt"

	"github.com/fieldgate/fieldgate/server/store"
)

// Team returns the team.
func (r *reader) Team() (t store.Team, err error) {
	err = r.row(`SELECT id, name, entitled, created FROM team`).Scan(&t.ID, &t.Name, &t.Entitled, at{&t.Created})
	return t, err
}

// CreateTeam makes the team, once.
func (w *writer) CreateTeam(t store.Team) (store.Team, error) {
	return stepped(w, func() (store.Team, error) {
		t.ID, t.Created = w.id(t.ID), w.now
		if _, err := w.insert(`INSERT INTO team (one, id, name, entitled, created) VALUES (1, ?, ?, ?, ?)`,
			t.ID, t.Name, t.Entitled, instant(&t.Created)); err != nil {
			return t, err
		}
		return t, w.append(change{action: store.TeamCreated, target: store.Target{Kind: "team", ID: t.ID, Name: t.Name}, after: t})
	})
}

const memberColumns = `n, id, name, role, version, created, removed`

// member is a row of members.
type member struct {
	n int64
	store.Member
}

func scanMember(row scanner) (m member, err error) {
	err = row.Scan(&m.n, &m.ID, &m.Name, &m.Role, &m.Version, at{&m.Created}, moment{&m.Removed})
	return m, err
}

// member returns one that is there.
func (q queries) member(id string) (member, error) {
	m, err := scanMember(q.row(`SELECT `+memberColumns+` FROM members WHERE id = ? AND removed IS NULL`, id))
	return m, naming(err, "member", id)
}

// naming says which row an error is about.
func naming(err error, kind, id string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %q: %w", kind, id, err)
}

// Members returns those that are there, by name.
func (r *reader) Members() ([]store.Member, error) {
	return list(r.queries, func(row scanner) (store.Member, error) {
		m, err := scanMember(row)
		return m.Member, err
	}, `SELECT `+memberColumns+` FROM members WHERE removed IS NULL ORDER BY name`)
}

func targetMember(m store.Member) store.Target {
	return store.Target{Kind: "member", ID: m.ID, Name: m.Name}
}

// AddMember adds a member.
func (w *writer) AddMember(m store.Member) (store.Member, error) {
	return stepped(w, func() (store.Member, error) {
		m.ID, m.Version, m.Created, m.Removed = w.id(m.ID), w.version(), w.now, nil
		if _, err := w.insert(`INSERT INTO members (id, name, role, version, created) VALUES (?, ?, ?, ?, ?)`,
			m.ID, m.Name, m.Role, m.Version, instant(&m.Created)); err != nil {
			return m, naming(err, "member", m.Name)
		}
		return m, w.append(change{action: store.MemberAdded, target: targetMember(m), after: m})
	})
}

// UpdateMember sets name and role.
func (w *writer) UpdateMember(m store.Member) (store.Member, error) {
	return stepped(w, func() (store.Member, error) {
		was, err := w.member(m.ID)
		if err == nil {
			err = compare(m.Version, was.Version)
		}
		if err != nil {
			return m, err
		}
		is := was.Member
		is.Name, is.Role, is.Version = m.Name, m.Role, w.version()
		if err := w.one(`UPDATE members SET name = ?, role = ?, version = ? WHERE n = ?`, is.Name, is.Role, is.Version, was.n); err != nil {
			return m, naming(err, "member", m.Name)
		}
		return is, w.append(change{action: store.MemberUpdated, target: targetMember(is), before: was.Member, after: is})
	})
}

// RemoveMember revokes a member's keys and removes it.
func (w *writer) RemoveMember(id string, version uint64) error {
	return w.step(func() error {
		m, err := w.member(id)
		if err == nil {
			err = compare(version, m.Version)
		}
		if err != nil {
			return err
		}
		keys, err := list(w.queries, scanKey, selectKeys+` WHERE k.member = ? AND k.revoked IS NULL ORDER BY k.n`, m.n)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if err := w.revokeKey(k); err != nil {
				return err
			}
		}
		return w.remove(m)
	})
}

func (w *writer) remove(was member) error {
	is := was.Member
	is.Removed, is.Version = &w.now, w.version()
	if err := w.one(`UPDATE members SET removed = ?, version = ? WHERE n = ?`, instant(is.Removed), is.Version, was.n); err != nil {
		return err
	}
	return w.append(change{action: store.MemberRemoved, target: targetMember(is), before: was.Member, after: is})
}
