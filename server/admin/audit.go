package admin

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

// filter reads which entries are asked for.
func (c *call) filter() (store.AuditFilter, error) {
	f := store.AuditFilter{Actor: c.Query("actor"), Action: c.Query("action"), Target: c.Query("target"), Layer: c.Query("data_layer")}
	var err error
	if f.From, err = c.moment("from"); err != nil {
		return f, err
	}
	f.Until, err = c.moment("until")
	return f, err
}

func (c *call) listAudit() error {
	f, err := c.filter()
	if err != nil {
		return err
	}
	p, err := c.page()
	if err != nil {
		return err
	}
	if f.Newest, err = c.flag("newest"); err != nil {
		return err
	}
	last, err := sequence(p.After)
	if err != nil {
		return err
	}
	if f.After, f.Limit = last, p.Limit; f.Newest {
		f.After, f.Before = 0, last
	}
	var entries []store.Entry
	for entry, err := range c.api.Control.Audit(c.ctx(), f) {
		if err != nil {
			return err
		}
		entries = append(entries, entry)
	}
	return answerPage(c, p, entries, func(e store.Entry) string { return strconv.FormatUint(e.Sequence, 10) }, func(e store.Entry) store.Entry { return e })
}

func sequence(cursor string) (uint64, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(cursor, 10, 64)
	if err != nil || n == 0 {
		return 0, badRequest("", "the query parameter \"after\" is the `next` of a page before")
	}
	return n, nil
}

// exportAudit streams entries. When it fails half-way the connection is cut, so that the client sees that it has no whole.
func (c *call) exportAudit() error {
	f, err := c.filter()
	if err != nil {
		return err
	}
	switch c.DefaultQuery("format", "jsonl") {
	case "jsonl":
		return c.stream(f, &jsonLines{json.NewEncoder(c.Writer)}, "application/jsonl", "audit.jsonl")
	case "csv":
		return c.stream(f, &csvLines{csv.NewWriter(c.Writer)}, "text/csv; charset=utf-8; header=present", "audit.csv")
	}
	return badRequest("", "the query parameter \"format\" is jsonl or csv")
}

func (c *call) stream(f store.AuditFilter, w entryWriter, media, name string) error {
	begun := false
	begin := func() error {
		begun = true
		c.Header("Content-Type", media)
		c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
		c.Status(http.StatusOK)
		return w.begin()
	}
	for entry, err := range c.api.Control.Audit(c.ctx(), f) {
		if err == nil && !begun {
			err = begin()
		}
		if err == nil {
			err = w.write(entry)
		}
		if err != nil {
			return c.cut(err, begun)
		}
	}
	if !begun {
		if err := begin(); err != nil {
			return c.cut(err, true)
		}
	}
	if err := w.end(); err != nil {
		return c.cut(err, true)
	}
	c.Writer.WriteHeaderNow()
	return nil
}

// cut ends an answer that cannot be finished. Before anything was sent it is an ordinary error.
func (c *call) cut(err error, begun bool) error {
	if !begun {
		return err
	}
	c.api.Log.WarnContext(c.ctx(), "audit export ended early", "request_id", c.requestID(), "error", err.Error())
	panic(http.ErrAbortHandler)
}

// entryWriter writes audit entries in one format.
type entryWriter interface {
	begin() error
	write(store.Entry) error
	end() error
}

// jsonLines writes entries as they are in the chain, one a line: what verifies them later reads them again.
type jsonLines struct{ *json.Encoder }

func (*jsonLines) begin() error                { return nil }
func (j *jsonLines) write(e store.Entry) error { return j.Encode(e) }
func (*jsonLines) end() error                  { return nil }

// csvLines writes entries for spreadsheets.
type csvLines struct{ *csv.Writer }

func (w *csvLines) begin() error {
	return w.Write([]string{
		"sequence", "time", "actor_kind", "actor_id", "actor_name", "key_id", "commit", "ip", "request_id", "action",
		"target_kind", "target_id", "target_name", "data_layer", "before", "after", "previous", "hash",
	})
}

func (w *csvLines) write(e store.Entry) error {
	row := []string{
		strconv.FormatUint(e.Sequence, 10), e.Time.UTC().Format(time.RFC3339Nano), string(e.Actor.Kind), e.Actor.ID, e.Actor.Name, e.Actor.KeyID,
		e.Actor.Commit, e.IP, e.RequestID, string(e.Action), e.Target.Kind, e.Target.ID, e.Target.Name, e.Target.DataLayer,
		string(e.Before), string(e.After), e.Previous, e.Hash,
	}
	for i := range row {
		row[i] = plainCell(row[i])
	}
	return w.Write(row)
}

func (w *csvLines) end() error {
	w.Flush()
	return w.Error()
}

// plainCell keeps a spreadsheet from taking what someone chose as a name for a formula (OWASP, CSV injection).
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (c *call) head() error {
	h, err := c.api.Control.Head(c.ctx())
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, h)
}

// verify answers 200 either way: that the chain is broken is what was asked. What could not be read is a failure.
func (c *call) verify() error {
	h, err := c.api.Control.Verify(c.ctx())
	var broken *store.BrokenError
	switch {
	case err == nil:
		return c.answer(http.StatusOK, api.Verification{Intact: true, Head: &h})
	case errors.As(err, &broken):
		return c.answer(http.StatusOK, api.Verification{Problem: broken.Error()})
	}
	return err
}
