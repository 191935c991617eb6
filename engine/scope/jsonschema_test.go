package scope_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// kinds are the file kinds: the schema that is published and the decoder.
var kinds = map[string]func(src []byte) error{
	"scope": func(src []byte) error {
		_, problems := scope.ParseScope("scope", src)
		return problems.Err()
	},
	"layer": func(src []byte) error {
		_, problems := scope.ParseLayer("layer", src)
		return problems.Err()
	},
	"fieldgate": func(src []byte) error {
		_, problems := scope.ParseSettings("fieldgate", src)
		return problems.Err()
	},
}

// TestPublishedSchemas fails when `go generate ./engine/scope` has to be run.
func TestPublishedSchemas(t *testing.T) {
	for name, want := range scope.JSONSchemas() {
		got, err := os.ReadFile(filepath.Join("..", "..", "docs", "schemas", name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is stale, run go generate ./engine/scope (-want +got):\n%s", name, diff)
		}
	}
}

// TestSchemasAgreeWithDecoder reads testdata/agreement.txtar: the files of
// KIND/accept are accepted by decoder and JSON Schema, those of KIND/refuse are
// refused by both, and those of KIND/decoder by the decoder only, because JSON
// Schema cannot say why.
func TestSchemasAgreeWithDecoder(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/agreement.txtar")
	if err != nil {
		t.Fatal(err)
	}
	schemas := compileSchemas(t)
	seen := map[string]int{}
	for _, f := range archive.Files {
		parts := strings.Split(f.Name, "/")
		kind, verdict := parts[0], parts[1]
		seen[kind+"/"+verdict]++
		decoder, schema := kinds[kind](f.Data), schemas[kind].Validate(asJSON(t, f.Data))
		if (decoder == nil) != (verdict == "accept") {
			t.Errorf("%s: decoder: %v", f.Name, decoder)
		}
		if (schema == nil) != (verdict != "refuse") {
			t.Errorf("%s: schema: %v", f.Name, schema)
		}
	}
	for kind := range kinds {
		if seen[kind+"/accept"] == 0 || seen[kind+"/refuse"] == 0 {
			t.Errorf("no fixtures for %s: %v", kind, seen)
		}
	}
}

// TestSchemasStateDefaults validates each default of a schema against the
// schema of its own key, and reads a file of nothing but defaults.
func TestSchemasStateDefaults(t *testing.T) {
	var doc struct {
		Properties map[string]struct{ Default any }
	}
	if err := json.Unmarshal(scope.JSONSchemas()["layer.schema.json"], &doc); err != nil {
		t.Fatal(err)
	}
	file := map[string]any{"data_layer": "x"}
	for name, property := range doc.Properties {
		if property.Default != nil {
			file[name] = property.Default
		}
	}
	text, err := json.Marshal(file) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	got, problems := scope.ParseLayer("layer.yaml", text)
	if err := problems.Err(); err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	got.Position, got.Positions = scope.Position{}, nil
	if diff := cmp.Diff(scope.DefaultLayer("x"), got); diff != "" {
		t.Errorf("defaults (-decoder +schema):\n%s", diff)
	}
	if len(file) < 8 {
		t.Errorf("only %d defaults", len(file))
	}
}

func compileSchemas(t testing.TB) map[string]*jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	out := map[string]*jsonschema.Schema{}
	for name, source := range scope.JSONSchemas() {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(source))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(name, doc); err != nil {
			t.Fatal(err)
		}
		if out[strings.TrimSuffix(name, ".schema.json")], err = compiler.Compile(name); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// asJSON returns the YAML document as a JSON Schema validator takes it.
func asJSON(t testing.TB, src []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(src, &v); err != nil {
		t.Fatalf("%v in:\n%s", err, src)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
