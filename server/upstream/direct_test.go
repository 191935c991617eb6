package upstream_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/upstream"
)

// wire is an upstream that says, byte for byte, what a test wants. It counts its connections.
type wire struct {
	net.Listener
	connections atomic.Int64
	done        sync.WaitGroup
}

// listen answers each connection by what serve does with it.
func listen(t *testing.T, serve func(n int64, c net.Conn, requests *bufio.Reader)) (*wire, upstream.Endpoint) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l}
	w.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n := w.connections.Add(1)
			w.done.Go(func() {
				defer c.Close() //nolint:errcheck // it may be closed
				serve(n, c, bufio.NewReader(c))
			})
		}
	})
	e, err := upstream.Resolve(scope.Upstream{URL: "http://" + l.Addr().String() + "/graphql"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = l.Close()
		w.done.Wait()
	})
	return w, e
}

// next reads one request whole, and reports whether there was one.
func next(requests *bufio.Reader) bool {
	r, err := http.ReadRequest(requests)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err == nil
}

// tell says something, if anybody listens.
func tell(c net.Conn, text string) { _, _ = io.WriteString(c, text) }

// post asks once and reads the answer to its end.
func post(ctx context.Context, c *http.Client, e upstream.Endpoint, body string) (int, string, error) {
	r, err := e.Request(ctx, []byte(body), nil)
	if err != nil {
		return 0, "", err
	}
	response, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	w, e := listen(t, func(n int64, c net.Conn, requests *bufio.Reader) {
		for i := 0; next(requests); i++ {
			framed := "Content-Length: 4\r\n\r\n"
			if i%2 == 1 {
				framed = "Transfer-Encoding: chunked\r\n\r\n4\r\n"
			}
			fmt.Fprintf(c, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n%s%d-%02d", framed, n, i)
			if i%2 == 1 {
				tell(c, "\r\n0\r\n\r\n")
			}
		}
	})
	c := client(t, upstream.Options{})
	for i := range 10 {
		if status, text, err := post(t.Context(), c, e, "{}"); err != nil || status != 200 || text != fmt.Sprintf("1-%02d", i) {
			t.Fatalf("%d: %d %q %v", i, status, text, err)
		}
	}
	if w.connections.Load() != 1 {
		t.Errorf("%d connections", w.connections.Load())
	}
}

// TestConnectionsAreNotUsedAgain is for all that makes a connection useless or dangerous: the next answer could be another's.
func TestConnectionsAreNotUsedAgain(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	for name, say := range map[string]string{
		"close":                  "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
		"old":                    "HTTP/1.0 200 OK\r\n\r\nok",
		"more than the answer":   ok + evil,
		"more than an empty one": "HTTP/1.1 204 No Content\r\n\r\n" + evil,
	} {
		t.Run(name, func(t *testing.T) {
			w, e := listen(t, func(_ int64, c net.Conn, requests *bufio.Reader) {
				if next(requests) {
					tell(c, say)
				}
				if tcp, isTCP := c.(*net.TCPConn); isTCP && name == "old" {
					_ = tcp.CloseWrite()
				}
				next(requests)
			})
			c := client(t, upstream.Options{})
			for range 3 {
				if _, text, err := post(t.Context(), c, e, "{}"); err != nil || text == "evil" {
					t.Fatalf("%q %v", text, err)
				}
			}
			if w.connections.Load() != 3 {
				t.Errorf("%d connections", w.connections.Load())
			}
		})
	}
}

// TestWhatIsSaidUnaskedIsNoAnswer has the upstream speak while nothing is asked.
func TestWhatIsSaidUnaskedIsNoAnswer(t *testing.T) {
	spoke := make(chan struct{})
	w, e := listen(t, func(n int64, c net.Conn, requests *bufio.Reader) {
		if !next(requests) {
			return
		}
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d", n)
		if n == 1 {
			<-spoke
			tell(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
			spoke <- struct{}{}
		}
		next(requests)
	})
	c := client(t, upstream.Options{})
	for _, want := range []string{"1", "2"} {
		if _, text, err := post(t.Context(), c, e, "{}"); err != nil || text != want {
			t.Fatalf("%q %v, want %q", text, err, want)
		}
		if want == "1" {
			spoke <- struct{}{}
			<-spoke
		}
	}
	if w.connections.Load() != 2 {
		t.Errorf("%d connections", w.connections.Load())
	}
}

// TestAskedAgainOnce closes connections that are kept, seen and unseen, and those that never say anything.
func TestAskedAgainOnce(t *testing.T) {
	for name, test := range map[string]struct {
		second      string // what the first connection says to the second request before it closes
		text        string
		connections int64
	}{
		"nothing": {"", "2", 2},
		"a part":  {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1", "", 1},
		"a head":  {"HTTP/1.1 200", "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, e := listen(t, func(n int64, c net.Conn, requests *bufio.Reader) {
				for i := 0; next(requests); i++ {
					if n == 1 && i == 1 {
						tell(c, test.second)
						return
					}
					fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d", n)
				}
			})
			c := client(t, upstream.Options{})
			if _, text, err := post(t.Context(), c, e, "{}"); err != nil || text != "1" {
				t.Fatalf("%q %v", text, err)
			}
			_, text, err := post(t.Context(), c, e, "{}")
			if (err == nil) != (test.text != "") || err == nil && text != test.text {
				t.Errorf("%q %v", text, err)
			}
			if w.connections.Load() != test.connections {
				t.Errorf("%d connections", w.connections.Load())
			}
		})
	}
	t.Run("a new connection", func(t *testing.T) {
		w, e := listen(t, func(_ int64, _ net.Conn, requests *bufio.Reader) { next(requests) })
		if _, _, err := post(t.Context(), client(t, upstream.Options{}), e, "{}"); err == nil {
			t.Error("nothing was said, and taken for an answer")
		}
		if w.connections.Load() != 1 {
			t.Errorf("%d connections", w.connections.Load())
		}
	})
}

