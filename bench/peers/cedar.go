package peers

import (
	"context"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"github.com/fieldgate/fieldgate/bench/workload"
)

// cedarPolicy is one policy over attributes: with a policy for each scope, Cedar evaluates every one of them.
const cedarPolicy = `permit (principal, action == Action::"read", resource)
when { resource.scopes.isEmpty() || resource.scopes.containsAny(principal.scopes) };`

// cedarPeer asks Cedar for each coordinate. The coordinates are entities.
type cedarPeer struct {
	policies  *cedar.PolicySet
	resources types.EntityMap
	uid       map[string]types.EntityUID
}

// NewCedar is cedar-go with the coordinates in its entity store.
func NewCedar(w *workload.World) (Side, error) {
	policies, err := cedar.NewPolicySetFromBytes("read.cedar", []byte(cedarPolicy))
	if err != nil {
		return nil, err
	}
	p := &cedarPeer{policies: policies, resources: types.EntityMap{}, uid: map[string]types.EntityUID{}}
	for _, c := range w.Coordinates {
		uid := types.NewEntityUID("Coordinate", types.String(c))
		p.uid[c] = uid
		p.resources[uid] = types.Entity{UID: uid, Attributes: types.NewRecord(types.RecordMap{"scopes": scopeSet(w.Covers[c])})}
	}
	return newPeer("cedar-go", w, p), nil
}

func scopeSet(scopes []string) types.Set {
	values := make([]types.Value, len(scopes))
	for i, s := range scopes {
		values[i] = types.String(s)
	}
	return types.NewSet(values...)
}

// withPrincipal is the store of one request: the shared coordinates, and who asks.
type withPrincipal struct {
	types.EntityMap
	principal types.Entity
}

// Get returns who asks, or a coordinate.
func (e *withPrincipal) Get(uid types.EntityUID) (types.Entity, bool) {
	if uid == e.principal.UID {
		return e.principal, true
	}
	return e.EntityMap.Get(uid)
}

func (p *cedarPeer) ask(_ context.Context, op *workload.Operation, scopes []string, answer []bool) error {
	who := types.NewEntityUID("Token", types.String(strings.Join(scopes, " ")))
	entities := &withPrincipal{p.resources, types.Entity{UID: who, Attributes: types.NewRecord(types.RecordMap{"scopes": scopeSet(scopes)})}}
	request := cedar.Request{Principal: who, Action: types.NewEntityUID("Action", "read"), Context: types.Record{}}
	for i, c := range op.Coordinates {
		request.Resource = p.uid[c]
		decision, _ := cedar.Authorize(p.policies, entities, request)
		answer[i] = decision == cedar.Allow
	}
	return nil
}
