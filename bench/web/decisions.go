package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/fieldgate/fieldgate/bench/workload"
)

// ErrDiffer is servers that do not answer alike.
var ErrDiffer = errors.New("the servers do not answer alike")

// Decisions measures decision requests for one operation: Fieldgate is sent the document, a stock `opa run --server` with
// the bundle that Fieldgate builds is sent the coordinates that the document needs.
func Decisions(ctx context.Context, o Options) ([]Result, error) {
	w, err := workload.Load(o.Root, schema, o.Restricted)
	if err != nil {
		return nil, err
	}
	s, err := newSite(ctx, o.Root, w, o.Log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.close() }()
	own, err := s.decider(ctx, o)
	if err != nil {
		return nil, err
	}
	opa, err := s.opa(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := s.agree(ctx, &own, &opa); err != nil {
		return nil, err
	}
	return interleaved(ctx, "decisions", []side{own, opa}, o)
}

func (s *site) decider(ctx context.Context, o Options) (side, error) {
	op := s.world.Operation(operationSize)
	g, err := s.serve(ctx, own, "http://127.0.0.1:9/graphql", "")
	if err != nil {
		return side{}, err
	}
	body, err := json.Marshal(map[string]any{
		"data_layer": schema, "subject": map[string]any{"scopes": s.world.Held},
		"query": op.Query, "operation_name": op.Name, "variables": op.Variables,
	})
	request := postRequest(g.private, "/v1/decisions", map[string]string{"Authorization": "Bearer " + g.key}, body)
	return side{own, g.process, load{address: g.private, request: request, connections: o.Connections}}, err
}

func (s *site) opa(ctx context.Context, o Options) (side, error) {
	version, err := run(ctx, s.root, nil, "go", "list", "-m", "-f", "{{.Version}}", "github.com/open-policy-agent/opa")
	if err != nil {
		return side{}, err
	}
	s.log("  building opa %s", version)
	if _, err := run(ctx, s.dir, []string{"GOBIN=" + s.dir, "GOFLAGS="}, "go", "install", "github.com/open-policy-agent/opa@"+version); err != nil {
		return side{}, err
	}
	access, err := s.access("bundle-access", "http://127.0.0.1:9/graphql", "")
	if err != nil {
		return side{}, err
	}
	bundle := filepath.Join(s.dir, "bundle.tar.gz")
	if _, err := run(ctx, s.dir, nil, s.fieldgate, "build", access, "-o", bundle); err != nil {
		return side{}, err
	}
	p, err := s.start(ctx, "opa", nil, filepath.Join(s.dir, "opa"), "run", "--server", "--addr", "ADDRESS", "--log-level", "error", "--disable-telemetry", "--bundle", bundle)
	if err != nil {
		return side{}, err
	}
	if err := ready(ctx, "http://"+p.address+"/health?bundles"); err != nil {
		return side{}, err
	}
	body, err := json.Marshal(map[string]any{"input": map[string]any{
		"scopes": s.world.Held, "unrestricted": false, "coordinates": s.world.Operation(operationSize).Coordinates,
	}})
	request := postRequest(p.address, "/v1/data/fieldgate/read/allowed", nil, body)
	return side{"opa-server", p, load{address: p.address, request: request, connections: o.Connections}}, err
}

// agree asks both once, and keeps their answers as what is expected from then on.
func (s *site) agree(ctx context.Context, own, opa *side) error {
	var decision struct {
		Fields []struct{ Allowed bool }
	}
	var allowed struct{ Result []string }
	for to, from := range map[any]*side{&decision: own, &allowed: opa} {
		body, err := from.load.once(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", from.name, err, from.said())
		}
		from.load.want = slices.Clone(body)
		if err := json.Unmarshal(body, to); err != nil {
			return err
		}
	}
	op := s.world.Operation(operationSize)
	if len(decision.Fields) != len(op.Fields) {
		return fmt.Errorf("%w: fieldgate decides %d fields of %d", ErrDiffer, len(decision.Fields), len(op.Fields))
	}
	for i, needs := range op.Fields {
		denied := slices.ContainsFunc(needs, func(n int) bool { return !slices.Contains(allowed.Result, op.Coordinates[n]) })
		if denied == decision.Fields[i].Allowed {
			return fmt.Errorf("%w: field %d", ErrDiffer, i)
		}
	}
	return nil
}
