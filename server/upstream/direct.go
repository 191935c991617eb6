package upstream

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Errors of upstreams that do not speak HTTP/1.1 as it is read here.
var (
	errHead      = errors.New("the headers of the answer are larger than 64 KiB")
	errTentative = errors.New("more tentative answers than one can wait for")
	errSwitch    = errors.New("the upstream wants to speak another protocol")
)

// maxTentative is how many answers of status 1xx may come before the one that counts.
const maxTentative = 5

// direct is a transport for HTTP/1.1 without TLS. Whoever asks writes the request and reads the answer; net/http hands both to
// other goroutines, which is a good part of what a small request costs. The messages themselves are written and read by
// net/http. A request is sent a second time only when a kept connection turns out closed before it said anything: requests to
// upstreams read.
type direct struct {
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	most  int           // kept connections of each address
	stale time.Duration // after which a connection is not kept any more

	mu    sync.Mutex
	idle  map[string][]*conn // by host, the one that was used last is last
	sweep *time.Timer        // nil when nothing is kept
}

// conn is a connection, for one request at a time.
type conn struct {
	net  net.Conn
	raw  syscall.RawConn
	host string
	of   *direct
	r    *bufio.Reader
	w    *bufio.Writer

	limit int64 // bytes that may yet be read
	spoke bool  // since the request began
	since time.Time
	calm  quiet
}

// RoundTrip is part of http.RoundTripper.
func (d *direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if kept := d.take(r.URL.Host); kept != nil {
		response, err := kept.roundTrip(r)
		if err == nil || kept.spoke || r.Context().Err() != nil || r.GetBody == nil && r.Body != nil {
			return response, err
		}
		if r, err = again(r); err != nil {
			return nil, err
		}
	}
	c, err := d.connect(r.Context(), r.URL)
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}
	return c.roundTrip(r)
}

// again returns the request with its body from the start.
func again(r *http.Request) (_ *http.Request, err error) {
	r = r.WithContext(r.Context())
	if r.Body != nil {
		r.Body, err = r.GetBody()
	}
	return r, err
}

func (d *direct) connect(ctx context.Context, to *url.URL) (*conn, error) {
	dialled, err := d.dial(ctx, "tcp", net.JoinHostPort(to.Hostname(), cmp.Or(to.Port(), "80")))
	if err != nil {
		return nil, err
	}
	c := &conn{net: dialled, host: to.Host, of: d, w: bufio.NewWriter(dialled)}
	c.r = bufio.NewReader(c)
	if s, ok := dialled.(syscall.Conn); ok {
		if c.raw, err = s.SyscallConn(); err != nil {
			return nil, errors.Join(err, dialled.Close())
		}
	}
	return c, nil
}

// past is a deadline that ends whatever waits.
var past = time.Unix(1, 0)

