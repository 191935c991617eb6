package control_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/access"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

// tree is an access directory.
type tree map[string]string

func (f tree) bytes() map[string][]byte {
	out := map[string][]byte{}
	for name, text := range f {
		out[name] = []byte(text)
	}
	return out
}

// with returns the tree with files written ("" removes one).
func (f tree) with(files ...string) tree {
	out := maps.Clone(f)
	for i := 0; i < len(files); i += 2 {
		if out[files[i]] = files[i+1]; files[i+1] == "" {
			delete(out, files[i])
		}
	}
	return out
}

func sample() tree {
	return tree{
		"shop/layer.yaml":          "data_layer: shop\n",
		"shop/schema.graphql":      shopSchema,
		"shop/scopes/finance.yaml": "scope: finance\nfields: [Product.cost]\n",
		"shop/scopes/buyers.yaml":  "scope: buyers\nfields: [Product.margin]\n",
		"site/layer.yaml":          "data_layer: site\n",
		"site/schema.graphql":      "type Query { page: String }\n",
	}
}

var fromGit = store.Origin{Actor: store.Actor{Kind: store.ActorFile, Name: "access", Commit: "0123abcd"}}

func (p *plane) apply(f tree) []control.Applied {
	p.t.Helper()
	list, err := p.Apply(p.t.Context(), fromGit, f.bytes(), false)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, a := range list {
		if a.Sync != nil {
			p.succeeded(*a.Sync)
		}
	}
	return list
}

// summary is what was applied, without the syncs.
func summary(list []control.Applied) []control.Applied {
	for i := range list {
		list[i].Sync = nil
	}
	return list
}

func TestApplyWritesWhatFilesSay(t *testing.T) {
	p := open(t)
	plan, err := p.Apply(t.Context(), fromGit, sample().bytes(), true)
	if err != nil {
		t.Fatal(err)
	}
	created := []control.Applied{{DataLayer: "shop", Created: []string{"buyers", "finance"}}, {DataLayer: "site"}}
	if diff := cmp.Diff(created, plan); diff != "" {
		t.Error(diff)
	}
	want(t, "data layers after a dry run", len(p.Registry().Names()), 0)

	if diff := cmp.Diff(created, summary(p.apply(sample()))); diff != "" {
		t.Error(diff)
	}
	want(t, "nobody", p.readsAs(engine.Subject{}), "name")
	want(t, "revision", p.revision(), 1)
	for e, err := range p.Audit(t.Context(), store.AuditFilter{Action: "scope."}) {
		if err != nil || e.Actor.Kind != store.ActorFile || e.Actor.Commit != "0123abcd" {
			t.Errorf("%+v, %v", e.Actor, err)
		}
	}

	// Again, with a comment: scopes are the same and the layer is not.
	before, _ := p.Head(t.Context())
	list := p.apply(sample().with("shop/scopes/finance.yaml", "# a comment\nscope: finance\nfields: [Product.cost]\n"))
	for _, a := range list {
		if a.Sync != nil {
			t.Errorf("%s was synced", a.DataLayer)
		}
	}
	after, _ := p.Head(t.Context())
	want(t, "head", after, before)

	_, secret := p.token("a", "finance")
	list = p.apply(sample().with(
		"shop/scopes/finance.yaml", "", "shop/scopes/money.yaml", "scope: money\nrenamed_from: finance\nfields: [Product.cost]\n",
		"shop/scopes/buyers.yaml", "", "shop/scopes/names.yaml", "scope: names\nfields: [Product.name, Gone.x]\n",
		"shop/layer.yaml", "data_layer: shop\ndeleted_scopes: [buyers]\n",
	))
	if diff := cmp.Diff([]control.Applied{{
		DataLayer: "shop", Created: []string{"names"}, Renamed: []string{"finance -> money"}, Deleted: []string{"buyers"},
		Warnings: []string{`shop/scopes/names.yaml:2:24: "Gone.x" matches nothing in the schema: remove the line, or correct it`},
	}, {DataLayer: "site"}}, summary(list)); diff != "" {
		t.Error(diff)
	}
	want(t, "the holder", p.reads(secret), "cost margin") // R22: renamed_from keeps the identity
	want(t, "nobody", p.readsAs(engine.Subject{}), "margin")
}

