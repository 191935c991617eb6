package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/bench/workload"
)

// site is what the servers of a comparison share: programs, files, the upstream, and what was started.
type site struct {
	root, dir string // of the checkout; of files that are removed in the end
	self      string // this program, which also is the upstream and the proxy
	fieldgate string
	world     *workload.World
	upstream  *process
	started   []*process
	profiles  []string // files for the profiles of the gateway; none is no profiles
	log       func(format string, args ...any)
}

func newSite(ctx context.Context, root string, w *workload.World, log func(string, ...any)) (*site, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "fieldgate-bench-")
	if err != nil {
		return nil, err
	}
	s := &site{root: root, dir: dir, world: w, fieldgate: filepath.Join(dir, "fieldgate"), log: log}
	if s.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if _, err := run(ctx, root, nil, "go", "build", "-trimpath", "-o", s.fieldgate, "./cmd/fieldgate"); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *site) close() error { return errors.Join(closeAll(s.started), os.RemoveAll(s.dir)) }

// start starts a server on a free port; argv may hold ADDRESS, HOST-PORT's stand-in, and PORT.
func (s *site) start(ctx context.Context, name string, env []string, argv ...string) (*process, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	_, port, _ := strings.Cut(address, ":")
	at := strings.NewReplacer("ADDRESS", address, "PORT", port)
	args := make([]string, len(argv))
	for i, a := range argv {
		args[i] = at.Replace(a)
	}
	p, err := start(ctx, s.dir, name, address, env, args...)
	if err == nil {
		s.started = append(s.started, p)
	}
	return p, err
}

// write writes a file below the site's folder and returns its path.
func (s *site) write(name, text string) (string, error) {
	path := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// access writes an access directory for the world. decisionLog is a decision_log entry of fieldgate.yaml.
func (s *site) access(name, upstream, decisionLog string) (string, error) {
	layer := fmt.Sprintf("data_layer: %s\nupstream: {url: %q}\nguards_off: {\"*\": peers have none}\n", s.world.Schema, upstream)
	files := map[string]string{"fieldgate.yaml": "team: bench\n" + decisionLog, "layer/layer.yaml": layer, "layer/schema.graphql": s.world.SDL}
	for _, scope := range slices.Sorted(maps.Keys(s.world.Scopes)) {
		var b strings.Builder
		fmt.Fprintf(&b, "scope: %s\nfields:\n", scope)
		for _, c := range s.world.Scopes[scope] {
			fmt.Fprintf(&b, "  - %q\n", c)
		}
		files["layer/scopes/"+scope+".yaml"] = b.String()
	}
	for file, text := range files {
		if _, err := s.write(name+"/"+file, text); err != nil {
			return "", err
		}
	}
	return filepath.Join(s.dir, name), nil
}

// guard is a running `fieldgate serve`.
type guard struct {
	*process
	private    string
	adminKey   string
	token, key string // of the gateway; for decision requests
}

// serve starts fieldgate with a token that reads all that the operations select.
func (s *site) serve(ctx context.Context, name, upstream, decisionLog string) (*guard, error) {
	dir, err := s.access(name+"-access", upstream, decisionLog)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(s.dir, name+"-data")
	g := &guard{}
	if g.adminKey, err = run(ctx, s.dir, nil, s.fieldgate, "init", "--data", data, "--owner", "bench"); err != nil {
		return nil, err
	}
	if g.private, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	argv := []string{s.fieldgate, "serve", dir, "--data", data, "--public-addr", "ADDRESS", "--private-addr", g.private}
	if len(s.profiles) > 0 {
		argv = append([]string{s.self, "guard", dir, data, "ADDRESS", g.private}, s.profiles...)
	}
	g.process, err = s.start(ctx, name, nil, argv...)
	if err != nil {
		return nil, err
	}
	if err := ready(ctx, "http://"+g.private+"/readyz"); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, g.said())
	}
	return g, s.secrets(ctx, g)
}

func (s *site) secrets(ctx context.Context, g *guard) (err error) {
	env := []string{"FIELDGATE_KEY=" + g.adminKey, "FIELDGATE_SERVER=http://" + g.private}
	argv := []string{s.fieldgate, "token", "generate", "bench"}
	for _, scope := range s.world.Enough() {
		argv = append(argv, "--scope", scope)
	}
	if g.token, err = run(ctx, s.dir, env, argv...); err != nil {
		return err
	}
	g.key, err = run(ctx, s.dir, env, s.fieldgate, "key", "generate", "bench", "--permission", "decide")
	return err
}

// ready waits until a server says that it is.
func ready(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client := &http.Client{Timeout: 5 * time.Second}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return err
		}
		if answer, err := client.Do(request); err == nil {
			if err := answer.Body.Close(); err != nil || answer.StatusCode == http.StatusOK {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", address, ctx.Err())
		}
	}
}

// graphqlBody is the body of a request with an operation.
func graphqlBody(op *workload.Operation) ([]byte, error) {
	return json.Marshal(map[string]any{"query": op.Query, "operationName": op.Name, "variables": op.Variables})
}
