package engine_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/fieldgate/fieldgate/engine"
)

func TestLayerActivatesInOrder(t *testing.T) {
	layer := engine.NewLayer("shop")
	draft, _ := compile(t, shopSDL, shopScopes)
	at := func(number uint64) *engine.Snapshot {
		s, err := draft.Activate(t.Context(), number, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if err := layer.Activate(at(2)); err != nil {
		t.Fatal(err)
	}
	for _, number := range []uint64{0, 1, 2} {
		if err := layer.Activate(at(number)); !errors.Is(err, engine.ErrOlder) {
			t.Errorf("revision %d: got %v, want ErrOlder", number, err)
		}
	}
	layer.Fail(errors.New("the schema does not parse"))
	if s, err := layer.Snapshot(); err != nil || s.Revision().Number != 2 {
		t.Errorf("a failed compile took the good revision away: %v", err)
	}
	if layer.Failure() == nil {
		t.Error("the failure is not shown")
	}
	if err := layer.Activate(at(3)); err != nil || layer.Failure() != nil {
		t.Errorf("revision 3: %v, failure %v", err, layer.Failure())
	}
	if err := engine.NewLayer("other").Activate(at(1)); err == nil {
		t.Error("a revision of another data layer was activated")
	}
}

// TestRequestSeesOneRevision swaps snapshots while requests are decided: the revision that a verdict
// names is the one that its content comes from.
func TestRequestSeesOneRevision(t *testing.T) {
	open, _ := compile(t, shopSDL, nil)
	closed, _ := compile(t, shopSDL, shopScopes)
	layer := engine.NewLayer("shop")
	swap := func(number uint64) {
		draft := closed
		if number%2 == 1 {
			draft = open
		}
		s, err := draft.Activate(t.Context(), number, engine.Options{})
		if err != nil {
			t.Error(err)
			return
		}
		if err := layer.Activate(s); err != nil {
			t.Error(err)
		}
	}
	swap(1)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				s, err := layer.Snapshot()
				if err != nil {
					t.Error(err)
					return
				}
				v, err := s.Decide(t.Context(), engine.Request{Query: "{ orders { id total } }"})
				if err != nil {
					t.Error(err)
					return
				}
				want := engine.DecisionPartial
				if v.Revision().Number%2 == 1 {
					want = engine.DecisionAllow
				}
				if v.Decision() != want {
					t.Errorf("revision %d decided %s", v.Revision().Number, v.Decision())
					return
				}
			}
		})
	}
	for number := uint64(2); number < 200; number++ {
		swap(number)
	}
	close(done)
	readers.Wait()
}
