package control_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/directory"
	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// plane is a control plane on a store in a directory of its own, with everything that it asks for.
type plane struct {
	*control.Control
	t         testing.TB
	dir       string
	store     store.Store
	directory *directory.Directory
	log       *logBuffer
	ticks     chan time.Time
	clock     *clock
	upstream  *fakeUpstream
	owner     store.Origin
	key       string // of the owner
	verifier  *bundles.Verifier
	activated *activations
	maxPages  int64        // that the database may have; 0: any number
	full      atomic.Int64 // changes that go on before the store is full; 0: it never is
}

// limited is a store that is full after some changes.
type limited struct {
	store.Store
	p *plane
}

func (l limited) Change(ctx context.Context, by store.Origin, f func(store.Writer) error) (store.Head, error) {
	if n := l.p.full.Load(); n == 1 {
		return store.Head{}, store.ErrFull
	} else if n > 1 {
		l.p.full.Add(-1)
	}
	return l.Store.Change(ctx, by, f)
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.String()
}

// fakeUpstream tells a schema, or fails, or waits until it is told to go on.
type fakeUpstream struct {
	mu     sync.Mutex
	schema string
	err    error
	asked  int
	hold   chan struct{} // not nil: wait for it
	last   scope.Upstream
}

func (u *fakeUpstream) introspect(ctx context.Context, in scope.Upstream) (string, error) {
	u.mu.Lock()
	u.asked++
	u.last = in
	hold := u.hold
	u.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.schema, u.err
}

func (u *fakeUpstream) set(schema string, err error, hold chan struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.schema, u.err, u.hold = schema, err, hold
}

func (u *fakeUpstream) times() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.asked
}

type activations struct {
	mu   sync.Mutex
	list []string
}

func (a *activations) add(layer string, s *engine.Snapshot) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, fmt.Sprintf("%s %d", layer, s.Revision().Number))
}

var bundleSecret = []byte("a secret of bundles, 32 bytes long")

// open starts a control plane with a team and an owner.
func open(t testing.TB) *plane {
	t.Helper()
	p := &plane{
		t: t, dir: t.TempDir(), log: &logBuffer{}, ticks: make(chan time.Time), activated: &activations{},
		clock: &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, upstream: &fakeUpstream{},
	}
	p.start()
	t.Cleanup(p.stop)
	made, key, err := p.Init(t.Context(), store.Origin{Actor: store.Actor{Kind: store.ActorSystem, Name: "init"}}, "Acme", "ann")
	if err != nil {
		t.Fatal(err)
	}
	p.key = key
	p.owner = store.Origin{Actor: store.Actor{Kind: store.ActorMember, ID: made.Owner.ID, Name: "ann"}, IP: "192.0.2.1"}
	return p
}

// start opens store and control plane, again after stop.
func (p *plane) start() {
	p.t.Helper()
	if err := p.tryStart(); err != nil {
		p.t.Fatal(err)
	}
}

func (p *plane) tryStart() (err error) {
	ctx := context.Background() // the tests' own ends before they clean up
	if p.store, err = sqlite.Open(ctx, p.dir, sqlite.Options{Now: p.clock.Now, MaxPages: p.maxPages}); err != nil {
		return err
	}
	if p.directory, err = directory.Open(ctx, p.store); err != nil {
		return err
	}
	signer, err := bundles.NewHS256Signer("test", bundleSecret)
	if err != nil {
		return err
	}
	key, err := bundles.NewHS256Key("test", bundleSecret)
	if err != nil {
		return err
	}
	if p.verifier, err = bundles.NewVerifier(key); err != nil {
		return err
	}
	p.Control, err = control.Open(ctx, control.Options{
		Store: limited{p.store, p}, Directory: p.directory, Log: slog.New(slog.NewJSONHandler(p.log, nil)), Signer: signer, Verifier: p.verifier,
		Introspect: p.upstream.introspect, Ticks: p.ticks, Clock: p.clock.Now, Random: rand.Reader, NewID: uuid.NewString,
		Activated: p.activated.add,
	})
	return err
}

func (p *plane) stop() {
	if p.Control != nil {
		if err := p.Control.Close(); err != nil {
			p.t.Error(err)
		}
		p.Control = nil
	}
	if err := p.store.Close(); err != nil {
		p.t.Error(err)
	}
}

const (
	shopDefinition = "data_layer: shop\n"
	shopSchema     = `type Query { product: Product }
type Product { name: String cost: Int margin: Int }
`
)

// shop makes a data layer.
func (p *plane) shop() {
	p.t.Helper()
	if _, err := p.CreateLayer(p.t.Context(), p.owner, shopDefinition, shopSchema); err != nil {
		p.t.Fatal(err)
	}
}

// scope makes an API scope and wants its sync to succeed.
func (p *plane) scope(name string, fields ...string) store.Scope {
	p.t.Helper()
	s, done, err := p.CreateScope(p.t.Context(), p.owner, "shop", control.ScopeRequest{Name: name, Fields: fields})
	if err != nil {
		p.t.Fatal(err)
	}
	p.succeeded(done)
	return s
}

func (p *plane) succeeded(s store.Sync) {
	p.t.Helper()
	if s.State != store.SyncSucceeded {
		p.t.Errorf("sync %s: %s", s.State, s.Error)
	}
}

// token generates a token and returns it with its secret.
func (p *plane) token(name string, scopes ...string) (store.Token, string) {
	p.t.Helper()
	t, secret, err := p.GenerateToken(p.t.Context(), p.owner, "shop", control.TokenRequest{
		Name: name, Scopes: append([]string{}, scopes...), Unrestricted: len(scopes) == 0,
	}, store.Once{})
	if err != nil {
		p.t.Fatal(err)
	}
	return t, secret
}

// reads returns the fields of Product that a token may read, or the error of asking.
func (p *plane) reads(secret string) string {
	p.t.Helper()
	who, err := p.Subject("shop", secret)
	if err != nil {
		return err.Error()
	}
	return p.readsAs(who)
}

func (p *plane) readsAs(who engine.Subject) string {
	p.t.Helper()
	layer, ok := p.Registry().Layer("shop")
	if !ok {
		return "no data layer"
	}
	snapshot, err := layer.Snapshot()
	if err != nil {
		return err.Error()
	}
	var fields []string
	for _, field := range []string{"name", "cost", "margin"} {
		v, err := snapshot.Decide(p.t.Context(), engine.Request{Subject: who, Query: "{ product { " + field + " } }"})
		if err != nil {
			p.t.Fatal(err)
		}
		if v.Decision() == engine.DecisionAllow {
			fields = append(fields, field)
		}
	}
	return strings.Join(fields, " ")
}

// revision returns the number of the active revision of shop; 0 is none.
func (p *plane) revision() uint64 {
	active, _ := p.Active("shop")
	return active.Number
}

// want compares, and says where.
func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// refusal wants an *Error of a kind and code, and returns it.
func refusal(t testing.TB, err error, kind control.Kind, code string) *control.Error {
	t.Helper()
	var e *control.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want kind %d, code %s", err, kind, code)
	}
	if e.Kind != kind || e.Code != code {
		t.Fatalf("error %d %s: %v, want kind %d, code %s", e.Kind, e.Code, e, kind, code)
	}
	return e
}

// poll waits for a condition.
func poll(t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s did not happen", what)
		case <-ticker.C:
		}
	}
}
