package decisionlog

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// UploadOptions say where events are uploaded. Client and URL are required.
type UploadOptions struct {
	Client *http.Client
	URL    string // events are posted to it; it may hold a secret and is in no error
	// Wait returns how long to wait before the next attempt; attempt counts from 1. Nil doubles from half
	// a second to half a minute, with a random part.
	Wait func(attempt int) time.Duration
	// Attempts is how often one chunk is tried; 0 is 8. A chunk that is refused with a status that will not
	// change (4xx but 408 and 429) is not tried again.
	Attempts int
	Timeout  time.Duration // of one attempt; 0 is 10 s
}

const (
	defaultAttempts      = 8
	defaultUploadTimeout = 10 * time.Second
	// chunkBytes is how much JSON one upload holds at most; OPA's events shrink to a tenth.
	chunkBytes = 256 << 10
)

// uploader posts JSON arrays of events, compressed, as OPA uploads its decision logs.
type uploader struct {
	o      UploadOptions
	chunk  bytes.Buffer // events with commas between
	events int
}

// NewUpload returns a sink that uploads events in chunks. An upload that fails is tried again; meanwhile
// events wait in the log's queue.
func NewUpload(o UploadOptions) Sink {
	if o.Wait == nil {
		o.Wait = backoff
	}
	if o.Attempts == 0 {
		o.Attempts = defaultAttempts
	}
	if o.Timeout == 0 {
		o.Timeout = defaultUploadTimeout
	}
	return &uploader{o: o}
}

func backoff(attempt int) time.Duration {
	most := min(500*time.Millisecond<<min(attempt-1, 6), 30*time.Second)
	return most/2 + rand.N(most/2) //nolint:gosec // spreads load, guards nothing
}

// Write adds events to the chunk, and uploads what does not fit with them.
func (u *uploader) Write(ctx context.Context, lines []byte, _ int) error {
	var all LostError
	for line := range bytes.Lines(lines) {
		var lost *LostError
		if errors.As(u.add(ctx, line), &lost) {
			all.Events, all.Err = all.Events+lost.Events, errors.Join(all.Err, lost.Err)
		}
	}
	if all.Events == 0 {
		return nil
	}
	return &all
}

func (u *uploader) add(ctx context.Context, line []byte) error {
	var err error
	if u.events > 0 && u.chunk.Len()+len(line) > chunkBytes {
		err = u.Flush(ctx)
	}
	if u.events > 0 {
		u.chunk.WriteByte(',')
	}
	u.chunk.Write(bytes.TrimRight(line, "\n"))
	u.events++
	return err
}

// Flush uploads the chunk.
func (u *uploader) Flush(ctx context.Context) error {
	if u.events == 0 {
		return nil
	}
	body, err := compress(u.chunk.Bytes())
	if err == nil {
		err = u.upload(ctx, body)
	}
	lost := u.events
	u.chunk.Reset()
	u.events = 0
	if err != nil {
		return &LostError{lost, err}
	}
	return nil
}

// Close has nothing to do.
func (*uploader) Close() error { return nil }

func compress(events []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, part := range [][]byte{{'['}, events, {']'}} {
		if _, err := z.Write(part); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

// errFinal is an answer that will be the same next time.
var errFinal = errors.New("the service refuses the upload")

func (u *uploader) upload(ctx context.Context, body []byte) error {
	for attempt := 1; ; attempt++ {
		err := u.post(ctx, body)
		if err == nil || errors.Is(err, errFinal) || attempt == u.o.Attempts {
			return err
		}
		timer := time.NewTimer(u.o.Wait(attempt))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

func (u *uploader) post(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, u.o.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.o.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: its URL cannot be read", errFinal) // err quotes the URL
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Content-Encoding", "gzip")
	response, err := u.o.Client.Do(request)
	if err != nil {
		if at := (*url.Error)(nil); errors.As(err, &at) {
			err = at.Err
		}
		return err
	}
	defer response.Body.Close()                                       //nolint:errcheck // it was only read
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // so that the connection is used again
	return statusError(response.StatusCode)
}

func statusError(code int) error {
	switch {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 500 && code != http.StatusRequestTimeout && code != http.StatusTooManyRequests:
		return fmt.Errorf("%w: status %d", errFinal, code)
	}
	return fmt.Errorf("the service answers with status %d", code)
}
