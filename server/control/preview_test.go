package control_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

// preview asks what an edit would do, and wants it to change nothing.
func (p *plane) preview(e control.ScopeEdit) *control.Preview {
	p.t.Helper()
	before := p.head()
	out, err := p.PreviewScope(p.t.Context(), "shop", e)
	if err != nil {
		p.t.Fatal(err)
	}
	if after := p.head(); after != before {
		p.t.Errorf("a preview changed the store: %v, then %v", before, after)
	}
	return out
}

func (p *plane) head() store.Head {
	p.t.Helper()
	h, err := p.Head(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return h
}

// lossesOf and gainsOf are what changes for tokens, by name.
func lossesOf(p *control.Preview) map[string][]string {
	out := map[string][]string{}
	for _, t := range p.Tokens {
		out[t.Token.Name] = t.Losses
	}
	return out
}

func gainsOf(p *control.Preview) map[string][]string {
	out := map[string][]string{}
	for _, t := range p.Tokens {
		out[t.Token.Name] = t.Gains
	}
	return out
}

// R5: what an edit does to every token is known before it is stored, and is what it does then.
func TestR5PreviewOfANewScope(t *testing.T) {
	p := open(t)
	p.shop()
	p.scope("cost", "Product.cost")
	p.token("web", "cost")
	p.token("all")
	got := p.preview(control.ScopeEdit{Scope: control.ScopeRequest{Name: "margin", Description: "Ours.", Fields: []string{"Product.margin", "Product.cost"}}})
	if got.Problems != nil || !got.Compared {
		t.Errorf("problems: %+v", got)
	}
	for _, diff := range []string{
		cmp.Diff([]string{"Product.cost", "Product.margin"}, got.Covered),
		cmp.Diff([]string{"Product.margin"}, got.Restricted), cmp.Diff([]string{}, got.Opened),
		cmp.Diff(map[string][]string{"web": {"Product.margin"}}, lossesOf(got)), // all reads everything, as before
		cmp.Diff("scope: margin\ndescription: Ours.\nfields:\n  - Product.margin\n  - Product.cost\n", got.YAML),
	} {
		if diff != "" {
			t.Error(diff)
		}
	}
}

func TestR5PreviewOfAnEdit(t *testing.T) {
	p := open(t)
	p.shop()
	s := p.scope("cost", "Product.cost")
	p.token("web", "cost")
	p.scope("other", "Product.name")
	p.token("names", "other")
	got := p.preview(control.ScopeEdit{ID: s.ID, Scope: control.ScopeRequest{Name: "renamed", Fields: []string{"Product.margin"}}})
	if diff := cmp.Diff(map[string][]string{"names": {"Product.margin"}}, map[string][]string{"names": lossesOf(got)["names"]}); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string][]string{"names": {"Product.cost"}}, gainsOf(got)); diff != "" {
		t.Error(diff) // web holds the scope by its id, and reads both before and after
	}
	if got.Opened[0] != "Product.cost" || got.Restricted[0] != "Product.margin" {
		t.Errorf("opened %v, restricted %v", got.Opened, got.Restricted)
	}
}

// R4, R5: deleting opens to every token what only the scope covered.
func TestR5PreviewOfADeletion(t *testing.T) {
	p := open(t)
	p.shop()
	s := p.scope("cost", "Product.cost", "Product.margin")
	p.scope("margin", "Product.margin")
	p.token("web", "cost")
	got := p.preview(control.ScopeEdit{ID: s.ID, Delete: true})
	for _, diff := range []string{
		cmp.Diff([]string{"Product.cost", "Product.margin"}, got.Covered), cmp.Diff([]string{"Product.cost"}, got.Opened),
		cmp.Diff(map[string][]string{"web": {"Product.margin"}}, lossesOf(got)), cmp.Diff("", got.YAML),
	} {
		if diff != "" {
			t.Error(diff)
		}
	}
}

// What is wrong with an edit is said of its entries, and the others are looked at.
func TestPreviewOfHalfAScope(t *testing.T) {
	p := open(t)
	p.shop()
	p.scope("cost", "Product.cost")
	for name, c := range map[string]struct {
		request control.ScopeRequest
		covered []string
		want    []control.EntryProblem
	}{
		"nothing yet": {control.ScopeRequest{}, nil, []control.EntryProblem{
			{Message: `bad scope name ""`, Hint: "use up to 128 letters, digits and `.`, `_`, `:`, `/`, `-`, beginning with a letter or digit"},
			{Message: "`fields` is an empty list", Hint: "name at least one coordinate"},
		}},
		"a name that is taken": {control.ScopeRequest{Name: "cost", Fields: []string{"Product.margin"}}, []string{"Product.margin"}, []control.EntryProblem{
			{Message: "another scope is called cost", Hint: "choose another name"},
		}},
		"a name while it is typed": {control.ScopeRequest{Name: "<b>", Fields: []string{"Product.margin", "Product.margni", "Product..x", "*.nothing"}}, []string{"Product.margin"}, []control.EntryProblem{
			{Message: `bad scope name "<b>"`, Hint: "use up to 128 letters, digits and `.`, `_`, `:`, `/`, `-`, beginning with a letter or digit"},
			{Entry: "Product..x", Message: `bad coordinate "Product..x"`},
			{Entry: "Product.margni", Message: "it matches nothing in the schema", Suggestion: "Product.margin"},
			{Entry: "*.nothing", Message: "it matches nothing in the schema", Hint: "`*` crosses neither `.` nor `(`, and a glob for types matches no enum, input or built-in type"},
		}},
	} {
		got := p.preview(control.ScopeEdit{Scope: c.request})
		if diff := cmp.Diff(c.covered, got.Covered); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for i := range got.Problems {
			if got.Problems[i].Entry == "Product..x" { // in the words of package scope
				got.Problems[i].Message, got.Problems[i].Hint = `bad coordinate "Product..x"`, ""
			}
		}
		if diff := cmp.Diff(c.want, got.Problems); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// R14: the inputs that stand for what the scope covers come along, those of other scopes do not.
func TestR14PreviewNamesGuardsAndEscapes(t *testing.T) {
	p := open(t)
	if _, err := p.CreateLayer(t.Context(), p.owner, shopDefinition, `type Query { products(filter: Filter, query: String): [Product!]! orders(filter: OrderFilter): [Order!]! }
input Filter { cost: Int name: String }
input OrderFilter { total: Int }
type Product { name: String cost: Int }
type Order { total: Int }
`); err != nil {
		t.Fatal(err)
	}
	p.scope("orders", "Order.total")
	got := p.preview(control.ScopeEdit{Scope: control.ScopeRequest{Name: "cost", Fields: []string{"Product.cost"}}})
	if diff := cmp.Diff([]control.Reader{{At: "Filter.cost", Why: "field-name", StandsFor: []string{"Product.cost"}}}, got.Guards); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]control.Reader{{At: "Query.products(query:)", Why: "free-text", StandsFor: []string{"Product.cost"}}}, got.Escapes); diff != "" {
		t.Error(diff)
	}
	whole := p.preview(control.ScopeEdit{Scope: control.ScopeRequest{Name: "products", Fields: []string{"Product"}}})
	if len(whole.Guards) < 2 {
		t.Errorf("a type's fields have guards: %+v", whole.Guards)
	}
}

