package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fieldgate/fieldgate/server/admin/admintest"
)

// TestRemoteScripts runs testdata/remote/*.txtar, each against an admin API of its own. Ids there are KIND-N.
func TestRemoteScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/remote", UpdateScripts: *update, RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			log := &lockedBuffer{}
			team, err := admintest.New(admintest.Options{Log: log})
			if err != nil {
				return err
			}
			server := httptest.NewServer(team.Router)
			e.Defer(func() {
				server.Close()
				for _, secret := range []string{team.Owner, team.Developer, "fgt_"} {
					if strings.Contains(log.String(), secret) {
						t.Errorf("the server's log holds %.4s...", secret)
					}
				}
			})
			e.Setenv(envServer, server.URL)
			e.Setenv(envKey, team.Owner)
			e.Setenv("DEVELOPER", team.Developer)
			e.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// lines N FILE wants a file of so many lines.
			"lines": func(ts *testscript.TestScript, _ bool, args []string) {
				if got := strings.Count(ts.ReadFile(args[1]), "\n"); args[0] != string(rune('0'+got)) {
					ts.Fatalf("%s has %d lines, want %s", args[1], got, args[0])
				}
			},
		},
	})
}

// lockedBuffer is a buffer that several requests write to.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// What a server sends steers no terminal.
func TestGridPrintsText(t *testing.T) {
	var out bytes.Buffer
	if err := grid(&out, []string{"A", "B"}, [][]string{{"x\x1b[2J\ty", "a\r\nb\u202e"}}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\r\t\u202e") || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("got %q", out.String())
	}
}

func TestParseExpiry(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{"24h": "2026-01-02T00:00:00Z", "2026-02-01": "2026-02-01T00:00:00Z", "2026-02-01T01:00:00+01:00": "2026-02-01T00:00:00Z"} {
		if got, err := parseExpiry(text, now); err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"soon", "-1h", "0s", "2025-12-31", "2025-12-31T00:00:00Z"} {
		if got, err := parseExpiry(text, now); err == nil {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// Nobody is asked where nobody is: /dev/null looks like a terminal and says nothing.
func TestConfirmWithoutTerminal(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close() //nolint:errcheck // it was only read
	for name, in := range map[string]any{"a pipe": strings.NewReader("y\n"), "/dev/null": null} {
		cmd := newTokenRevoke()
		var asked bytes.Buffer
		cmd.SetErr(&asked)
		switch in := in.(type) {
		case *os.File:
			cmd.SetIn(in)
		case *strings.Reader:
			cmd.SetIn(in)
		}
		if err := (&remote{}).confirm(cmd, "Revoke?"); err == nil {
			t.Errorf("%s: it was taken for yes", name)
		}
		if err := (&remote{yes: true}).confirm(cmd, "Revoke?"); err != nil {
			t.Errorf("%s: --yes: %v", name, err)
		}
	}
}
