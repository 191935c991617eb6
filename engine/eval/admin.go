package eval

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Action is what a member wants to do. The zero value is nobody who wants nothing, and is not allowed.
type Action struct {
	Role           string   // of the member: owner, developer
	KeyPermissions []string // of the key that they use or signed in with: admin, decide
	Permission     string   // what they want to do, as in token.generate
	Own            bool     // whether it is about themselves: their own keys
	Entitled       bool     // whether the team's plan has API access control
}

// Admin is the policy of who may administer what (R19), with its data. It never changes and is safe for concurrent use.
type Admin struct{ query *query }

// NewAdmin compiles modules (path to Rego source), which must have the rule data.fieldgate.admin.allowed, and prepares it.
// The policy sees data under `data`; data must be made of what encoding/json makes of JSON and is copied.
func NewAdmin(ctx context.Context, modules map[string]string, data map[string]any, o Options) (*Admin, error) {
	p, err := Compile(modules)
	if err != nil {
		return nil, err
	}
	q, err := p.prepare(ctx, adminEntrypoint, data, o)
	if err != nil {
		return nil, err
	}
	return &Admin{q}, nil
}

// Allowed reports whether the policy allows a. It asks OPA once. On any error, which matches one of the errors of this
// package, it is false.
func (p *Admin) Allowed(ctx context.Context, a Action) (bool, error) {
	value, err := p.query.ask(ctx, a.input())
	if err != nil {
		return false, err
	}
	allowed, ok := value.(ast.Boolean)
	if !ok {
		return false, fmt.Errorf("%w: not a boolean", ErrShape)
	}
	return bool(allowed), nil
}

func (a Action) input() ast.Value {
	return ast.NewObject(
		[2]*ast.Term{ast.StringTerm("role"), ast.StringTerm(a.Role)},
		[2]*ast.Term{ast.StringTerm("key_permissions"), ast.ArrayTerm(stringTerms(a.KeyPermissions)...)},
		[2]*ast.Term{ast.StringTerm("permission"), ast.StringTerm(a.Permission)},
		[2]*ast.Term{ast.StringTerm("own"), ast.BooleanTerm(a.Own)},
		[2]*ast.Term{ast.StringTerm("entitled"), ast.BooleanTerm(a.Entitled)},
	)
}
