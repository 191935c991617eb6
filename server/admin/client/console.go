package client

import (
	"context"
	"io"

	"github.com/fieldgate/fieldgate/server/admin/api"
)

// Catalog returns the schema of the active revision with what restricts it.
func (c *Client) Catalog(ctx context.Context, layer string) (api.Catalog, error) {
	return do[api.Catalog](ctx, c, "getCatalog", in(layer))
}

// PreviewScope says what an edit of a scope would do.
func (c *Client) PreviewScope(ctx context.Context, layer string, d api.ScopeDraft) (api.Preview, error) {
	return do[api.Preview](ctx, c, "previewScope", in(layer).with(d))
}

// Matrix returns who can read how much of each type.
func (c *Client) Matrix(ctx context.Context, layer string) (api.Matrix, error) {
	return do[api.Matrix](ctx, c, "getMatrix", in(layer))
}

// View writes the schema as the token with an id sees it to w.
func (c *Client) View(ctx context.Context, layer, tokenID string, w io.Writer) error {
	return c.Stream(ctx, "getView", in(layer).asking("token", tokenID), w)
}

// Stats returns the decisions of the last hour.
func (c *Client) Stats(ctx context.Context, layer string) (api.Stats, error) {
	return do[api.Stats](ctx, c, "getStats", in(layer))
}
