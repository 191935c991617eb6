package admin_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/server/admin/admintest"
	"github.com/fieldgate/fieldgate/server/admin/api"
	happening "github.com/fieldgate/fieldgate/server/live"
	"github.com/fieldgate/fieldgate/server/store"
)

// watching is a connection that events come on.
type watching struct {
	t     *testing.T
	lines chan string // closed when the connection ends
	end   context.CancelFunc
	head  *http.Response
}

// watch opens a connection to shop's events with the headers.
func (f *fixture) watch(t *testing.T, header map[string]string) *watching {
	t.Helper()
	at := httptest.NewServer(f.Router)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.URL+shop+"/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := at.Client().Do(r) //nolint:bodyclose // when the test ends
	if err != nil {
		t.Fatal(err)
	}
	w := &watching{t: t, lines: make(chan string, 100), end: cancel, head: answer}
	go func() {
		defer close(w.lines)
		for s := bufio.NewScanner(answer.Body); s.Scan(); {
			if line := s.Text(); line != "" {
				w.lines <- line
			}
		}
	}()
	t.Cleanup(func() { cancel(); _ = answer.Body.Close(); at.Close() })
	return w
}

// next returns the next line, "end" at the end.
func (w *watching) next() string {
	w.t.Helper()
	select {
	case line, ok := <-w.lines:
		if !ok {
			return "end"
		}
		return line
	case <-time.After(20 * time.Second):
		w.t.Fatal("nothing comes")
		return ""
	}
}

// says wants an event, whose data holds texts.
func (w *watching) says(event string, texts ...string) {
	w.t.Helper()
	for {
		line := w.next()
		if line == ":" {
			continue // a heartbeat
		}
		if line != "event: "+event {
			w.t.Fatalf("got %q, want event %s", line, event)
		}
		break
	}
	data := w.next()
	for _, text := range append(texts, "data: {") {
		if !strings.Contains(data, text) {
			w.t.Errorf("%q is not in %s", text, data)
		}
	}
}

func (w *watching) ends() {
	w.t.Helper()
	for {
		switch line := w.next(); line {
		case ":":
		case "end":
			return
		default:
			w.t.Fatalf("got %q after the end", line)
		}
	}
}

func watched(t *testing.T, o admintest.Options) (*fixture, *happening.Hub) {
	t.Helper()
	hub := &happening.Hub{}
	o.Live = hub
	f := setUp(t, o)
	f.send(http.MethodPost, api.Prefix+"/layers", api.NewLayer{Definition: "data_layer: shop", Schema: "type Query { a: Int }"}).is(201)
	return f, hub
}

func TestEventsAsTheyHappen(t *testing.T) {
	f, hub := watched(t, admintest.Options{})
	w := f.watch(t, bearer(f.Developer))
	want := map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
	got := map[string]string{}
	for name := range want {
		got[name] = w.head.Header.Get(name)
	}
	if diff := cmp.Diff(want, got); diff != "" || w.head.StatusCode != http.StatusOK {
		t.Fatal(diff, w.head.StatusCode)
	}
	if line := w.next(); line != "retry: 3000" {
		t.Errorf("first: %q", line)
	}
	w.says("sync", `"state":"succeeded"`) // what there is already
	w.says("revision", `"number":1`)
	hub.Synced("shop", store.Sync{ID: "s1", State: store.SyncRunning, Steps: []store.Step{{Name: "schema\n\nevent: forged", State: store.SyncRunning}}})
	w.says("sync", `"id":"s1"`, `"state":"running"`, `schema\n\nevent: forged`)
	hub.Synced("other", store.Sync{ID: "s2", State: store.SyncRunning})
	hub.Synced("shop", store.Sync{ID: "s1", State: store.SyncSucceeded})
	w.says("sync", `"id":"s1"`, `"state":"succeeded"`)
	hub.Activated("shop", happening.Revision{Number: 2, Digest: "sha256:ab"})
	w.says("revision", `{"number":2,"digest":"sha256:ab"}`)
	hub.Removed("shop")
	w.ends()
}

