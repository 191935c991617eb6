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

func TestR2R19RegoTestsPassAndCoverEveryLine(t *testing.T) {
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

// schemas has the JSON Schemas of the policies' inputs, as `opa check --schema`
// would.
func schemas(t *testing.T) *ast.SchemaSet {
	t.Helper()
	set := ast.NewSchemaSet()
	for _, name := range []string{"read-input", "admin-input"} {
		text, err := os.ReadFile("schema/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var schema any
		if err := util.NewJSONDecoder(bytes.NewReader(text)).Decode(&schema); err != nil {
			t.Fatal(err)
		}
		set.Put(ast.MustParseRef(`schema["`+name+`"]`), schema)
	}
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
	for name, files := range map[string]map[string]string{"input.unrestricted": policies.Read(), "input.entitled": policies.Admin()} {
		for path, source := range files {
			files[path] = strings.ReplaceAll(source, name, name+"x")
		}
		if err := compile(t, files); err == nil {
			t.Errorf("a policy that reads %sx passed the check", name)
		}
	}
}

// embedded are the functions that return policies, by the name of their package.
var embedded = map[string]struct {
	modules func() map[string]string
	path    string
}{
	"read":  {policies.Read, policies.ReadPath},
	"admin": {policies.Admin, policies.AdminPath},
}

func TestEmbeddedPoliciesAreTheSourceWithoutTheirTests(t *testing.T) {
	for name, policy := range embedded {
		source, err := os.ReadFile(name + "/" + name + ".rego")
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{policy.path: string(source)}
		if diff := cmp.Diff(want, policy.modules()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestEveryPolicyIsEmbedded(t *testing.T) {
	for path := range regoFiles(t) {
		if _, ok := embedded[filepath.Dir(path)]; !ok {
			t.Errorf("%s is in no function of this package, or its tests know nothing of it", path)
		}
	}
}

func TestMapsAreTheCallersToKeep(t *testing.T) {
	for name, policy := range embedded {
		clear(policy.modules())
		if len(policy.modules()) == 0 {
			t.Errorf("%s: a caller emptied it for everyone", name)
		}
	}
	clear(policies.AdminData(true))
	if len(policies.AdminData(true)) == 0 {
		t.Error("a caller emptied AdminData for everyone")
	}
}

func TestAllowedIsTheOnlyEntrypointAndPackageIsDescribed(t *testing.T) {
	for name, policy := range embedded {
		t.Run(name, func(t *testing.T) { wantDescribed(t, "data.fieldgate."+name, parse(t, policy.modules())[policy.path]) })
	}
}

func wantDescribed(t *testing.T, path string, module *ast.Module) {
	t.Helper()
	if got := module.Package.Path.String(); got != path {
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
	if got := slices.Collect(maps.Keys(entrypoints)); !slices.Equal(got, []string{path + ".allowed"}) {
		t.Errorf("entrypoints %v", got)
	}
	if !described {
		t.Error("the package has no METADATA description")
	}
}
