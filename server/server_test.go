package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server"
	"github.com/fieldgate/fieldgate/server/problem"
)

// directory writes an access directory with one data layer.
func directory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "shop/layer.yaml", "data_layer: shop\n")
	write(t, dir, "shop/schema.graphql", "type Query { product: Product }\ntype Product { name: String cost: Int }\n")
	write(t, dir, "shop/scopes/finance.yaml", "scope: finance\nfields: [Product.cost]\n")
	return dir
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// running is a server that runs until the test ends.
type running struct {
	*server.Server
	t     *testing.T
	base  string // http://host:port
	ticks chan time.Time
	log   *logBuffer
	stop  func() error // ends it and returns what Run returned
}

func start(t *testing.T, dir string) *running {
	t.Helper()
	r := &running{t: t, ticks: make(chan time.Time), log: &logBuffer{}}
	s, err := server.New(t.Context(), server.Options{Dir: dir, Private: "127.0.0.1:0", Log: slog.New(slog.NewJSONHandler(r.log, nil)), Ticks: r.ticks})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	r.Server = s
	r.base = "http://" + s.Addr(ctx).String()
	r.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// look has the server look at its directory so many times. A tick is taken when the look before is over.
func (r *running) look(times int) {
	for range times {
		r.ticks <- time.Time{}
	}
}

// ask sends a request with an answer of less than 1 MiB.
func (r *running) ask(method, path, body string, header ...string) (int, http.Header, string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.base+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
		request.Header.Add(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		r.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(text)
}

const question = `{"subject":{"scopes":[]},"query":"{ product { name cost } }"}`

func TestServerBecomesReadyAndDecides(t *testing.T) {
	r := start(t, directory(t))
	status, _, body := r.ask("GET", "/readyz", "")
	if status != 503 || !strings.Contains(body, `"ready":false,"data_layers":[{"data_layer":"shop","revision":null}]`) {
		t.Errorf("before the first revision: %d %s", status, body)
	}
	status, _, body = r.ask("POST", "/v1/decisions", question, "Content-Type", "application/json")
	if status != 503 || !strings.Contains(body, "NO_ACTIVE_REVISION") {
		t.Errorf("before the first revision: %d %s", status, body)
	}
	r.look(2) // after the first tick it has seen the same twice; the second is taken when that is done
	status, _, body = r.ask("GET", "/readyz", "")
	if status != 200 || !strings.Contains(body, `"ready":true`) || !strings.Contains(body, `"revision":{"number":1,"digest":"sha256:`) {
		t.Errorf("after the first revision: %d %s", status, body)
	}
	for path, text := range map[string]string{"/v1/decisions": question, "/v1/data/fieldgate/decision": `{"input":` + question + `}`} {
		status, header, answer := r.ask("POST", path, text, "Content-Type", "application/json")
		if status != 200 || !strings.Contains(answer, `"decision":"partial"`) || header.Get("X-Request-Id") == "" {
			t.Errorf("%s: %d %v %s", path, status, header, answer)
		}
	}
}

func TestServerTakesAnEditAndKeepsWhatFails(t *testing.T) {
	dir := directory(t)
	r := start(t, dir)
	r.look(2)
	write(t, dir, "shop/scopes/finance.yaml", "scope: finance\nfields: [Product.cost, Product.name]\n")
	r.look(3)
	if status, _, body := r.ask("GET", "/readyz", ""); status != 200 || !strings.Contains(body, `"number":2`) {
		t.Errorf("after an edit: %d %s", status, body)
	}
	if err := os.Remove(filepath.Join(dir, "shop", "scopes", "finance.yaml")); err != nil {
		t.Fatal(err)
	}
	r.look(3)
	status, _, body := r.ask("GET", "/readyz", "")
	if status != 200 || !strings.Contains(body, `"number":2`) || !strings.Contains(body, `"failure":"data layer shop: no file defines the scope finance`) {
		t.Errorf("after a scope vanished: %d %s", status, body)
	}
}

func TestServerIsNotReadyWithoutARevisionOfEveryLayer(t *testing.T) {
	dir := directory(t)
	write(t, dir, "site/layer.yaml", "data_layer: site\n")
	write(t, dir, "site/schema.graphql", "type Query { page: Page }\n")
	r := start(t, dir)
	r.look(2)
	status, _, body := r.ask("GET", "/readyz", "")
	if status != 503 || !strings.Contains(body, `"data_layer":"site","revision":null,"failure":"site/schema.graphql:1:`) {
		t.Errorf("%d %s", status, body)
	}
	if status, _, _ := r.ask("POST", "/v1/decisions", strings.Replace(question, "{", `{"data_layer":"shop",`, 1), "Content-Type", "application/json"); status != 200 {
		t.Errorf("the data layer that has a revision answers %d", status)
	}
}

func TestRoutes(t *testing.T) {
	r := start(t, directory(t))
	tests := []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/healthz", 200, ""},
		{"HEAD", "/healthz", 200, ""},
		{"POST", "/healthz", 405, "GET, HEAD"},
		{"GET", "/", 404, ""},
		{"GET", "/healthz/", 404, ""},
		{"GET", "/HEALTHZ", 404, ""},
		{"POST", "/v1/decision", 404, ""},
		{"POST", "/v1/data/fieldgate/read/allowed", 404, ""},
		{"GET", "/v1/decisions", 405, "POST"},
		{"OPTIONS", "/v1/decisions", 405, "POST"},
		{"PUT", "/v1/data/fieldgate/decision", 405, "POST"},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			status, header, body := r.ask(test.method, test.path, "")
			if status != test.status || header.Get("Allow") != test.allow {
				t.Errorf("%d, Allow %q: %s", status, header.Get("Allow"), body)
			}
			if header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("the private listener answers pages of other origins")
			}
			if status < 400 {
				return
			}
			var p problem.Problem
			if err := json.Unmarshal([]byte(body), &p); err != nil || p.Status != status || p.RequestID != header.Get("X-Request-Id") || p.RequestID == "" ||
				p.Title != http.StatusText(status) || header.Get("Content-Type") != problem.ContentType {
				t.Errorf("not a problem (%v): %v %s", err, header, body)
			}
		})
	}
}

