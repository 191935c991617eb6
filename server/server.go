package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fieldgate/fieldgate/server/access"
)

// Options say what to serve. Dir and Log are required.
type Options struct {
	Dir     string           // access directory
	Private string           // host:port of the private listener; "" takes the one of fieldgate.yaml
	Log     *slog.Logger     // for the server's and the access log
	Ticks   <-chan time.Time // when to look at Dir again; nil looks twice a second
	Drain   time.Duration    // how long requests may take to end when the server does; 0 is 10 s
}

const (
	lookEvery    = 500 * time.Millisecond
	defaultDrain = 10 * time.Second
)

// Server is a server that is ready to run, once.
type Server struct {
	options  Options
	address  string // of the private listener, as configured
	watcher  *access.Watcher
	http     *http.Server
	draining atomic.Bool
	bound    chan struct{} // closed when addr is set
	addr     net.Addr
}

// New reads the access directory and makes a server of it that does not listen yet. It refuses a
// directory with problems (the errors of access.Load) and a listener that would be public
// (*AddressError).
func New(o Options) (*Server, error) {
	repository, err := access.Load(o.Dir)
	if err != nil {
		return nil, err
	}
	address := o.Private
	if address == "" {
		address = repository.Settings.Listen.Private
	}
	if err := checkPrivate(address); err != nil {
		return nil, err
	}
	if o.Drain == 0 {
		o.Drain = defaultDrain
	}
	source := func() (map[string][]byte, error) { return access.Read(o.Dir) }
	s := &Server{
		options: o, address: address, bound: make(chan struct{}),
		watcher: access.NewWatcher(source, repository, o.Log),
	}
	s.http = &http.Server{
		Handler:           s.routes(repository.Settings.Limits.Body),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
	return s, nil
}

// Handler returns what the private listener answers with.
func (s *Server) Handler() http.Handler { return s.http.Handler }

// Addr waits until the server listens and returns its address, or nil when ctx is done before.
func (s *Server) Addr(ctx context.Context) net.Addr {
	select {
	case <-s.bound:
		return s.addr
	case <-ctx.Done():
		return nil
	}
}

// Run listens and serves until ctx is done, then lets requests end. It returns nil when they did.
// Nothing that it started is left when it returns.
func (s *Server) Run(ctx context.Context) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.address)
	if err != nil {
		return fmt.Errorf("private listener: %w", err)
	}
	if err := checkBound(s.address, listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	s.addr = listener.Addr()
	close(s.bound)
	s.options.Log.InfoContext(ctx, "listening", "listener", "private", "address", s.addr.String())

	watching, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { s.watch(watching) })
	defer running.Wait()
	defer stop()
	return s.serve(ctx, listener)
}

// watch looks at the access directory until ctx is done.
func (s *Server) watch(ctx context.Context) {
	ticks := s.options.Ticks
	if ticks == nil {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		ticks = ticker.C
	}
	s.watcher.Run(ctx, ticks)
}

// serve answers until ctx is done or the listener fails.
func (s *Server) serve(ctx context.Context, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("private listener: %w", err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	s.options.Log.InfoContext(ctx, "ending", "reason", context.Cause(ctx).Error())
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.Drain)
	defer cancel()
	err := s.http.Shutdown(drain)
	if err != nil {
		err = fmt.Errorf("requests did not end in time: %w", errors.Join(err, s.http.Close()))
	}
	<-failed //nolint:errcheck // http.ErrServerClosed
	return err
}
