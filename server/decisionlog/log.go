package decisionlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fieldgate/fieldgate/engine"
)

// Sink takes encoded events, each a line of JSON with its line break, which are valid during the call. One goroutine calls
// it. An error that says how many events were lost is a *LostError.
type Sink interface {
	Write(ctx context.Context, lines []byte, events int) error
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
	allows atomic.Uint64
	wake   chan struct{} // events wait, or there are many
	end    chan struct{}
	done   chan struct{}
	ctx    context.Context //nolint:containedctx // of the goroutine: ends what the sink waits for
	cancel context.CancelFunc
	lines  bytes.Buffer // of the goroutine

	mu     sync.Mutex
	queue  []Event
	waits  int // events that the sink has not taken: the queue's, and those that are being encoded
	closed bool
}

const (
	defaultQueue = 4096
	flushEvery   = 5 * time.Second
	// gather is how long events wait for others: a goroutine that is woken for each costs more than the event.
	gather = 50 * time.Millisecond
	// batchEvents and batchBytes are about how much is handed to the sink at once.
	batchEvents = 256
	batchBytes  = 64 << 10
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
	l := &Log{o: o, wake: make(chan struct{}, 1), end: make(chan struct{}), done: make(chan struct{})}
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
	e.cut()
	l.mu.Lock()
	full := l.closed || l.waits >= l.o.Queue
	if !full {
		l.queue = append(l.queue, e)
		l.waits++
	}
	n := len(l.queue)
	l.mu.Unlock()
	switch {
	case full:
		l.o.Observer.Event(DroppedFull)
	case n == 1 || n == batchEvents:
		select {
		case l.wake <- struct{}{}:
		default: // it is awake
		}
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
		close(l.end)
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
		case <-l.wake:
			l.linger()
			l.drain()
		case <-flush:
			l.drain()
			l.failed(l.o.Sink.Flush(l.ctx))
		case <-l.end:
			l.drain()
			l.failed(l.o.Sink.Flush(l.ctx))
			return
		}
	}
}

// linger waits until there is a batch.
func (l *Log) linger() {
	timer := time.NewTimer(gather)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.wake:
	case <-l.end:
	}
}

// drain hands all that waits to the sink.
func (l *Log) drain() {
	var spare []Event
	for {
		l.mu.Lock()
		batch := l.queue
		l.queue = spare
		l.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for part := range slices.Chunk(batch, batchEvents) {
			l.write(part)
		}
		clear(batch)
		spare = batch[:0]
	}
}

func (l *Log) write(batch []Event) {
	events := 0
	for _, e := range batch {
		before := l.lines.Len()
		if err := encode(&l.lines, e, l.o.Erase); err != nil {
			l.lines.Truncate(before)
			l.taken(1, &LostError{1, err})
			continue
		}
		l.o.Observer.Event(Logged)
		events++
		if l.lines.Len() >= batchBytes {
			l.hand(events)
			events = 0
		}
	}
	if events > 0 {
		l.hand(events)
	}
}

// hand hands the lines to the sink.
func (l *Log) hand(events int) {
	l.taken(events, l.o.Sink.Write(l.ctx, l.lines.Bytes(), events))
	l.lines.Reset()
}

// taken makes room for other events.
func (l *Log) taken(events int, err error) {
	l.mu.Lock()
	l.waits -= events
	l.mu.Unlock()
	l.failed(err)
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
