package eval

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
)

// TestResult is the outcome of one test rule.
type TestResult struct {
	Package string // as in data.shop.request_test
	Name    string // of the rule
	File    string
	Line    int
	Passed  bool
	Skipped bool   // its name begins with todo_
	Error   string // "" when it merely does not hold
	Output  string // of print
}

// Test runs the test rules of modules (path to Rego source), in the order of OPA's tester, with data under `data`. selected
// is a regular expression over package and name; "" is all. Rules may not reach the network, a clock or randomness. Its
// errors are OPA's, with file and line.
func Test(ctx context.Context, modules map[string]string, data map[string]any, selected string) ([]TestResult, error) {
	parsed := make(map[string]*ast.Module, len(modules))
	for path, source := range modules {
		module, err := ast.ParseModule(path, source)
		if err != nil {
			return nil, fmt.Errorf("parse policy: %w", err)
		}
		parsed[path] = module
	}
	object, err := dataObject(data)
	if err != nil {
		return nil, err
	}
	compiler := ast.NewCompiler().WithCapabilities(capabilities()).WithEnablePrintStatements(true)
	store := inmem.NewFromASTObject(object)
	var out []TestResult
	err = storage.Txn(ctx, store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		results, err := tester.NewRunner().SetCompiler(compiler).SetStore(store).CapturePrintOutput(true).
			RaiseBuiltinErrors(true).SetTimeout(5*time.Second).Filter(selected).SetModules(parsed).RunTests(ctx, txn)
		if err != nil {
			return fmt.Errorf("compile policy: %w", err)
		}
		for r := range results {
			out = append(out, testResult(r))
		}
		return nil
	})
	return out, err
}

func testResult(r *tester.Result) TestResult {
	out := TestResult{Package: r.Package, Name: r.Name, Passed: r.Pass(), Skipped: r.Skip, Output: strings.TrimSpace(string(r.Output))}
	if r.Location != nil {
		out.File, out.Line = r.Location.File, r.Location.Row
	}
	if r.Error != nil {
		out.Error = r.Error.Error()
	}
	return out
}
