package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/fieldgate/fieldgate/server"
)

// victim names the environment variable with the data directory that a child process serves until it is killed.
const victim = "FIELDGATE_SERVER_VICTIM"

// serveVictim serves a data directory and logs to out.
func serveVictim(ctx context.Context, data string, out io.Writer) error {
	s, err := server.New(ctx, server.Options{Data: data, Public: "127.0.0.1:0", Private: "127.0.0.1:0", Log: slog.New(slog.NewJSONHandler(out, nil))})
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// child is a server in a process of its own.
type child struct {
	*exec.Cmd
	t     *testing.T
	ended chan struct{} // its log has ended
}

// spawn starts a server in a process of its own and has g ask it.
func (g *team) spawn(t *testing.T) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: exec.CommandContext(t.Context(), self), t: t, ended: make(chan struct{})}
	c.Env = append(os.Environ(), victim+"="+g.data)
	c.Stderr = g.log
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	addresses := make(chan map[string]string, 1)
	go func() {
		defer close(c.ended)
		defer close(addresses)
		at := map[string]string{}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			_, _ = g.log.Write(append(lines.Bytes(), '\n'))
			var record struct{ Msg, Listener, Address string }
			if json.Unmarshal(lines.Bytes(), &record) == nil && record.Msg == "listening" {
				if at[record.Listener] = "http://" + record.Address; len(at) == 2 {
					addresses <- at
				}
			}
		}
	}()
	at := <-addresses
	if at == nil {
		t.Fatalf("the server did not start: %v\n%s", c.Wait(), g.log.bytes())
	}
	g.private, g.public = at["private"], at["public"]
	return c
}

// kill ends it as a power failure would, and returns when it is gone.
func (c *child) kill() {
	c.t.Helper()
	if err := c.Process.Signal(syscall.SIGKILL); err != nil {
		c.t.Error(err)
	}
	<-c.ended
	if err := c.Wait(); err == nil {
		c.t.Error("the server ended well instead of being killed")
	}
}
