package sqlite_test

import (
	"testing"

	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/store/sqlite"
)

func TestSmoke(t *testing.T) {
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	by := store.Origin{Actor: store.Actor{Kind: store.ActorSystem}}
	head, err := s.Change(t.Context(), by, func(w store.Writer) error {
		if _, err := w.CreateTeam(store.Team{Name: "t"}); err != nil {
			return err
		}
		m, err := w.AddMember(store.Member{Name: "a", Role: "owner"})
		if err != nil {
			return err
		}
		l, err := w.CreateLayer(store.DataLayer{Name: "shop", Definition: "data_layer: shop"})
		if err != nil {
			return err
		}
		sc, err := w.CreateScope(store.Scope{LayerID: l.ID, Name: "x", Entries: []string{"A"}})
		if err != nil {
			return err
		}
		if _, err := w.GenerateToken(store.Token{LayerID: l.ID, Name: "n", ScopeIDs: []string{sc.ID}, CreatedBy: m.ID}, store.Once{}); err != nil {
			return err
		}
		sy, err := w.StartSync(store.Sync{LayerID: l.ID, Reason: "manual"})
		if err != nil {
			return err
		}
		_, err = w.SucceedSync(sy, store.Revision{}, []byte("x"), 2)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(head)
	err = s.View(t.Context(), func(r store.Reader) error {
		h, err := store.VerifyAll(r, head)
		t.Log(h, err)
		for tok, err := range r.AllTokens() {
			t.Log(tok, err)
		}
		for e, err := range r.Audit(store.AuditFilter{}) {
			t.Log(e.Action, string(e.After), err)
		}
		a, b := r.Tokens("", store.Page{})
		t.Log(a, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
