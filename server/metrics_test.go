package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/server/admin/api"
)

// TestADeletedDataLayerHasNoMetrics: what is gone is counted no more.
func TestADeletedDataLayerHasNoMetrics(t *testing.T) {
	g := newTeam(t)
	g.shop("cost")
	series := func() bool {
		t.Helper()
		return strings.Contains(g.ask(http.MethodGet, g.private+"/metrics", "").body, `="shop"`)
	}
	if !series() {
		t.Fatal("an active data layer has no metrics")
	}
	layer := must[api.Layer](t)(g.Layer(t.Context(), "shop"))
	if err := g.DeleteLayer(t.Context(), layer); err != nil {
		t.Fatal(err)
	}
	if series() {
		t.Error("a deleted data layer still has metrics")
	}
}
