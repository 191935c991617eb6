// Command policy-mutants shows that the Rego tests hold every line of the read
// policy: it deletes each line and each rule in turn and exchanges operators and
// literals, and runs the tests on every version that still compiles. It fails,
// and prints the change, when the tests pass all the same.
//
//	go run ./.ci/policy-mutants
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
)

const (
	policyPath = "policies/read/read.rego"
	testPath   = "policies/read/read_test.rego"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "policy-mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	policy, err := os.ReadFile(policyPath)
	if err != nil {
		return err
	}
	tests, err := os.ReadFile(testPath)
	if err != nil {
		return err
	}
	module, err := ast.ParseModule(policyPath, string(policy))
	if err != nil {
		return err
	}
	passed, err := passes(ctx, string(policy), string(tests))
	if err != nil || !passed {
		return errors.Join(errors.New("the tests fail without any change"), err)
	}
	return kill(ctx, mutate(string(policy), module), string(tests))
}

// kill runs the tests on every mutant that compiles and reports the survivors.
func kill(ctx context.Context, mutants []mutant, tests string) error {
	killed, survived := 0, 0
	for _, m := range mutants {
		if !compiles(m.source, tests) {
			continue
		}
		passed, err := passes(ctx, m.source, tests)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		if !passed {
			killed++
			continue
		}
		survived++
		fmt.Println("survived:", m.name)
	}
	fmt.Printf("%d mutants: %d do not compile, %d killed, %d survived\n",
		len(mutants), len(mutants)-killed-survived, killed, survived)
	if killed == 0 || survived > 0 {
		return fmt.Errorf("the tests of %s do not hold every line of it", policyPath)
	}
	return nil
}

// compiles is not strict: a mutant that only leaves a variable unused must die by
// a test, not by a lint.
func compiles(policy, tests string) bool {
	_, err := ast.CompileModules(map[string]string{policyPath: policy, testPath: tests})
	return err == nil
}

// passes reports whether there are tests and all of them pass.
func passes(ctx context.Context, policy, tests string) (bool, error) {
	modules := map[string]*ast.Module{}
	for path, source := range map[string]string{policyPath: policy, testPath: tests} {
		module, err := ast.ParseModule(path, source)
		if err != nil {
			return false, err
		}
		modules[path] = module
	}
	results, err := tester.NewRunner().SetModules(modules).RunTests(ctx, nil)
	if err != nil {
		return false, err
	}
	count, failed := 0, 0
	for result := range results {
		count++
		if !result.Pass() {
			failed++
		}
	}
	return count > 0 && failed == 0, nil
}
