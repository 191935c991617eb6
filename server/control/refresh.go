package control

import (
	"context"
	"fmt"
	"time"

	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/store"
)

// retryAfter is when a schema that could not be read, or a sync that could not end, is tried again at the latest.
const retryAfter = 30 * time.Second

// fetchTimeout is the most that reading a schema takes, whatever bounds Introspect has itself: no other reading begins before.
const fetchTimeout = 2 * time.Minute

// system is the origin of what the server does by itself.
func system() store.Origin {
	return store.Origin{Actor: store.Actor{Kind: store.ActorSystem, Name: "fieldgate"}}
}

// fetch asks the upstream for the schema. It returns "" for a data layer that is not introspected.
func (c *Control) fetch(ctx context.Context, g *guarded) (string, error) {
	d, err := c.definitionOf(ctx, g.id)
	if err != nil || d.Introspect == nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	return c.o.Introspect(ctx, d.Upstream)
}

func (c *Control) definitionOf(ctx context.Context, id string) (d scope.Layer, err error) {
	err = c.view(ctx, func(r store.Reader) error {
		l, err := layerByID(r, id)
		if err != nil {
			return err
		}
		d, err = rows{layer: l}.definition()
		return err
	})
	return d, err
}

// takeFetched takes what a fetch returned.
func (w *work) takeFetched(text string, err error) error {
	if err == nil {
		err = w.takeSchema(text)
	}
	w.postpone(err)
	return err
}

// hasSchema reports whether the data layer has a schema to compile.
func (w *work) hasSchema() bool {
	return w.c.view(w.ctx(), func(r store.Reader) error {
		l, err := layerByID(r, w.g.id)
		if err == nil {
			_, err = digestInForce(r, l)
		}
		return err
	}) == nil
}

// takeSchema makes the schema that an upstream told the current one. It is stored in the form in which the engine prints it,
// so that an upstream that tells it in another order has not changed it.
func (w *work) takeSchema(text string) error {
	if text == "" {
		return nil
	}
	_, err := w.c.change(w.ctx(), w.by, func(s store.Writer) error {
		l, err := layerByID(s, w.g.id)
		if err != nil {
			return err
		}
		d, err := rows{layer: l}.definition()
		if err != nil {
			return err
		}
		schema, err := loadSchema(d, "schema of the upstream", text)
		if err != nil {
			return err
		}
		sdl := schema.SDL()
		if digestOf(sdl) == l.SchemaDigest {
			w.detail("the upstream's schema is unchanged")
			return nil
		}
		w.detail("the upstream has another schema than before")
		l.SchemaDigest, l.SchemaFile, l.Version = digestOf(sdl), "", 0
		if err := putSchema(s, sdl); err != nil {
			return err
		}
		_, err = s.UpdateLayer(l)
		return err
	})
	return err
}

// postpone says when the schema is to be read again.
func (w *work) postpone(failure error) {
	d, err := w.c.definitionOf(w.ctx(), w.g.id)
	if err != nil || d.Introspect == nil {
		return
	}
	wait := d.Introspect.Every
	if failure != nil {
		wait = min(wait, retryAfter)
	}
	w.g.mu.Lock()
	defer w.g.mu.Unlock()
	w.g.due = w.c.o.Clock().Add(wait)
}

// keepFresh reads schemas again when they are due, and tries syncs again that failed for what may have passed.
func (c *Control) keepFresh(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-ticks:
			if !ok {
				return
			}
			c.tick(ctx)
		}
	}
}

func (c *Control) tick(ctx context.Context) {
	layers, err := c.Layers(ctx)
	if err != nil {
		c.o.Log.ErrorContext(ctx, "data layers cannot be read", "error", err.Error())
		return
	}
	for _, l := range layers {
		d, err := rows{layer: l}.definition()
		if err != nil {
			continue // every sync says so
		}
		reason, fetch := c.dueNow(c.guarded(l), d)
		if reason == "" {
			continue
		}
		if _, err := c.start(ctx, system(), l, reason, fetch, nil); err != nil && ctx.Err() == nil {
			c.o.Log.ErrorContext(ctx, "sync cannot start", "data_layer", l.Name, "error", err.Error())
		}
	}
}

// dueNow returns why a sync is due, or "", and sees to it that the next tick does not ask for the same.
func (c *Control) dueNow(g *guarded, d scope.Layer) (reason string, fetch bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := c.o.Clock()
	reads := g.newest != nil && g.newest.fetch && !isDone(g.newest) // a slow upstream's answer is waited for
	if now.Before(g.due) || reads {
		return "", false
	}
	switch {
	case d.Introspect != nil:
		g.due = now.Add(d.Introspect.Every)
		return "schema", true
	case g.failed:
		g.due = now.Add(retryAfter)
		return "retry", false
	}
	return "", false
}

// readAgain has the next tick read the schema, if it comes from an upstream: the upstream may be another one now.
func (g *guarded) readAgain() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.due = time.Time{}
}

// StartSync starts a sync by hand, which also reads the upstream's schema for a data layer that is introspected. It returns
// once the sync has begun.
func (c *Control) StartSync(ctx context.Context, by store.Origin, layer string) (store.Sync, error) {
	l, err := c.Layer(ctx, layer)
	if err != nil {
		return store.Sync{}, err
	}
	d, err := rows{layer: l}.definition()
	if err != nil {
		return store.Sync{}, fmt.Errorf("data layer %s: %w", layer, err)
	}
	request, err := c.start(ctx, by, l, "manual", d.Introspect != nil, nil)
	if err != nil {
		return store.Sync{}, err
	}
	return request.sync, nil
}
