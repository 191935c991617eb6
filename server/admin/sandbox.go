package admin

import (
	"net/http"

	"github.com/fieldgate/fieldgate/server/control"
)

// Sandbox answers a query that a member runs on a data layer without tokens and scopes, or as somebody who has them (R7). It
// reads the body and writes the answer, a GraphQL response.
type Sandbox func(w http.ResponseWriter, r *http.Request, layer, member string)

func (c *call) sandbox() error {
	layer, err := c.api.Control.Layer(c.ctx(), c.Param("layer"))
	if err != nil {
		return err
	}
	if c.api.Sandbox == nil {
		return &control.Error{Kind: control.NotFound, Code: "NO_SANDBOX", Message: "this server runs no queries"}
	}
	c.api.Sandbox(c.Writer, c.Request, layer.Name, c.who.Member.ID)
	return nil
}
