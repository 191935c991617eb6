package admin

import (
	"net/http"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

func (c *call) listLayers() error {
	layers, err := c.api.Control.Layers(c.ctx())
	if err != nil {
		return err
	}
	return answerSorted(c, layers, func(l store.DataLayer) string { return l.Name }, c.layerOut)
}

func (c *call) getLayer() error {
	l, err := c.api.Control.Layer(c.ctx(), c.Param("layer"))
	if err != nil {
		return err
	}
	return c.answerRow(http.StatusOK, l.Version, c.layerOut(l))
}

func (c *call) createLayer() error {
	var body api.NewLayer
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Definition == "" {
		return badRequest("/definition", "the definition is missing: what a layer.yaml holds")
	}
	l, err := c.api.Control.CreateLayer(c.ctx(), c.origin(), body.Definition, body.Schema)
	if err != nil {
		return err
	}
	c.Header("Location", api.Prefix+"/layers/"+l.Name)
	return c.answerRow(http.StatusCreated, l.Version, c.layerOut(l))
}

func (c *call) updateLayer() error {
	version, err := c.version()
	if err != nil {
		return err
	}
	var body api.LayerChange
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Definition == "" && body.Schema == "" {
		return badRequest("", "nothing to change: send `definition`, `schema` or both")
	}
	l, err := c.api.Control.UpdateLayer(c.ctx(), c.origin(), c.Param("layer"), body.Definition, body.Schema, version)
	if err != nil {
		return err
	}
	return c.answerRow(http.StatusOK, l.Version, c.layerOut(l))
}

func (c *call) deleteLayer() error {
	version, err := c.version()
	if err != nil {
		return err
	}
	return c.done(c.api.Control.DeleteLayer(c.ctx(), c.origin(), c.Param("layer"), version))
}

func (c *call) schema() error {
	text, err := c.api.Control.Schema(c.ctx(), c.Param("layer"))
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "application/graphql", []byte(text))
	return nil
}
