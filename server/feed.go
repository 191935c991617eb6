package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/fieldgate/fieldgate/server/problem"
	"github.com/fieldgate/fieldgate/server/store"
)

// feed tells those who wait that some revision became active.
type feed struct {
	mu    sync.Mutex
	next  chan struct{}
	ended chan struct{}
	once  sync.Once
}

func newFeed() *feed { return &feed{ended: make(chan struct{})} }

// end lets go of everyone who waits.
func (f *feed) end() { f.once.Do(func() { close(f.ended) }) }

// wait returns a channel that is closed at the next activation.
func (f *feed) wait() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next == nil {
		f.next = make(chan struct{})
	}
	return f.next
}

func (f *feed) activated() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next != nil {
		close(f.next)
		f.next = nil
	}
}

// What OPA's long polling says and wants to hear.
const (
	bundlePath     = "/bundles/:file"
	bundleSuffix   = ".tar.gz"
	mediaBundle    = "application/gzip"
	mediaLongPoll  = "application/vnd.openpolicyagent.bundles"
	longestPoll    = 2 * time.Minute
	bundleNotFound = "there is no active revision of a data layer of that name"
)

var preferWait = regexp.MustCompile(`(?:^|[;,\s])wait=(\d{1,5})(?:$|[;,\s])`)

// bundle answers GET /bundles/{layer}.tar.gz with the signed bundle of the active revision, as OPA's bundle API wants it:
// with an ETag, 304 for the one that the caller has, and held back until there is another for who prefers to wait.
func (s *State) bundle(c *gin.Context) {
	layer, ok := strings.CutSuffix(c.Param("file"), bundleSuffix)
	if !ok {
		problem.Write(c.Writer, problem.Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: "the path is /bundles/{layer}.tar.gz"})
		return
	}
	media, until := mediaBundle, time.Duration(0)
	if m := preferWait.FindStringSubmatch(strings.Join(c.Request.Header.Values("Prefer"), ",")); m != nil {
		seconds, _ := strconv.Atoi(m[1]) // digits
		media, until = mediaLongPoll, min(time.Duration(seconds)*time.Second, longestPoll)
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), until)
	defer cancel()
	if until > 0 {
		// The answer may take longer than the server lets other answers take.
		last, connection := time.Now().Add(until+30*time.Second), http.NewResponseController(c.Writer)
		if err := errors.Join(connection.SetReadDeadline(last), connection.SetWriteDeadline(last)); err != nil {
			s.log.WarnContext(c, "long polling is cut short", "error", err)
		}
	}
	for {
		changed := s.feed.wait()
		revision, ok := s.Control.Active(layer)
		if !ok {
			problem.Write(c.Writer, problem.Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: bundleNotFound})
			return
		}
		tag := fmt.Sprintf(`"%d-%s"`, revision.Number, strings.TrimPrefix(revision.Digest, "sha256:"))
		if !has(c.Request.Header.Get("If-None-Match"), tag) {
			s.sendBundle(c, layer, revision, tag, media)
			return
		}
		select {
		case <-changed:
			continue
		case <-ctx.Done():
		case <-s.feed.ended:
		}
		c.Header("ETag", tag)
		c.Header("Content-Type", media)
		c.Status(http.StatusNotModified)
		return
	}
}

// has reports whether a list of entity tags holds one.
func has(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if strings.TrimPrefix(strings.TrimSpace(one), "W/") == tag {
			return true
		}
	}
	return false
}

func (s *State) sendBundle(c *gin.Context, layer string, revision store.Revision, tag, media string) {
	text, err := s.Control.Bundle(c.Request.Context(), layer, revision.Number)
	if err != nil {
		s.log.ErrorContext(c, "bundle", "data_layer", layer, "revision", revision.Number, "error", err)
		problem.Write(c.Writer, problem.Problem{Status: http.StatusServiceUnavailable, Code: "NO_BUNDLE", Detail: "the bundle of the active revision cannot be read now"})
		return
	}
	c.Header("ETag", tag)
	c.Header("Cache-Control", "no-cache")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Data(http.StatusOK, media, text)
}
