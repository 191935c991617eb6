package admin_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/admin/admintest"
	"github.com/fieldgate/fieldgate/server/admin/api"
)

const (
	storeDefinition = `data_layer: shop
data_sources:
  - {name: contentstack, type: contentstack, types: ["Cs*"]}
  - {name: shop, type: shopify, types: ["Product*"]}
public: ["Product.name"]
`
	storeSchema = `"What can be asked."
type Query { products(filter: ProductFilter, query: String): [Product!]! page: CsPage node: Node }
interface Node { id: ID! }
"Something on sale."
type Product implements Node { id: ID! name: String "What we pay." cost: Int email: String active: Boolean kind: Kind }
type CsPage { title: String }
input ProductFilter { cost: Int }
enum Kind { OLD NEW }
union Thing = Product | CsPage
scalar Date
`
)

// withStore makes a data layer with two scopes and tokens.
func withStore(t *testing.T) (*live, map[string]api.Token) {
	t.Helper()
	r := setUpReal(t)
	r.send(http.MethodPost, api.Prefix+"/layers", api.NewLayer{Definition: storeDefinition, Schema: storeSchema}).is(201)
	r.scope("cost", "Product.cost")
	r.scope("pages", "CsPage", "Kind.OLD", "Query.products(query:)")
	tokens := map[string]api.Token{}
	for name, scopes := range map[string][]string{"web": {"cost"}, "app": {"cost"}, "site": {"cost", "pages"}, "all": nil, "old": {"pages"}} {
		made := read[api.GeneratedToken](r.send(http.MethodPost, shop+"/tokens", api.NewToken{Name: name, Scopes: append([]string{}, scopes...), Unrestricted: scopes == nil}).is(201))
		tokens[name] = made.Token
	}
	r.send(http.MethodDelete, shop+"/tokens/"+tokens["old"].ID, nil).is(204)
	return r, tokens
}

func TestCatalog(t *testing.T) {
	r, _ := withStore(t)
	a := r.get(shop + "/catalog").is(200)
	got := read[api.Catalog](a)
	if diff := cmp.Diff([]engine.CatalogSource{{Name: "contentstack", Type: "contentstack"}, {Name: "shop", Type: "shopify"}}, got.DataSources); diff != "" {
		t.Error(diff)
	}
	byName := map[string]engine.CatalogType{}
	for _, one := range got.Types {
		byName[one.Name] = one
	}
	want := map[string]engine.CatalogType{
		"CsPage": {Name: "CsPage", Kind: "OBJECT", Source: 0, Covers: []int{1}, Fields: []engine.CatalogField{{Name: "title", Type: "String"}}},
		"Product": {Name: "Product", Kind: "OBJECT", Description: "Something on sale.", Source: 1, Implements: []string{"Node"}, Fields: []engine.CatalogField{
			{Name: "id", Type: "ID!"}, {Name: "name", Type: "String", Public: true},
			{Name: "cost", Type: "Int", Description: "What we pay.", Covers: []int{0}, Sensitive: `"cost" in its name`},
			{Name: "email", Type: "String", Sensitive: `"email" in its name`}, {Name: "active", Type: "Boolean"}, {Name: "kind", Type: "Kind"},
		}},
		"ProductFilter": {Name: "ProductFilter", Kind: "INPUT_OBJECT", Source: 1, Fields: []engine.CatalogField{{Name: "cost", Type: "Int"}}},
		"Kind":          {Name: "Kind", Kind: "ENUM", Source: -1, Values: []engine.CatalogValue{{Name: "OLD", Covers: []int{1}}, {Name: "NEW"}}},
		"Thing":         {Name: "Thing", Kind: "UNION", Source: -1, Members: []string{"Product", "CsPage"}},
		"Date":          {Name: "Date", Kind: "SCALAR", Source: -1},
		"Node":          {Name: "Node", Kind: "INTERFACE", Source: -1, Fields: []engine.CatalogField{{Name: "id", Type: "ID!"}}},
		"Query": {Name: "Query", Kind: "OBJECT", Description: "What can be asked.", Source: -1, Fields: []engine.CatalogField{
			{Name: "products", Type: "[Product!]!", Arguments: []engine.CatalogArgument{{Name: "filter", Type: "ProductFilter"}, {Name: "query", Type: "String", Covers: []int{1}}}},
			{Name: "page", Type: "CsPage"}, {Name: "node", Type: "Node"},
		}},
	}
	if diff := cmp.Diff(want, byName); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"cost", "pages"}, got.Scopes); diff != "" || got.Revision.Number == 0 {
		t.Error(diff, got.Revision)
	}
}

