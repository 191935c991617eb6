// Package testdata_test checks the sample data layer with gqlparser alone, so that a mistake in the sample is not taken
// for one of the engine. `go test ./...` leaves folders called testdata out: the Makefile names this one.
package testdata_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

const sampleSchema = "sample/shop/schema.graphql"

// request is what stands beside a query: the rest of a decision request.
type request struct {
	OperationName string         `json:"operation_name"`
	Variables     map[string]any `json:"variables"`
}

func TestSampleSchemaLoadsStrictly(t *testing.T) {
	loadSample(t)
}

func TestSampleTypesAndRootFieldsAreDescribed(t *testing.T) {
	schema := loadSample(t)
	for _, name := range []string{"Node", "Query", "SearchResult", "ShopifyProduct", "SearchBoostInput"} {
		if schema.Types[name].Description == "" {
			t.Errorf("%s has no description", name)
		}
	}
}

func TestSampleQueriesAreValid(t *testing.T) {
	schema := loadSample(t)
	for _, file := range glob(t, "queries/*.graphql") {
		t.Run(name(file), func(t *testing.T) {
			op := operation(t, loadQuery(t, schema, file), readRequest(t, file).OperationName)
			if _, err := validator.VariableValues(schema, op, readRequest(t, file).Variables); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEveryRequestHasAQuery(t *testing.T) {
	for _, file := range glob(t, "queries/*.json") {
		if _, err := os.Stat(strings.TrimSuffix(file, ".json") + ".graphql"); err != nil {
			t.Error(err)
		}
	}
}

// The sample is there to show things: this holds it to showing them.
func TestSampleQueriesCoverWhatTheSampleIsFor(t *testing.T) {
	schema := loadSample(t)
	var types []string
	for _, file := range glob(t, "queries/*.graphql") {
		for _, op := range loadQuery(t, schema, file).Operations {
			types = append(types, rootTypes(schema, op)...)
		}
	}
	for _, want := range []string{
		"Node", "Product", "DrupalNodeInterface", "SearchResults", "ContentstackPage", "ShopifyProductConnection", "Site",
	} {
		if !slices.Contains(types, want) {
			t.Errorf("no query has a root field that returns %s", want)
		}
	}
}

func loadSample(t *testing.T) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: sampleSchema, Input: read(t, sampleSchema)})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// loadQuery validates with the spec's rules less the two that Fieldgate leaves out (R9).
func loadQuery(t *testing.T, schema *ast.Schema, file string) *ast.QueryDocument {
	t.Helper()
	set := rules.NewDefaultRules()
	set.RemoveRule(rules.NoUnusedFragmentsRule.Name)
	set.RemoveRule(rules.NoUnusedVariablesRule.Name)
	doc, errs := gqlparser.LoadQueryWithRules(schema, read(t, file), set)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return doc
}

func operation(t *testing.T, doc *ast.QueryDocument, name string) *ast.OperationDefinition {
	t.Helper()
	op := doc.Operations.ForName(name)
	if op == nil {
		t.Fatalf("operation %q is not there, or not the only one", name)
	}
	return op
}

func rootTypes(schema *ast.Schema, op *ast.OperationDefinition) []string {
	var types []string
	for _, sel := range op.SelectionSet {
		field, ok := sel.(*ast.Field)
		if ok && schema.Query.Fields.ForName(field.Name) != nil {
			types = append(types, field.Definition.Type.Name())
		}
	}
	return types
}

func readRequest(t *testing.T, query string) request {
	t.Helper()
	var req request
	data, err := os.ReadFile(strings.TrimSuffix(query, ".graphql") + ".json")
	if errors.Is(err, fs.ErrNotExist) {
		return req
	}
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(&req); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return req
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no files (%v)", pattern, err)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func name(file string) string {
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}
