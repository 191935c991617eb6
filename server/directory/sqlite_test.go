package directory_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/server/directory"
	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/store/sqlite"
)

// team is a real store with two data layers and a directory that follows it.
type team struct {
	t      testing.TB
	dir    string
	store  *sqlite.Store
	d      *directory.Directory
	member store.Member
	layers []store.DataLayer
}

var by = store.Origin{Actor: store.Actor{Kind: store.ActorSystem, Name: "test"}}

func newTeam(t testing.TB) *team {
	t.Helper()
	f := &team{t: t, dir: t.TempDir()}
	var err error
	if f.store, err = sqlite.Open(t.Context(), f.dir, sqlite.Options{Now: func() time.Time { return noon }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.store.Close(); err != nil {
			t.Error(err)
		}
	})
	f.d = open(t, f.store)
	f.change(func(w store.Writer) error {
		if _, err := w.CreateTeam(store.Team{Name: "team", Entitled: true}); err != nil {
			return err
		}
		if f.member, err = w.AddMember(store.Member{Name: "Ada", Role: store.RoleOwner}); err != nil {
			return err
		}
		for _, name := range []string{"blog", "shop"} {
			layer, err := w.CreateLayer(store.DataLayer{Name: name, Definition: "data_layer: " + name})
			if err != nil {
				return err
			}
			f.layers = append(f.layers, layer)
		}
		return nil
	})
	return f
}

// change commits and catches up to it. It may be called in any goroutine.
func (f *team) change(change func(store.Writer) error) {
	f.t.Helper()
	head, err := f.store.Change(f.t.Context(), by, change)
	if err == nil {
		err = f.d.CatchUp(f.t.Context(), head)
	}
	if err != nil {
		f.t.Error(err)
	}
}

// generate makes a token of a data layer.
func (f *team) generate(layer store.DataLayer, t store.Token) (store.Token, secret.Secret) {
	f.t.Helper()
	s := generate(f.t, secret.Token)
	t.LayerID, t.Hash, t.CreatedBy = layer.ID, s.Hash(), f.member.ID
	f.change(func(w store.Writer) (err error) {
		t, err = w.GenerateToken(t, store.Once{})
		return err
	})
	return t, s
}

// view is what the directory is to answer for a row.
func view(row store.Token) directory.Token {
	t := directory.Token{
		ID: row.ID, LayerID: row.LayerID, ScopeIDs: append([]string{}, row.ScopeIDs...), Unrestricted: row.Unrestricted, Revoked: row.Revoked != nil,
	}
	if row.Expires != nil {
		t.Expires = *row.Expires
	}
	return t
}

