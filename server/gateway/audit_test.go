package gateway_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// shouldFail are the audits of graphql-http of what a server SHOULD do that fail here on purpose, each
// with the reason.
var shouldFail = map[string]string{
	"86EE": "it declares a variable that nothing uses and sends null for it: what is not used is dropped, not coerced (R9)",
}

// The audits of graphql-http: every MUST holds, and every SHOULD but those that are listed.
func TestGraphQLOverHTTPAudit(t *testing.T) {
	folder := filepath.Join("..", "..", "testdata", "audit")
	if _, err := os.Stat(filepath.Join(folder, "node_modules")); err != nil {
		t.Skip("SKIPPED, NOT TESTED: testdata/audit is not installed; run `make setup`")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("SKIPPED, NOT TESTED: there is no node")
	}
	b := newBench(t, "", nil)
	server := httptest.NewServer(b.Handler)
	defer server.Close()
	command := exec.CommandContext(t.Context(), node, "audit.mjs", server.URL+"/layers/shop/graphql")
	command.Dir, command.Stdin, command.Stderr = folder, strings.NewReader(tokenPlain), os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	count, failed := 0, map[string]bool{}
	for line := range strings.Lines(string(out)) {
		var r struct{ ID, Name, Status, Reason string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		count++
		if r.Status == "ok" {
			continue
		}
		failed[r.ID] = true
		if _, known := shouldFail[r.ID]; r.Status == "error" || !known {
			t.Errorf("%s %s (%s): %s", r.Status, r.Name, r.ID, r.Reason)
		}
	}
	if count < 50 {
		t.Errorf("only %d audits ran", count)
	}
	for id, why := range shouldFail {
		if !failed[id] {
			t.Errorf("%s does not fail any more: %s", id, why)
		}
	}
	t.Logf("%d audits, %d that SHOULD hold and do not", count, len(failed))
}
