package upstream_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/upstream"
)

// TestWhatCannotBeSentIsNotWaitedFor has a Host that no request can be for.
func TestWhatCannotBeSentIsNotWaitedFor(t *testing.T) {
	w, _ := listen(t, func(_ int64, _ net.Conn, requests *bufio.Reader) { _, _ = io.Copy(io.Discard, requests) })
	e, err := upstream.Resolve(scope.Upstream{URL: "http://" + w.Addr().String(), Headers: map[string]string{"Host": "é.xn--99999999"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, _, err := post(ctx, client(t, upstream.Options{}), e, "{}"); err == nil || ctx.Err() != nil {
		t.Errorf("got %v", err)
	}
}

// TestRequestsWithoutABody are asked, asked again and refused as others are.
func TestRequestsWithoutABody(t *testing.T) {
	w, e := listen(t, func(n int64, c net.Conn, requests *bufio.Reader) {
		for i := 0; next(requests); i++ {
			if n == 1 && i == 1 {
				return
			}
			tell(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	get := func(c *http.Client) error {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.String(), http.NoBody)
		if err != nil {
			return err
		}
		r.Body = nil
		response, err := c.Do(r)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		return errors.Join(err, response.Body.Close())
	}
	c := client(t, upstream.Options{})
	for range 2 {
		if err := get(c); err != nil {
			t.Error(err)
		}
	}
	if w.connections.Load() != 2 {
		t.Errorf("%d connections", w.connections.Load())
	}
	if err := get(client(t, upstream.Options{Deny: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})); !errors.Is(err, upstream.ErrAddress) {
		t.Errorf("got %v", err)
	}
}

// TestWhereUpstreamsAre asks only for the error: nothing need listen on port 80.
func TestWhereUpstreamsAre(t *testing.T) {
	_, local := listen(t, func(_ int64, c net.Conn, requests *bufio.Reader) {
		if next(requests) {
			tell(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	if _, text, err := post(t.Context(), client(t, upstream.Options{}), local, "{}"); err != nil || text != "ok" {
		t.Errorf("%q %v", text, err)
	}
	deny := upstream.Options{Deny: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	for url, dialled := range map[string]string{
		"http://127.0.0.1": "127.0.0.1:80", "http://127.0.0.1:/graphql": "127.0.0.1:80", "http://127.0.0.1:81": "127.0.0.1:81",
		"http://[::1]": "[::1]:80", "http://[::1]:": "[::1]:80", "http://[::1]:81/": "[::1]:81",
	} {
		e, err := upstream.Resolve(scope.Upstream{URL: url}, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = post(t.Context(), client(t, deny), e, "{}")
		if !errors.Is(err, upstream.ErrAddress) || !strings.Contains(err.Error(), " "+dialled+":") {
			t.Errorf("%s: %v, want %s to be dialled", url, err, dialled)
		}
	}
}
