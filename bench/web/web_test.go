package web_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/bench/web"
)

// TestMain lets the test program be the upstream and the proxy, as the command is.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && (os.Args[1] == "upstream" || os.Args[1] == "proxy") {
		if err := serve(os.Args[1], os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serve(role, address, argument string) error {
	ctx := context.Background()
	if role == "proxy" {
		return web.ServeProxy(ctx, address, argument)
	}
	answer, err := os.ReadFile(argument)
	if err != nil {
		return err
	}
	return web.ServeUpstream(ctx, address, answer)
}

func options(t *testing.T) web.Options {
	t.Helper()
	return web.Options{Root: "../..", Restricted: 1_000, Rounds: 1, Turn: 100 * time.Millisecond, Connections: 4, Log: t.Logf}
}

func TestGatewaysAnswerAlike(t *testing.T) {
	o := options(t)
	o.Everything = os.Getenv("BENCH_EVERYTHING") != ""
	results, err := web.Gateway(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		t.Logf("%s: %+v", r.Side, r.Samples)
		if s := r.Samples[0]; s.PerSecond < 10 || s.P50 <= 0 {
			t.Errorf("%s: %+v", r.Side, s)
		}
	}
}

func TestDecisionServersAnswerAlike(t *testing.T) {
	if os.Getenv("BENCH_EVERYTHING") == "" {
		t.Skip("opa takes a minute to build: BENCH_EVERYTHING is not set")
	}
	results, err := web.Decisions(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		t.Logf("%s: %+v", r.Side, r.Samples)
	}
}
