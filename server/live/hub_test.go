package live_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/fieldgate/fieldgate/server/live"
	"github.com/fieldgate/fieldgate/server/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func watch(t *testing.T, h *live.Hub, layer string) *live.Watcher {
	t.Helper()
	w, err := h.Watch(layer)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// taken is what a watcher takes, in words.
func taken(w *live.Watcher) []string {
	events, more := w.Take()
	out := []string{}
	for _, e := range events {
		if e.Sync != nil {
			out = append(out, fmt.Sprintf("%s %s", e.Sync.ID, e.Sync.State))
		} else {
			out = append(out, fmt.Sprintf("revision %d", e.Revision.Number))
		}
	}
	if !more {
		out = append(out, "end")
	}
	return out
}

func TestWatchersHearOfTheirLayer(t *testing.T) {
	var h live.Hub
	one, other := watch(t, &h, "shop"), watch(t, &h, "other")
	h.Synced("shop", store.Sync{ID: "a", State: store.SyncRunning})
	<-one.Wake()
	h.Synced("shop", store.Sync{ID: "b", State: store.SyncRunning})
	h.Synced("shop", store.Sync{ID: "a", State: store.SyncSucceeded})
	h.Activated("shop", live.Revision{Number: 1})
	h.Activated("shop", live.Revision{Number: 2})
	if diff := cmp.Diff([]string{"b running", "a succeeded", "revision 2"}, taken(one)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{}, taken(other)); diff != "" {
		t.Error(diff)
	}
	one.Close()
	one.Close()
	h.Synced("shop", store.Sync{ID: "c"})
	if diff := cmp.Diff([]string{}, taken(one)); diff != "" {
		t.Error(diff)
	}
}

func TestWatchingEnds(t *testing.T) {
	var h live.Hub
	gone, stays := watch(t, &h, "shop"), watch(t, &h, "other")
	h.Removed("shop")
	<-gone.Wake()
	if diff := cmp.Diff([]string{"end"}, taken(gone)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{}, taken(stays)); diff != "" {
		t.Error(diff)
	}
	h.End()
	<-stays.Wake()
	if diff := cmp.Diff([]string{"end"}, taken(stays)); diff != "" {
		t.Error(diff)
	}
	if _, err := h.Watch("shop"); !errors.Is(err, live.ErrEnded) {
		t.Errorf("after the end: %v", err)
	}
}

// However slow those who watch are, and however many, memory is bounded and nobody waits for them.
func TestMemoryIsBounded(t *testing.T) {
	var h live.Hub
	var all []*live.Watcher
	for {
		w, err := h.Watch("shop")
		if errors.Is(err, live.ErrFull) {
			break
		}
		all = append(all, w)
	}
	for i := range 10_000 {
		h.Synced("shop", store.Sync{ID: fmt.Sprint(i)})
	}
	if got := taken(all[0]); len(all) != 256 || len(got) != 32 || got[31] != "9999 " {
		t.Errorf("%d watch, the first has %v", len(all), got)
	}
	all[0].Close()
	watch(t, &h, "shop").Close()
}

func TestConcurrentWatching(t *testing.T) {
	var h live.Hub
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			for n := range 200 {
				w, err := h.Watch("shop")
				if err != nil {
					t.Error(err)
					return
				}
				h.Synced("shop", store.Sync{ID: fmt.Sprint(i, n)})
				<-w.Wake()
				if events, more := w.Take(); len(events) == 0 || !more {
					t.Error("nothing is there")
				}
				w.Close()
			}
		})
	}
	running.Wait()
}
