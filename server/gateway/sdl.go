package gateway

import (
	"net/http"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
)

// sdl answers with the caller's view of the schema (R13).
func (x *exchange) sdl() {
	layer, ok := x.Layers.Layer(x.layer)
	if !ok {
		x.undecided(engine.ErrNoSnapshot)
		return
	}
	snapshot, err := layer.Snapshot()
	if err != nil {
		x.undecided(err)
		return
	}
	if snapshot.Content().Introspection == "off" {
		x.refuse(refuse(http.StatusForbidden, gql.CodeIntrospection, "introspection is off on this data layer"))
		return
	}
	view, err := snapshot.View(x.ctx, x.caller.Subject)
	if err != nil {
		x.undecided(err)
		return
	}
	text := view.SDL()
	if text == "" {
		text = "# The token may read nothing of this schema.\n"
	}
	x.status, x.size = write(x.w, http.StatusOK, "text/plain", []byte(text)), len(text)
}
