package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/server/admin/api"
)

// fileTeam is a team whose data layer shop is owned by files: scope cost covers Product.cost, margin Product.margin.
func fileTeam(t *testing.T) *team {
	t.Helper()
	upstream := newUpstream(t)
	dir := filepath.Join(t.TempDir(), "access")
	write(t, dir, "shop/layer.yaml", layerFile(upstream))
	write(t, dir, "shop/schema.graphql", shopSchema)
	write(t, dir, "shop/scopes/cost.yaml", "scope: cost\nfields:\n  - Product.cost\n")
	write(t, dir, "shop/scopes/margin.yaml", "scope: margin\nfields:\n  - Product.margin\n")
	return teamIn(t, t.TempDir(), dir, upstream)
}

func layerFile(upstream string) string {
	return "data_layer: shop\nupstream: {url: \"" + upstream + "\"}\n"
}

// TestR22FilesThatGoWrongOpenNothing breaks an access directory in ways that happen, on a server that runs and on one that
// starts: the last good revision stays, /readyz says why, and the chain has no new entry.
func TestR22FilesThatGoWrongOpenNothing(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(g *team)
		failure string // what /readyz says
	}{
		{"moved", func(g *team) { rename(g.t, g.dir, g.dir+".moved") }, "no such file"},
		{"emptied", func(g *team) { remove(g.t, filepath.Join(g.dir, "shop")) }, "data layer"},
		{"without its layer file", func(g *team) { remove(g.t, filepath.Join(g.dir, "shop", "layer.yaml")) }, "layer.yaml"},
		{"without its scopes", func(g *team) { remove(g.t, filepath.Join(g.dir, "shop", "scopes")) }, "cost, margin"},
		{"a scope vanished", func(g *team) { remove(g.t, filepath.Join(g.dir, "shop", "scopes", "cost.yaml")) }, "deleted_scopes"},
		{"a scope renamed without saying so", func(g *team) {
			write(g.t, g.dir, "shop/scopes/cost.yaml", "scope: money\nfields: [Product.cost]\n")
		}, "renamed_from"},
		{"a scope half written", func(g *team) { write(g.t, g.dir, "shop/scopes/cost.yaml", "scope: cost\nfie") }, "cost.yaml"},
		{"a scope of no bytes", func(g *team) { write(g.t, g.dir, "shop/scopes/cost.yaml", "") }, "cost.yaml"},
		{"a scope without entries", func(g *team) { write(g.t, g.dir, "shop/scopes/cost.yaml", "scope: cost\nfields: []\n") }, "cost.yaml"},
		{"a schema half written", func(g *team) { write(g.t, g.dir, "shop/schema.graphql", shopSchema[:60]) }, "schema.graphql"},
		{"a schema of no bytes", func(g *team) { write(g.t, g.dir, "shop/schema.graphql", "") }, "schema.graphql"},
		{"the folder is a file", func(g *team) {
			remove(g.t, g.dir)
			write(g.t, filepath.Dir(g.dir), "access", "")
		}, "is a file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := fileTeam(t)
			buyer, site := g.token("cost"), g.token("margin")
			g.mayRead("before", buyer, "name cost")
			head := g.verified()
			kept := filepath.Join(t.TempDir(), "kept")
			if err := os.CopyFS(kept, os.DirFS(g.dir)); err != nil {
				t.Fatal(err)
			}
			test.change(g)
			g.look(3)
			ready := g.ask("GET", g.private+"/readyz", "")
			if ready.status != http.StatusOK || !strings.Contains(ready.body, `"failure":`) || !strings.Contains(ready.body, test.failure) {
				t.Errorf("/readyz does not say %q: %d %s", test.failure, ready.status, ready.body)
			}
			g.mayRead("after", buyer, "name cost")
			g.mayRead("after", site, "name margin")
			if now := g.verified(); now != head {
				t.Errorf("the chain has gone on from %v to %v", head, now)
			}
			remove(t, g.dir)
			if err := os.CopyFS(g.dir, os.DirFS(kept)); err != nil {
				t.Fatal(err)
			}
			g.look(3)
			if ready = g.ask("GET", g.private+"/readyz", ""); strings.Contains(ready.body, "failure") {
				t.Errorf("it is mended, but /readyz says %s", ready.body)
			}
			g.mayRead("mended", buyer, "name cost")
		})
	}
}

