package scope_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// FuzzScopeYAML: whatever is accepted is complete, and JSON Schema accepts it too.
func FuzzScopeYAML(f *testing.F) {
	addSeeds(f, "/scopes/", "scope/")
	schema := compileSchemas(f)["scope"]
	f.Fuzz(func(t *testing.T, src []byte) {
		s, problems := scope.ParseScope("f.yaml", src)
		if len(problems) > 0 {
			checkProblems(t, src, problems)
			return
		}
		if s.Name == "" || len(s.Entries) == 0 {
			t.Fatalf("accepted %+v", s)
		}
		for _, e := range s.Entries {
			if p, err := coord.ParsePattern(e.Text); err != nil || p != e.Pattern || e.Position.Line == 0 {
				t.Fatalf("accepted entry %+v: %v", e, err)
			}
		}
		if err := schema.Validate(asJSON(t, src)); err != nil {
			t.Fatalf("the schema refuses what the decoder accepts: %v\n%s", err, src)
		}
	})
}

// FuzzLayerYAML is FuzzScopeYAML for layer.yaml and fieldgate.yaml.
func FuzzLayerYAML(f *testing.F) {
	addSeeds(f, "layer.yaml", "layer/", "fieldgate")
	schemas := compileSchemas(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		_, settings := scope.ParseSettings("f.yaml", src)
		layer, problems := scope.ParseLayer("f.yaml", src)
		checkProblems(t, src, settings)
		checkProblems(t, src, problems)
		if len(problems) == 0 && (layer.Name == "" || layer.Mode == "" || len(layer.Operations) == 0 || (layer.Schema == "") != (layer.Introspect != nil)) {
			t.Fatalf("accepted %+v", layer)
		}
		if len(problems) == 0 {
			if err := schemas["layer"].Validate(asJSON(t, src)); err != nil {
				t.Fatalf("the schema refuses what the decoder accepts: %v\n%s", err, src)
			}
		}
		if len(settings) == 0 {
			if err := schemas["fieldgate"].Validate(asJSON(t, src)); err != nil {
				t.Fatalf("the schema refuses what the decoder accepts: %v\n%s", err, src)
			}
		}
	})
}

// addSeeds adds the files of all archives whose names hold one of the parts.
func addSeeds(f *testing.F, parts ...string) {
	f.Helper()
	archives, _ := filepath.Glob("testdata/repositories/*.txtar")
	for _, file := range append(archives, "testdata/agreement.txtar") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for name, src := range inputs(txtar.Parse(text)) {
			if len(src) < 1<<16 && slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(name, p) }) {
				f.Add(src)
			}
		}
	}
}

// checkProblems holds problems to be sorted, one line each, and inside the file.
func checkProblems(t *testing.T, src []byte, problems scope.Problems) {
	t.Helper()
	lines := strings.Count(string(src), "\n") + strings.Count(string(src), "\r") +
		strings.Count(string(src), "\u0085") + strings.Count(string(src), "\u2028") + strings.Count(string(src), "\u2029") + 1
	for i, p := range problems {
		if p.File != "f.yaml" || p.Line > lines || p.Message == "" || strings.ContainsAny(p.Error(), "\n\x1b") || len(p.Error()) > 1000 {
			t.Fatalf("problem %q in %d lines", p.Error(), lines)
		}
		if i > 0 && problems[i-1].Position.Compare(p.Position) > 0 {
			t.Fatalf("not sorted: %v", problems)
		}
	}
	if one := (scope.Problem{}); len(problems) > 0 && !errors.As(problems.Err(), &one) {
		t.Fatal("a Problem is not found in Problems")
	}
}