func TestR22FilesThatCannotFollowChangeNothing(t *testing.T) {
	tests := map[string]struct {
		files tree
		kind  control.Kind
		code  string
		say   []string
	}{
		"a vanished scope": {
			sample().with("shop/scopes/finance.yaml", ""), control.Conflict, control.CodeVanished,
			[]string{"/files/shop~1layer.yaml", "finance", "`deleted_scopes`", "`renamed_from: finance`"},
		},
		"all scopes vanished": {
			sample().with("shop/scopes/finance.yaml", "", "shop/scopes/buyers.yaml", ""), control.Conflict, control.CodeVanished, []string{"buyers, finance"},
		},
		"a vanished scope beside an edit": {
			sample().with("shop/scopes/finance.yaml", "", "site/schema.graphql", "type Query { p: Int }"), control.Conflict, control.CodeVanished, []string{"finance"},
		},
		"a vanished data layer": {
			sample().with("site/layer.yaml", "", "site/schema.graphql", ""), control.Conflict, control.CodeVanished, []string{"/files/site~1layer.yaml", "data layer site"},
		},
		"an emptied directory": {tree{}, control.Invalid, control.CodeFiles, []string{"no data layer here"}},
		"a half-written directory": {
			sample().with("shop/layer.yaml", ""), control.Invalid, control.CodeFiles, []string{"/files/shop~1scopes~1buyers.yaml", "no data layer reads this scope"},
		},
		"a half-written file": {
			sample().with("shop/scopes/finance.yaml", "scope: finance\nfields: [Product"), control.Invalid, control.CodeFiles, []string{"/files/shop~1scopes~1finance.yaml"},
		},
		"a broken schema": {
			sample().with("shop/schema.graphql", "type Query { product: Product }"), control.Unprocessable, control.CodeSchema, []string{"/files/shop~1schema.graphql"},
		},
		"a name of the API": {
			sample().with("shop/scopes/api.yaml", "scope: api\nfields: [Product.name]\n"), control.Conflict, control.CodeNameTaken,
			[]string{"/files/shop~1scopes~1api.yaml", "belongs to the admin API"},
		},
		"a former name of the API": {
			sample().with("shop/scopes/new.yaml", "scope: new\nrenamed_from: api\nfields: [Product.name]\n"), control.Conflict, control.CodeNameTaken,
			[]string{"/files/shop~1scopes~1new.yaml", "rename it there"},
		},
		"a data layer of the API": {
			sample().with("own/layer.yaml", "data_layer: own\n", "own/schema.graphql", shopSchema), control.Conflict, control.CodeNameTaken,
			[]string{"/files/own~1layer.yaml", "belongs to the admin API"},
		},
		"a deleted data layer": {
			sample().with("old/layer.yaml", "data_layer: old\n", "old/schema.graphql", shopSchema), control.Conflict, control.CodeNameTaken,
			[]string{"/files/old~1layer.yaml", "was deleted"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			p.apply(sample())
			p.scope("api", "Product.name")
			for _, layer := range []string{"own", "old"} {
				if _, err := p.CreateLayer(t.Context(), p.owner, "data_layer: "+layer+"\n", shopSchema); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.DeleteLayer(t.Context(), p.owner, "old", 0); err != nil {
				t.Fatal(err)
			}
			before, _ := p.Head(t.Context())
			for _, dry := range []bool{true, false} {
				if dry && name == "a deleted data layer" {
					continue // the store says so when it is written
				}
				_, err := p.Apply(t.Context(), fromGit, test.files.bytes(), dry)
				e := refusal(t, err, test.kind, test.code)
				text := e.Error()
				for _, d := range e.Details {
					text += "\n" + d.Pointer + ": " + d.Message
				}
				for _, say := range test.say {
					if !strings.Contains(text, say) {
						t.Errorf("the error does not say %q: %s", say, text)
					}
				}
			}
			after, _ := p.Head(t.Context())
			want(t, "head", after, before)
			want(t, "nobody", p.readsAs(engine.Subject{}), "")
			if diff := cmp.Diff([]string{"own", "shop", "site"}, p.Registry().Names()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestR22ADeletionStaysListed(t *testing.T) {
	p := open(t)
	p.apply(sample())
	gone := sample().with("shop/scopes/finance.yaml", "", "shop/layer.yaml", "data_layer: shop\ndeleted_scopes: [finance]\n")
	p.apply(gone)
	want(t, "nobody", p.readsAs(engine.Subject{}), "name cost")
	// The same name from the API later is another scope, which the line does not delete.
	p.scope("finance", "Product.cost")
	list := p.apply(gone)
	want(t, "nobody", p.readsAs(engine.Subject{}), "name")
	if diff := cmp.Diff([]string{"scope finance is listed under `deleted_scopes`, but belongs to the admin API: it stays"}, list[0].Warnings); diff != "" {
		t.Error(diff)
	}
}

func TestFileOwnedRowsAreChangedInFilesOnly(t *testing.T) {
	p := open(t)
	p.apply(sample())
	scopes, err := p.Scopes(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	finance := scopes[1]
	in := control.ScopeRequest{Name: "finance", Fields: []string{"Product.name"}}
	for what, call := range map[string]func() error{
		"update": func() error {
			_, _, err := p.UpdateScope(t.Context(), p.owner, "shop", finance.ID, in, finance.Version)
			return err
		},
		"delete": func() error {
			_, err := p.DeleteScope(t.Context(), p.owner, "shop", finance.ID, finance.Version)
			return err
		},
	} {
		e := refusal(t, call(), control.FileOwned, control.CodeFileOwned)
		if !strings.Contains(e.Message, "shop/scopes/finance.yaml") {
			t.Errorf("%s: %s", what, e.Message)
		}
	}
	_, err = p.UpdateLayer(t.Context(), p.owner, "shop", "data_layer: shop\nmode: observe\n", "", 0)
	e := refusal(t, err, control.FileOwned, control.CodeFileOwned)
	if !strings.Contains(e.Message, "shop/layer.yaml") {
		t.Error(e.Message)
	}
	_, _, err = p.CreateScope(t.Context(), p.owner, "shop", in)
	refusal(t, err, control.Conflict, control.CodeNameTaken)
	want(t, "nobody", p.readsAs(engine.Subject{}), "name")
}

func TestApplyMovesFiles(t *testing.T) {
	p := open(t)
	p.apply(sample())
	_, secret := p.token("a", "finance")
	moved := tree{}
	for name, text := range sample() {
		moved["layers/"+name] = text
	}
	p.apply(moved)
	want(t, "the holder", p.reads(secret), "name cost")
	l, err := p.Layer(t.Context(), "shop")
	if err != nil || l.File != "layers/shop/layer.yaml" {
		t.Errorf("%s, %v", l.File, err)
	}
	want(t, "revision", p.revision(), 1) // the content is the same
}

func TestApplyOfAnIntrospectedDataLayer(t *testing.T) {
	p := open(t)
	p.upstream.set("", errors.New("connection refused"), nil)
	fed := tree{"shop/layer.yaml": fedDefinition, "shop/scopes/finance.yaml": "scope: finance\nfields: [Product.cost]\n"}
	if _, err := p.Apply(t.Context(), fromGit, fed.bytes(), false); err != nil {
		t.Fatal(err)
	}
	p.ended(1)
	want(t, "reads", p.readsAs(engine.Subject{}), "the data layer has no active revision: shop")
	p.upstream.set(shopSchema, nil, nil)
	p.asks(30*time.Second, 2)
	p.ended(2)
	want(t, "nobody", p.readsAs(engine.Subject{}), "name margin")
}

func TestAnotherUpstreamInTheFilesIsAsked(t *testing.T) {
	p := open(t)
	p.upstream.set(shopSchema, nil, nil)
	fed := tree{"shop/layer.yaml": fedDefinition, "shop/scopes/finance.yaml": "scope: finance\nfields: [Product.cost]\n"}
	if _, err := p.Apply(t.Context(), fromGit, fed.bytes(), false); err != nil {
		t.Fatal(err)
	}
	p.ended(1)
	p.apply(fed.with("shop/scopes/finance.yaml", "scope: finance\nfields: [Product.margin]\n"))
	p.tick(0)
	want(t, "asked after an edit of a scope", p.upstream.times(), 1)
	p.apply(fed.with("shop/layer.yaml", strings.Replace(fedDefinition, "shop.example", "other.example", 1)))
	p.asks(0, 2)
	p.ended(4)
	p.upstream.mu.Lock()
	defer p.upstream.mu.Unlock()
	want(t, "the upstream", p.upstream.last.URL, "https://other.example/graphql")
}

// follower is a control plane that follows a directory, with the watcher that looks at it.
type follower struct {
	*plane
	files   tree
	err     error
	watcher *access.Watcher
}

func follow(t *testing.T) *follower {
	t.Helper()
	f := &follower{plane: open(t), files: sample()}
	take := f.Follow(func() store.Origin { return fromGit }, scope.DefaultSettings()).Take
	f.watcher = access.Follow(func() (map[string][]byte, error) {
		if f.err != nil {
			return nil, f.err
		}
		return f.files.bytes(), nil
	}, take)
	f.look(2)
	f.kept("")
	return f
}

func (f *follower) look(times int) {
	for range times {
		f.watcher.Look(f.t.Context())
	}
}

// kept wants revision 1 of shop to be active, and its layer to say why the newest tree is not; "" is that it is.
func (f *follower) kept(why string) {
	f.t.Helper()
	layer, ok := f.Registry().Layer("shop")
	if !ok {
		f.t.Fatal("no data layer")
	}
	failure := layer.Failure()
	if (failure == nil) != (why == "") || why != "" && !strings.Contains(failure.Error(), why) {
		f.t.Errorf("the failure is %v, want %q", failure, why)
	}
	want(f.t, "revision", f.revision(), 1)
	want(f.t, "nobody", f.readsAs(engine.Subject{}), "name")
}

func TestR22AFollowedDirectoryOpensNothing(t *testing.T) {
	f := follow(t)
	whole := f.files
	for name, bad := range map[string]struct {
		files tree
		err   error
		say   string
	}{
		"emptied":        {tree{}, nil, "no data layer here"},
		"moved away":     {nil, fs.ErrNotExist, "file does not exist"},
		"half a layer":   {whole.with("shop/layer.yaml", ""), nil, "no data layer reads this scope"},
		"half the files": {whole.with("site/layer.yaml", "", "site/schema.graphql", "", "shop/scopes/finance.yaml", ""), nil, "finance"},
		"no scopes":      {whole.with("shop/scopes/finance.yaml", "", "shop/scopes/buyers.yaml", ""), nil, "buyers, finance"},
		"half a file":    {whole.with("shop/scopes/finance.yaml", "scope: finance\n"), nil, "shop/scopes/finance.yaml"},
	} {
		f.files, f.err = bad.files, bad.err
		f.look(1)
		f.kept("") // it may have been caught in the middle of a change
		f.look(3)
		f.kept(bad.say)
		f.files, f.err = whole, nil
		f.look(2)
		f.kept("")
		if !strings.Contains(f.log.String(), "last good revisions stay") {
			t.Errorf("%s: the log does not say so", name)
		}
	}
}

func TestFollowedEditsAreApplied(t *testing.T) {
	f := follow(t)
	f.files = f.files.with("shop/scopes/finance.yaml", "scope: finance\nfields: [Product.cost, Product.name]\n", "fieldgate.yaml", "limits: {depth: 3}\n")
	f.look(1)
	f.kept("")
	f.look(3)
	want(t, "revision", f.revision(), 2)
	want(t, "nobody", f.readsAs(engine.Subject{}), "")
	want(t, "times that the log asks for a restart", strings.Count(f.log.String(), "restart it"), 1)
}

// What the API can put right is tried again; not at each look, and it is logged once.
func TestAFollowedDirectoryIsTriedAgain(t *testing.T) {
	f := follow(t)
	s := f.scope("api", "Product.name")
	f.files = f.files.with("shop/scopes/api.yaml", "scope: api\nfields: [Product.name]\n")
	f.look(10)
	want(t, "times logged", strings.Count(f.log.String(), "last good revisions stay"), 1)
	if _, err := f.DeleteScope(t.Context(), f.owner, "shop", s.ID, 0); err != nil {
		t.Fatal(err)
	}
	f.look(1)
	want(t, "nobody", f.readsAs(engine.Subject{}), "name")
	f.clock.Advance(time.Minute)
	f.look(1)
	want(t, "nobody", f.readsAs(engine.Subject{}), "")
}

func TestAFollowerThatEndsFailsNothing(t *testing.T) {
	f := follow(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f.files = sample().with("shop/scopes/buyers.yaml", "scope: buyers\nfields: [Product.name, Product.margin]\n")
	f.watcher.Look(ctx)
	f.watcher.Look(ctx)
	layer, _ := f.Registry().Layer("shop")
	if failure := layer.Failure(); failure != nil {
		t.Error(failure)
	}
	f.look(1)
	want(t, "nobody", f.readsAs(engine.Subject{}), "")
}

// A server that only ever follows files has no members.
func TestApplyNeedsNoTeam(t *testing.T) {
	p := &plane{
		t: t, dir: t.TempDir(), log: &logBuffer{}, ticks: make(chan time.Time), activated: &activations{}, clock: &clock{now: time.Unix(1e9, 0)}, upstream: &fakeUpstream{},
	}
	p.start()
	t.Cleanup(p.stop)
	_, err := p.Team(t.Context())
	refusal(t, err, control.NotFound, control.CodeNotFound)
	p.apply(sample())
	want(t, "nobody", p.readsAs(engine.Subject{}), "name")
}
