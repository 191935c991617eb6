package control

import (
	"context"
	"iter"

	"github.com/fieldgate/fieldgate/server/store"
)

// Audit returns the entries of the audit log that a filter chooses, by sequence, as they are at one sequence. It ends with
// the first error.
func (c *Control) Audit(ctx context.Context, f store.AuditFilter) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		wanted := true
		err := c.view(ctx, func(r store.Reader) error {
			for e, err := range r.Audit(f) {
				if err != nil {
					return err
				}
				if wanted = yield(e, nil); !wanted {
					return nil
				}
			}
			return nil
		})
		if err != nil && wanted {
			yield(store.Entry{}, err)
		}
	}
}

// Head returns the head of the audit chain.
func (c *Control) Head(ctx context.Context) (h store.Head, err error) {
	err = c.view(ctx, func(r store.Reader) (err error) {
		h, err = r.Head()
		return err
	})
	return h, err
}

// Verify reads the whole audit chain and returns its head when every entry is as it was written (R20). Otherwise the error
// is a *store.BrokenError.
func (c *Control) Verify(ctx context.Context) (h store.Head, err error) {
	err = c.view(ctx, func(r store.Reader) (err error) {
		h, err = store.VerifyAll(r)
		return err
	})
	return h, err
}
