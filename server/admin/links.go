package admin

import (
	"net/http"
	"sync"
	"time"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

// A link signs one browser in, once and soon.
const (
	linkLife  = 5 * time.Minute
	linksMost = 1000 // at a time; the oldest make room
	linkPage  = "/sign-in#"
)

// link is whom a link signs in.
type link struct {
	keyID   string
	expires time.Time
	until   time.Time // when the session that asked for it ends; zero without one
}

// links are those that nobody has used yet, by the hash of their code. They are in memory only: a restart ends them.
type links struct {
	mu    sync.Mutex
	byID  map[store.Hash]link
	order []store.Hash // by age, the oldest first; some may be used
}

func (l *links) put(id store.Hash, one link, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byID == nil {
		l.byID = map[store.Hash]link{}
	}
	l.byID[id], l.order = one, append(l.order, id)
	drop := 0
	for drop < len(l.order) {
		old, there := l.byID[l.order[drop]]
		if there && now.Before(old.expires) && len(l.order)-drop <= linksMost {
			break
		}
		delete(l.byID, l.order[drop])
		drop++
	}
	l.order = append([]store.Hash(nil), l.order[drop:]...)
}

// take returns a link and ends it.
func (l *links) take(id store.Hash, now time.Time) (link, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.byID[id]
	delete(l.byID, id)
	return one, ok && now.Before(one.expires)
}

// link makes a link that signs in whoever opens it first, as the member who asks. The code is behind #, which browsers do
// not send: it comes into no log of a proxy.
func (c *call) link() error {
	code, err := newSessionText(c.api.Random)
	if err != nil {
		return err
	}
	now := c.api.Now()
	one := link{keyID: c.who.Key.ID, expires: now.Add(linkLife), until: c.who.Expires}
	c.api.links.put(sessionID(code), one, now)
	return c.answer(http.StatusCreated, api.SessionLink{Path: linkPage + code, Expires: one.expires})
}

// byLink returns the member whom a link signs in, or ErrUnauthenticated. The key that asked for it must still be valid.
func (c *call) byLink(code string) (Principal, error) {
	if !sessionText(code) { // no link has such a code
		return Principal{}, ErrUnauthenticated
	}
	now := c.api.Now()
	one, ok := c.api.links.take(sessionID(code), now)
	if !ok {
		return Principal{}, ErrUnauthenticated
	}
	key, member, ok := c.api.Keys.Directory.AuthenticateKeyID(one.keyID, now)
	who, err := c.api.Keys.principal(key, member, ok, now)
	if err == nil && expired(orNil(one.until), now) {
		err = ErrUnauthenticated
	}
	who.Expires = one.until
	return who, err
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
