package web

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// ServeUpstream answers every request with body until ctx ends. It is what all gateways stand in front of, and as cheap as
// a server in Go gets.
func ServeUpstream(ctx context.Context, address string, body []byte) error {
	server := &fasthttp.Server{
		Handler: func(c *fasthttp.RequestCtx) {
			c.SetContentType("application/json")
			c.SetBody(body)
		},
		NoDefaultServerHeader: true, NoDefaultDate: true,
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = server.Shutdown() })()
	return server.Serve(l)
}

// ServeProxy is a bare httputil.ReverseProxy, tuned: enough idle connections for the load, buffers that are used again.
func ServeProxy(ctx context.Context, address, upstream string) error {
	target, err := url.Parse(upstream)
	if err != nil {
		return err
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:    func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:  &http.Transport{MaxIdleConns: 1_024, MaxIdleConnsPerHost: 1_024, DisableCompression: true},
		BufferPool: &buffers{sync.Pool{New: func() any { return make([]byte, 32<<10) }}},
	}
	server := &http.Server{Addr: address, Handler: proxy, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	return server.ListenAndServe()
}

type buffers struct{ pool sync.Pool }

// Get returns a buffer.
func (b *buffers) Get() []byte {
	buffer, _ := b.pool.Get().([]byte)
	return buffer
}

// Put takes a buffer back.
func (b *buffers) Put(buffer []byte) { b.pool.Put(buffer) } //nolint:staticcheck // a slice header for each request is the price of the interface
