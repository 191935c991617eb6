package admin

import (
	"net/http"
	"time"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/stats"
)

// Statistics say what was decided in the last hour; *stats.Counter is one.
type Statistics interface {
	Hour(layer string) stats.Hour
}

func (c *call) stats() error {
	layer, err := c.api.Control.Layer(c.ctx(), c.Param("layer"))
	if err != nil {
		return err
	}
	counted := c.api.Stats
	if counted == nil {
		counted = stats.New(c.api.Now)
	}
	hour := counted.Hour(layer.Name)
	return c.answer(http.StatusOK, api.Stats{
		From: hour.From, StepSeconds: int(hour.Step / time.Second),
		Minutes: each(hour.Minutes, func(m stats.Minute) api.StatsMinute {
			return api.StatsMinute{At: m.At, Allow: m.Allow, Partial: m.Partial, Deny: m.Deny, Error: m.Fail}
		}),
		Denied: each(hour.Denied, func(d stats.Denied) api.StatsDenied { return api.StatsDenied(d) }),
	})
}
