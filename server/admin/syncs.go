package admin

import (
	"errors"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

func (c *call) listSyncs() error {
	p, err := c.page()
	if err != nil {
		return err
	}
	syncs, err := c.api.Control.Syncs(c.ctx(), c.Param("layer"), p)
	if err != nil {
		return err
	}
	return answerPage(c, p, syncs, func(s store.Sync) string { return s.ID }, syncOut)
}

func (c *call) getSync() error {
	s, err := c.api.Control.Sync(c.ctx(), c.Param("layer"), c.Param("sync"))
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, syncOut(s))
}

func (c *call) startSync() error {
	s, err := c.api.Control.StartSync(c.ctx(), c.origin(), c.Param("layer"))
	return c.accepted(s, err)
}

// accepted answers 202 with the sync that began and where to see how far it is.
func (c *call) accepted(s store.Sync, err error) error {
	if err != nil {
		return err
	}
	c.Header("Location", api.Prefix+"/layers/"+c.Param("layer")+"/syncs/"+s.ID)
	return c.answer(http.StatusAccepted, syncOut(s))
}

func (c *call) listRevisions() error {
	p, err := c.page()
	if err != nil {
		return err
	}
	layer, err := c.api.Control.Layer(c.ctx(), c.Param("layer"))
	if err != nil {
		return err
	}
	revisions, err := c.api.Control.Revisions(c.ctx(), layer.Name, p)
	if err != nil {
		return err
	}
	active, _ := c.api.Control.Active(layer.Name) // 0 is no revision's number
	return answerPage(c, p, revisions, func(r store.Revision) string { return strconv.FormatUint(r.Number, 10) },
		func(r store.Revision) api.Revision { return revisionOut(r, active.Number, layer.Pinned) })
}

func (c *call) bundle() error {
	number, err := strconv.ParseUint(c.Param("revision"), 10, 64)
	if err != nil || number == 0 {
		return notFound("revision")
	}
	bundle, err := c.api.Control.Bundle(c.ctx(), c.Param("layer"), number)
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "application/gzip", bundle)
	return nil
}

func (c *call) pin() error {
	var body api.Pin
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Revision == 0 {
		return badRequest("/revision", "revisions are numbered from 1")
	}
	s, err := c.api.Control.Pin(c.ctx(), c.origin(), c.Param("layer"), body.Revision)
	return c.accepted(s, err)
}

func (c *call) unpin() error {
	s, err := c.api.Control.Unpin(c.ctx(), c.origin(), c.Param("layer"))
	return c.accepted(s, err)
}

var commit = regexp.MustCompile(`^[0-9a-f]{7,64}$`)

func (c *call) apply() error {
	var body api.Apply
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Commit != "" && !commit.MatchString(body.Commit) {
		return badRequest("/commit", "a git commit is 7 to 64 hexadecimal digits")
	}
	files, err := filesOf(body.Files)
	if err != nil {
		return err
	}
	by := c.origin()
	by.Actor.Commit = body.Commit
	applied, err := c.api.Control.Apply(c.ctx(), by, files, body.DryRun)
	if err != nil {
		return err
	}
	out := api.AppliedFiles{DryRun: body.DryRun, DataLayers: []api.AppliedLayer{}}
	for _, a := range applied {
		out.DataLayers = append(out.DataLayers, appliedOut(a))
	}
	return c.answer(http.StatusOK, out)
}

// filesOf checks paths. An empty directory is no wish to take everything away (R22).
func filesOf(texts map[string]string) (map[string][]byte, error) {
	if len(texts) == 0 {
		return nil, invalid(control.CodeFiles, "/files", "`files` is empty: an empty directory changes nothing")
	}
	names := make([]string, 0, len(texts))
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make(map[string][]byte, len(texts))
	for _, name := range names {
		if err := checkPath(name); err != nil {
			return nil, invalid(control.CodeFiles, "/files/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(clip(name)), err.Error())
		}
		out[name] = []byte(texts[name])
	}
	return out, nil
}

var errPath = errors.New("a path is relative, with slashes, without . and .. and without characters that do not print")

func checkPath(name string) error {
	if name == "" || len(name) > 1000 || path.IsAbs(name) || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../") ||
		strings.ContainsAny(name, "\\") || !printable(name) {
		return errPath
	}
	return nil
}
