// Command policy-mutants shows that the Rego tests hold every line of every
// policy: it deletes each line and each rule in turn and exchanges operators and
// literals, and runs the tests on every version that still compiles. It fails,
// and prints the change, when the tests pass all the same. The tests of
// policies/NAME/NAME.rego are in NAME_test.rego beside it; a policy without them
// fails too.
//
//	go run ./.ci/policy-mutants
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
)

// files are a policy and its tests.
type files struct{ policy, test string }

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "policy-mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	paths, err := filepath.Glob("policies/*/*.rego")
	if err != nil {
		return err
	}
	policies := 0
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.rego") {
			continue
		}
		policies++
		f := files{policy: path, test: strings.TrimSuffix(path, ".rego") + "_test.rego"}
		if err := f.check(ctx); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if policies == 0 {
		return errors.New("there is no policy here")
	}
	return nil
}

func (f files) check(ctx context.Context) error {
	policy, err := os.ReadFile(f.policy)
	if err != nil {
		return err
	}
	tests, err := os.ReadFile(f.test)
	if err != nil {
		return err
	}
	module, err := ast.ParseModule(f.policy, string(policy))
	if err != nil {
		return err
	}
	passed, err := f.passes(ctx, string(policy), string(tests))
	if err != nil || !passed {
		return errors.Join(errors.New("the tests fail without any change"), err)
	}
	return f.kill(ctx, mutate(string(policy), module), string(tests))
}

// kill runs the tests on every mutant that compiles and reports the survivors.
func (f files) kill(ctx context.Context, mutants []mutant, tests string) error {
	killed, survived := 0, 0
	for _, m := range mutants {
		if !f.compiles(m.source, tests) {
			continue
		}
		passed, err := f.passes(ctx, m.source, tests)
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
	fmt.Printf("%s: %d mutants: %d do not compile, %d killed, %d survived\n",
		f.policy, len(mutants), len(mutants)-killed-survived, killed, survived)
	if killed == 0 || survived > 0 {
		return errors.New("its tests do not hold every line of it")
	}
	return nil
}

// compiles is not strict: a mutant that only leaves a variable unused must die by
// a test, not by a lint.
func (f files) compiles(policy, tests string) bool {
	_, err := ast.CompileModules(map[string]string{f.policy: policy, f.test: tests})
	return err == nil
}

// passes reports whether there are tests and all of them pass.
func (f files) passes(ctx context.Context, policy, tests string) (bool, error) {
	modules := map[string]*ast.Module{}
	for path, source := range map[string]string{f.policy: policy, f.test: tests} {
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
