package stats

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Hour is the last hour of a data layer, the running minute last.
type Hour struct {
	From    time.Time // when the first minute began
	Step    time.Duration
	Minutes []Minute
	Denied  []Denied // most denied first, then by coordinate
}

// Minute counts the decisions of a minute.
type Minute struct {
	At                         time.Time
	Allow, Partial, Deny, Fail int
}

// Denied is how often a coordinate was denied.
type Denied struct {
	Coordinate string
	Count      int
	Minutes    []int // as Hour.Minutes
}

// Hour returns the last hour of a data layer: zeros for one that nothing was asked of.
func (c *Counter) Hour(name string) Hour {
	at := c.now().Unix() / 60
	out := Hour{From: minuteTime(at - window + 1), Step: time.Minute, Minutes: make([]Minute, window), Denied: []Denied{}}
	for i := range out.Minutes {
		out.Minutes[i].At = minuteTime(at - window + 1 + int64(i))
	}
	known, ok := c.layers.Load(name)
	if !ok {
		return out
	}
	if l, ok := known.(*layer); ok {
		l.fill(&out, at)
	}
	return out
}

func minuteTime(at int64) time.Time { return time.Unix(at*60, 0).UTC() }

func (l *layer) fill(out *Hour, at int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.past {
		i := m.at - (at - window + 1)
		if i < 0 || i >= window {
			continue
		}
		into := &out.Minutes[i]
		for k, n := range []*int{&into.Allow, &into.Partial, &into.Deny, &into.Fail} {
			*n = int(m.counts[k].Load())
		}
	}
	for name, s := range l.names {
		s.turn(at)
		if total := s.total(); total > 0 {
			out.Denied = append(out.Denied, Denied{Coordinate: name, Count: int(total), Minutes: s.minutes(at)})
		} else {
			delete(l.names, name)
		}
	}
	slices.SortFunc(out.Denied, func(a, b Denied) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Coordinate, b.Coordinate))
	})
	out.Denied = out.Denied[:min(len(out.Denied), maxTop)]
}

// minutes returns the counts in the order of time.
func (s *series) minutes(at int64) []int {
	out := make([]int, window)
	for i := range out {
		out[i] = int(s.counts[(at-window+1+int64(i))%window])
	}
	return out
}
