package server_test

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/server"
	"github.com/fieldgate/fieldgate/server/admin/api"
)

// TestServerLetsGuardedRequestsEnd ends a server while an upstream works on an answer: the client gets it, on a connection that
// ends with it, the data directory is open until then, and use of the token is stored.
func TestServerLetsGuardedRequestsEnd(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-answer
		product(w, r)
	}))
	defer upstream.Close()
	g := teamIn(t, t.TempDir(), "", upstream.URL)
	g.shop("cost")
	token := g.token("cost")
	got := make(chan string, 1)
	go func() { a := g.read(token.Secret); got <- http.StatusText(a.status) + a.body }()
	<-asked
	ended := make(chan error, 1)
	go func() { ended <- g.stop() }()
	poll(t, "the listeners to close", func() bool {
		for _, base := range []string{g.public, g.private} {
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(base, "http://"))
			if err == nil {
				_ = conn.Close()
				return false
			}
		}
		return true
	})
	if _, err := server.New(t.Context(), server.Options{Data: g.data, Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("the data directory is let go of before the last request ended")
	}
	select {
	case err := <-ended:
		t.Errorf("the server did not wait for a request: %v", err)
	default:
	}
	close(answer)
	if text := <-got; !strings.HasPrefix(text, "OK") || !strings.Contains(text, `"cost":70`) {
		t.Errorf("the client got %s", text)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	g.start()
	if used := must[api.Token](t)(g.Token(t.Context(), "shop", token.Token.ID)).LastUsed; used == nil {
		t.Error("the use of the token was lost when the server ended")
	}
}

// TestAServerThatCannotListenLetsGoOfItsData wants a taken port to be an error, and nothing to be left open.
func TestAServerThatCannotListenLetsGoOfItsData(t *testing.T) {
	taken := strings.TrimPrefix(newTeam(t).public, "http://")
	data := t.TempDir()
	initialize(t, data)
	for _, o := range []server.Options{{Public: taken, Private: "127.0.0.1:0"}, {Public: "127.0.0.1:0", Private: taken}} {
		o.Data, o.Log = data, slog.New(slog.DiscardHandler)
		s := must[*server.Server](t)(server.New(t.Context(), o))
		if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "address already in use") {
			t.Errorf("Run: %v", err)
		}
	}
}
