package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/access"
	"github.com/fieldgate/fieldgate/server/console"
	"github.com/fieldgate/fieldgate/server/decisionlog"
	"github.com/fieldgate/fieldgate/server/gateway"
	"github.com/fieldgate/fieldgate/server/telemetry"
)

// Options say what to serve. Log is required, and at least one of Dir and Data.
type Options struct {
	Dir     string                                    // access directory; "": data layers and scopes are the admin API's alone
	Data    string                                    // data directory; "": decisions on Dir alone, without tokens, gateway and admin API
	Public  string                                    // host:port of the public listener; "" takes the one of fieldgate.yaml
	Private string                                    // host:port of the private listener; "" takes the one of fieldgate.yaml
	Log     *slog.Logger                              // for the server's and the access log
	Ticks   <-chan time.Time                          // when to look at Dir again; nil looks twice a second
	Drain   time.Duration                             // how long requests may take to end when the server does; 0 is 10 s
	Version string                                    // of the program, for metrics and traces
	Commit  func() string                             // the git commit that Dir is at, "" when it is none; nil is ""
	Lookup  func(name string) (value string, ok bool) // ${VARIABLE} references; nil is os.LookupEnv
}

const (
	lookEvery    = 500 * time.Millisecond
	defaultDrain = 10 * time.Second
	// linger is how long connections to the guarded endpoint stay open once the server ends: on each, the next request is
	// answered, and its client told that the connection ends. One that is closed at once could have a request on its way.
	linger = 250 * time.Millisecond
)

// layers are the data layers to decide on.
type layers interface {
	Layer(name string) (*engine.Layer, bool)
	Names() []string // sorted
}

// Server is a server that is ready to run, once. One with a data directory is closed when it is not run.
type Server struct {
	options   Options
	settings  scope.Settings
	layers    layers
	watcher   *access.Watcher // nil without Dir
	state     *State          // nil without Data
	gateway   *gateway.Handler
	console   *console.Handler // nil without Data
	decisions *decisionlog.Log
	metrics   *telemetry.Metrics
	traces    *telemetry.Traces
	private   *listener
	public    *listener // nil without Data
	draining  atomic.Bool
	bound     chan struct{} // closed when both listen
	once      sync.Once
	closed    error // what closing it came to
}

// listener is an HTTP server with its address.
type listener struct {
	name    string
	address string // as configured
	http    *http.Server
	socket  net.Listener
	open    atomic.Int64 // connections
}

// count counts connections.
func (l *listener) count(_ net.Conn, is http.ConnState) {
	switch is {
	case http.StateNew:
		l.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		l.open.Add(-1)
	case http.StateActive, http.StateIdle:
	}
}

// letGo takes no new connections, and returns when those that there are have closed or lingered.
func (l *listener) letGo(ctx context.Context) error {
	err := l.socket.Close()
	ctx, cancel := context.WithTimeout(ctx, linger)
	defer cancel()
	look := time.NewTicker(linger / 50)
	defer look.Stop()
	for l.open.Load() > 0 {
		select {
		case <-look.C:
		case <-ctx.Done():
			return err
		}
	}
	return err
}

// New reads the access directory, opens the data directory and makes a server of them that does not listen yet. It refuses an
// access directory with problems (the errors of access.Load), a data directory without a team (ErrNoTeam) or of another
// server (ErrLocked), and without a data directory, and so without keys, a private listener that others could reach
// (*AddressError).
func New(ctx context.Context, o Options) (*Server, error) {
	if o.Drain == 0 {
		o.Drain = defaultDrain
	}
	if o.Lookup == nil {
		o.Lookup = os.LookupEnv
	}
	repository := &scope.Repository{Settings: scope.DefaultSettings()}
	if o.Dir != "" {
		var err error
		if repository, err = access.Load(o.Dir); err != nil {
			return nil, err
		}
	}
	s := &Server{options: o, settings: repository.Settings, bound: make(chan struct{})}
	s.private = &listener{name: "private", address: orElse(o.Private, repository.Settings.Listen.Private)}
	var err error
	if o.Data == "" {
		err = s.decideOnly(repository)
	} else {
		err = s.full(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// decideOnly makes a server of an access directory alone.
func (s *Server) decideOnly(repository *scope.Repository) error {
	if err := checkPrivate(s.private.address); err != nil {
		return err
	}
	s.watcher = access.NewWatcher(s.source, repository, s.options.Log)
	s.layers = s.watcher.Layers()
	handler, err := s.routes(nil, nil)
	s.private.http = s.server(handler, time.Minute)
	return err
}

func (s *Server) source() (map[string][]byte, error) { return access.Read(s.options.Dir) }

// server makes an HTTP server whose requests take no longer than longest. Reading has the same limit as writing: when the time
// for reading is over, net/http takes a client that waits for its answer for one that has gone.
func (s *Server) server(handler http.Handler, longest time.Duration) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       longest,
		WriteTimeout:      longest,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.options.Log.Handler(), slog.LevelWarn),
	}
}

