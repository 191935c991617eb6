package stats

import (
	"time"

	"github.com/fieldgate/fieldgate/engine"
)

// series is how often a coordinate was denied, by the minute modulo window.
type series struct {
	counts [window]int64
	last   int64 // the last minute that counts is about
}

// denied counts what a verdict denies, as often as weight.
func (l *layer) denied(now time.Time, weight int64, v *engine.Verdict) {
	seen := make(map[string]bool, 8)
	for _, d := range v.Details().Denied {
		if len(seen) == perDenial {
			break
		}
		seen[d.Coordinate] = true
	}
	at := now.Unix() / 60
	l.mu.Lock()
	defer l.mu.Unlock()
	for name := range seen {
		s := l.series(name, at)
		s.turn(at)
		s.counts[at%window] += weight
	}
}

// series returns what is counted of a coordinate. When there are too many, the one that was denied least goes.
func (l *layer) series(name string, at int64) *series {
	if s, ok := l.names[name]; ok {
		return s
	}
	if len(l.names) >= maxNames {
		l.drop(at)
	}
	s := &series{last: at}
	l.names[name] = s
	return s
}

func (l *layer) drop(at int64) {
	least, fewest := "", int64(0)
	for name, s := range l.names {
		s.turn(at)
		if total := s.total(); least == "" || total < fewest || total == fewest && name < least {
			least, fewest = name, total
		}
	}
	delete(l.names, least)
}

// turn forgets what is older than the window.
func (s *series) turn(at int64) {
	for ; s.last < at; s.last++ {
		if at-s.last > window {
			s.last = at - window - 1 // all of it
		}
		s.counts[(s.last+1)%window] = 0
	}
}

func (s *series) total() int64 {
	var sum int64
	for _, n := range s.counts {
		sum += n
	}
	return sum
}
