package admintest

import (
	"context"

	"github.com/fieldgate/fieldgate/server/store"
)

// Verify reads the chain, whose second entry is taken out when it is to be broken.
func (c *Control) Verify(ctx context.Context) (store.Head, error) {
	return store.Verify(func(yield func(store.Entry, error) bool) {
		for e, err := range c.Audit(ctx, store.AuditFilter{}) {
			if c.Broken && e.Sequence == 2 {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	})
}
