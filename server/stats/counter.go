package stats

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/fieldgate/fieldgate/engine"
)

// What is kept at most.
const (
	window    = 60 // minutes, the running one included
	maxLayers = 1000
	maxNames  = 512 // coordinates of a layer
	maxTop    = 20  // coordinates that are shown
	perSecond = 50  // denials of a layer that are explained
	perDenial = 100 // coordinates of one of them
)

// Counter counts. It is safe for concurrent use.
type Counter struct {
	now    func() time.Time
	layers sync.Map // *layer by name
	count  atomic.Int64
}

// New returns a counter that has counted nothing.
func New(now func() time.Time) *Counter { return &Counter{now: now} }

// Decided counts a decision of a data layer: allow, partial, deny or error. v is the verdict, or nil when there is none.
func (c *Counter) Decided(name, decision string, v *engine.Verdict) {
	l := c.layer(name)
	if l == nil {
		return
	}
	now := c.now()
	if i := outcome(decision); i >= 0 {
		l.minute(now).counts[i].Add(1)
	}
	if v == nil || decision == engine.DecisionAllow {
		return
	}
	l.pending.Add(1)
	if !l.explains(now) {
		return
	}
	if weight := l.pending.Swap(0); weight > 0 {
		l.denied(now, weight, v)
	}
}

// Removed forgets a data layer.
func (c *Counter) Removed(name string) {
	if _, known := c.layers.LoadAndDelete(name); known {
		c.count.Add(-1)
	}
}

// layer returns the counts of a data layer, or nil when there are too many.
func (c *Counter) layer(name string) *layer {
	if known, ok := c.layers.Load(name); ok {
		l, _ := known.(*layer)
		return l
	}
	if c.count.Load() >= maxLayers {
		return nil
	}
	known, was := c.layers.LoadOrStore(name, &layer{names: map[string]*series{}})
	if !was {
		c.count.Add(1)
	}
	l, _ := known.(*layer)
	return l
}

// outcomes are the decisions, by their place in counts.
var outcomes = [...]string{engine.DecisionAllow, engine.DecisionPartial, engine.DecisionDeny, engine.DecisionError}

func outcome(decision string) int {
	for i, one := range outcomes {
		if one == decision {
			return i
		}
	}
	return -1
}

// layer is what is counted of a data layer.
type layer struct {
	running atomic.Pointer[minute]
	pending atomic.Int64 // denials that were not explained
	second  atomic.Int64 // the running one, times 2^16, and how many were explained in it

	mu    sync.Mutex // for what follows
	past  []*minute  // by time, the running one last
	names map[string]*series
}

// minute counts the decisions of one minute.
type minute struct {
	at     int64 // minutes since 1970
	counts [len(outcomes)]atomic.Int64
}

// minute returns the running minute.
func (l *layer) minute(now time.Time) *minute {
	at := now.Unix() / 60
	if m := l.running.Load(); m != nil && m.at >= at {
		return m // a clock that was set back counts on in the minute that there is
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.running.Load(); m != nil && m.at >= at {
		return m
	}
	m := &minute{at: at}
	l.past = append(l.past, m)
	if len(l.past) > window {
		l.past = append([]*minute(nil), l.past[len(l.past)-window:]...)
	}
	l.running.Store(m)
	return m
}

// explains reports whether one more denial may be explained this second.
func (l *layer) explains(now time.Time) bool {
	second := now.Unix() << 16
	for {
		seen := l.second.Load()
		next := seen + 1
		if seen < second {
			next = second + 1
		} else if seen&(1<<16-1) >= perSecond {
			return false
		}
		if l.second.CompareAndSwap(seen, next) {
			return true
		}
	}
}