func TestPreviewOfWhatIsNotThere(t *testing.T) {
	p := open(t)
	p.shop()
	other, err := p.CreateLayer(t.Context(), p.owner, "data_layer: other\n", shopSchema)
	if err != nil {
		t.Fatal(err)
	}
	theirs, _, err := p.CreateScope(t.Context(), p.owner, other.Name, control.ScopeRequest{Name: "cost", Fields: []string{"Product.cost"}})
	if err != nil {
		t.Fatal(err)
	}
	for layer, e := range map[string]control.ScopeEdit{"nowhere": {}, "shop": {ID: theirs.ID, Delete: true}} {
		_, err := p.PreviewScope(t.Context(), layer, e)
		refusal(t, err, control.NotFound, control.CodeNotFound)
	}
}

// Previews wait for one another, and not for longer than who asked.
func TestPreviewsAreBounded(t *testing.T) {
	p := open(t)
	p.shop()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.PreviewScope(ctx, "shop", control.ScopeEdit{}); err == nil {
		t.Error("a preview for nobody")
	}
}

// A preview has no problems exactly when the edit would be stored, and says what it covers and restricts then.
func TestR5PreviewIsWhatHappens(t *testing.T) {
	p := open(t)
	p.shop()
	p.scope("cost", "Product.cost")
	holder, _ := p.token("web", "cost")
	names := rapid.SampledFrom([]string{"new", "cost", "", "a b", "-x", "other/one", "*"})
	entries := rapid.SampledFrom([]string{"Product.margin", "Product.name", "Product", "Product.*", "*.cost", "Query.product", "Product.nothing", "Prod", "", "__Type", "Product.cost(x:)", "a..b"})
	rapid.Check(t, func(rt *rapid.T) {
		request := control.ScopeRequest{
			Name: names.Draw(rt, "name"), Description: rapid.SampledFrom([]string{"", "a\nb", "a\x00b"}).Draw(rt, "description"),
			Fields: rapid.SliceOfN(entries, 0, 4).Draw(rt, "fields"),
		}
		said := p.preview(control.ScopeEdit{Scope: request})
		before := p.readsOf(holder)
		made, _, err := p.CreateScope(t.Context(), p.owner, "shop", request)
		if (err == nil) != (said.Problems == nil) {
			rt.Fatalf("%+v: %v, the preview says %+v", request, err, said.Problems)
		}
		if err != nil {
			return
		}
		layer, _ := p.Registry().Layer("shop")
		active, err := layer.Snapshot()
		if err != nil {
			rt.Fatal(err)
		}
		var covered []string
		for name, covers := range active.Content().Coordinates {
			if slices.Contains(covers, made.ID) {
				covered = append(covered, name)
			}
		}
		slices.Sort(covered)
		if diff := cmp.Diff(covered, said.Covered); diff != "" {
			rt.Fatal(diff)
		}
		lost := slices.DeleteFunc(before, func(name string) bool { return slices.Contains(p.readsOf(holder), name) })
		if diff := cmp.Diff(lost, lossesOf(said)["web"], cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("%+v: %s", request, diff)
		}
		gone := p.preview(control.ScopeEdit{ID: made.ID, Delete: true})
		if diff := cmp.Diff(lost, gainsOf(gone)["web"], cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("deleting %+v: %s", request, diff)
		}
		if _, err := p.DeleteScope(t.Context(), p.owner, "shop", made.ID, 0); err != nil {
			rt.Fatal(err)
		}
	})
}

// readsOf returns what some operation of a token reads, sorted.
func (p *plane) readsOf(token store.Token) []string {
	p.t.Helper()
	layer, _ := p.Registry().Layer("shop")
	active, err := layer.Snapshot()
	if err != nil {
		p.t.Fatal(err)
	}
	reach, err := active.Reach(p.t.Context(), engine.Subject{ScopeIDs: token.ScopeIDs})
	if err != nil {
		p.t.Fatal(err)
	}
	var out []string
	for id, name := range active.Schema().Names() {
		if reach.Reads(gql.ID(id)) && !strings.HasPrefix(name, "Int") && !strings.HasPrefix(name, "String") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