// Whoever has the catalog of a revision is told so; another revision has another.
func TestCatalogIsKept(t *testing.T) {
	r, _ := withStore(t)
	first := r.get(shop + "/catalog").is(200)
	tag := first.Header().Get("ETag")
	ask := func(header ...string) answer {
		q := request{method: http.MethodGet, path: shop + "/catalog", key: r.Owner, header: map[string]string{}}
		for i := 0; i < len(header); i += 2 {
			q.header[header[i]] = header[i+1]
		}
		return r.do(q)
	}
	if a := ask("If-None-Match", tag).is(304); a.Body.Len() > 0 || !strings.Contains(a.Header().Get("Cache-Control"), "private") {
		t.Errorf("%v %s", a.Header(), a.Body)
	}
	if strings.HasPrefix(tag, "W/") || len(tag) < 10 || first.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("%v", first.Header())
	}
	packed := httpAnswer(ask("Accept-Encoding", "gzip", "If-None-Match", tag))
	if packed.tag == tag || !bytes.Equal(packed.text, first.Body.Bytes()) {
		t.Errorf("with gzip: %s %s", packed.tag, packed.text)
	}
	r.scope("names", "Product.name")
	if next := ask("If-None-Match", tag).is(200); next.Header().Get("ETag") == tag || !strings.Contains(next.Body.String(), "names") {
		t.Errorf("after a change: %s", next.Body)
	}
	layer := r.get(shop).is(200)
	r.send(http.MethodPatch, shop, api.LayerChange{Definition: strings.Replace(storeDefinition, "name: shop,", "name: storefront,", 1)}, "If-Match", layer.Header().Get("ETag")).is(200)
	ask().is(200).has("storefront")
}

// unpacked is an answer that was sent with gzip.
type unpacked struct {
	tag  string
	text []byte
}

func httpAnswer(a answer) unpacked {
	a.t.Helper()
	z, err := gzip.NewReader(a.is(200).Body)
	if err != nil {
		a.t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(z); err != nil {
		a.t.Fatal(err)
	}
	return unpacked{a.Header().Get("ETag"), out.Bytes()}
}

func TestR5PreviewOfAScope(t *testing.T) {
	r, tokens := withStore(t)
	before := r.get(api.Prefix + "/audit/head").Body.String()
	got := read[api.Preview](r.send(http.MethodPost, shop+"/scopes/preview", api.ScopeDraft{Name: "email", Entries: []string{"Product.email", "Product.emial"}}).is(200))
	if diff := cmp.Diff([]api.DraftProblem{{Entry: "Product.emial", Message: "it matches nothing in the schema", Suggestion: "Product.email"}}, got.Problems); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&api.DraftPlan{Opened: []string{}, Restricted: []string{"Product.email"}, Tokens: []api.DraftToken{
		{ID: tokens["app"].ID, Name: "app", Gains: []string{}, Losses: []string{"Product.email"}},
		{ID: tokens["site"].ID, Name: "site", Gains: []string{}, Losses: []string{"Product.email"}},
		{ID: tokens["web"].ID, Name: "web", Gains: []string{}, Losses: []string{"Product.email"}},
	}}, got.Plan); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Product.email"}, got.Covered); diff != "" || !strings.HasPrefix(got.YAML, "scope: email\nfields:\n") {
		t.Error(diff, got.YAML)
	}
	if after := r.get(api.Prefix + "/audit/head").Body.String(); after != before {
		t.Error("a preview is in the audit log")
	}
	r.send(http.MethodPost, shop+"/scopes/preview", api.ScopeDraft{Scope: "nobody", Delete: true}).is(404)
	r.send(http.MethodPost, shop+"/scopes/preview", `{"fields":["Product.email"]}`).is(400)
}

// Long lists are cut, and say so.
func TestPreviewIsBounded(t *testing.T) {
	r := setUpReal(t)
	var schema strings.Builder
	schema.WriteString("type Query {")
	for i := range 300 {
		fmt.Fprintf(&schema, " f%d: Int", i)
	}
	schema.WriteString("}")
	r.send(http.MethodPost, api.Prefix+"/layers", api.NewLayer{Definition: "data_layer: shop\n", Schema: schema.String()}).is(201)
	r.scope("first", "Query.f0")
	r.send(http.MethodPost, shop+"/tokens", api.NewToken{Name: "web", Scopes: []string{"first"}}).is(201)
	got := read[api.Preview](r.send(http.MethodPost, shop+"/scopes/preview", api.ScopeDraft{Name: "much", Entries: []string{"Query.*"}}).is(200))
	if diff := cmp.Diff(map[string]int{"covered": 100, "restricted": 99}, got.More); diff != "" {
		t.Error(diff)
	}
	if len(got.Covered) != 200 || len(got.Plan.Restricted) != 200 || len(got.Plan.Tokens[0].Losses) != 50 || got.Plan.Tokens[0].MoreLosses != 249 {
		t.Errorf("%d covered, tokens %+v", len(got.Covered), got.Plan.Tokens)
	}
}

