package admin

import (
	"fmt"
	"net/http"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

func (c *call) listScopes() error {
	scopes, err := c.api.Control.Scopes(c.ctx(), c.Param("layer"))
	if err != nil {
		return err
	}
	return answerSorted(c, scopes, func(s store.Scope) string { return s.Name }, scopeOut)
}

func (c *call) getScope() error {
	s, err := c.api.Control.Scope(c.ctx(), c.Param("layer"), c.Param("scope"))
	if err != nil {
		return err
	}
	return c.answerRow(http.StatusOK, s.Version, scopeOut(s))
}

// scopeBody reads what a scope is to be. Whether its entries are ones is the control plane's to say.
func (c *call) scopeBody() (control.ScopeRequest, error) {
	var body api.NewScope
	if err := c.body(&body); err != nil {
		return control.ScopeRequest{}, err
	}
	if err := checkName(body.Name); err != nil {
		return control.ScopeRequest{}, err
	}
	if body.Fields == nil {
		return control.ScopeRequest{}, badRequest("/fields", "`fields` is missing: a list of coordinates")
	}
	if len(body.Fields) > api.MaxEntries {
		return control.ScopeRequest{}, badRequest("/fields", fmt.Sprintf("more than %d entries", api.MaxEntries))
	}
	return control.ScopeRequest{Name: body.Name, Description: body.Description, Fields: body.Fields}, nil
}

func (c *call) createScope() error {
	request, err := c.scopeBody()
	if err != nil {
		return err
	}
	s, run, err := c.api.Control.CreateScope(c.ctx(), c.origin(), c.Param("layer"), request)
	if err != nil {
		return err
	}
	c.Header("Location", c.Request.URL.EscapedPath()+"/"+s.ID)
	return c.answerRow(http.StatusCreated, s.Version, api.ChangedScope{Scope: scopeOut(s), Sync: syncOut(run)})
}

func (c *call) updateScope() error {
	version, err := c.version()
	if err != nil {
		return err
	}
	request, err := c.scopeBody()
	if err != nil {
		return err
	}
	s, run, err := c.api.Control.UpdateScope(c.ctx(), c.origin(), c.Param("layer"), c.Param("scope"), request, version)
	if err != nil {
		return err
	}
	return c.answerRow(http.StatusOK, s.Version, api.ChangedScope{Scope: scopeOut(s), Sync: syncOut(run)})
}

func (c *call) deleteScope() error {
	dry, err := c.flag("dry_run")
	if err != nil {
		return err
	}
	if dry {
		return c.previewDelete()
	}
	version, err := c.version()
	if err != nil {
		return err
	}
	run, err := c.api.Control.DeleteScope(c.ctx(), c.origin(), c.Param("layer"), c.Param("scope"), version)
	if err != nil {
		return err
	}
	s := syncOut(run)
	return c.answer(http.StatusOK, api.ScopeDeletion{Sync: &s})
}

// previewDelete says what deleting the scope would open, and to whom it would close.
func (c *call) previewDelete() error {
	d, err := c.api.Control.PreviewDelete(c.ctx(), c.Param("layer"), c.Param("scope"))
	if err != nil {
		return err
	}
	names, err := c.scopeNames()
	if err != nil {
		return err
	}
	out := api.ScopeDeletion{DryRun: true, Opens: d.Opens}
	for _, t := range d.Tokens {
		out.Tokens = append(out.Tokens, tokenOut(t, names, c.api.Now()))
	}
	return c.answer(http.StatusOK, out)
}
