package directory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

// UsedEvery is how often at most the last use of one token or key is written to the store.
const UsedEvery = 10 * time.Minute

// usedBatch is how many uses are written in one transaction, so that a change never waits for a million of them.
const usedBatch = 1000

// due reports whether a use is to be written, when the one before was at a time in Unix seconds.
func due(used uint32, now time.Time) bool {
	return now.Unix() >= int64(used)+int64(UsedEvery/time.Second)
}

// uses are those that are still to be written, and when keys were used last.
type uses struct {
	mu     sync.Mutex
	tokens map[string]time.Time
	keys   map[string]time.Time
	last   map[string]uint32 // of keys, Unix seconds
}

func newUses() uses {
	return uses{tokens: map[string]time.Time{}, keys: map[string]time.Time{}, last: map[string]uint32{}}
}

func (u *uses) token(id string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.tokens[id] = now
}

func (u *uses) key(k store.Key, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	last := u.last[k.ID]
	if k.LastUsed != nil {
		last = max(last, seconds(*k.LastUsed))
	}
	if due(last, now) {
		u.last[k.ID], u.keys[k.ID] = seconds(now), now
	}
}

// take returns at most a batch of what is to be written.
func (u *uses) take() (tokens, keys map[string]time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	tokens, keys = takeFrom(u.tokens, usedBatch), takeFrom(u.keys, usedBatch)
	return tokens, keys
}

func takeFrom(from map[string]time.Time, limit int) map[string]time.Time {
	taken := map[string]time.Time{}
	for id, at := range from {
		if len(taken) == limit {
			break
		}
		taken[id] = at
		delete(from, id)
	}
	return taken
}

// giveBack keeps what could not be written for another time.
func (u *uses) giveBack(tokens, keys map[string]time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	keepNewest(u.tokens, tokens)
	keepNewest(u.keys, keys)
}

func keepNewest(into, from map[string]time.Time) {
	for id, at := range from {
		if at.After(into[id]) {
			into[id] = at
		}
	}
}

// Run writes when tokens and keys were last used: at each tick, and once more when ctx ends. It returns when ctx has ended
// or ticks is closed, with the error of the last write or nil. What could not be written is kept for the next tick, and
// failed hears of it.
func (d *Directory) Run(ctx context.Context, ticks <-chan time.Time, failed func(error)) error {
	for {
		select {
		case <-ctx.Done():
			return d.flushLast(ctx)
		case _, open := <-ticks:
			if err := d.Flush(ctx); err != nil {
				failed(err)
			}
			if !open {
				return nil
			}
		}
	}
}

// lastWrite is how long the last write may take while the server stops.
const lastWrite = 5 * time.Second

func (d *Directory) flushLast(ended context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ended), lastWrite)
	defer cancel()
	return d.Flush(ctx)
}

// Flush writes now what Run would write at the next tick, in batches.
func (d *Directory) Flush(ctx context.Context) error {
	for {
		tokens, keys := d.uses.take()
		if len(tokens) == 0 && len(keys) == 0 {
			return nil
		}
		if err := d.source.Used(ctx, tokens, keys); err != nil {
			d.uses.giveBack(tokens, keys)
			return fmt.Errorf("write last uses: %w", err)
		}
	}
}
