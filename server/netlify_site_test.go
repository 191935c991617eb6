package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/server"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/admin/client"
	"github.com/fieldgate/fieldgate/server/store"
)

// patience bounds what Netlify's programs may take to start or to answer, on a machine with other work.
const patience = 4 * time.Minute

func netlifyFolder(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join("..", "testdata", "netlify"))
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// netlifyNode returns the path of node, or skips when it or Netlify's packages are missing.
func netlifyNode(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("SKIPPED, NOT TESTED: there is no node")
	}
	if _, err := os.Stat(filepath.Join(netlifyFolder(t), "node_modules", ".package-lock.json")); err != nil {
		t.Skip("SKIPPED, NOT TESTED: testdata/netlify is not installed; run `make setup`")
	}
	return node
}

// engine is a content engine that runs until the test ends.
type engine struct {
	GraphQL string // what it answers to anybody
	As      string // what it answers to a token with labels: As/as?labels=a,b
}

// firstJSON is the output of a program, of which it gives the first line that is a JSON object.
type firstJSON struct {
	mu    sync.Mutex
	text  bytes.Buffer
	found chan string
}

func (f *firstJSON) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.text.Write(p)
	for _, line := range strings.SplitAfter(f.text.String(), "\n") {
		if strings.HasPrefix(line, "{") && strings.HasSuffix(line, "\n") {
			select {
			case f.found <- line:
			default: // it was given
			}
			break
		}
	}
	return len(p), nil
}

func (f *firstJSON) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.String()
}

// startEngine starts an engine that restricts what is labelled, or one that answers everything. It ends with its input.
func startEngine(t *testing.T, node string, labels bool) engine {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*patience)
	command := exec.CommandContext(ctx, node, "engine.mjs", t.TempDir())
	command.Dir, command.WaitDelay = netlifyFolder(t), 10*time.Second
	if !labels {
		command.Env = append(os.Environ(), "FIELDGATE_LABELS=off")
	}
	output := &firstJSON{found: make(chan string, 1)}
	command.Stdout, command.Stderr = output, output
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() { endEngine(t, input, ended, cancel) })
	var e engine
	select {
	case line := <-output.found:
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
	case err := <-ended:
		ended <- err
		t.Fatalf("the engine ended: %v\n%s", err, output)
	case <-time.After(patience):
		t.Fatalf("the engine did not start in %s\n%s", patience, output)
	}
	return e
}

func endEngine(t *testing.T, input io.Closer, ended <-chan error, kill context.CancelFunc) {
	t.Helper()
	defer kill()
	if err := input.Close(); err != nil {
		t.Log(err)
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		kill()
		<-ended
	}
}

// site is a server in front of an engine, in this process.
type site struct {
	node, upstream  string
	public, private string // http://host:port
	http            *http.Client
	admin           *client.Client
}

func startSite(t *testing.T, node, upstream string) *site {
	t.Helper()
	data := t.TempDir()
	key := initData(t, data)
	running, err := server.New(t.Context(), server.Options{
		Dir: filepath.Join(netlifyFolder(t), "access"), Data: data, Public: "127.0.0.1:0", Private: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler),
		Lookup: func(name string) (string, bool) {
			value, ok := map[string]string{"FIELDGATE_NETLIFY_UPSTREAM": upstream}[name]
			return value, ok
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- running.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	s := &site{
		node: node, upstream: upstream, http: &http.Client{Transport: transport, Timeout: patience},
		public: "http://" + running.PublicAddr(t.Context()).String(), private: "http://" + running.Addr(t.Context()).String(),
	}
	if s.admin, err = client.New(s.private, key, transport); err != nil {
		t.Fatal(err)
	}
	s.awaitReady(t)
	return s
}

// initData makes a data directory and returns the key of its owner.
func initData(t *testing.T, dir string) string {
	t.Helper()
	state, err := server.OpenState(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	by := store.Origin{Actor: store.Actor{Kind: store.ActorSystem, Name: "test"}}
	_, key, err := state.Control.Init(t.Context(), by, "team", "owner")
	if err != nil {
		t.Fatal(err)
	}
	if err := state.Close(); err != nil {
		t.Fatal(err)
	}
	return key
}

// awaitReady polls until the schema is read from the engine and compiled.
func (s *site) awaitReady(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.private+"/readyz", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := s.http.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			t.Fatalf("not ready: %s", text)
		}
	}
}

// token generates a token with scopes. One without any cannot be generated (R4): it holds a scope that opens nothing here.
func (s *site) token(t *testing.T, scopes ...string) string {
	t.Helper()
	if len(scopes) == 0 {
		scopes = []string{"nothing"}
	}
	return s.newToken(t, api.NewToken{Name: t.Name() + strings.Join(scopes, "-"), Scopes: scopes})
}

func (s *site) unrestricted(t *testing.T) string {
	t.Helper()
	return s.newToken(t, api.NewToken{Name: t.Name(), Scopes: []string{}, Unrestricted: true})
}

func (s *site) newToken(t *testing.T, request api.NewToken) string {
	t.Helper()
	made, err := s.admin.GenerateToken(t.Context(), "site", request, "")
	if err != nil {
		t.Fatal(err)
	}
	return made.Secret
}

// client runs one of Netlify's programs as an app would, in a folder, and returns what it prints.
func (s *site) client(t *testing.T, folder, token string, input io.Reader, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, s.node, args...)
	command.Dir, command.Stdin = folder, input
	command.Env = append(os.Environ(), "DATA_LAYER_API_URL="+s.public+"/layers/site", "DATA_LAYER_API_TOKEN="+token)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %v\n%s%s", args, err, out, &stderr)
	}
	return string(out)
}

// generate runs connect-generate and returns the schema.graphql that it writes.
func (s *site) generate(t *testing.T, token string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, ".connect"), 0o755); err != nil { // connect-init makes it
		t.Fatal(err)
	}
	out := s.client(t, folder, token, strings.NewReader(""), filepath.Join(netlifyFolder(t), "node_modules", "@netlify", "connect-client", "dist", "connect-generate", "bin.js"))
	text, err := os.ReadFile(filepath.Join(folder, ".connect", "schema.graphql"))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(text)
}

// sdl returns the view that Fieldgate itself prints.
func (s *site) sdl(t *testing.T, token string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.public+"/layers/site/schema.graphql", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return s.do(t, request)
}