// wantEqual compares everything in the directory with the store.
func (f *team) wantEqual(d *directory.Directory) {
	f.t.Helper()
	err := f.store.View(f.t.Context(), func(r store.Reader) error {
		members, err := r.Members()
		f.same("members", members, d.Members(), err)
		layers, err := r.Layers()
		f.same("data layers", layers, d.Layers(), err)
		head, err := r.Head()
		f.same("head", head, d.Head(), err)
		keys, err := r.Keys("")
		for _, key := range keys {
			got, _, found := d.Key(key.Hash)
			if _, there := d.Member(key.MemberID); there {
				f.same("key", key, got, err)
			} else if found {
				f.t.Errorf("the key of a member who is gone is there: %s", key.ID)
			}
		}
		for _, layer := range layers {
			scopes, err := r.Scopes(layer.ID)
			f.same("scopes", append([]store.Scope{}, scopes...), d.Scopes(layer.ID), err)
			revisions, err := r.Revisions(layer.ID, store.Page{})
			f.same("revisions", append([]store.Revision{}, revisions...), d.Revisions(layer.ID), err)
		}
		tokens, err := r.Tokens("", store.Page{})
		for _, token := range tokens {
			got, _ := d.Token(token.Hash)
			f.same("token", view(token), got, err)
			got, _ = d.TokenByID(token.ID)
			f.same("token by id", view(token), got, err)
		}
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *team) same(what string, want, got any, err error) {
	f.t.Helper()
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		f.t.Errorf("%s: %v (-store +directory):\n%s", what, err, diff)
	}
}

// step makes a random change of the kinds that the directory follows.
func (f *team) step(random *rand.Rand, n int) {
	f.t.Helper()
	layer := f.layers[random.IntN(len(f.layers))]
	scopes, tokens := f.d.Scopes(layer.ID), f.tokens(layer)
	f.change(func(w store.Writer) error {
		switch random.IntN(9) {
		case 0:
			_, err := w.CreateScope(store.Scope{LayerID: layer.ID, Name: fmt.Sprint("scope-", n), Entries: []string{"A.b"}})
			return err
		case 1:
			if len(scopes) > 0 {
				return w.DeleteScope(scopes[random.IntN(len(scopes))].ID, 0)
			}
		case 2:
			if len(scopes) > 0 {
				s := scopes[random.IntN(len(scopes))]
				s.Name, s.Entries = fmt.Sprint("renamed-", n), []string{"C"}
				_, err := w.UpdateScope(s)
				return err
			}
		case 3:
			if len(tokens) > 0 {
				return w.RevokeToken(tokens[random.IntN(len(tokens))].ID)
			}
		case 4:
			return f.syncs(w, layer)
		case 5:
			return f.people(w, n)
		default:
			return f.token(w, random, layer, scopes)
		}
		return nil
	})
}

func (f *team) tokens(layer store.DataLayer) (tokens []store.Token) {
	f.t.Helper()
	if err := f.store.View(f.t.Context(), func(r store.Reader) (err error) {
		tokens, err = r.Tokens(layer.ID, store.Page{})
		return err
	}); err != nil {
		f.t.Fatal(err)
	}
	return tokens
}

func (f *team) token(w store.Writer, random *rand.Rand, layer store.DataLayer, scopes []store.Scope) error {
	t := store.Token{LayerID: layer.ID, CreatedBy: f.member.ID, Hash: generate(f.t, secret.Token).Hash(), Unrestricted: random.IntN(4) == 0}
	for _, s := range scopes {
		if !t.Unrestricted && random.IntN(2) == 0 {
			t.ScopeIDs = append(t.ScopeIDs, s.ID)
		}
	}
	slices.Sort(t.ScopeIDs)
	if random.IntN(2) == 0 {
		at := noon.Add(time.Hour)
		t.Expires = &at
	}
	_, err := w.GenerateToken(t, store.Once{})
	return err
}

func (f *team) syncs(w store.Writer, layer store.DataLayer) error {
	if err := w.PutSchema("sha256:1", "type Query { a: Int }"); err != nil {
		return err
	}
	s, err := w.StartSync(store.Sync{LayerID: layer.ID, Reason: "manual"})
	if err != nil {
		return err
	}
	_, err = w.SucceedSync(s, store.Revision{LayerID: layer.ID, Digest: "sha256:2", SchemaDigest: "sha256:1", SyncID: s.ID}, []byte("bundle"), 3)
	return err
}

func (f *team) people(w store.Writer, n int) error {
	m, err := w.AddMember(store.Member{Name: fmt.Sprint("member-", n), Role: store.RoleDeveloper})
	if err != nil {
		return err
	}
	_, err = w.GenerateKey(store.Key{MemberID: m.ID, Name: "key", Hash: generate(f.t, secret.Key).Hash(), Permissions: []store.Permission{store.PermissionDecide}})
	if err != nil || n%2 == 0 {
		return err
	}
	return w.RemoveMember(m.ID, 0)
}

func TestR5DirectoryIsAsSQLite(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			f, random := newTeam(t), rand.New(rand.NewPCG(seed, 3))
			for n := range 60 {
				f.step(random, n)
			}
			f.wantEqual(f.d)
			f.wantEqual(open(t, f.store))
			f.change(func(w store.Writer) error { return w.DeleteLayer(f.layers[0].ID, 0) })
			f.wantEqual(f.d)
			f.wantEqual(open(t, f.store))
		})
	}
}

