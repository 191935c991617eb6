package directory

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/fieldgate/fieldgate/server/store"
)

// ErrBehind is a sequence that the store does not have.
var ErrBehind = errors.New("the store has no such sequence")

// Source is the part of a store.Store that a directory reads, and tells of uses.
type Source interface {
	View(ctx context.Context, f func(store.Reader) error) error
	Used(ctx context.Context, tokens, keys map[string]time.Time) error
}

// Directory holds what the hot path reads. It is safe for concurrent use.
type Directory struct {
	source Source
	now    atomic.Pointer[contents]
	head   atomic.Pointer[store.Head]
	writer chan struct{} // holds one value while nobody writes
	uses   uses
}

// contents is everything that is read at one sequence. A reload makes new ones.
type contents struct {
	tokens *tokens
	rows   *rows
}

// Open reads everything there is at one sequence. Errors are the store's.
func Open(ctx context.Context, source Source) (*Directory, error) {
	d := &Directory{source: source, writer: make(chan struct{}, 1), uses: newUses()}
	if err := d.reload(ctx); err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	d.writer <- struct{}{}
	return d, nil
}

// Head returns the newest entry of the audit chain that the directory has.
func (d *Directory) Head() store.Head { return *d.head.Load() }

// CatchUp brings the directory up to the newest entry of the store, which must be at least head; a zero head is content with
// whatever is newest. When it returns nil, everything up to head holds for whoever asks from then on: a token revoked at
// that sequence is refused. When it returns an error the directory stays at its sequence, and it can be called again.
// Errors are ErrBehind, ctx's and the store's.
//
// A store that goes on from another chain than the directory has seen, such as one restored from a backup, is read as a whole.
func (d *Directory) CatchUp(ctx context.Context, head store.Head) error {
	if d.has(head) {
		return nil
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("bring directory up to date: %w", ctx.Err())
	case <-d.writer:
	}
	defer func() { d.writer <- struct{}{} }()
	if d.has(head) {
		return nil
	}
	if err := d.follow(ctx); err != nil {
		return fmt.Errorf("bring directory up to date: %w", err)
	}
	if d.Head().Sequence < head.Sequence {
		return fmt.Errorf("bring directory up to date: %w: %d, newest is %d", ErrBehind, head.Sequence, d.Head().Sequence)
	}
	return nil
}

func (d *Directory) has(head store.Head) bool {
	return head.Sequence > 0 && head.Sequence <= d.head.Load().Sequence
}

// follow applies what is new. The caller holds writer.
func (d *Directory) follow(ctx context.Context) error {
	var c changes
	var follows bool
	err := d.source.View(ctx, func(r store.Reader) (err error) {
		c, follows, err = readChanges(r, d.Head())
		return err
	})
	if err != nil {
		return err
	}
	if !follows {
		return d.reload(ctx)
	}
	return d.apply(c)
}

// apply changes the rows that are named. Tokens come first: what is revoked is to be refused before anything else happens.
func (d *Directory) apply(c changes) error {
	now := d.now.Load()
	for _, token := range c.tokens {
		if err := now.tokens.put(token); err != nil {
			return err
		}
	}
	now.tokens.grants.drop(c.deletedScopes)
	if err := now.rows.apply(c); err != nil {
		return err
	}
	d.head.Store(&c.head)
	return nil
}

// reload reads everything and swaps it in at once.
func (d *Directory) reload(ctx context.Context) error {
	fresh := &contents{tokens: newTokens()}
	var head store.Head
	err := d.source.View(ctx, func(r store.Reader) (err error) {
		if head, err = r.Head(); err != nil {
			return err
		}
		if fresh.rows, err = readRows(r); err != nil {
			return err
		}
		for token, err := range r.AllTokens() {
			if err == nil {
				err = fresh.tokens.put(token)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.now.Store(fresh)
	d.head.Store(&head)
	return nil
}