// Handler returns what the private listener answers with.
func (s *Server) Handler() http.Handler { return s.private.http.Handler }

// Public returns what the public listener answers with, or nil when there is none.
func (s *Server) Public() http.Handler {
	if s.public == nil {
		return nil
	}
	return s.public.http.Handler
}

// Addr waits until the server listens and returns the address of its private listener, or nil when ctx is done before.
func (s *Server) Addr(ctx context.Context) net.Addr { return s.addr(ctx, s.private) }

// PublicAddr is Addr for the public listener; nil when there is none.
func (s *Server) PublicAddr(ctx context.Context) net.Addr { return s.addr(ctx, s.public) }

func (s *Server) addr(ctx context.Context, l *listener) net.Addr {
	if l == nil {
		return nil
	}
	select {
	case <-s.bound:
		return l.socket.Addr()
	case <-ctx.Done():
		return nil
	}
}

// Run listens and serves until ctx is done, then lets requests end. It returns nil when they did. Nothing that it started is
// left when it returns, and the data directory is closed.
func (s *Server) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.listen(ctx); err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	if s.watcher != nil {
		running.Go(func() { s.watch(watching) })
	}
	defer running.Wait()
	defer stop()
	return s.serve(ctx)
}

// Close closes the data directory of a server that is not run. Run does so by itself. Closing again does nothing.
func (s *Server) Close() error {
	s.once.Do(func() { s.closed = s.close() })
	return s.closed
}

// close ends what answers requests first, and what it writes to last.
func (s *Server) close() error {
	var errs []error
	if s.gateway != nil {
		s.gateway.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.options.Drain)
	defer cancel()
	if s.decisions != nil {
		errs = append(errs, s.decisions.Close(ctx))
	}
	if s.traces != nil {
		errs = append(errs, s.traces.Close(ctx))
	}
	if s.state != nil {
		errs = append(errs, s.state.Close())
	}
	return errors.Join(errs...)
}

func (s *Server) listeners() []*listener {
	if s.public == nil {
		return []*listener{s.private}
	}
	return []*listener{s.private, s.public}
}

// listen binds the listeners, or none.
func (s *Server) listen(ctx context.Context) error {
	var config net.ListenConfig
	var opened []net.Listener
	fail := func(err error) error {
		for _, l := range opened {
			err = errors.Join(err, l.Close())
		}
		return err
	}
	for _, l := range s.listeners() {
		socket, err := config.Listen(ctx, "tcp", l.address)
		if err != nil {
			return fail(fmt.Errorf("%s listener: %w", l.name, err))
		}
		opened = append(opened, socket)
		l.socket = socket
	}
	if s.state == nil {
		if err := checkBound(s.private.address, s.private.socket.Addr()); err != nil {
			return fail(err)
		}
	}
	close(s.bound)
	for _, l := range s.listeners() {
		s.options.Log.InfoContext(ctx, "listening", "listener", l.name, "address", l.socket.Addr().String())
	}
	return nil
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

// serve answers until ctx is done or a listener fails.
func (s *Server) serve(ctx context.Context) error {
	list := s.listeners()
	failed := make(chan error, len(list))
	for _, l := range list {
		go func() { failed <- fmt.Errorf("%s listener: %w", l.name, l.http.Serve(l.socket)) }()
	}
	var err error
	ended := 0
	select {
	case err = <-failed:
		ended++
	case <-ctx.Done():
		s.options.Log.InfoContext(ctx, "ending", "reason", context.Cause(ctx).Error())
	}
	s.draining.Store(true)
	if s.gateway != nil {
		s.gateway.Drain()
		err = errors.Join(err, s.public.letGo(context.WithoutCancel(ctx)))
	}
	err = errors.Join(err, s.drain(ctx, list))
	for ; ended < len(list); ended++ {
		<-failed //nolint:errcheck // http.ErrServerClosed
	}
	return err
}

// drain lets requests end, those of all listeners at the same time.
func (s *Server) drain(ctx context.Context, list []*listener) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.Drain)
	defer cancel()
	errs := make([]error, len(list))
	var running sync.WaitGroup
	for i, l := range list {
		running.Go(func() {
			// A socket that letGo has closed may be closed again here: that is no error.
			if err := l.http.Shutdown(ctx); err != nil && !errors.Is(err, net.ErrClosed) {
				errs[i] = fmt.Errorf("%s listener: requests did not end in time: %w", l.name, errors.Join(err, l.http.Close()))
			}
		})
	}
	running.Wait()
	return errors.Join(errs...)
}
