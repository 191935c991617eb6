package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/policies"
	"github.com/fieldgate/fieldgate/server/access"
	"github.com/fieldgate/fieldgate/server/admin"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/directory"
	"github.com/fieldgate/fieldgate/server/gateway"
	"github.com/fieldgate/fieldgate/server/live"
	"github.com/fieldgate/fieldgate/server/stats"
	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/store/sqlite"
	"github.com/fieldgate/fieldgate/server/telemetry"
	"github.com/fieldgate/fieldgate/server/upstream"
)

// ErrNoTeam is a data directory that nobody has initialized.
var ErrNoTeam = errors.New("the data directory has no team: make it with `fieldgate init`")

// State is an open data directory: the store, what is read from it, and the control plane. Close it.
type State struct {
	Control   *control.Control
	store     *sqlite.Store
	directory *directory.Directory
	client    *http.Client
	lock      io.Closer
	log       *slog.Logger
	lookup    func(string) (string, bool)
	feed      *feed
	endpoints endpoints
	metrics   *telemetry.Metrics
	stats     *stats.Counter
	live      live.Hub
	end       context.CancelFunc
	running   sync.WaitGroup
	once      sync.Once
	closed    error // what closing it came to
}

// stateOptions are the parts of Options that a State is made of.
type stateOptions struct {
	dir      string // data directory
	settings scope.Settings
	log      *slog.Logger
	lookup   func(string) (string, bool)
	metrics  *telemetry.Metrics
}

// How often schemas that are introspected are looked at, and uses of tokens and keys written.
const (
	refreshEvery = time.Second
	usedEvery    = time.Minute
)

// OpenState opens a data directory, or makes it. It refuses one that another server works on (ErrLocked).
func OpenState(ctx context.Context, dir string, log *slog.Logger) (*State, error) {
	return openState(ctx, stateOptions{dir: dir, settings: scope.DefaultSettings(), log: log, lookup: os.LookupEnv})
}