// Four writers generate, check, revoke and check again, while readers ask for what is being changed.
func TestR6ConcurrentWritersSeeTheirOwnRevocations(t *testing.T) {
	f := newTeam(t)
	done := make(chan struct{})
	var writers, readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			unknown := generate(t, secret.Token).Reveal()
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, ok := f.d.Authenticate("shop", unknown, noon); ok {
					t.Error("an unknown token was let in")
				}
				f.d.Layers()
				f.d.Members()
			}
		})
	}
	for range 4 {
		writers.Go(func() {
			for range 10 {
				token, s := f.generate(f.layers[1], store.Token{Unrestricted: true})
				if _, ok := f.d.Authenticate("shop", s.Reveal(), noon); !ok {
					t.Error("a token was refused after it was generated")
				}
				f.change(func(w store.Writer) error { return w.RevokeToken(token.ID) })
				if _, ok := f.d.Authenticate("shop", s.Reveal(), noon); ok {
					t.Error("a token was let in after it was revoked")
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	f.wantEqual(f.d)
}

func TestLastUseIsInTheStoreAndNotInTheAuditLog(t *testing.T) {
	f := newTeam(t)
	token, s := f.generate(f.layers[1], store.Token{Unrestricted: true})
	before := f.d.Head()
	if _, ok := f.d.Authenticate("shop", s.Reveal(), noon); !ok {
		t.Fatal("not let in")
	}
	flush(t, f.d)
	stored := f.tokens(f.layers[1])
	if len(stored) != 1 || stored[0].ID != token.ID || stored[0].LastUsed == nil || !stored[0].LastUsed.Equal(noon) {
		t.Errorf("got %+v", stored)
	}
	catchUp(t, f.d, store.Head{})
	if diff := cmp.Diff(before, f.d.Head()); diff != "" {
		t.Errorf("a use made an entry: %s", diff)
	}
	again := open(t, f.store)
	again.Authenticate("shop", s.Reveal(), noon.Add(9*time.Minute))
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := again.Flush(t.Context()); err != nil {
		t.Errorf("there was a use to be written: %v", err)
	}
}

// What is on the disk has the hash and not the secret (R21).
func TestR21SecretsAreNotInTheDatabase(t *testing.T) {
	f := newTeam(t)
	_, s := f.generate(f.layers[1], store.Token{Unrestricted: true, Name: "site"})
	f.d.Authenticate("shop", s.Reveal(), noon)
	flush(t, f.d)
	hash, found := s.Hash(), false
	files, err := filepath.Glob(filepath.Join(f.dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if body := []byte(s.Reveal()[4:44]); bytes.Contains(content, body) || bytes.Contains(content, body[:20]) {
			t.Errorf("the secret is in %s", filepath.Base(file))
		}
		found = found || bytes.Contains(content, hash[:])
	}
	if !found {
		t.Error("not even the hash was found: the scan sees nothing")
	}
}

// BenchmarkOpenSQLite is a server's start: 100,000 tokens, or a million with FIELDGATE_SOAK.
func BenchmarkOpenSQLite(b *testing.B) {
	count := 100_000
	if os.Getenv("FIELDGATE_SOAK") != "" {
		count = 1_000_000
	}
	f := newTeam(b)
	scopes := make([]store.Scope, 20)
	f.change(func(w store.Writer) (err error) {
		for i := range scopes {
			if scopes[i], err = w.CreateScope(store.Scope{LayerID: f.layers[1].ID, Name: fmt.Sprint(i), Entries: []string{"A"}}); err != nil {
				return err
			}
		}
		return nil
	})
	for made := 0; made < count; made += 10_000 {
		f.change(func(w store.Writer) error {
			for i := made; i < made+10_000; i++ {
				t := token(i)
				t.ID, t.LayerID, t.CreatedBy = "", f.layers[1].ID, f.member.ID
				t.ScopeIDs = []string{scopes[i%10].ID, scopes[10+i/10%10].ID}
				slices.Sort(t.ScopeIDs)
				if _, err := w.GenerateToken(t, store.Once{}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		open(b, f.store)
	}
	b.ReportMetric(float64(count), "tokens")
}
