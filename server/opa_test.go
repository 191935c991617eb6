package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// stockOPA builds the release of OPA that go.mod names.
func stockOPA(t *testing.T) string {
	t.Helper()
	mod := must[[]byte](t)(os.ReadFile(filepath.Join("..", "go.mod")))
	version := regexp.MustCompile(`github\.com/open-policy-agent/opa (v\S+)`).FindSubmatch(mod)
	if version == nil {
		t.Fatal("go.mod names no release of OPA")
	}
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "install", "github.com/open-policy-agent/opa@"+string(version[1]))
	build.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: that a stock OPA follows, because it cannot be built: %v\n%s", err, out)
	}
	return filepath.Join(dir, "opa")
}

// runOPA has a stock OPA follow the bundles of g, and returns its address and what it logs.
func runOPA(t *testing.T, program string, g *team, public []byte) (string, *logBuffer) {
	t.Helper()
	config := must[[]byte](t)(json.Marshal(map[string]any{
		"services": map[string]any{"fieldgate": map[string]any{"url": g.private, "credentials": map[string]any{"bearer": map[string]any{"token": g.caller}}}},
		"keys":     map[string]any{"fieldgate": map[string]any{"algorithm": "ES256", "key": string(public)}},
		"bundles": map[string]any{"shop": map[string]any{
			"service": "fieldgate", "resource": strings.TrimPrefix(shopBundle, "/"), "signing": map[string]any{"keyid": "fieldgate"},
			"polling": map[string]any{"long_polling_timeout_seconds": 20, "min_delay_seconds": 1, "max_delay_seconds": 2},
		}},
	}))
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	opa := exec.CommandContext(ctx, program, "run", "--server", "--addr", address, "--config-file", file, "--skip-version-check", "--log-level", "error")
	said := &logBuffer{}
	opa.Stderr = said
	if err := opa.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = opa.Wait()
		if t.Failed() {
			t.Logf("opa says: %s", said.bytes())
		}
	})
	return "http://" + address, said
}

// freeAddress is one that nobody listens at now.
func freeAddress(t *testing.T) string {
	t.Helper()
	l := must[net.Listener](t)((&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"))
	defer l.Close() //nolint:errcheck // it is opened again
	return l.Addr().String()
}

// TestStockOPA has a stock OPA verify, activate and answer from the bundles of a server.
func TestStockOPA(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED, NOT TESTED: that a stock OPA follows (-short)")
	}
	program := stockOPA(t)
	g, other := newTeam(t), newTeam(t)
	g.shop("cost")
	t.Run("follows a scope edit", func(t *testing.T) {
		opa, _ := runOPA(t, program, g, publicKey(t, g))
		id := g.named("cost").ID
		wait := func(what, want string) {
			t.Helper()
			poll(t, what, func() bool { return readable(t, opa) == want })
			if got := readable(t, opa, id); got != "[Product.cost Product.margin Product.name]" {
				t.Errorf("%s: a holder may read %s", what, got)
			}
		}
		wait("the first bundle", "[Product.margin Product.name]")
		started := time.Now()
		g.edit("cost", "Product.margin")
		wait("the edit", "[Product.cost Product.name]")
		t.Logf("it followed an edit in %s", time.Since(started))
	})
	t.Run("takes no bundle of another key", func(t *testing.T) {
		opa, said := runOPA(t, program, g, publicKey(t, other))
		poll(t, "a bundle that is refused", func() bool { return bytes.Contains(said.bytes(), []byte("failed to verify JWT signature")) })
		var got string
		poll(t, "opa to listen", func() bool { got = readable(t, opa); return strings.HasPrefix(got, "[") })
		if got != "[]" {
			t.Errorf("it answers %s from a bundle that another key signed", got)
		}
	})
}

func publicKey(t *testing.T, g *team) []byte {
	t.Helper()
	return must[[]byte](t)(os.ReadFile(filepath.Join(g.data, "signing-key.pub.pem")))
}

// readable asks an OPA which fields of the shop somebody with scopes may read. It returns an error's text when it cannot say.
func readable(t *testing.T, opa string, scopes ...string) string {
	t.Helper()
	input := must[[]byte](t)(json.Marshal(map[string]any{"input": map[string]any{
		"scopes": append([]string{}, scopes...), "unrestricted": false, "coordinates": shopFields,
	}}))
	request := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, opa+"/v1/data/fieldgate/read/allowed", bytes.NewReader(input)))
	request.Header.Set("Content-Type", "application/json")
	got, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return err.Error()
	}
	defer got.Body.Close() //nolint:errcheck // it was only read
	var body struct{ Result []string }
	if err := json.NewDecoder(got.Body).Decode(&body); err != nil {
		return err.Error()
	}
	return fmt.Sprint(body.Result)
}
