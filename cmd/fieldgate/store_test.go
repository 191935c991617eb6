package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// command runs one command line and returns what it prints.
func command(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := run(t.Context(), args, strings.NewReader(""), &out, &errs); got != code {
		t.Fatalf("%v ends with %d, want %d:\n%s%s", args, got, code, &out, &errs)
	}
	return out.String(), errs.String()
}

// TestFromInitToVerify runs the program as its first owner does: init, serve, a data layer with a scope, a token that is
// used and revoked, and a chain that holds.
func TestFromInitToVerify(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if _, stderr := command(t, exitUsage, "serve", "--data", data); !strings.Contains(stderr, "fieldgate init") {
		t.Errorf("without a team: %s", stderr)
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("serving what is not there makes it")
	}
	stdout, stderr := command(t, exitOK, "init", "--data", data, "--owner", "olga")
	key := strings.TrimSpace(stdout)
	if !strings.HasPrefix(key, "fgm_") || strings.Contains(stderr, key) {
		t.Fatalf("init prints %q, %q", stdout, stderr)
	}
	if _, stderr := command(t, exitUsage, "init", "--data", data); !strings.Contains(stderr, "team") || strings.Contains(stderr, "fgm_") {
		t.Errorf("a second init: %s", stderr)
	}
	private, public, log, stop := served(t, data)
	if _, stderr := command(t, exitUsage, "serve", "--data", data, "--private-addr", "127.0.0.1:0", "--public-addr", "127.0.0.1:0"); !strings.Contains(stderr, "another fieldgate works on this data directory") {
		t.Errorf("a second server: %s", stderr)
	}
	t.Setenv(envServer, private)
	t.Setenv(envKey, key)
	layer := filepath.Join(t.TempDir(), "layer.yaml")
	schema := filepath.Join(filepath.Dir(layer), "schema.graphql")
	for name, text := range map[string]string{layer: "data_layer: shop\nupstream: {url: \"http://127.0.0.1:9\"}\n", schema: "type Query { a: Int b: Int }\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command(t, exitOK, "layer", "create", "--definition", layer, "--schema", schema)
	command(t, exitOK, "scope", "create", "web", "--field", "Query.a")
	if _, stderr := command(t, exitUsage, "token", "generate", "site", "--scope", ""); !strings.Contains(stderr, "names no scope") {
		t.Errorf("R4: %s", stderr)
	}
	token, _ := command(t, exitOK, "token", "generate", "site", "--scope", "web")
	if got := seen(t, public, strings.TrimSpace(token)); !strings.Contains(got, "200") || !strings.Contains(got, "a: Int") {
		t.Errorf("the schema that the token sees: %s", got)
	}
	command(t, exitOK, "token", "revoke", "site", "--yes")
	if got := seen(t, public, strings.TrimSpace(token)); !strings.Contains(got, "401") {
		t.Errorf("R6: after the revocation: %s", got)
	}
	if out, _ := command(t, exitOK, "audit", "verify"); !strings.Contains(out, "the chain is intact") {
		t.Errorf("R20: %s", out)
	}
	if out, _ := command(t, exitOK, "audit", "export"); strings.Count(out, "\n") < 6 || strings.Contains(out, strings.TrimSpace(token)) || strings.Contains(out, key) {
		t.Errorf("R21: the export holds a secret, or too little: %s", out)
	}
	stop()
	if text := log.String(); strings.Contains(text, key[4:20]) || strings.Contains(text, token[4:20]) {
		t.Error("R21: the log holds a secret")
	}
}

// served runs `fieldgate serve --data` until stop, which wants it to end well.
func served(t *testing.T, data string) (private, public string, log *lockedBuffer, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	logs, stderr := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"serve", "--data", data, "--private-addr", "127.0.0.1:0", "--public-addr", "127.0.0.1:0"}, strings.NewReader(""), io.Discard, stderr)
		_ = stderr.Close()
	}()
	log = &lockedBuffer{}
	lines := bufio.NewScanner(io.TeeReader(logs, log))
	for private == "" || public == "" {
		record := waitFor(t, lines, "listening")
		if address := "http://" + record["address"].(string); record["listener"] == "private" {
			private = address
		} else {
			public = address
		}
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(log, logs)
	}()
	return private, public, log, func() {
		t.Helper()
		cancel()
		if code := <-ended; code != exitOK {
			t.Errorf("it ends with %d", code)
		}
		<-drained
	}
}

// seen asks for the schema that a token sees, and returns the status with it.
func seen(t *testing.T, public, token string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, public+"/layers/shop/schema.graphql", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Status + " " + string(text)
}
