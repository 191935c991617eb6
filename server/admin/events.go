package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/live"
	"github.com/fieldgate/fieldgate/server/problem"
	"github.com/fieldgate/fieldgate/server/store"
)

// Live says what happens to data layers; *live.Hub is one.
type Live interface {
	Watch(layer string) (*live.Watcher, error)
}

// events tells what happens to the data layer until the client, the session, the data layer or the server is gone.
func (c *call) events() error {
	layer, err := c.api.Control.Layer(c.ctx(), c.Param("layer"))
	if err != nil {
		return err
	}
	if c.api.Live == nil {
		return &control.Error{Kind: control.NotFound, Code: "NO_EVENTS", Message: "this server does not tell what happens"}
	}
	w, err := c.api.Live.Watch(layer.Name)
	if err != nil {
		return cannotWatch(err)
	}
	defer w.Close()
	s := &stream{call: c, layer: layer.Name, connection: http.NewResponseController(c.Writer)}
	if s.begin() {
		s.follow(w)
	}
	return nil // what was begun cannot be answered with a problem
}

func cannotWatch(err error) error {
	if !errors.Is(err, live.ErrFull) && !errors.Is(err, live.ErrEnded) {
		return err
	}
	return &problemError{
		Problem: problem.Problem{Status: http.StatusServiceUnavailable, Code: "TOO_MANY_WATCHERS", Detail: err.Error()},
		header:  http.Header{"Retry-After": {"10"}},
	}
}

// stream is an answer of server-sent events.
type stream struct {
	*call
	layer      string
	connection *http.ResponseController
	running    string // id of the sync that was told to run
}

// reconnect is when a browser asks again after its connection broke, in milliseconds.
const reconnect = 3000

// begin tells what is now. It is false when nobody listens.
func (s *stream) begin() bool {
	s.Header("Content-Type", "text/event-stream")
	s.Header("X-Accel-Buffering", "no") // for proxies that would keep events until they have enough
	s.Status(http.StatusOK)
	if !s.write(fmt.Sprintf("retry: %d\n\n", reconnect)) {
		return false
	}
	if syncs, err := s.api.Control.Syncs(s.ctx(), s.layer, store.Page{Limit: 1}); err == nil && len(syncs) > 0 && !s.sync(syncs[0]) {
		return false
	}
	active, ok := s.api.Control.Active(s.layer)
	return !ok || s.event("revision", api.RevisionID{Number: active.Number, Digest: active.Digest})
}

// follow tells what happens. Before anything is told, whoever listens must still be let in.
func (s *stream) follow(w *live.Watcher) {
	beat := time.NewTicker(s.api.Heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-s.ctx().Done():
			return
		case <-w.Wake():
		case <-beat.C:
		}
		if !s.api.Keys.still(s.Context, s.who, s.route.Permission) {
			return
		}
		events, more := w.Take()
		if len(events) == 0 && more && !s.write(":\n\n") {
			return
		}
		for _, e := range events {
			if !s.tell(e) {
				return
			}
		}
		if !more {
			return
		}
	}
}

func (s *stream) tell(e live.Event) bool {
	if e.Sync != nil {
		return s.sync(*e.Sync)
	}
	return s.event("revision", api.RevisionID{Number: e.Revision.Number, Digest: e.Revision.Digest})
}

// sync tells how far a sync is, and before it how one ended that it superseded.
func (s *stream) sync(now store.Sync) bool {
	if s.running != "" && s.running != now.ID {
		if old, err := s.api.Control.Sync(s.ctx(), s.layer, s.running); err == nil && !s.event("sync", syncOut(old)) {
			return false
		}
	}
	s.running = ""
	if now.State == store.SyncRunning {
		s.running = now.ID
	}
	return s.event("sync", syncOut(now))
}

func (s *stream) event(name string, value any) bool {
	text, err := json.Marshal(value)
	return err == nil && s.write("event: "+name+"\ndata: "+string(text)+"\n\n")
}

// write sends at once. The answer may take longer than the server lets other answers take: each part has its own time.
func (s *stream) write(text string) bool {
	last := time.Now().Add(s.api.Heartbeat + time.Minute)
	for _, extend := range []func(time.Time) error{s.connection.SetReadDeadline, s.connection.SetWriteDeadline} {
		if err := extend(last); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return false
		}
	}
	if _, err := s.Writer.WriteString(text); err != nil {
		return false
	}
	return s.connection.Flush() == nil
}
