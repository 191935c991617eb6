package decisionlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fieldgate/fieldgate/engine"
)

// Sink takes encoded events, each a line of JSON with its line break. One goroutine calls it. An error
// that says how many events were lost is a *LostError.
type Sink interface {
	Write(ctx context.Context, line []byte) error
	Flush(ctx context.Context) error // hands on what it holds back
	Close() error
}

// LostError is events that a sink took and could not hand on.
type LostError struct {
	Events int
	Err    error
}

func (e *LostError) Error() string { return fmt.Sprintf("%d events lost: %v", e.Events, e.Err) }

// Unwrap returns why.
func (e *LostError) Unwrap() error { return e.Err }

// Observer counts events: logged, or the reason for which one was dropped.
type Observer interface {
	Event(outcome string)
}

// The outcomes of events.
const (
	Logged      = "logged"      // handed to the sink
	SampledOut  = "sampled_out" // an allow that was not to be logged
	DroppedFull = "dropped_full"
	DroppedSink = "dropped_sink" // the sink lost it
)

// Options say how decisions are logged. Sink is required.
type Options struct {
	Sink     Sink
	Sample   int      // one in so many allow decisions; 0 is 1
	Erase    []string // JSON pointers
	Labels   map[string]string
	Queue    int // events that wait; 0 is 4,096
	Observer Observer
	Log      *slog.Logger     // for failures of the sink
	Flush    <-chan time.Time // when the sink is to hand on what it holds back; nil is every five seconds
}

// Log is a decision log. It is safe for concurrent use. A nil one logs nothing.
type Log struct {
	o      Options
	queue  chan Event
	allows atomic.Uint64
	done   chan struct{}
	ctx    context.Context //nolint:containedctx // of the goroutine: ends what the sink waits for
	cancel context.CancelFunc
	mu     sync.RWMutex // held to send: nothing is sent to a closed queue
	closed bool
}

const (
	defaultQueue = 4096
	flushEvery   = 5 * time.Second
)

// New starts a log. Close it.
func New(o Options) *Log {
	o.Sample = max(1, o.Sample)
	if o.Queue == 0 {
		o.Queue = defaultQueue
	}
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Log{o: o, queue: make(chan Event, o.Queue), done: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	go l.run()
	return l
}

type nobody struct{}

// Event does nothing.
func (nobody) Event(string) {}

// Wants reports whether the next event with this decision is to be logged. Each call counts as one
// decision: the first of each Sample allow decisions is wanted, and every other decision.
func (l *Log) Wants(decision string) bool {
	if l == nil {
		return false
	}
	if decision != engine.DecisionAllow || l.o.Sample == 1 {
		return true
	}
	if (l.allows.Add(1)-1)%uint64(l.o.Sample) == 0 { //nolint:gosec // at least 1
		return true
	}
	l.o.Observer.Event(SampledOut)
	return false
}

// Log takes an event, or drops it when too many wait.
func (l *Log) Log(e Event) {
	if l == nil {
		return
	}
	e.Labels = l.o.Labels
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		l.o.Observer.Event(DroppedFull)
		return
	}
	select {
	case l.queue <- e:
	default:
		l.o.Observer.Event(DroppedFull)
	}
}

// Close logs what waits, and ends the log. It gives up when ctx is done.
func (l *Log) Close(ctx context.Context) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.queue)
	}
	l.mu.Unlock()
	defer l.cancel()
	select {
	case <-l.done:
	case <-ctx.Done():
		l.cancel()
		<-l.done
	}
	return l.o.Sink.Close()
}

func (l *Log) run() {
	defer close(l.done)
	flush := l.o.Flush
	if flush == nil {
		ticker := time.NewTicker(flushEvery)
		defer ticker.Stop()
		flush = ticker.C
	}
	for {
		select {
		case e, ok := <-l.queue:
			if !ok {
				l.failed(l.o.Sink.Flush(l.ctx))
				return
			}
			l.write(e)
		case <-flush:
			l.failed(l.o.Sink.Flush(l.ctx))
		}
	}
}

func (l *Log) write(e Event) {
	line, err := encode(e, l.o.Erase)
	if err != nil {
		l.failed(&LostError{1, err})
		return
	}
	l.o.Observer.Event(Logged)
	l.failed(l.o.Sink.Write(l.ctx, line))
}

// failed notes a failure of the sink; the error holds no event.
func (l *Log) failed(err error) {
	if err == nil {
		return
	}
	var lost *LostError
	if errors.As(err, &lost) {
		for range lost.Events {
			l.o.Observer.Event(DroppedSink)
		}
	}
	l.o.Log.Error("decision log", "error", err.Error())
}
