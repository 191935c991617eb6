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
	"github.com/vektah/gqlparser/v2/validator/rules"

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
			schema := s.parsed(t)
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
				sameWritten(t, schema, name, query, *d.Query)
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

// parsed is the schema as the parser library reads it.
func (s realSchema) parsed(t *testing.T) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: s.sdl})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// sameWritten wants the reprint to be valid by the parser library's own rules, all of them, and to
// select the same: one response key after the other, of the same types, with the same arguments and
// directives.
func sameWritten(t *testing.T, schema *ast.Schema, name, before, after string) {
	t.Helper()
	list := func(text string, with *rules.Rules) []string {
		doc, errs := gqlparser.LoadQueryWithRules(schema, text, with)
		if errs != nil {
			t.Fatalf("%s: not valid: %v\n%s", name, errs, text)
		}
		return written(nil, doc.Operations[0].SelectionSet, "", "")
	}
	if diff := cmp.Diff(list(before, rules.NewRules()), list(after, rules.NewDefaultRules())); diff != "" {
		t.Errorf("%s: the reprint is another operation:\n%s", name, diff)
	}
}

// written lists the fields of a selection set in order, each with where it stands and what is written
// on it and on the fragments around it.
func written(out []string, set ast.SelectionSet, path, around string) []string {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.InlineFragment:
			out = written(out, sel.SelectionSet, path, around+directivesOf(sel.Directives))
		case *ast.FragmentSpread:
			out = written(out, sel.Definition.SelectionSet, path, around+directivesOf(sel.Directives)+directivesOf(sel.Definition.Directives))
		case *ast.Field:
			at := path + "/" + sel.Alias
			out = append(out, at+" "+sel.ObjectDefinition.Name+"."+sel.Name+argumentsOf(sel.Arguments)+directivesOf(sel.Directives)+" in"+around)
			out = written(out, sel.SelectionSet, at, "")
		}
	}
	return out
}

func directivesOf(list ast.DirectiveList) string {
	out := ""
	for _, d := range list {
		if d.Name == "defer" || d.Name == "stream" {
			continue // decided, then stripped (R8)
		}
		out += " @" + d.Name + argumentsOf(d.Arguments)
	}
	return out
}

func argumentsOf(list ast.ArgumentList) string {
	out := ""
	for _, a := range list {
		out += " " + a.Name + ":" + a.Value.String()
	}
	return out
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
				d := batch.Decide(t.Context(), asked)
				got := deniedIn(d)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: selected (-) and denied (+) restricted coordinates differ:\n%s", name, diff)
				}
				if d.Query != nil {
					left, err := walker.Selected(*d.Query, "")
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					for c := range left {
						if restricted[c] {
							t.Errorf("%s: what is left selects %s", name, c)
						}
					}
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
