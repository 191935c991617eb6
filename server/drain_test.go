package server_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
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

// TestServerEndsUnderLoad wants every request that is sent on a connection from before the end to be answered.
func TestServerEndsUnderLoad(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(product))
	defer upstream.Close()
	g := teamIn(t, t.TempDir(), "", upstream.URL)
	g.shop("cost")
	token := g.token("cost")
	clients := make([]*http.Client, 4)
	var running sync.WaitGroup
	var answered atomic.Int64
	for i := range clients {
		clients[i] = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
		defer clients[i].CloseIdleConnections()
		running.Go(func() {
			for {
				status, last, err := load(t, clients[i], g.public, token.Secret)
				switch {
				case err != nil && strings.Contains(err.Error(), "refused"):
					return // a new connection, which the server does not take any more
				case err != nil || status != http.StatusOK:
					t.Errorf("%d %v", status, err)
					return
				}
				answered.Add(1)
				if last {
					return
				}
			}
		})
	}
	poll(t, "requests to be answered", func() bool { return answered.Load() > 40 })
	if err := g.stop(); err != nil {
		t.Error(err)
	}
	running.Wait()
}

// load sends one guarded request and says whether its connection ends with the answer.
func load(t *testing.T, client *http.Client, base, secret string) (status int, last bool, err error) {
	t.Helper()
	r := must[*http.Request](t)(http.NewRequestWithContext(context.Background(), http.MethodPost, base+"/layers/shop", strings.NewReader(`{"query":"{ product { name } }"}`)))
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		return 0, false, err
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, answer.Close, err
}