// A sync that another takes the place of is told to have ended.
func TestSupersededSyncsEnd(t *testing.T) {
	f, hub := watched(t, admintest.Options{})
	first := read[api.Sync](f.send(http.MethodPost, shop+"/syncs", nil).is(202))
	w := f.watch(t, bearer(f.Owner))
	w.next()
	w.says("sync", first.ID)
	w.says("revision")
	hub.Synced("shop", store.Sync{ID: first.ID, State: store.SyncRunning})
	w.says("sync", first.ID, `"state":"running"`)
	hub.Synced("shop", store.Sync{ID: "newer", State: store.SyncRunning})
	w.says("sync", first.ID, `"state":"succeeded"`) // as it is stored by now
	w.says("sync", "newer", `"state":"running"`)
	hub.Synced("shop", store.Sync{ID: "newest", State: store.SyncRunning}) // one that is not stored any more is nobody's
	w.says("sync", "newest", `"state":"running"`)
}

// R6, R19: events end with the session, the key, or the role that let one in: nothing is told after.
func TestR6EventsEndWithTheSession(t *testing.T) {
	for name, end := range map[string]func(f *fixture, cookie string){
		"signed out": func(f *fixture, cookie string) {
			f.do(request{method: http.MethodDelete, path: session, header: map[string]string{"Cookie": cookie, api.CSRFHeader: "1"}}).is(204)
		},
		"the member is gone": func(f *fixture, _ string) {
			if err := f.RemoveMember(f.t.Context(), store.Origin{}, f.DeveloperSelf.ID, 0); err != nil {
				f.t.Fatal(err)
			}
		},
		"the role may not": func(f *fixture, _ string) {
			if _, err := f.UpdateMember(f.t.Context(), store.Origin{}, f.DeveloperSelf.ID, "nobody", 0); err != nil {
				f.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, hub := watched(t, admintest.Options{})
			cookie := cookieOf(f.follow(f.linkOf(bearer(f.Developer))).is(201))
			w := f.watch(t, map[string]string{"Cookie": cookie})
			w.next()
			w.says("sync")
			w.says("revision")
			end(f, cookie)
			hub.Synced("shop", store.Sync{ID: "secret", State: store.SyncRunning})
			w.ends()
		})
	}
}

// Without anything to tell, a connection is kept open, and looked after.
func TestHeartbeat(t *testing.T) {
	f, _ := watched(t, admintest.Options{Heartbeat: 10 * time.Millisecond})
	cookie := cookieOf(f.follow(f.linkOf(bearer(f.Developer))).is(201))
	w := f.watch(t, map[string]string{"Cookie": cookie})
	w.next()
	w.says("sync")
	w.says("revision")
	for range 3 {
		if line := w.next(); line != ":" {
			t.Errorf("got %q", line)
		}
	}
	f.do(request{method: http.MethodDelete, path: session, header: map[string]string{"Cookie": cookie, api.CSRFHeader: "1"}}).is(204)
	w.ends() // nothing happened, and yet
}

func TestWatchingHasLimits(t *testing.T) {
	f, hub := watched(t, admintest.Options{})
	f.get(api.Prefix + "/layers/nowhere/events").is(404)
	for {
		if _, err := hub.Watch("shop"); err != nil {
			break
		}
	}
	a := f.get(shop + "/events").is(503).has("TOO_MANY_WATCHERS")
	if a.Header().Get("Retry-After") == "" {
		t.Error("when to try again is not said")
	}
	hub.End()
	f.get(shop + "/events").is(503)
}

// A client that goes leaves nothing behind.
func TestWatchersThatGoAreForgotten(t *testing.T) {
	f, hub := watched(t, admintest.Options{Heartbeat: time.Millisecond})
	for range 300 { // more than may watch at once
		w := f.watch(t, bearer(f.Owner))
		if w.head.StatusCode != http.StatusOK {
			t.Fatalf("status %d", w.head.StatusCode)
		}
		w.next()
		w.end()
		w.gone()
	}
	hub.End()
}

// gone waits until the connection has ended.
func (w *watching) gone() {
	w.t.Helper()
	for w.next() != "end" {
	}
}
