package control_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/admin"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

var _ admin.Control = (*control.Control)(nil)

func TestR4DeletingAScopeTakesItOffEveryToken(t *testing.T) {
	p := open(t)
	p.shop()
	finance := p.scope("finance", "Product.cost")
	p.scope("buyers", "Product.margin")
	_, both := p.token("both", "finance", "buyers")
	only, onlySecret := p.token("only", "finance")
	_, all := p.token("all")
	want(t, "both before", p.reads(both), "name cost margin")
	want(t, "only before", p.reads(onlySecret), "name cost")

	margin, done, err := p.UpdateScope(t.Context(), p.owner, "shop", finance.ID, control.ScopeRequest{Name: "finance", Fields: []string{"Product.cost", "Product.margin"}}, finance.Version)
	if err != nil {
		t.Fatal(err)
	}
	p.succeeded(done)
	done, err = p.DeleteScope(t.Context(), p.owner, "shop", finance.ID, margin.Version)
	if err != nil {
		t.Fatal(err)
	}
	p.succeeded(done)
	// Its last scope is gone: unscoped coordinates only, which cost is by now (R5) and margin is not.
	want(t, "only after", p.reads(onlySecret), "name cost")
	want(t, "both after", p.reads(both), "name cost margin")
	want(t, "all after", p.reads(all), "name cost margin")
	row, err := p.Token(t.Context(), "shop", only.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(row.ScopeIDs) != 0 || row.Unrestricted {
		t.Errorf("the token is %+v", row)
	}
	who, err := p.SubjectByID("shop", only.ID)
	if err != nil || who.Unrestricted || len(who.ScopeIDs) != 0 {
		t.Errorf("the subject is %+v, %v", who, err)
	}
}

func TestR5ANewScopeOfAnOldNameGrantsNobody(t *testing.T) {
	p := open(t)
	p.shop()
	old := p.scope("finance", "Product.cost")
	_, secret := p.token("a", "finance")
	want(t, "before", p.reads(secret), "name cost margin")
	if _, err := p.DeleteScope(t.Context(), p.owner, "shop", old.ID, old.Version); err != nil {
		t.Fatal(err)
	}
	again := p.scope("finance", "Product.cost")
	if again.ID == old.ID {
		t.Fatal("the id is used again")
	}
	want(t, "after", p.reads(secret), "name margin")
}

func TestR5AnEditIsSeenByTheNextDecision(t *testing.T) {
	p := open(t)
	p.shop()
	s := p.scope("finance", "Product.cost")
	_, secret := p.token("a", "finance")
	for i := range 5 {
		field := []string{"Product.cost", "Product.margin"}[(i+1)%2]
		edited, done, err := p.UpdateScope(t.Context(), p.owner, "shop", s.ID, control.ScopeRequest{Name: "finance", Fields: []string{field}}, s.Version)
		if err != nil {
			t.Fatal(err)
		}
		s = edited
		p.succeeded(done)
		want(t, "revision of the sync", done.Revision, p.revision())
		want(t, "the holder", p.reads(secret), "name cost margin")
		other := map[string]string{"Product.cost": "name margin", "Product.margin": "name cost"}[field]
		want(t, "nobody", p.readsAs(engine.Subject{}), other)
	}
}

func TestRenamingAScopeKeepsItsIdentity(t *testing.T) {
	p := open(t)
	p.shop()
	s := p.scope("finance", "Product.cost")
	_, secret := p.token("a", "finance")
	if _, _, err := p.UpdateScope(t.Context(), p.owner, "shop", s.ID, control.ScopeRequest{Name: "money", Fields: s.Entries}, s.Version); err != nil {
		t.Fatal(err)
	}
	want(t, "the holder", p.reads(secret), "name cost margin")
	want(t, "nobody", p.readsAs(engine.Subject{}), "name margin")
}

func TestScopesAreCheckedBeforeTheyAreStored(t *testing.T) {
	p := open(t)
	p.shop()
	p.scope("taken", "Product.margin")
	tests := map[string]struct {
		in      control.ScopeRequest
		kind    control.Kind
		code    string
		details []control.Detail
	}{
		"typo": {
			control.ScopeRequest{Name: "a", Fields: []string{"Product.name", "Product.csot", "*.nothing"}}, control.Unprocessable, control.CodeUnmatched,
			[]control.Detail{
				{Pointer: "/fields/1", Message: "it matches nothing in the schema", Hint: "did you mean `Product.cost`?"},
				{Pointer: "/fields/2", Message: "it matches nothing in the schema", Hint: "`*` crosses neither `.` nor `(`, and a glob for types matches no enum, input or built-in type"},
			},
		},
		"malformed": {
			control.ScopeRequest{Name: "a b", Description: "\x00", Fields: []string{"Product.name", "Product.", "Product.name"}}, control.Invalid, control.CodeScope,
			[]control.Detail{{Pointer: "/name"}, {Pointer: "/description"}, {Pointer: "/fields/1"}, {Pointer: "/fields/2"}},
		},
		"no fields":     {control.ScopeRequest{Name: "a"}, control.Invalid, control.CodeScope, []control.Detail{{Pointer: "/fields"}}},
		"introspection": {control.ScopeRequest{Name: "a", Fields: []string{"__Type.name"}}, control.Invalid, control.CodeScope, []control.Detail{{Pointer: "/fields/0"}}},
		"taken":         {control.ScopeRequest{Name: "taken", Fields: []string{"Product.cost"}}, control.Conflict, control.CodeNameTaken, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before, err := p.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = p.CreateScope(t.Context(), p.owner, "shop", test.in)
			e := refusal(t, err, test.kind, test.code)
			if test.code != control.CodeUnmatched {
				for i := range e.Details {
					e.Details[i].Message, e.Details[i].Hint = "", ""
				}
			}
			if diff := cmp.Diff(test.details, e.Details); diff != "" {
				t.Error(diff)
			}
			after, err := p.Head(t.Context())
			if err != nil || before != after {
				t.Errorf("something was stored: %v", err)
			}
		})
	}
}

