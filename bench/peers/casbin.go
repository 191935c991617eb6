package peers

import (
	"context"
	"strings"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"

	"github.com/fieldgate/fieldgate/bench/workload"
)

// casbinModel is casbin's RBAC: scopes are roles. The object is compared first, since that is cheaper.
const casbinModel = `
[request_definition]
r = sub, obj, act

[policy_definition]
p = sub, obj, act

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.obj == p.obj && g(r.sub, p.sub) && r.act == p.act
`

const casbinRead = "read"

// enforcer is a plain or a cached one.
type enforcer interface {
	Enforce(values ...any) (bool, error)
	AddPolicies(rules [][]string) (bool, error)
	AddRolesForUser(user string, roles []string, domain ...string) (bool, error)
}

// casbinPeer asks casbin for each restricted coordinate; what is in no scope is open and not asked about.
type casbinPeer struct {
	enforcer
	restricted map[string][]string
	known      map[string]bool
}

// NewCasbin is a plain enforcer: every request looks at every policy.
func NewCasbin(w *workload.World) (Side, error) {
	m, err := model.NewModelFromString(casbinModel)
	if err != nil {
		return nil, err
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, err
	}
	return newCasbin("casbin", w, e)
}

// NewCasbinCached is the enforcer that remembers answers by request.
func NewCasbinCached(w *workload.World) (Side, error) {
	m, err := model.NewModelFromString(casbinModel)
	if err != nil {
		return nil, err
	}
	e, err := casbin.NewCachedEnforcer(m)
	if err != nil {
		return nil, err
	}
	return newCasbin("casbin-cached", w, e)
}

func newCasbin(name string, w *workload.World, e enforcer) (Side, error) {
	policies := make([][]string, 0, len(w.Covers))
	for _, c := range w.Coordinates {
		for _, s := range w.Covers[c] {
			policies = append(policies, []string{s, c, casbinRead})
		}
	}
	if _, err := e.AddPolicies(policies); err != nil {
		return nil, err
	}
	return newPeer(name, w, &casbinPeer{enforcer: e, restricted: w.Covers, known: map[string]bool{}}), nil
}

func (p *casbinPeer) ask(_ context.Context, op *workload.Operation, scopes []string, answer []bool) error {
	subject := strings.Join(scopes, " ")
	if !p.known[subject] {
		if _, err := p.AddRolesForUser(subject, scopes); err != nil {
			return err
		}
		p.known[subject] = true
	}
	for i, c := range op.Coordinates {
		if len(p.restricted[c]) == 0 {
			answer[i] = true
			continue
		}
		allowed, err := p.Enforce(subject, c, casbinRead)
		if err != nil {
			return err
		}
		answer[i] = allowed
	}
	return nil
}
