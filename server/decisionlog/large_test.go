package decisionlog_test

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/server/decisionlog"
)

// TestLargeEventsDoNotWait has a sink that does not keep up with documents as large as a body may be.
func TestLargeEventsDoNotWait(t *testing.T) {
	const events, size = 64, 1 << 20
	l := decisionlog.New(decisionlog.Options{Sink: blocked{make(chan struct{})}})
	live := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := live()
	for range events {
		e := event("d", "allow")
		e.Input.Query, e.Input.OperationName = strings.Repeat("x", size), strings.Repeat("y", size)
		l.Log(e)
	}
	if after := live(); after > before+events*size/4 {
		t.Errorf("%d bytes wait", after-before)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Close(ctx); err != nil {
		t.Error(err)
	}
}

// TestWhatIsErasedIsNotThere is for what is taken off before an event waits, and for what is to be erased twice.
func TestWhatIsErasedIsNotThere(t *testing.T) {
	e := event("d1", "partial")
	e.Input.Query, e.Input.OperationName = strings.Repeat("x", 2*decisionlog.MaxEvent), strings.Repeat("y", 2*decisionlog.MaxEvent)
	e.Input.Subject.ScopeIDs = []string{strings.Repeat("z", decisionlog.MaxEvent)}
	twice := []string{"/input/subject/scopes/0", "/input/subject/scopes/0"}
	got := written(t, decisionlog.Options{Erase: twice}, e)[0]
	want := []any{"/input/operation_name", "/input/query", "/input/subject/scope_ids", "/input/subject/scopes/0", "/input/variables", "/result/denied"}
	if diff := cmp.Diff(want, got["erased"]); diff != "" {
		t.Error(diff)
	}
	input, ok := got["input"].(map[string]any)
	if !ok || input["query"] != nil || input["operation_name"] != nil {
		t.Error("what is said to be erased is there")
	}
}
