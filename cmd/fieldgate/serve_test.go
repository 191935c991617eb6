package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestServe starts the program on a free port, waits in its log for it to become ready, and ends it.
func TestServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	logs, stderr := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		args := []string{"serve", filepath.Join(testdata, "sample"), "--private-addr", "127.0.0.1:0"}
		ended <- run(ctx, args, strings.NewReader(""), io.Discard, stderr)
		_ = stderr.Close()
	}()
	log := bufio.NewScanner(logs)
	address := waitFor(t, log, "listening")["address"]
	waitFor(t, log, "revision is active")
	go io.Copy(io.Discard, logs) //nolint:errcheck // what is logged from here on

	body := `{"subject":{"scopes":["web"]},"query":"{ shopifyCollections { products { cost title } } }"}`
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address.(string)+"/v1/decisions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(text), `"decision":"partial"`) {
		t.Errorf("%d %s %v", answer.StatusCode, text, err)
	}
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("it ends with %d", code)
	}
}

// waitFor reads the log to the record with a message.
func waitFor(t *testing.T, log *bufio.Scanner, message string) map[string]any {
	t.Helper()
	for log.Scan() {
		var record map[string]any
		if err := json.Unmarshal(log.Bytes(), &record); err != nil {
			t.Fatalf("not a log record: %s", log.Bytes())
		}
		if record["msg"] == message {
			return record
		}
	}
	t.Fatalf("the log ended without %q: %v", message, log.Err())
	return nil
}
