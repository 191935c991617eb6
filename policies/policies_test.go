package policies_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/fieldgate/fieldgate/policies"
)

// regoFiles are the policies and their tests, path below policies/ to source.
func regoFiles(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("*/*.rego")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no Rego files here: %v", err)
	}
	files := map[string]string{}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = string(source)
	}
	return files
}

func parse(t *testing.T, files map[string]string) map[string]*ast.Module {
	t.Helper()
	modules := map[string]*ast.Module{}
	for path, source := range files {
		module, err := ast.ParseModuleWithOpts(path, source, ast.ParserOptions{ProcessAnnotation: true})
		if err != nil {
			t.Fatal(err)
		}
		modules[path] = module
	}
	return modules
}

func TestR2RegoTestsPassAndCoverEveryLine(t *testing.T) {
	modules := parse(t, regoFiles(t))
	coverage := cover.New()
	results, err := tester.NewRunner().
		SetCoverageQueryTracer(coverage).
		SetModules(modules).
		RunTests(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for result := range results {
		count++
		if !result.Pass() || result.Skip {
			t.Errorf("%s", result)
		}
	}
	if count == 0 {
		t.Error("no Rego test ran")
	}
	for path, file := range coverage.Report(modules).Files {
		if !strings.HasSuffix(path, "_test.rego") && len(file.NotCovered) > 0 {
			t.Errorf("%s: not covered: %+v", path, file.NotCovered)
		}
	}
}

func TestPoliciesAreFormatted(t *testing.T) {
	for path, source := range regoFiles(t) {
		formatted, err := format.Source(path, []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(formatted), source); diff != "" {
			t.Errorf("%s is not as `opa fmt` writes it (-want +got):\n%s", path, diff)
		}
	}
}

// schemas has the JSON Schema of the read policy's input, as `opa check --schema`
// would.
func schemas(t *testing.T) *ast.SchemaSet {
	t.Helper()
	text, err := os.ReadFile("schema/read-input.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := util.NewJSONDecoder(bytes.NewReader(text)).Decode(&schema); err != nil {
		t.Fatal(err)
	}
	set := ast.NewSchemaSet()
	set.Put(ast.MustParseRef(`schema["read-input"]`), schema)
	return set
}

func compile(t *testing.T, files map[string]string) error {
	t.Helper()
	compiler := ast.NewCompiler().WithStrict(true).WithUseTypeCheckAnnotations(true).WithSchemas(schemas(t))
	compiler.Compile(parse(t, files))
	if compiler.Failed() {
		return compiler.Errors
	}
	return nil
}

func TestPoliciesPassStrictCheckWithInputSchema(t *testing.T) {
	if err := compile(t, regoFiles(t)); err != nil {
		t.Error(err)
	}
}

// The check above is worth something only if the schema is really in use.
func TestInputSchemaRefusesAnUnknownInputField(t *testing.T) {
	files := policies.Read()
	files[policies.ReadPath] = strings.ReplaceAll(files[policies.ReadPath], "input.unrestricted", "input.unrestrictd")
	if err := compile(t, files); err == nil {
		t.Error("a policy that reads input.unrestrictd passed the check")
	}
}

func TestReadHasThePoliciesWithoutTheirTests(t *testing.T) {
	source, err := os.ReadFile("read/read.rego")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{policies.ReadPath: string(source)}
	if diff := cmp.Diff(want, policies.Read()); diff != "" {
		t.Errorf("Read() (-want +got):\n%s", diff)
	}
}

func TestReadReturnsAFreshMap(t *testing.T) {
	clear(policies.Read())
	if len(policies.Read()) == 0 {
		t.Error("a caller emptied Read() for everyone")
	}
}

func TestAllowedIsTheOnlyEntrypointAndPackageIsDescribed(t *testing.T) {
	module := parse(t, policies.Read())[policies.ReadPath]
	if got := module.Package.Path.String(); got != "data.fieldgate.read" {
		t.Errorf("package %s", got)
	}
	entrypoints := map[string]bool{}
	described := false
	for _, annotation := range module.Annotations {
		described = described || annotation.Scope == "package" && annotation.Description != ""
		if annotation.Entrypoint {
			entrypoints[annotation.GetTargetPath().String()] = true
		}
	}
	if got := slices.Collect(maps.Keys(entrypoints)); !slices.Equal(got, []string{"data.fieldgate.read.allowed"}) {
		t.Errorf("entrypoints %v", got)
	}
	if !described {
		t.Error("package fieldgate.read has no METADATA description")
	}
}
