package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/internal/oracle"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/generate"
)

// storefront is Shopify's published schema, as introspection JSON, from the pinned npm package.
func storefront(t *testing.T) *gql.Schema {
	t.Helper()
	path := filepath.Join("..", "testdata", "npm", "node_modules", "@shopify", "hydrogen-react", "storefront.schema.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("SKIPPED, NOT TESTED: %s is not there; `make setup` installs it", path)
	}
	s, err := gql.LoadSchema("storefront.schema.json", string(data), gql.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestIntrospectionJSONIsTheSchemaThatItDescribes(t *testing.T) {
	s := storefront(t)
	again, err := gql.LoadSchema("storefront.graphql", s.SDL(), gql.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Names(), again.Names()); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]bool{
		"QueryRoot.products(sortKey:)": true, "ProductSortKeys.PRICE": true, "CartInput.buyerIdentity": true,
		"Product": true, "String": true, "Product.nope": false, "__Type": false, "QueryRoot.__schema": false,
	} {
		if _, got := s.Lookup(name); got != want {
			t.Errorf("%s: known %v, want %v", name, got, want)
		}
	}
	if s.Root("query") != "QueryRoot" || s.Root("subscription") != "" {
		t.Errorf("roots: query %q, subscription %q", s.Root("query"), s.Root("subscription"))
	}
}

// TestOracleAgreesOnPublishedSchema compares engine and oracle on random operations and scopes over
// a schema of real size.
func TestOracleAgreesOnPublishedSchema(t *testing.T) {
	sdl := storefront(t).SDL()
	batch := patientBatch()
	denied := 0
	for seed := range max(cases()/100, 20) {
		op, ok := generate.Operation(seed, sdl, []string{"inContext"})
		if !ok {
			continue
		}
		d := batch.Decide(t.Context(), engine.BatchLine{Schema: sdl, Unrestricted: true, Query: op.Query, OperationName: op.OperationName, Directives: []string{"inContext"}})
		var wanted []string
		for _, f := range d.Fields {
			if !strings.Contains(f.Coordinate, ".__") {
				wanted = append(wanted, f.Coordinate, strings.Split(f.Coordinate, ".")[0])
			}
		}
		c := oracle.Case{
			SDL: sdl, Scopes: generate.Scopes(seed, sdl, wanted), Query: op.Query, OperationName: op.OperationName,
			Variables: op.Variables, Abstract: []string{"deny", "narrow"}[seed%2], Directives: []string{"inContext"},
		}
		want, err := oracle.Decide(c)
		if err != nil {
			t.Fatal(err)
		}
		got := result(batch.Decide(t.Context(), line(c)))
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(oracle.Denial{}, "ArgumentPath")); diff != "" {
			t.Fatalf("seed %d: oracle (-) and engine (+) differ:\n%s\nscopes %v\nquery %s\nvariables %v", seed, diff, c.Scopes, c.Query, c.Variables)
		}
		denied += len(got.Denied)
	}
	if denied == 0 {
		t.Error("nothing was denied: this shows nothing")
	}
}
