package telemetry

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	// logDelay is how long a line of the log may wait for others to be written with.
	logDelay = 100 * time.Millisecond
	logBytes = 32 << 10
)

// NewLog returns a log in JSON, a line for each record. Lines are written together: after a tenth of a second, when there are
// many, with the first that is a warning or an error, and when flush is called, which the end of the process has to do. Writing
// each line for itself is a tenth of what a request costs.
func NewLog(w io.Writer) (log *slog.Logger, flush func()) {
	lines := &lines{w: w}
	lines.timer = time.AfterFunc(logDelay, lines.flush)
	lines.timer.Stop()
	return slog.New(&handler{slog.NewJSONHandler(lines, nil), lines}), lines.flush
}

type handler struct {
	slog.Handler
	lines *lines
}

// Handle is part of slog.Handler.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelWarn {
		h.lines.flush()
	}
	return err
}

// WithAttrs is part of slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{h.Handler.WithAttrs(attrs), h.lines}
}

// WithGroup is part of slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{h.Handler.WithGroup(name), h.lines}
}

// lines are lines that are not written yet.
type lines struct {
	w     io.Writer
	timer *time.Timer
	mu    sync.Mutex
	b     []byte
}

// Write is part of io.Writer. What w fails to take is lost: there is no place to say so.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.b) == 0 {
		l.timer.Reset(logDelay)
	}
	if l.b = append(l.b, line...); len(l.b) >= logBytes {
		l.write()
	}
	return len(line), nil
}

func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write()
}

func (l *lines) write() {
	if len(l.b) > 0 {
		l.timer.Stop()
		_, _ = l.w.Write(l.b)
		l.b = l.b[:0]
	}
}
