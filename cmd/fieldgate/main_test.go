package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run the program as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"fieldgate": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		// status COMMAND... runs a command line and ends well when it ended with the code in front.
		"status": func() { os.Exit(status(os.Args[1:])) },
	})
}

// status runs `fieldgate ARGS...` and compares its exit code with the first argument.
func status(args []string) int {
	code := run(context.Background(), args[1:], os.Stdin, os.Stdout, os.Stderr)
	if want := map[string]int{"0": exitOK, "1": exitFindings, "2": exitUsage}; want[args[0]] != code {
		fmt.Fprintf(os.Stderr, "the exit code is not %s\n", args[0])
		return 1
	}
	return 0
}

// TestScripts runs testdata/*.txtar: command lines with what they print and how they end.
// `exec status N ARGS...` is `fieldgate ARGS...` and wants the exit code N.
func TestScripts(t *testing.T) {
	sample, err := filepath.Abs(filepath.Join("..", "..", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata", UpdateScripts: *update, RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TESTDATA", sample)
			e.Setenv("GORACE", "atexit_sleep_ms=0") // else every command takes a second under the race detector
			return nil
		},
	})
}