func openState(ctx context.Context, o stateOptions) (_ *State, err error) {
	s := &State{log: o.log, lookup: o.lookup, metrics: o.metrics, feed: newFeed(), stats: stats.New(time.Now)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	held, err := lock(o.dir)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	s.lock = held
	signer, verifier, err := signingKey(o.dir)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if s.store, err = sqlite.Open(ctx, o.dir, sqlite.Options{}); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if s.directory, err = directory.Open(ctx, s.store); err != nil {
		return nil, err
	}
	s.client = upstream.NewClient(upstream.Options{Deny: o.settings.Gateway.Deny, Timeout: o.settings.Gateway.Timeout})
	background, end := context.WithCancel(context.WithoutCancel(ctx))
	s.end = end
	s.Control, err = control.Open(ctx, control.Options{
		Store: s.store, Directory: s.directory, Log: o.log, Signer: signer, Verifier: verifier, Engine: access.EngineOptions(o.settings),
		Introspect: upstream.Introspector(s.client, o.lookup, o.settings.Gateway.Timeout, o.settings.Gateway.Response), Ticks: s.ticks(background, refreshEvery), Clock: time.Now, Random: rand.Reader,
		NewID: newID, Activated: s.activated, Removed: s.removed, Synced: s.live.Synced,
	})
	if err != nil {
		return nil, err
	}
	s.running.Go(func() {
		err := s.directory.Run(background, s.ticks(background, usedEvery), func(err error) { o.log.WarnContext(background, "last uses are not written", "error", err) })
		if err != nil {
			o.log.ErrorContext(background, "last uses are not written", "error", err)
		}
	})
	return s, nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// ticks are those of a clock until ctx is done.
func (s *State) ticks(ctx context.Context, every time.Duration) <-chan time.Time {
	ticker := time.NewTicker(every)
	context.AfterFunc(ctx, ticker.Stop)
	return ticker.C
}

// Close ends what runs and closes the store. Closing again does nothing.
func (s *State) Close() error {
	s.once.Do(func() { s.closed = s.close() })
	return s.closed
}

func (s *State) close() error {
	var errs []error
	if s.Control != nil {
		errs = append(errs, s.Control.Close())
	}
	if s.end != nil {
		s.end()
	}
	s.running.Wait()
	if s.client != nil {
		s.client.CloseIdleConnections()
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// activated tells who follows revisions.
func (s *State) activated(layer string, active *engine.Snapshot) {
	s.feed.activated()
	s.live.Activated(layer, live.Revision{Number: active.Revision().Number, Digest: active.Revision().Digest})
	if s.metrics != nil {
		s.metrics.Activated(layer, active.Revision().Number, time.Now())
	}
}

// removed tells who follows revisions that there are no more.
func (s *State) removed(layer string) {
	s.feed.activated() // who waits for a bundle hears that there is none
	s.stats.Removed(layer)
	s.live.Removed(layer)
	if s.metrics != nil {
		s.metrics.Removed(layer)
	}
}

// Authenticate returns the holder of a token (gateway.Tokens).
func (s *State) Authenticate(layer, secret string) (gateway.Caller, bool) {
	t, ok := s.directory.Authenticate(layer, secret, time.Now())
	return caller(t), ok
}

// Token returns the holder of the token with an id (gateway.Tokens).
func (s *State) Token(layer, id string) (gateway.Caller, bool) {
	t, ok := s.directory.AuthenticateID(layer, id, time.Now())
	return caller(t), ok
}

func caller(t directory.Token) gateway.Caller {
	return gateway.Caller{TokenID: t.ID, Subject: engine.Subject{ScopeIDs: t.ScopeIDs, Unrestricted: t.Unrestricted}}
}

// Upstream returns where the upstream of a data layer is (gateway.Upstreams).
func (s *State) Upstream(layer string) (upstream.Endpoint, bool) {
	row, ok := s.directory.Layer(layer)
	if !ok {
		return upstream.Endpoint{}, false
	}
	return s.endpoints.of(row, s.lookup)
}

// snapshot returns the active snapshot of a data layer.
func (s *State) snapshot(layer string) (*engine.Snapshot, error) {
	active, ok := s.Control.Registry().Layer(layer)
	if !ok {
		return nil, engine.ErrNoSnapshot
	}
	return active.Snapshot()
}

// api makes the admin API.
func (s *State) api(ctx context.Context, log *slog.Logger, sandbox admin.Sandbox) (*admin.API, *admin.Keys, error) {
	authorizer, err := eval.NewAdmin(ctx, policies.Admin(), policies.AdminData(true), eval.Options{})
	if err != nil {
		return nil, nil, err
	}
	keys, err := admin.NewKeys(admin.KeysOptions{Authorizer: authorizer, Directory: s.directory, Sessions: s.store, Log: log})
	if err != nil {
		return nil, nil, err
	}
	api, err := admin.New(admin.Options{Control: s.Control, Keys: keys, Log: log, Sandbox: sandbox, Snapshots: s.snapshot, Stats: s.stats, Live: &s.live})
	return api, keys, err
}

// endpoints remembers where upstreams are, by the version of their data layer.
type endpoints struct{ byLayer sync.Map }

type versioned struct {
	version  uint64
	endpoint upstream.Endpoint
	ok       bool
}

// of returns the upstream of a data layer. One whose references cannot be resolved is none: the sync has said why.
func (e *endpoints) of(row store.DataLayer, lookup func(string) (string, bool)) (upstream.Endpoint, bool) {
	if known, ok := e.byLayer.Load(row.ID); ok {
		if v, ok := known.(versioned); ok && v.version == row.Version {
			return v.endpoint, v.ok
		}
	}
	v := versioned{version: row.Version}
	layer, problems := scope.ParseLayer(row.File, []byte(row.Definition))
	if problems == nil {
		endpoint, err := upstream.Resolve(layer.Upstream, lookup)
		v.endpoint, v.ok = endpoint, err == nil
	}
	e.byLayer.Store(row.ID, v)
	return v.endpoint, v.ok
}
