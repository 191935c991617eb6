package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// largeSchema returns SDL of more than 100,000 lines: types that hold one another, all within reach.
func largeSchema(types int) string {
	var b strings.Builder
	b.WriteString("type Query {\n")
	for i := range types {
		fmt.Fprintf(&b, "  t%d: T%d\n", i, i)
	}
	b.WriteString("}\n")
	for i := range types {
		fmt.Fprintf(&b, "type T%d {\n", i)
		for f := range 17 {
			fmt.Fprintf(&b, "  f%d: String\n", f)
		}
		fmt.Fprintf(&b, "  email: String\n  next: T%d\n}\n", (i+1)%types)
	}
	return b.String()
}

// TestCommandsOnALargeSchema runs each command on a schema of 100,000 lines. It takes seconds; the bound leaves room for a busy machine.
func TestCommandsOnALargeSchema(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	before, after := t.TempDir(), t.TempDir()
	text := largeSchema(5_000)
	if lines := strings.Count(text, "\n"); lines < 100_000 {
		t.Fatalf("%d lines", lines)
	}
	put := func(dir, name, text string) {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{before, after} {
		put(dir, "layer.yaml", "data_layer: large\n")
		put(dir, "schema.graphql", text)
		put(dir, "scopes/mail.yaml", "scope: mail\nfields: [\"*.email\"]\n")
		put(dir, "scopes/web.yaml", "scope: web\nfields: [T7.f1]\n")
		put(dir, "tests/mail.yaml", "never:\n  - {scopes: [web], read: \"*.email\"}\nonly:\n  - {read: T7.f1, scopes: [web]}\n")
	}
	put(after, "scopes/web.yaml", "scope: web\nfields: [T7.f1, T4999.email]\n")
	for _, c := range []struct {
		args []string
		code int
		say  string
	}{
		{[]string{"check", after}, exitOK, "2 scopes"},
		{[]string{"check", after, "--sensitive"}, exitOK, "2 scopes"},
		{[]string{"plan", after, "--against", before}, exitOK, "scope web\n  + T4999.email  { t4999 { email } }"},
		{[]string{"test", before}, exitOK, "2 passed, 0 failed"},
		{[]string{"test", after}, exitFindings, "{ t4999 { email } }"},
		{[]string{"explain", after, "T4999.email", "--no-scopes"}, exitFindings, "as few as can be: web"},
		{[]string{"who-can", after, "T4999.email"}, exitOK, "  mail\n  web"},
		{[]string{"schema", "accept", after}, exitOK, "coordinates"},
	} {
		var out, problems bytes.Buffer
		start := time.Now()
		code := run(context.Background(), c.args, strings.NewReader(""), &out, &problems)
		took := time.Since(start)
		t.Logf("%s: %v", strings.Join(c.args, " "), took)
		if code != c.code || !strings.Contains(out.String(), c.say) {
			t.Errorf("%v ends with %d: %.600s%.600s", c.args, code, out.String(), problems.String())
		}
		if took > 2*time.Minute {
			t.Errorf("%s takes %v", c.args[0], took)
		}
	}
}

func TestPlanWithoutGit(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"layer.yaml": "data_layer: shop\n", "schema.graphql": "type Query { a: Int }\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", t.TempDir())
	var out, problems bytes.Buffer
	if code := run(t.Context(), []string{"plan", dir}, strings.NewReader(""), &out, &problems); code != exitUsage {
		t.Errorf("it ends with %d", code)
	}
	for _, say := range []string{"there is no git on this machine", "--against", "--server URL"} {
		if !strings.Contains(problems.String(), say) {
			t.Errorf("it does not say %q: %s", say, problems.String())
		}
	}
}