func TestMatrix(t *testing.T) {
	r, tokens := withStore(t)
	got := read[api.Matrix](r.get(shop + "/matrix").is(200))
	if diff := cmp.Diff([]api.MatrixType{
		{Name: "CsPage", Source: 0, Fields: 1}, {Name: "Node", Source: -1, Fields: 1}, {Name: "Product", Source: 1, Fields: 6}, {Name: "Query", Source: -1, Fields: 3},
	}, got.Types); diff != "" {
		t.Error(diff)
	}
	one := func(name string) api.MatrixToken { return api.MatrixToken{ID: tokens[name].ID, Name: name} }
	if diff := cmp.Diff([]api.MatrixSubject{
		{Scopes: []string{}, Tokens: []api.MatrixToken{}, Readable: []int{0, 1, 5, 2}},
		{Scopes: []string{"cost"}, Tokens: []api.MatrixToken{one("app"), one("web")}, Readable: []int{0, 1, 6, 2}},
		{Scopes: []string{"cost", "pages"}, Tokens: []api.MatrixToken{one("site")}, Readable: []int{1, 1, 6, 3}},
		{Scopes: []string{}, Unrestricted: true, Tokens: []api.MatrixToken{one("all")}, Readable: []int{1, 1, 6, 3}},
	}, got.Subjects); diff != "" { // old was revoked
		t.Error(diff)
	}
	// R5: it follows an edit, and a deletion takes the scope off tokens.
	scopes := read[api.List[api.Scope]](r.get(shop + "/scopes").is(200)).Items
	r.send(http.MethodDelete, shop+"/scopes/"+scopes[0].ID, nil, "If-Match", fmt.Sprintf(`"%d"`, scopes[0].Version)).is(200)
	after := read[api.Matrix](r.get(shop + "/matrix").is(200))
	if diff := cmp.Diff([]api.MatrixToken{one("app"), one("web")}, after.Subjects[0].Tokens); diff != "" || after.Subjects[0].Readable[2] != 6 {
		t.Error(diff, after.Subjects)
	}
}

// R13: a view holds nothing that is not readable.
func TestR13View(t *testing.T) {
	r, tokens := withStore(t)
	for query, want := range map[string]struct{ cost, page bool }{
		"token=" + tokens["web"].ID: {true, false}, "token=" + tokens["all"].ID: {true, true}, "token=" + tokens["site"].ID: {true, true},
		"scopes=": {false, false}, "scopes=cost": {true, false}, "scopes=pages,cost": {true, true}, "unrestricted=true": {true, true},
	} {
		a := r.get(shop + "/view.graphql?" + query).is(200)
		if got := strings.Contains(a.Body.String(), "  cost"); got != want.cost {
			t.Errorf("%s: cost is %v in\n%s", query, got, a.Body)
		}
		if got := strings.Contains(a.Body.String(), "CsPage"); got != want.page {
			t.Errorf("%s: CsPage is %v in\n%s", query, got, a.Body)
		}
	}
	for query, status := range map[string]int{
		"": 400, "token=" + tokens["old"].ID: 404, "token=": 404, "token=nobody": 404, "token=" + tokens["web"].ID + "&scopes=cost": 400,
		"scopes=cost&unrestricted=true": 400, "scopes=nothing": 400, "unrestricted=false": 400,
	} {
		r.get(shop + "/view.graphql?" + query).is(status)
	}
}

// What needs a revision says so when there is none.
func TestConsoleWithoutARevision(t *testing.T) {
	f := setUp(t, admintest.Options{})
	f.send(http.MethodPost, api.Prefix+"/layers", api.NewLayer{Definition: "data_layer: shop"}).is(201) // without a schema
	for _, path := range []string{"/catalog", "/matrix", "/view.graphql?scopes="} {
		f.get(shop + path).is(409).has("NO_REVISION")
		f.get(api.Prefix + "/layers/nowhere" + path).is(404)
	}
}