// TestR22AnEditIsFollowed covers what files may do: a deletion that is said, a rename that is said, and an edit.
func TestR22AnEditIsFollowed(t *testing.T) {
	g := fileTeam(t)
	buyer, site := g.token("cost"), g.token("margin")
	write(t, g.dir, "shop/scopes/cost.yaml", "scope: money\nrenamed_from: cost\nfields: [Product.cost]\n")
	id := g.named("cost").ID
	g.look(2)
	if now := g.named("money").ID; now != id {
		t.Errorf("a renamed scope has another id: %s, before %s", now, id)
	}
	g.mayRead("renamed_from keeps the identity", buyer, "name cost")
	write(t, g.dir, "shop/scopes/cost.yaml", "scope: money\nrenamed_from: cost\nfields: [Product.cost, Product.name]\n")
	g.look(2)
	g.mayRead("an edit", site, "margin")

	remove(t, filepath.Join(g.dir, "shop", "scopes", "cost.yaml"))
	g.look(2)
	g.mayRead("vanished", buyer, "name cost")
	g.mayRead("vanished", site, "margin")
	write(t, g.dir, "shop/layer.yaml", layerFile(g.upstream)+"deleted_scopes: [money]\n")
	g.look(2)
	g.mayRead("deleted_scopes", buyer, "name cost")
	g.mayRead("deleted_scopes", site, "name cost margin")
	if got := must[api.Token](t)(g.Token(t.Context(), "shop", buyer.Token.ID)); len(got.Scopes) != 0 || got.Unrestricted {
		t.Errorf("a token whose only scope was deleted has become %+v (R4)", got)
	}
	g.verified()
}

// TestFilesOwnTheirRows wants 409 with the file's name for whatever the API is asked to do to them.
func TestFilesOwnTheirRows(t *testing.T) {
	g := fileTeam(t)
	head := g.verified()
	s := g.named("cost")
	layer := must[api.Layer](t)(g.Layer(t.Context(), "shop"))
	_, edit := g.UpdateScope(t.Context(), "shop", s, api.NewScope{Name: "cost", Fields: []string{"Product.name"}})
	_, drop := g.DeleteScope(t.Context(), "shop", s)
	_, change := g.UpdateLayer(t.Context(), layer, api.LayerChange{Schema: shopSchema + "# x\n"})
	for file, refusals := range map[string][]error{"shop/scopes/cost.yaml": {edit, drop}, "shop/layer.yaml": {change}} {
		for _, err := range refusals {
			if status(err) != http.StatusConflict || code(err) != "FILE_OWNED" || !strings.Contains(err.Error(), file) {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	_, taken := g.CreateScope(t.Context(), "shop", api.NewScope{Name: "cost", Fields: []string{"Product.name"}})
	if status(taken) != http.StatusConflict {
		t.Errorf("a second scope of a name: %v", taken)
	}
	if now := g.verified(); now != head {
		t.Errorf("the chain has gone on from %v to %v", head, now)
	}
}

// TestR22FilesDoNotBringADeletedLayerBack deletes a data layer that files still define: nothing of it opens again.
func TestR22FilesDoNotBringADeletedLayerBack(t *testing.T) {
	g := fileTeam(t)
	token := g.token()
	if err := g.DeleteLayer(t.Context(), must[api.Layer](t)(g.Layer(t.Context(), "shop"))); err != nil {
		t.Fatal(err)
	}
	write(t, g.dir, "shop/scopes/cost.yaml", "scope: cost\nfields: [Product.name]\n")
	g.look(3)
	for range 2 {
		if got := g.read(token.Secret); got.status != http.StatusNotFound && got.status != http.StatusUnauthorized {
			t.Errorf("a token of a deleted data layer: %d %s", got.status, got.body)
		}
		if layers := must[[]api.Layer](t)(g.Layers(t.Context())); len(layers) != 0 {
			t.Errorf("there are %v", layers)
		}
		g.restart()
	}
}

func rename(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}