// roundTrip asks, and hands the connection over to the answer's body. After an error the connection is closed.
func (c *conn) roundTrip(r *http.Request) (*http.Response, error) {
	c.spoke, c.limit = false, maxResponseHeader
	ctx := r.Context()
	stop := context.AfterFunc(ctx, func() { _ = c.net.SetDeadline(past) })
	response, err := c.ask(r)
	if err != nil {
		stop()
		_ = c.net.Close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	c.limit = math.MaxInt64
	body := &answer{c: c, ctx: ctx, stop: stop, body: response.Body, keep: !response.Close && !r.Close}
	if response.Body == http.NoBody {
		body.end(true)
	}
	response.Body = body
	return response, nil
}

// ask writes the request and reads the head of its answer. An upstream may answer and close before it has read everything; one
// that was sent nothing since the request cannot be written has nothing to answer.
func (c *conn) ask(r *http.Request) (*http.Response, error) {
	unsent := r.Write(c.w)
	if unsent == nil {
		unsent = c.w.Flush()
	}
	if !maybeSent(unsent) {
		return nil, unsent
	}
	for range maxTentative {
		response, err := http.ReadResponse(c.r, r)
		switch {
		case err != nil && unsent != nil:
			return nil, unsent
		case errors.Is(err, io.ErrUnexpectedEOF) && !c.spoke:
			return nil, fmt.Errorf("the upstream closed the connection: %w", io.EOF)
		case err != nil:
			return nil, err
		case response.StatusCode == http.StatusSwitchingProtocols:
			return nil, errSwitch
		case response.StatusCode >= 200:
			response.Close = response.Close || unsent != nil
			return response, nil
		}
	}
	return nil, errTentative
}

// maybeSent reports whether some of a request may have been sent: it failed on the network, or not at all.
func maybeSent(err error) bool {
	network := (*net.OpError)(nil)
	return err == nil || errors.As(err, &network)
}

// Read reads from the network, as much as is allowed.
func (c *conn) Read(p []byte) (int, error) {
	if c.limit <= 0 {
		return 0, errHead
	}
	n, err := c.net.Read(p[:min(int64(len(p)), c.limit)])
	c.limit -= int64(n)
	c.spoke = c.spoke || n > 0
	return n, err
}

// answer is the body of an answer. The connection is kept once it is read to its end.
type answer struct {
	c     *conn
	ctx   context.Context //nolint:containedctx // of the request, which ends with its answer
	stop  func() bool
	body  io.ReadCloser
	keep  bool
	ended atomic.Bool
}

// Read is part of io.Reader.
func (a *answer) Read(p []byte) (int, error) {
	n, err := a.body.Read(p)
	if err == nil {
		return n, nil
	}
	whole := err == io.EOF //nolint:errorlint // nothing but io.EOF itself is the end of an answer
	a.end(whole)
	if !whole && a.ctx.Err() != nil {
		err = context.Cause(a.ctx)
	}
	return n, err
}

// Close is part of io.Closer.
func (a *answer) Close() error {
	a.end(false)
	return nil
}

// end gives the connection back or closes it. What was sent beyond the answer belongs to no request.
func (a *answer) end(whole bool) {
	if !a.ended.CompareAndSwap(false, true) {
		return
	}
	calm := a.stop()
	if whole && calm && a.keep && a.c.raw != nil && a.c.r.Buffered() == 0 {
		a.c.of.put(a.c)
		return
	}
	_ = a.c.net.Close()
}

// take returns a kept connection that is open and silent, or nil.
func (d *direct) take(host string) *conn {
	for {
		d.mu.Lock()
		list := d.idle[host]
		if len(list) == 0 {
			d.mu.Unlock()
			return nil
		}
		c := list[len(list)-1]
		list[len(list)-1] = nil
		d.idle[host] = list[:len(list)-1]
		d.mu.Unlock()
		if c.calm.check(c.raw) {
			return c
		}
		_ = c.net.Close()
	}
}

func (d *direct) put(c *conn) {
	c.since = time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.idle[c.host]) >= d.most {
		_ = c.net.Close()
		return
	}
	d.idle[c.host] = append(d.idle[c.host], c)
	if d.sweep == nil {
		d.sweep = time.AfterFunc(d.stale, d.closeStale)
	}
}

// closeStale closes connections that were not used for long.
func (d *direct) closeStale() {
	before := time.Now().Add(-d.stale)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closeIdle(func(c *conn) bool { return !c.since.After(before) })
	if d.sweep != nil && len(d.idle) > 0 {
		d.sweep.Reset(d.stale)
	}
}

// CloseIdleConnections closes the connections that no request uses.
func (d *direct) CloseIdleConnections() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closeIdle(func(*conn) bool { return true })
}

// closeIdle closes the kept connections that are done with. The caller holds the lock.
func (d *direct) closeIdle(done func(*conn) bool) {
	for host, list := range d.idle {
		list = slices.DeleteFunc(list, func(c *conn) bool {
			if done(c) {
				_ = c.net.Close()
				return true
			}
			return false
		})
		if d.idle[host] = list; len(list) == 0 {
			delete(d.idle, host)
		}
	}
	if len(d.idle) == 0 && d.sweep != nil {
		d.sweep.Stop()
		d.sweep = nil
	}
}
