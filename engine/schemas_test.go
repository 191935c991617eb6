package engine_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/walk"
)

// realSchema is a published schema with queries that real clients send to it.
type realSchema struct {
	name, sdl string
	queries   map[string]string
	scopes    map[string][]string
}

func realSchemas(t *testing.T) []realSchema {
	t.Helper()
	var scopes map[string]map[string][]string
	data, err := os.ReadFile(sharedFile(t, "schemas/scopes.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &scopes); err != nil {
		t.Fatal(err)
	}
	var out []realSchema
	for _, name := range slices.Sorted(maps.Keys(scopes)) {
		s := realSchema{name: name, scopes: scopes[name], queries: map[string]string{}}
		s.sdl = mustRead(t, sharedFile(t, "schemas/"+name+"/schema.graphql"))
		files, err := filepath.Glob(filepath.Join(filepath.Dir(sharedFile(t, "schemas/"+name+"/schema.graphql")), "queries", "*.graphql"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no queries (%v)", name, err)
		}
		for _, file := range files {
			s.queries[filepath.Base(file)] = mustRead(t, file)
		}
		out = append(out, s)
	}
	return out
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (s realSchema) line(query string) engine.BatchLine {
	return engine.BatchLine{Schema: s.sdl, Scopes: s.scopes, Query: query, Directives: []string{"inContext"}}
}

// TestRealOperationsAreAllowedWithoutScopes: every valid client query is allowed when nothing is
// restricted, and what is printed is valid and selects the same fields.
func TestRealOperationsAreAllowedWithoutScopes(t *testing.T) {
	batch := patientBatch()
	for _, s := range realSchemas(t) {
		t.Run(s.name, func(t *testing.T) {
			walker, err := walk.New(s.sdl)
			if err != nil {
				t.Fatal(err)
			}
			for name, query := range s.queries {
				asked := s.line(query)
				asked.Scopes = nil
				d := batch.Decide(t.Context(), asked)
				if d.Decision != engine.DecisionAllow || d.Effect != engine.EffectForward {
					t.Errorf("%s: %s %s: %s", name, d.Decision, d.Effect, brief(d))
					continue
				}
				if d.Query == nil {
					onlyIntrospection(t, name, d)
					continue
				}
				sameSelections(t, walker, name, query, *d.Query)
				asked.Query = *d.Query
				if again := batch.Decide(t.Context(), asked); again.Query == nil || *again.Query != *d.Query {
					t.Errorf("%s: the reprint is not canonical: %s", name, brief(again))
				}
			}
			t.Logf("%d operations", len(s.queries))
		})
	}
}

func onlyIntrospection(t *testing.T, name string, d engine.Decision) {
	t.Helper()
	for _, f := range d.Fields {
		if !strings.HasSuffix(f.Coordinate, ".__schema") && !strings.HasSuffix(f.Coordinate, ".__type") {
			t.Errorf("%s: nothing is forwarded although %s is allowed", name, f.Coordinate)
		}
	}
}

func sameSelections(t *testing.T, w *walk.Walker, name, before, after string) {
	t.Helper()
	want, err := w.Selected(before, "")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	got, err := w.Selected(after, "")
	if err != nil {
		t.Fatalf("%s: the reprint is not valid: %v\n%s", name, err, after)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: the reprint selects other fields:\n%s", name, diff)
	}
}

// TestRealRestrictedCoordinatesAreDeniedWhereSelected: with nobody's scopes held, each restricted
// coordinate is denied in exactly the operations that select it, as an independent walk finds them.
func TestRealRestrictedCoordinatesAreDeniedWhereSelected(t *testing.T) {
	batch := patientBatch()
	for _, s := range realSchemas(t) {
		t.Run(s.name, func(t *testing.T) {
			walker, err := walk.New(s.sdl)
			if err != nil {
				t.Fatal(err)
			}
			restricted := restrictedIn(t, s)
			hits := 0
			for name, query := range s.queries {
				selected, err := walker.Selected(query, "")
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				want := map[string]bool{}
				for c := range selected {
					if restricted[c] {
						want[c] = true
					}
				}
				asked := s.line(query)
				asked.Guards = "off" // the walk looks at selections only
				got := deniedIn(batch.Decide(t.Context(), asked))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: selected (-) and denied (+) restricted coordinates differ:\n%s", name, diff)
				}
				hits += len(want)
			}
			t.Logf("%d restricted coordinates, denied %d times over %d operations", len(restricted), hits, len(s.queries))
			if hits == 0 && len(s.queries) > 5 {
				t.Error("no operation selects anything restricted: this shows nothing")
			}
		})
	}
}

// restrictedIn expands the entries of the scopes with the names of the schema, without the engine.
func restrictedIn(t *testing.T, s realSchema) map[string]bool {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: s.sdl})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, entries := range s.scopes {
		for _, e := range entries {
			prefix, all := strings.CutSuffix(e, ".*")
			if !all {
				out[e] = true
				continue
			}
			for _, f := range schema.Types[prefix].Fields {
				out[prefix+"."+f.Name] = true
			}
		}
	}
	return out
}

func deniedIn(d engine.Decision) map[string]bool {
	out := map[string]bool{}
	for _, denial := range d.Denied {
		for _, c := range denial.Restricted {
			out[c] = true
		}
	}
	return out
}
