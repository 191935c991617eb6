package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/fieldgate/fieldgate/server/directory"
	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

// machine is a store that random changes are made to, and a directory that follows it now and then.
type machine struct {
	t       *testing.T
	fake    *fake
	d       *directory.Directory
	secrets map[string]secret.Secret // by id of the token
	next    int
}

func (m *machine) id(prefix string) string {
	m.next++
	return fmt.Sprint(prefix, m.next)
}

func (m *machine) change(r *rapid.T) {
	layer := rapid.SampledFrom([]string{"shop", "blog"}).Draw(r, "layer")
	switch rapid.IntRange(0, 5).Draw(r, "change") {
	case 0:
		m.fake.putScope(layer, m.id("s-"), m.id("name-"))
	case 1:
		if ids := m.scopes(layer); len(ids) > 0 {
			m.fake.deleteScope(layer, rapid.SampledFrom(ids).Draw(r, "scope"))
		}
	case 2:
		if ids := m.tokens(); len(ids) > 0 {
			m.fake.revoke(rapid.SampledFrom(ids).Draw(r, "token"), noon)
		}
	case 3:
		m.fake.putRevision(layer, uint64(len(m.fake.revisions)+1))
	default:
		m.generate(r, layer)
	}
}

func (m *machine) generate(r *rapid.T, layer string) {
	id := m.id("t-")
	if rapid.Bool().Draw(r, "uuid") {
		id = uuid.NewSHA1(uuid.NameSpaceOID, []byte(id)).String()
		if rapid.Bool().Draw(r, "capitals") {
			id = strings.ToUpper(id) // is another id than in small letters
		}
	}
	token := store.Token{ID: id, ScopeIDs: []string{}}
	token.Unrestricted = rapid.Bool().Draw(r, "unrestricted")
	if ids := m.scopes(layer); len(ids) > 0 && !token.Unrestricted {
		token.ScopeIDs = rapid.SliceOfDistinct(rapid.SampledFrom(ids), rapid.ID[string]).Draw(r, "scopes")
		slices.Sort(token.ScopeIDs)
	}
	if rapid.Bool().Draw(r, "expires") {
		at := noon.Add(time.Duration(rapid.IntRange(-2, 2).Draw(r, "at")) * time.Microsecond)
		token.Expires = &at
	}
	m.secrets[token.ID] = generate(m.t, secret.Token)
	token.Hash = m.secrets[token.ID].Hash()
	m.fake.putToken(layer, token)
}

func (m *machine) scopes(layer string) []string {
	ids := []string{}
	for _, s := range sorted(m.fake.scopes) {
		if s.LayerID == "id-"+layer {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func (m *machine) tokens() []string {
	ids := []string{}
	for _, token := range sorted(m.fake.tokens) {
		ids = append(ids, token.ID)
	}
	return ids
}

// equal compares all that the directory answers with what the store has.
func (m *machine) equal(d *directory.Directory) string {
	for _, want := range sorted(m.fake.tokens) {
		got, found := d.Token(want.Hash)
		byID, foundID := d.TokenByID(want.ID)
		expires := time.Time{}
		if want.Expires != nil {
			expires = *want.Expires
		}
		view := directory.Token{
			ID: want.ID, LayerID: want.LayerID, ScopeIDs: want.ScopeIDs, Unrestricted: want.Unrestricted,
			Expires: expires, Revoked: want.Revoked != nil,
		}
		if diff := cmp.Diff([]directory.Token{view, view}, []directory.Token{got, byID}); !found || !foundID || diff != "" {
			return fmt.Sprint(want.ID, found, foundID, diff)
		}
		opens := want.Revoked == nil && (want.Expires == nil || want.Expires.After(noon))
		for _, layer := range []string{"shop", "blog"} {
			_, ok := d.Authenticate(layer, m.secrets[want.ID].Reveal(), noon)
			_, okID := d.AuthenticateID(layer, want.ID, noon)
			if mine := opens && want.LayerID == "id-"+layer; ok != mine || okID != mine {
				return fmt.Sprintf("%s opens %s: %v, %v, want %v", want.ID, layer, ok, okID, mine)
			}
		}
	}
	for _, layer := range []string{"id-shop", "id-blog"} {
		scopes, _ := fakeReader{fake: m.fake}.Scopes(layer)
		slices.SortFunc(scopes, func(a, b store.Scope) int { return cmpText(a.Name, b.Name) })
		revisions, _ := fakeReader{fake: m.fake}.Revisions(layer, store.Page{Limit: 100})
		if diff := cmp.Diff(scopes, d.Scopes(layer)) + cmp.Diff(revisions, d.Revisions(layer)); diff != "" {
			return diff
		}
	}
	return ""
}

func cmpText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// After any changes, followed one by one or many at once, the directory is as the store, and as one opened afresh.
func TestR5DirectoryIsAsTheStore(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := &machine{t: t, fake: newFake(), secrets: map[string]secret.Secret{}}
		m.fake.putLayer("shop")
		m.fake.putLayer("blog")
		m.d = open(t, m.fake)
		for range rapid.IntRange(1, 40).Draw(r, "changes") {
			m.change(r)
			if rapid.Bool().Draw(r, "follow") {
				catchUp(t, m.d, store.Head{})
			}
		}
		catchUp(t, m.d, store.Head{})
		if diff := m.equal(m.d); diff != "" {
			t.Fatalf("followed: %s", diff)
		}
		if diff := m.equal(open(t, m.fake)); diff != "" {
			t.Fatalf("opened: %s", diff)
		}
	})
}
