package engine_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/internal/oracle"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/execute"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/generate"
)

// cases is how many random cases a property is tried on: FIELDGATE_CASES, or enough to find a
// mistake in a common rule within seconds. `make soak` asks for 100,000.
func cases() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("FIELDGATE_CASES"), 10, 64); err == nil {
		return n
	}
	return 3_000
}

// forEachCase runs check on random cases, as many at once as there are processors, and reports the
// failures of a few seeds.
func forEachCase(t *testing.T, check func(seed uint64, c oracle.Case) error) {
	t.Helper()
	var wait sync.WaitGroup
	seeds := make(chan uint64)
	failures := make(chan error, 1024)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for seed := range seeds {
				if err := check(seed, generate.Case(seed)); err != nil && len(failures) < 1000 {
					failures <- fmt.Errorf("seed %d: %w", seed, err)
				}
			}
		})
	}
	for seed := range cases() {
		seeds <- seed
	}
	close(seeds)
	wait.Wait()
	close(failures)
	total := len(failures)
	for i := 0; i < 3; i++ {
		if err, ok := <-failures; ok {
			t.Error(err)
		}
	}
	t.Logf("%d cases, %d failures", cases(), total)
}

// patientBatch decides whatever the generator makes, which repeats itself at the root, and waits for
// the policy on a machine that is busy: what is shown is not how fast it is.
func patientBatch() *engine.Batch {
	return engine.NewBatch(engine.Options{Limits: gql.Limits{RootFields: 1000}, PolicyTimeout: time.Minute})
}

func line(c oracle.Case) engine.BatchLine {
	return engine.BatchLine{
		ID: c.ID, Schema: c.SDL, Scopes: c.Scopes, TokenScopes: c.Held, Unrestricted: c.Unrestricted, Query: c.Query,
		OperationName: c.OperationName, Variables: c.Variables, Match: c.Match, Abstract: c.Abstract, Directives: c.Directives,
		Guards: "off", // the oracle knows none
	}
}

// result puts an engine's decision in the oracle's words.
func result(d engine.Decision) oracle.Result {
	out := oracle.Result{Decision: d.Decision}
	for _, f := range d.Fields {
		out.Fields = append(out.Fields, oracle.Field{Path: f.Path, Coordinate: f.Coordinate, Allowed: f.Allowed})
	}
	for _, x := range d.Denied {
		if len(x.ArgumentPath) > 0 && strings.HasPrefix(x.ArgumentPath[0], "@") {
			x.ArgumentPath = nil // the oracle names no arguments of directives
		}
		out.Denied = append(out.Denied, oracle.Denial{
			Path: x.Path, Coordinate: x.Coordinate, Kind: string(x.Kind), ArgumentPath: x.ArgumentPath, Restricted: x.Restricted,
		})
	}
	oracle.SortDenials(out.Denied)
	return out
}

func describe(c oracle.Case) string {
	return fmt.Sprintf("schema:\n%s\nscopes %v held %v unrestricted %v match %q abstract %q\nquery (%s):\n%s\nvariables %v",
		c.SDL, c.Scopes, c.Held, c.Unrestricted, c.Match, c.Abstract, c.OperationName, c.Query, c.Variables)
}

// TestEngineAgreesWithOracle holds R1-R3, R8-R12 and the explicit part of R14 on random schemas,
// scopes and operations against a second implementation that was written from the rules alone.
func TestEngineAgreesWithOracle(t *testing.T) {
	batch := patientBatch()
	forEachCase(t, func(_ uint64, c oracle.Case) error {
		want, err := oracle.Decide(c)
		if err != nil {
			return fmt.Errorf("oracle: %w\n%s", err, describe(c))
		}
		d := batch.Decide(t.Context(), line(c))
		if diff := cmp.Diff(want, result(d), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(oracle.Denial{}, "ArgumentPath")); diff != "" {
			return fmt.Errorf("oracle (-) and engine (+) differ:\n%s\nerrors %v\n%s", diff, d.Errors, describe(c))
		}
		return nil
	})
}

// TestOracleExamples runs the oracle's examples, one for each reading of a rule, through the engine.
func TestOracleExamples(t *testing.T) {
	batch := patientBatch()
	for _, e := range oracle.Examples() {
		t.Run(e.Name, func(t *testing.T) {
			got := result(batch.Decide(t.Context(), line(e.Case)))
			if diff := cmp.Diff(e.Want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s:\n%s\n%s", e.Rule, diff, describe(e.Case))
			}
		})
	}
}

// TestR15WhatIsLeftIsClean executes what would be sent upstream on random objects: no resolver of an
// unreadable coordinate runs, with deny and with narrow, and the document is valid.
func TestR15WhatIsLeftIsClean(t *testing.T) {
	batch := patientBatch()
	var pruned, narrowed, resolvers atomic.Int64
	defer func() {
		t.Logf("%d pruned operations, %d of them narrowed, ran %d resolvers", pruned.Load(), narrowed.Load(), resolvers.Load())
		if n := int64(cases()); pruned.Load() < n/10 || narrowed.Load() < n/50 || resolvers.Load() < n {
			t.Error("too little is pruned or executed to show anything")
		}
	}()
	forEachCase(t, func(seed uint64, c oracle.Case) error {
		d := batch.Decide(t.Context(), line(c))
		if d.Query == nil {
			return nil
		}
		if err := valid(c.SDL, *d.Query); err != nil {
			return fmt.Errorf("what is printed is not valid: %w\nprinted: %s\n%s", err, *d.Query, describe(c))
		}
		readable, err := oracle.Readable(c)
		if err != nil {
			return err
		}
		if d.Decision == engine.DecisionPartial {
			pruned.Add(1)
			if c.Abstract == "narrow" {
				narrowed.Add(1)
			}
		}
		for run := range uint64(3) {
			out, err := execute.Run(c.SDL, *d.Query, c.OperationName, d.Variables, seed+run)
			if err != nil {
				return fmt.Errorf("execute: %w\nprinted: %s\n%s", err, *d.Query, describe(c))
			}
			resolvers.Add(int64(len(out.Calls)))
			tainted := execute.Tainted(out.Calls, func(coordinate string) bool { return !readable(coordinate) })
			if len(tainted) > 0 {
				return fmt.Errorf("resolvers of unreadable coordinates ran: %v\nprinted: %s\n%s", tainted, *d.Query, describe(c))
			}
		}
		return nil
	})
}