func TestAnswersThatAreNone(t *testing.T) {
	for name, say := range map[string]string{
		"no HTTP":            "220 mail.example\r\n",
		"another protocol":   "HTTP/1.1 101 Switching Protocols\r\n\r\n",
		"headers for ever":   "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("x", 1000)+"\r\n", 100),
		"one endless header": "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 200<<10),
		"tentative for ever": strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 20),
		"two lengths":        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
		"a negative length":  "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok",
		"it breaks off":      "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok",
		"a broken chunk":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\nok\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, e := listen(t, func(_ int64, c net.Conn, requests *bufio.Reader) {
				if next(requests) {
					tell(c, say)
				}
			})
			if status, text, err := post(t.Context(), client(t, upstream.Options{}), e, "{}"); err == nil {
				t.Errorf("%d %q", status, text)
			}
		})
	}
}

// TestAnsweredBeforeItIsRead has the upstream refuse a body that it does not read.
func TestAnsweredBeforeItIsRead(t *testing.T) {
	_, e := listen(t, func(_ int64, c net.Conn, requests *bufio.Reader) {
		if _, err := requests.ReadString('\n'); err != nil {
			return
		}
		tell(c, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig")
		_, _ = io.Copy(io.Discard, io.LimitReader(requests, 64<<10))
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
		_, _ = io.Copy(io.Discard, requests)
	})
	status, text, err := post(t.Context(), client(t, upstream.Options{}), e, strings.Repeat("x", 256<<10))
	if err != nil || status != 413 || text != "big" {
		t.Errorf("%d %q %v", status, text, err)
	}
}

// TestEndsWithItsContext ends requests that wait to be answered, and those whose answer is on its way.
func TestEndsWithItsContext(t *testing.T) {
	for name, say := range map[string]string{"unanswered": "", "half answered": "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok"} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan struct{})
			w, e := listen(t, func(n int64, c net.Conn, requests *bufio.Reader) {
				if !next(requests) {
					return
				}
				if n > 1 {
					tell(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
					return
				}
				tell(c, say)
				asked <- struct{}{}
				next(requests) // until the connection is closed
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			why := errors.New("the client is gone")
			go func() {
				<-asked
				cancel(why)
			}()
			c := client(t, upstream.Options{})
			if _, _, err := post(ctx, c, e, "{}"); !errors.Is(err, why) {
				t.Errorf("got %v", err)
			}
			if _, text, err := post(t.Context(), c, e, "{}"); err != nil || text != "ok" || w.connections.Load() != 2 {
				t.Errorf("%q %v, %d connections", text, err, w.connections.Load())
			}
		})
	}
}

// TestManyAtOnce has requests go beside each other: every one gets its own answer.
func TestManyAtOnce(t *testing.T) {
	w, e := listen(t, func(_ int64, c net.Conn, requests *bufio.Reader) {
		for i := 0; ; i++ {
			r, err := http.ReadRequest(requests)
			if err != nil {
				return
			}
			body, err := io.ReadAll(r.Body)
			if err != nil || i == 20 {
				return // unanswered: it is asked again
			}
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		}
	})
	c := client(t, upstream.Options{Connections: 4})
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 100 {
				want := fmt.Sprintf("%d of %d", i, g)
				if _, text, err := post(t.Context(), c, e, want); err != nil || text != want {
					t.Errorf("%q %v, want %q", text, err, want)
				}
			}
		})
	}
	all.Wait()
	c.CloseIdleConnections()
	if n := w.connections.Load(); n < 8*100/21 || n > 8*100 {
		t.Errorf("%d connections", n)
	}
}

// FuzzAnswers has upstreams say anything: what is read is what net/http's own transport reads, and it ends.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 103 A\r\n\r\nHTTP/1.0 500 B\r\n\r\nok"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok"))
	f.Fuzz(func(t *testing.T, say []byte) {
		_, e := listen(t, func(_ int64, c net.Conn, requests *bufio.Reader) {
			if next(requests) {
				_, _ = c.Write(say)
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		status, text, err := post(ctx, client(t, upstream.Options{}), e, "{}")
		usual := &http.Transport{}
		defer usual.CloseIdleConnections()
		want, same, failed := post(ctx, &http.Client{Transport: usual, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, e, "{}")
		if bytes.Contains(say, []byte("HTTP/1.1 1")) {
			return // net/http counts tentative answers otherwise
		}
		if err == nil && (failed != nil || want != status) {
			t.Errorf("%d %q %v; net/http: %d %q %v", status, text, err, want, same, failed)
		}
	})
}
