package directory

import (
	"slices"
	"time"

	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

// Token is what a token opens, and until when.
type Token struct {
	ID           string
	LayerID      string
	ScopeIDs     []string // sorted; shared with other tokens: not to be changed
	Unrestricted bool
	Expires      time.Time // UTC, microseconds; zero: never
	Revoked      bool
}

// opens reports whether the token opens the data layer with an id at a time. It may be used before Expires, not at it.
func (t Token) opens(layerID string, now time.Time) bool {
	return !t.Revoked && t.LayerID == layerID && (t.Expires.IsZero() || now.Before(t.Expires))
}

// Authenticate returns the token that text is, when it opens the data layer with a name now. It answers false, and the zero
// Token, in the same way for text that is no token, for one that is unknown, revoked or expired, for one of another data
// layer, and for a data layer that does not exist (R6). Text that cannot be a token is refused without a look-up. It asks
// nothing of the store, and notes that the token was used.
func (d *Directory) Authenticate(layer, text string, now time.Time) (Token, bool) {
	hash, err := secret.HashOf(secret.Token, text)
	if err != nil {
		return Token{}, false
	}
	contents := d.now.Load()
	token, used, found := contents.tokens.get(hash)
	if !found || !contents.opens(token, layer, now) {
		return Token{}, false
	}
	if due(used, now) && contents.tokens.touch(hash, now) {
		d.uses.token(token.ID, now)
	}
	return token, true
}

// AuthenticateID is Authenticate for who names a token without showing it: decision callers, who have a key. It is no use
// of the token.
func (d *Directory) AuthenticateID(layer, id string, now time.Time) (Token, bool) {
	contents := d.now.Load()
	token, found := contents.tokens.getID(id)
	if !found || !contents.opens(token, layer, now) {
		return Token{}, false
	}
	return token, true
}

func (c *contents) opens(token Token, layer string, now time.Time) bool {
	id, found := (*c.rows.layerIDs.Load())[layer]
	return found && token.opens(id, now)
}

// Token returns the token with a hash, also one that is revoked or has expired.
func (d *Directory) Token(hash store.Hash) (Token, bool) {
	token, _, found := d.now.Load().tokens.get(hash)
	return token, found
}

// TokenByID returns the token with an id, also one that is revoked or has expired.
func (d *Directory) TokenByID(id string) (Token, bool) { return d.now.Load().tokens.getID(id) }

// AuthenticateKey returns the key that text is and its member, when the key may be used now: it is not revoked, has not
// expired and its member is there. It answers false in the same way for all else, asks nothing of the store, and notes that
// the key was used.
func (d *Directory) AuthenticateKey(text string, now time.Time) (store.Key, store.Member, bool) {
	hash, err := secret.HashOf(secret.Key, text)
	if err != nil {
		return store.Key{}, store.Member{}, false
	}
	key, member, found := d.Key(hash)
	if !found || !opensFor(key, member, now) {
		return store.Key{}, store.Member{}, false
	}
	d.uses.key(key, now)
	return key, member, true
}

// AuthenticateKeyID is AuthenticateKey for a session, which knows the key that it was begun with by its id. It is no use of
// the key.
func (d *Directory) AuthenticateKeyID(id string, now time.Time) (store.Key, store.Member, bool) {
	key, member, found := d.KeyByID(id)
	if !found || !opensFor(key, member, now) {
		return store.Key{}, store.Member{}, false
	}
	return key, member, true
}

// opensFor reports whether a key may be used now for the member whose it is.
func opensFor(key store.Key, member store.Member, now time.Time) bool {
	return key.Revoked == nil && (key.Expires == nil || now.Before(*key.Expires)) && member.ID != "" && member.Removed == nil
}

// Key returns the key with a hash and its member, also when the key is revoked or has expired: who asks checks that, or
// calls AuthenticateKey. It finds no key of a member who is gone. LastUsed is as it was when the row was read.
func (d *Directory) Key(hash store.Hash) (store.Key, store.Member, bool) {
	return d.key(byHash, string(hash[:]))
}

// KeyByID is Key for the id of a key.
func (d *Directory) KeyByID(id string) (store.Key, store.Member, bool) { return d.key(byID, id) }

func (d *Directory) key(index, value string) (store.Key, store.Member, bool) {
	now := d.now.Load().rows
	key, found := first[store.Key](now, keyTable, index, value)
	member, holds := first[store.Member](now, memberTable, byID, key.MemberID)
	if !found || !holds {
		return store.Key{}, store.Member{}, false
	}
	return key, member, true
}

// KeyUsed notes that the key with an id was used, for who has looked it up with Key. It does not block.
func (d *Directory) KeyUsed(id string, now time.Time) {
	if key, _, found := d.KeyByID(id); found {
		d.uses.key(key, now)
	}
}

// Team returns the team, and false before there is one.
func (d *Directory) Team() (store.Team, bool) {
	for _, team := range list[store.Team](d.now.Load().rows, teamTable, byID, "") {
		return team, team.ID != ""
	}
	return store.Team{}, false
}

// Member returns the member with an id.
func (d *Directory) Member(id string) (store.Member, bool) {
	return first[store.Member](d.now.Load().rows, memberTable, byID, id)
}

// Members returns the members, by name.
func (d *Directory) Members() []store.Member {
	return list[store.Member](d.now.Load().rows, memberTable, byName, "")
}

// Layer returns the data layer with a name.
func (d *Directory) Layer(name string) (store.DataLayer, bool) {
	return first[store.DataLayer](d.now.Load().rows, layerTable, byName, name)
}

// LayerByID returns the data layer with an id.
func (d *Directory) LayerByID(id string) (store.DataLayer, bool) {
	return first[store.DataLayer](d.now.Load().rows, layerTable, byID, id)
}

// Layers returns the data layers, by name.
func (d *Directory) Layers() []store.DataLayer {
	return list[store.DataLayer](d.now.Load().rows, layerTable, byName, "")
}

// Scope returns the scope with an id.
func (d *Directory) Scope(id string) (store.Scope, bool) {
	return first[store.Scope](d.now.Load().rows, scopeTable, byID, id)
}

// Scopes returns the scopes of the data layer with an id, by name. Their Entries are shared: not to be changed.
func (d *Directory) Scopes(layerID string) []store.Scope {
	return list[store.Scope](d.now.Load().rows, scopeTable, byLayer, join(layerID, ""))
}

// Revisions returns the newest revisions of the data layer with an id, newest first, and at least a hundred when there are
// as many.
func (d *Directory) Revisions(layerID string) []store.Revision {
	found := list[store.Revision](d.now.Load().rows, revisionTable, byID, join(layerID, ""))
	slices.Reverse(found)
	return found
}