// valid applies the reference rules of the parser library, all of them.
func valid(sdl, query string) error {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil {
		return err
	}
	if _, errs := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules()); len(errs) > 0 {
		return errs
	}
	return nil
}

// TestR13ViewIsSound: the view holds nothing unreadable, is a valid schema, and whatever is valid in
// it has no denied selection.
func TestR13ViewIsSound(t *testing.T) {
	batch := patientBatch()
	var mu sync.Mutex
	tried := 0
	forEachCase(t, func(seed uint64, c oracle.Case) error {
		sdl, err := viewOf(t, batch, line(c))
		if err != nil {
			return fmt.Errorf("view: %w\n%s", err, describe(c))
		}
		if sdl == "" {
			return nil
		}
		if err := cleanView(c, sdl); err != nil {
			return fmt.Errorf("%w\nview:\n%s\n%s", err, sdl, describe(c))
		}
		for run := range uint64(3) {
			op, ok := generate.Operation(seed*7+run, sdl, c.Directives)
			if !ok {
				continue
			}
			mu.Lock()
			tried++
			mu.Unlock()
			asked := line(c)
			asked.Query, asked.OperationName, asked.Variables = op.Query, op.OperationName, op.Variables
			if err := nothingDenied(c, batch.Decide(t.Context(), asked)); err != nil {
				return fmt.Errorf("%w\nvalid in the view: %s %v\nview:\n%s\n%s", err, op.Query, op.Variables, sdl, describe(c))
			}
		}
		return nil
	})
	if tried < int(cases()) {
		t.Errorf("only %d operations were tried: the views are too small to show anything", tried)
	}
	t.Logf("%d operations of views", tried)
}

func nothingDenied(c oracle.Case, d engine.Decision) error {
	if len(d.Errors) > 0 || d.Decision == engine.DecisionError {
		return fmt.Errorf("refused: %s", d.Errors[0].Message)
	}
	for _, f := range d.Fields {
		if !f.Allowed {
			return fmt.Errorf("%v (%s) is denied: %+v", f.Path, f.Coordinate, d.Denied)
		}
	}
	if d.Decision != engine.DecisionAllow && c.Abstract != "narrow" {
		return fmt.Errorf("the decision is %s", d.Decision)
	}
	for _, x := range d.Denied {
		// Narrowing takes objects of restricted types out of an answer: nothing that was written.
		if c.Abstract == "narrow" && x.Kind == gql.KindFragment {
			continue
		}
		return fmt.Errorf("denied: %+v", x)
	}
	return nil
}

func viewOf(t *testing.T, b *engine.Batch, l engine.BatchLine) (string, error) {
	t.Helper()
	s, err := b.Snapshot(t.Context(), l)
	if err != nil {
		return "", err
	}
	who := engine.Subject{Unrestricted: l.Unrestricted}
	for _, name := range l.TokenScopes {
		if _, ok := l.Scopes[name]; ok && !l.Unrestricted {
			who.Scopes = append(who.Scopes, name)
		}
	}
	v, err := s.View(t.Context(), who)
	if err != nil {
		return "", err
	}
	return v.SDL(), nil
}

// cleanView: every coordinate of the view is readable, every type is reachable.
func cleanView(c oracle.Case, sdl string) error {
	schema, err := gql.LoadSchema("view", sdl, gql.LoadOptions{})
	if err != nil {
		return fmt.Errorf("the view is not a schema: %w", err)
	}
	readable, err := oracle.Readable(c)
	if err != nil {
		return err
	}
	for _, name := range schema.Names() {
		if d, ok := schema.Type(name); ok && d.BuiltIn {
			continue
		}
		if !readable(name) {
			return fmt.Errorf("the view holds %s, which is not readable", name)
		}
	}
	return everythingReachable(sdl)
}

// everythingReachable walks a view from its roots, by the parser library alone.
func everythingReachable(sdl string) error {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil {
		return fmt.Errorf("the view is not a schema: %w", err)
	}
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		def := schema.Types[name]
		if def == nil || seen[name] {
			return
		}
		seen[name] = true
		for _, other := range slices.Concat(def.Interfaces, def.Types) {
			visit(other)
		}
		for _, o := range schema.PossibleTypes[name] {
			visit(o.Name)
		}
		for _, f := range def.Fields {
			visit(f.Type.Name())
			for _, a := range f.Arguments {
				visit(a.Type.Name())
			}
		}
	}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		if root != nil {
			visit(root.Name)
		}
	}
	for _, d := range schema.Directives {
		for _, a := range d.Arguments {
			visit(a.Type.Name())
		}
	}
	for name, def := range schema.Types {
		if !seen[name] && !def.BuiltIn {
			return fmt.Errorf("nothing in the view leads to %s", name)
		}
	}
	return nil
}

func TestPropertiesAreTried(t *testing.T) {
	if cases() == 0 {
		t.Fatal("FIELDGATE_CASES is 0: the properties would hold of nothing")
	}
}