// DNS rebinding: a page that a person has open names a host of its own that resolves to 127.0.0.1.
func TestPrivateListenerAnswersToLoopbackHostsOnly(t *testing.T) {
	r := start(t, directory(t))
	for host, want := range map[string]int{
		"localhost": 200, "localhost:1": 200, "127.0.0.1:8081": 200, "[::1]:8081": 200, "[::1]": 200,
		"evil.example": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example:8081": 421, "10.0.0.1": 421,
	} {
		if status, _, body := r.ask("GET", "/healthz", "", "Host", host); status != want {
			t.Errorf("%s: %d %s", host, status, body)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	r := start(t, directory(t))
	for _, test := range []struct {
		given string
		keep  bool
	}{{"abc-1.2_3", true}, {"", false}, {"a b", false}, {`a"b`, false}, {strings.Repeat("a", 65), false}, {"fgt_0", false}, {"x-fgm_0", false}} {
		_, header, _ := r.ask("GET", "/healthz", "", "X-Request-Id", test.given)
		if got := header.Get("X-Request-Id"); (got == test.given) != test.keep || got == "" {
			t.Errorf("%q became %q", test.given, got)
		}
	}
}

// The log has no query, no header and no line break of a client.
func TestAccessLogHoldsNothingOfTheClient(t *testing.T) {
	r := start(t, directory(t))
	r.look(2)
	const secret = "s3cret"
	ask := func(path, body string) {
		r.ask("POST", path, body, "Content-Type", "application/json", "Authorization", "Bearer "+secret, "Cookie", secret, "User-Agent", secret)
	}
	ask("/v1/decisions?x="+secret, `{"subject":{"scopes":["`+secret+`"]},"query":"{ `+secret+` }"}`)
	ask("/v1/decisions", `{"subject":{"scopes":[]},"query":"{ product(`+secret+`: 1) { `+secret+` } }"}`)
	ask("/v1/decisions", secret)
	r.ask("GET", "/a%0a%7B%22level%22:%22forged%22%7D", "")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	requests := 0
	for _, record := range r.log.records(t) {
		if record["level"] == "forged" {
			t.Errorf("a client wrote a record: %v", record)
		}
		text, _ := json.Marshal(record)
		if strings.Contains(string(text), secret) {
			t.Errorf("a record holds what a client sent: %s", text)
		}
		if record["msg"] == "request" {
			requests++
			for _, key := range []string{"request_id", "method", "path", "status", "bytes", "ms", "remote"} {
				if record[key] == nil {
					t.Errorf("a record has no %s: %s", key, text)
				}
			}
		}
	}
	if requests != 4 {
		t.Errorf("%d requests are in the log", requests)
	}
}

func TestServerLetsRequestsEnd(t *testing.T) {
	r := start(t, directory(t))
	r.look(2)
	address := strings.TrimPrefix(r.base, "http://")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the test is over
	// The server asks for the rest of the body, so it is in the middle of the request.
	head := "POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: "
	if _, err := io.WriteString(conn, head+strconv.Itoa(len(question))+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q %v", line, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.stop() }()
	for { // it takes no more requests
		probe, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			break
		}
		_ = probe.Close()
	}
	if _, err := io.WriteString(conn, question); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(in)
	if err != nil || !strings.Contains(string(rest), "200 OK") || !strings.Contains(string(rest), `"decision":"partial"`) {
		t.Errorf("%v %s", err, rest)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServerRefusesToBePublic(t *testing.T) {
	dir := directory(t)
	for _, address := range []string{":8081", "0.0.0.0:8081", "[::]:8081", "192.0.2.1:8081", "example.com:8081", "[::ffff:10.0.0.1]:80"} {
		_, err := server.New(t.Context(), server.Options{Dir: dir, Private: address, Log: slog.New(slog.DiscardHandler)})
		var public *server.AddressError
		if !errors.As(err, &public) || !strings.Contains(err.Error(), "127.0.0.1:PORT") || !strings.Contains(err.Error(), address) {
			t.Errorf("%s: %v", address, err)
		}
	}
	write(t, dir, "fieldgate.yaml", "listen: {private: \"0.0.0.0:8081\"}\n")
	if _, err := server.New(t.Context(), server.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("the address of fieldgate.yaml is not looked at")
	}
}

func TestServerRefusesADirectoryWithProblems(t *testing.T) {
	dir := directory(t)
	write(t, dir, "shop/scopes/finance.yaml", "scop: finance\n")
	_, err := server.New(t.Context(), server.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	var problems scope.Problems
	if !errors.As(err, &problems) {
		t.Error(err)
	}
}

func TestServerSaysThatThePortIsTaken(t *testing.T) {
	first := start(t, directory(t))
	s, err := server.New(t.Context(), server.Options{
		Dir: directory(t), Private: strings.TrimPrefix(first.base, "http://"), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Error(err)
	}
}

func TestHandlerServesWithoutAListener(t *testing.T) {
	s, err := server.New(t.Context(), server.Options{Dir: directory(t), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/healthz", http.NoBody)
	s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