func TestScopeChangesOfOthers(t *testing.T) {
	p := open(t)
	p.shop()
	if _, err := p.CreateLayer(t.Context(), p.owner, "data_layer: other\n", shopSchema); err != nil {
		t.Fatal(err)
	}
	s := p.scope("finance", "Product.cost")
	in := control.ScopeRequest{Name: "finance", Fields: []string{"Product.margin"}}
	_, _, err := p.UpdateScope(t.Context(), p.owner, "other", s.ID, in, 0)
	refusal(t, err, control.NotFound, control.CodeNotFound)
	_, err = p.DeleteScope(t.Context(), p.owner, "other", s.ID, 0)
	refusal(t, err, control.NotFound, control.CodeNotFound)
	_, err = p.PreviewDelete(t.Context(), "other", s.ID)
	refusal(t, err, control.NotFound, control.CodeNotFound)
	_, err = p.Scope(t.Context(), "other", s.ID)
	refusal(t, err, control.NotFound, control.CodeNotFound)
	_, err = p.Scopes(t.Context(), "gone")
	refusal(t, err, control.NotFound, control.CodeNotFound)

	edited, _, err := p.UpdateScope(t.Context(), p.owner, "shop", s.ID, in, s.Version)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = p.UpdateScope(t.Context(), p.owner, "shop", s.ID, in, s.Version)
	refusal(t, err, control.Stale, control.CodeStale)
	_, err = p.DeleteScope(t.Context(), p.owner, "shop", s.ID, s.Version)
	refusal(t, err, control.Stale, control.CodeStale)
	if _, err = p.DeleteScope(t.Context(), p.owner, "shop", s.ID, edited.Version); err != nil {
		t.Error(err)
	}
}

func TestR5PreviewDeleteSaysWhatOpens(t *testing.T) {
	p := open(t)
	p.shop()
	finance := p.scope("finance", "Product.cost", "Product.margin")
	p.scope("buyers", "Product.margin")
	holder, _ := p.token("holder", "finance", "buyers")
	revoked, _ := p.token("revoked", "finance")
	p.token("another", "buyers")
	p.token("all")
	if err := p.RevokeToken(t.Context(), p.owner, "shop", revoked.ID); err != nil {
		t.Fatal(err)
	}
	before, _ := p.Head(t.Context())
	d, err := p.PreviewDelete(t.Context(), "shop", finance.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Product.cost"}, d.Opens); diff != "" {
		t.Error(diff)
	}
	if len(d.Tokens) != 1 || d.Tokens[0].ID != holder.ID {
		t.Errorf("the tokens are %+v", d.Tokens)
	}
	after, _ := p.Head(t.Context())
	want(t, "head", after, before)
}

func TestEveryScopeChangeIsASync(t *testing.T) {
	p := open(t)
	p.shop()
	s := p.scope("finance", "Product.cost")
	if _, err := p.DeleteScope(t.Context(), p.owner, "shop", s.ID, 0); err != nil {
		t.Fatal(err)
	}
	syncs, err := p.Syncs(t.Context(), "shop", store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range syncs {
		var steps []string
		for _, step := range s.Steps {
			steps = append(steps, step.Name+" "+string(step.State))
		}
		got = append(got, s.Reason+": "+string(s.State)+": "+strings.Join(steps, ", "))
	}
	const steps = ": succeeded: schema succeeded, validate succeeded, compile succeeded, sign succeeded, activate succeeded"
	if diff := cmp.Diff([]string{"scope.deleted" + steps, "scope.created" + steps, "data_layer.created" + steps}, got); diff != "" {
		t.Error(diff)
	}
	var actions []string
	for e, err := range p.Audit(t.Context(), store.AuditFilter{Layer: "shop"}) {
		if err != nil {
			t.Fatal(err)
		}
		actions = append(actions, string(e.Action))
	}
	if diff := cmp.Diff([]string{
		"data_layer.created", "sync.started", "sync.succeeded", "scope.created", "sync.started", "sync.succeeded",
		"scope.deleted", "sync.started", "sync.succeeded",
	}, actions); diff != "" {
		t.Error(diff)
	}
}
