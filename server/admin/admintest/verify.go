package admintest

import (
	"context"

	"github.com/fieldgate/fieldgate/server/admin"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

// Verify returns the head unless the chain is to be broken.
func (c *Control) Verify(ctx context.Context) (store.Head, error) {
	if c.Broken {
		return store.Head{}, refused(control.Conflict, admin.CodeBroken, "entry 2 does not follow entry 1")
	}
	return c.Head(ctx)
}
