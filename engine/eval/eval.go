// Package eval asks OPA who may read what, and who may administer what. It is the
// only importer of OPA's evaluator. It promises one evaluation per question, and that a question which
// cannot be answered is an error that leaves nothing readable or allowed (R16). It never
// decides anything itself, and the policies it runs reach neither the network nor
// a clock nor randomness.
package eval

import (
	"context"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// The rules that answer.
const (
	readEntrypoint  = "data.fieldgate.read.allowed"
	adminEntrypoint = "data.fieldgate.admin.allowed"
)

// defaultTimeout is how long an evaluation may take unless [Options] say.
const defaultTimeout = time.Second

// Options tune a [Policy]. The zero value is ready to use.
type Options struct {
	// Timeout is how long one evaluation may take; 0 means one second. OPA looks
	// at it between the steps of an evaluation, not inside a built-in function.
	Timeout time.Duration
}

// Policy is a compiled policy with its data. It never changes and is safe for
// concurrent use.
type Policy struct {
	query    *query
	universe []*ast.Term
}

// Program is compiled policy modules, without data. It never changes and is safe
// for concurrent use; one program serves any number of policies.
type Program struct{ compiler *ast.Compiler }

// Compile compiles modules (path to Rego source). Its errors are OPA's, with file
// and line.
func Compile(modules map[string]string) (*Program, error) {
	parsed := make(map[string]*ast.Module, len(modules))
	for path, source := range modules {
		module, err := ast.ParseModule(path, source)
		if err != nil {
			return nil, fmt.Errorf("parse policy: %w", err)
		}
		parsed[path] = module
	}
	compiler := ast.NewCompiler().WithCapabilities(capabilities()).WithStrict(true)
	compiler.Compile(parsed)
	if compiler.Failed() {
		return nil, fmt.Errorf("compile policy: %w", compiler.Errors)
	}
	return &Program{compiler: compiler}, nil
}

// New prepares the program to be asked about the coordinates of universe, where
// universe[i] is the text of the coordinate with id i. The policy sees data under
// `data`; data must be made of what encoding/json makes of JSON and is copied.
func (p *Program) New(ctx context.Context, data map[string]any, universe []string, o Options) (*Policy, error) {
	q, err := p.prepare(ctx, readEntrypoint, data, o)
	if err != nil {
		return nil, err
	}
	return &Policy{query: q, universe: stringTerms(universe)}, nil
}

// New is Compile and Program.New in one.
func New(ctx context.Context, modules map[string]string, data map[string]any, universe []string, o Options) (*Policy, error) {
	p, err := Compile(modules)
	if err != nil {
		return nil, err
	}
	return p.New(ctx, data, universe, o)
}

func (p *Program) prepare(ctx context.Context, entrypoint string, data map[string]any, o Options) (*query, error) {
	if o.Timeout < 0 {
		return nil, fmt.Errorf("policy timeout %s is negative", o.Timeout)
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	object, err := dataObject(data)
	if err != nil {
		return nil, fmt.Errorf("prepare policy: %w", err)
	}
	store := inmem.NewFromASTObject(object)
	if err := p.conflicts(ctx, store); err != nil {
		return nil, fmt.Errorf("prepare policy: %w", err)
	}
	q, err := newQuery(p.compiler, entrypoint, store, o.Timeout)
	if err != nil {
		return nil, fmt.Errorf("prepare policy: %w", err)
	}
	return q, nil
}

// conflicts refuses data that stands where a module has a rule: OPA would answer
// from the rule and the data would not be seen.
func (p *Program) conflicts(ctx context.Context, store storage.Store) error {
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return err
	}
	defer store.Abort(ctx, txn)
	if errs := ast.CheckPathConflicts(p.compiler, storage.NonEmpty(ctx, store, txn)); len(errs) > 0 {
		return errs
	}
	return nil
}

// capabilities are those of this OPA without the built-ins whose result depends on
// anything but their arguments, and without any host to reach.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	deterministic := make([]*ast.Builtin, 0, len(c.Builtins))
	for _, builtin := range c.Builtins {
		if !builtin.IsNondeterministic() {
			deterministic = append(deterministic, builtin)
		}
	}
	c.Builtins = deterministic
	c.AllowNet = []string{}
	return c
}

// dataObject is data in OPA's own form, so that a look-up need not convert it.
func dataObject(data map[string]any) (ast.Object, error) {
	value, err := ast.InterfaceToValue(data)
	if err != nil {
		return nil, fmt.Errorf("policy data: %w", err)
	}
	object, ok := value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("policy data is not an object: %T", value)
	}
	return object, nil
}

func stringTerms(texts []string) []*ast.Term {
	terms := make([]*ast.Term, len(texts))
	for i, text := range texts {
		terms[i] = ast.StringTerm(text)
	}
	return terms
}
