package accesstest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/accesstest"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// TestNeverAndOnlyOnALargeSchema decides assertions over everything on a real schema of some 9,000 coordinates with 50 scopes. It has to end
// in seconds; the bound leaves room for a busy machine.
func TestNeverAndOnlyOnALargeSchema(t *testing.T) {
	file := filepath.Join("..", "..", "..", "shared", "schemas", "saleor", "schema.graphql")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Skipf("SKIPPED, NOT TESTED: %s is not there; this test compares with material that is not part of the repository", file)
	}
	in := engine.Input{Layer: scope.DefaultLayer("saleor"), Schema: string(text)}
	in.Layer.Validation.Schema = scope.SchemaLenient
	for i, entries := range spread(t, string(text), 50) {
		s, faults := scope.Define("scopes", fmt.Sprintf("scope-%d", i), "", entries)
		if faults != nil {
			t.Fatal(faults)
		}
		in.Scopes = append(in.Scopes, s)
	}
	draft, err := engine.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := draft.Activate(t.Context(), 1, engine.Options{PolicyTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	pattern := func(text string) coord.Pattern {
		p, err := coord.ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	tests := scope.Tests{
		Never: []scope.Never{{Scopes: []string{"scope-1"}, Read: pattern("User.email")}, {Scopes: []string{"scope-1", "scope-2"}, Read: pattern("Order.*")}},
		Only:  []scope.Only{{Read: pattern("User.email"), Scopes: []string{"scope-0"}}, {Read: pattern("Order.*"), Scopes: []string{"scope-3", "scope-4"}}},
	}
	start := time.Now()
	results, _, err := accesstest.Suite{Snapshot: snapshot, Scopes: in.Scopes, Files: []scope.Tests{tests}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	t.Logf("%d coordinates, %d scopes, %d assertions: %v", len(snapshot.Schema().Names()), len(in.Scopes), len(results), took)
	if len(results) != 4 || took > time.Minute {
		t.Errorf("%d results in %v", len(results), took)
	}
	for _, r := range results {
		t.Logf("%s: %d failures", r.Name, len(r.Failures))
	}
	if !results[0].Passed() {
		t.Errorf("scope-1 does not open User.email: %+v", results[0].Failures)
	}
	if results[3].Passed() {
		t.Error("other scopes open orders too, and nothing says so")
	}
}

// spread gives each scope every n-th field of the schema; the first also has User.email.
func spread(t *testing.T, text string, n int) [][]string {
	t.Helper()
	in := engine.Input{Layer: scope.DefaultLayer("saleor"), Schema: text}
	in.Layer.Validation.Schema = scope.SchemaLenient
	draft, err := engine.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]string, n)
	out[0] = []string{"User.email"}
	for i, name := range draft.Schema.Names() {
		c := draft.Schema.Coordinate(gql.ID(i))
		if c.Member != "" && c.Argument == "" && i%3 == 0 && c.Type != "Query" && name != "User.email" {
			out[i/3%n] = append(out[i/3%n], name)
		}
	}
	return out
}
