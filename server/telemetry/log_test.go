package telemetry_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fieldgate/fieldgate/server/telemetry"
)

// sheet is what was written, and in how many pieces.
type sheet struct {
	mu     sync.Mutex
	text   bytes.Buffer
	pieces int
}

func (s *sheet) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pieces++
	return s.text.Write(p)
}

func (s *sheet) has(pieces int, words ...string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range words {
		if strings.Count(s.text.String(), w) != 1 {
			return false
		}
	}
	return s.pieces == pieces && strings.Count(s.text.String(), "\n") == len(words)
}

func TestLinesAreWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &sheet{}
		log, flush := telemetry.NewLog(out)
		log.Info("one")
		log.WithGroup("g").With("a", 1).Info("two")
		if !out.has(0) {
			t.Errorf("too early: %q", out.text.String())
		}
		<-time.After(time.Second)
		if !out.has(1, "one", "two") {
			t.Errorf("%d pieces: %q", out.pieces, out.text.String())
		}
		log.Info("three")
		log.With("a", 1).Warn("four")
		if !out.has(2, "one", "two", "three", "four") {
			t.Errorf("a warning waits: %q", out.text.String())
		}
		log.Info("five")
		flush()
		flush()
		if !out.has(3, "one", "two", "three", "four", "five") {
			t.Errorf("what was flushed waits: %q", out.text.String())
		}
		log.Info(strings.Repeat("x", 64<<10))
		if out.pieces != 4 {
			t.Error("a long line waits")
		}
	})
}

func TestLinesOfManyGoroutinesAreWhole(t *testing.T) {
	out := &sheet{}
	log, flush := telemetry.NewLog(out)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 1000 {
				log.Info("line", "text", "0123456789")
			}
		})
	}
	all.Wait()
	flush()
	n := 0
	for line := range strings.Lines(out.text.String()) {
		n++
		if !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "\"0123456789\"}\n") {
			t.Fatalf("%q", line)
		}
	}
	if n != 4000 || out.pieces > 400 {
		t.Errorf("%d lines in %d pieces", n, out.pieces)
	}
}
