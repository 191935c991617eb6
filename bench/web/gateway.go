package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/bench/workload"
)

// Options say what is measured and for how long.
type Options struct {
	Root        string
	Restricted  int
	Rounds      int
	Turn        time.Duration
	Connections int
	Everything  bool // nginx and Hive Gateway too
	Log         func(format string, args ...any)
}

// answerSize is the size of the upstream's answer.
const answerSize = 2 << 10

// schema is what the gateways guard; its operation of 30 fields is what clients send.
const schema = "storefront"

const operationSize = 30

// side is a server under load.
type side struct {
	name string
	*process
	load load
}

// Gateway measures gateways in front of one upstream that answers 2 KB.
func Gateway(ctx context.Context, o Options) ([]Result, error) {
	w, err := workload.Load(o.Root, schema, o.Restricted)
	if err != nil {
		return nil, err
	}
	s, err := newSite(ctx, o.Root, w, o.Log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.close() }()
	sides, err := s.gateways(ctx, o)
	if err != nil {
		return nil, err
	}
	return interleaved(ctx, "gateway", sides, o)
}

// asked is what every gateway is sent, and the upstream that answers it.
type asked struct {
	body, answer []byte
	upstream     string
	connections  int
}

func (s *site) ask(ctx context.Context, o Options) (*asked, error) {
	op := s.world.Operation(operationSize)
	answer, err := s.world.Answer(op.Query, answerSize)
	if err != nil {
		return nil, err
	}
	file, err := s.write("answer.json", string(answer))
	if err != nil {
		return nil, err
	}
	if s.upstream, err = s.start(ctx, "upstream", nil, s.self, "upstream", "ADDRESS", file); err != nil {
		return nil, err
	}
	body, err := graphqlBody(op)
	return &asked{body, answer, "http://" + s.upstream.address + "/graphql", o.Connections}, err
}

func (a *asked) side(name, path string, headers map[string]string, p *process) side {
	return side{name, p, load{
		address: p.address, request: postRequest(p.address, path, headers, a.body), want: a.answer, connections: a.connections,
	}}
}

func (s *site) gateways(ctx context.Context, o Options) ([]side, error) {
	a, err := s.ask(ctx, o)
	if err != nil {
		return nil, err
	}
	proxy, err := s.start(ctx, "reverse-proxy", []string{"GOGC=300"}, s.self, "proxy", "ADDRESS", "http://"+s.upstream.address)
	if err != nil {
		return nil, err
	}
	sides := []side{a.side("upstream-alone", "/graphql", nil, s.upstream), a.side("reverse-proxy", "/graphql", nil, proxy)}
	for _, name := range []string{own, own + "-log"} {
		g, err := s.guard(ctx, a, name)
		if err != nil {
			return nil, err
		}
		sides = append(sides, g)
	}
	if o.Everything {
		others, err := s.others(ctx, a)
		if err != nil {
			return nil, err
		}
		sides = append(sides, others...)
	}
	return sides, sameAnswers(ctx, sides)
}

// own is Fieldgate's name among the sides.
const own = "fieldgate"

// guard starts the gateway, with a decision log when its name says so.
func (s *site) guard(ctx context.Context, a *asked, name string) (side, error) {
	entry := ""
	if name != own {
		entry = "decision_log: {to: file, path: " + filepath.Join(s.dir, "decisions.log") + "}\n"
	}
	g, err := s.serve(ctx, name, a.upstream, entry)
	if err != nil {
		return side{}, err
	}
	return a.side(name, "/layers/"+schema, map[string]string{"Authorization": "Bearer " + g.token}, g.process), nil
}

// guarded is the gateway alone, with its upstream.
func (s *site) guarded(ctx context.Context, o Options) (side, error) {
	a, err := s.ask(ctx, o)
	if err != nil {
		return side{}, err
	}
	g, err := s.guard(ctx, a, own)
	if err != nil {
		return side{}, err
	}
	return g, sameAnswers(ctx, []side{g})
}

// others are the gateways that are not always there.
func (s *site) others(ctx context.Context, a *asked) ([]side, error) {
	var sides []side
	nginx, err := s.nginx(ctx)
	if err != nil {
		return nil, err
	}
	if nginx != nil {
		sides = append(sides, a.side("nginx", "/graphql", nil, nginx))
	}
	hive, err := s.hive(ctx)
	if err != nil {
		return nil, err
	}
	if hive != nil {
		sides = append(sides, a.side("hive-gateway", "/graphql", nil, hive))
	}
	return sides, nil
}

const nginxConfig = `worker_processes auto;
daemon off;
pid nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  keepalive_requests 1000000000;
  upstream api { server UPSTREAM; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen ADDRESS;
    location / { proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`

// nginx starts proxy_pass with connections that are kept, or returns nil where it is not installed.
func (s *site) nginx(ctx context.Context) (*process, error) {
	program, _ := exec.LookPath("nginx")
	if program == "" {
		s.log("  nginx is not installed and is left out")
		return nil, nil
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	config, err := s.write("nginx/nginx.conf", strings.NewReplacer("ADDRESS", address, "UPSTREAM", s.upstream.address).Replace(nginxConfig))
	if err != nil {
		return nil, err
	}
	p, err := start(ctx, filepath.Dir(config), "nginx", address, nil, program, "-p", filepath.Dir(config), "-c", config)
	if err == nil {
		s.started = append(s.started, p)
	}
	return p, err
}

// hive starts Hive Gateway as a proxy that has no authorization, or returns nil where it is not installed.
func (s *site) hive(ctx context.Context) (*process, error) {
	program := filepath.Join(s.root, "bench", "node", "hive", "node_modules", ".bin", "hive-gateway")
	if !exists(program) {
		s.log("  Hive Gateway is not installed and is left out")
		return nil, nil
	}
	sdl, err := s.write("hive/schema.graphql", s.world.SDL)
	if err != nil {
		return nil, err
	}
	return s.start(ctx, "hive-gateway", []string{"NODE_ENV=production", "LOG_LEVEL=error"}, program,
		"proxy", "http://"+s.upstream.address+"/graphql", "--schema", sdl, "--host", "127.0.0.1", "--port", "PORT")
}

// sameAnswers asks every side once and wants the same JSON from all. What comes byte for byte differently is expected like
// that from then on.
func sameAnswers(ctx context.Context, sides []side) error {
	for i, s := range sides {
		body, err := s.load.once(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", s.name, err, s.said())
		}
		if same, err := sameJSON(body, s.load.want); err != nil || !same {
			return fmt.Errorf("%s answers something else (%w): %.500s\n%s", s.name, err, body, s.said())
		}
		sides[i].load.want = bytes.Clone(body)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func sameJSON(a, b []byte) (bool, error) {
	var texts [2]string
	for i, data := range [][]byte{a, b} {
		var value any
		if err := json.Unmarshal(data, &value); err != nil {
			return false, err
		}
		text, err := json.Marshal(value)
		if err != nil {
			return false, err
		}
		texts[i] = string(text)
	}
	return texts[0] == texts[1], nil
}
