package server_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/server/admin/api"
)

// TestExplainOverTheAPI asks a real server why, who and what inputs stand for.
func TestExplainOverTheAPI(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	ctx := t.Context()
	denied := must[api.Explanation](t)(g.Explain(ctx, "shop", "Product.cost", nil))
	if denied.Readable || denied.Query != "{ product { cost } }" || !slices.Equal(denied.Add, []string{"cost"}) || len(denied.Denied) != 1 {
		t.Errorf("without a scope: %+v", denied)
	}
	if held := must[api.Explanation](t)(g.Explain(ctx, "shop", "Product.cost", []string{"cost"})); !held.Readable || len(held.Denied) != 0 {
		t.Errorf("with the scope: %+v", held)
	}
	want := api.Readers{Coordinate: "Product.cost", Scopes: []string{"cost"}, Together: []string{}, Query: "{ product { cost } }"}
	if diff := cmp.Diff(want, must[api.Readers](t)(g.WhoCan(ctx, "shop", "Product.cost"))); diff != "" {
		t.Errorf("who can (-want +got):\n%s", diff)
	}
	must[[]api.Guard](t)(g.Guards(ctx, "shop", "cost"))
	for query, status := range map[string]int{
		"/explain?coordinate=Product.cots&scopes=":                   http.StatusBadRequest,
		"/explain?coordinate=Product.cost":                           http.StatusBadRequest,
		"/explain?coordinate=Product.cost&scopes=&unrestricted=true": http.StatusBadRequest,
		"/explain?coordinate=Product.cost&scopes=none":               http.StatusBadRequest,
		"/who-can?coordinate=Product..":                              http.StatusBadRequest,
		"/guards?scope=none":                                         http.StatusBadRequest,
		"/explain?coordinate=Product.cost&unrestricted=true":         http.StatusOK,
	} {
		if got := g.api(http.MethodGet, "/api/v1/layers/shop"+query, ""); got.status != status {
			t.Errorf("%s: %d, want %d", query, got.status, status)
		}
	}
}
