package admin

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/wire"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/problem"
	"github.com/fieldgate/fieldgate/server/store"
)

// body reads the request's body into target: JSON that says so, within the limit, without unknown or repeated names.
func (c *call) body(target any) error {
	if detail := notJSON(c.Request.Header); detail != "" {
		return &problemError{
			Problem: problem.Problem{Status: http.StatusUnsupportedMediaType, Code: "UNSUPPORTED_MEDIA_TYPE", Detail: detail},
			header:  http.Header{"Accept-Post": {"application/json"}},
		}
	}
	limit := c.api.MaxBody
	if c.route.Large {
		limit = c.api.MaxFiles
	}
	text, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return &problemError{Problem: problem.Problem{
			Status: http.StatusRequestEntityTooLarge, Code: "BODY_TOO_LARGE", Detail: fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit),
		}}
	}
	if err != nil {
		return badRequest("", "the body did not arrive whole")
	}
	return parse(text, target)
}

func parse(text []byte, target any) error {
	err := wire.Unmarshal(text, target)
	var at *wire.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &at):
		return badRequest(clip(at.Pointer), clip(at.Error()))
	}
	return badRequest("", "the body is not JSON")
}

// notJSON returns what is wrong with the media type of a body, or "".
func notJSON(h http.Header) string {
	plainly := func(coding string) bool { return strings.EqualFold(coding, "identity") }
	if codings := h.Values("Content-Encoding"); len(codings) > 1 || len(codings) == 1 && !plainly(codings[0]) {
		return "a body with a Content-Encoding is not read: send it as it is"
	}
	types := h.Values("Content-Type")
	if len(types) != 1 {
		return "say Content-Type: application/json, once"
	}
	name, params, err := mime.ParseMediaType(types[0])
	if charset, ok := params["charset"]; err != nil || name != "application/json" || ok && !strings.EqualFold(charset, "utf-8") {
		return "the body must be JSON in UTF-8 and say so: Content-Type: application/json"
	}
	return ""
}

// clip bounds a text that quotes the client.
func clip(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

// checkQuery refuses a query string with parameters that the route does not have, or has twice. A misspelt filter would
// otherwise show everything, and a key in a query string (RFC 6750, section 2.3) would be logged on its way.
func (c *call) checkQuery() error {
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return badRequest("", "the query string is malformed")
	}
	var known []string
	for _, p := range c.route.Parameters {
		if p.In == "query" {
			known = append(known, p.Name)
		}
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.Contains(known, name) {
			p := badRequest("", fmt.Sprintf("there is no query parameter %q here", clip(name)))
			p.Suggestion = coord.Nearest(clip(name), known)
			return p
		}
		if len(values[name]) > 1 {
			return badRequest("", fmt.Sprintf("the query parameter %q is there twice", name))
		}
	}
	return nil
}

// flag reads a boolean parameter: absent is false.
func (c *call) flag(name string) (bool, error) {
	switch value, set := c.GetQuery(name); {
	case !set || value == "false":
		return false, nil
	case value == "true":
		return true, nil
	}
	return false, badRequest("", fmt.Sprintf("the query parameter %q is true or false", name))
}

// moment reads a time parameter: absent is zero.
func (c *call) moment(name string) (time.Time, error) {
	value, set := c.GetQuery(name)
	if !set {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil {
		return time.Time{}, badRequest("", fmt.Sprintf("the query parameter %q is a time as in 2026-01-31T12:00:00Z", name))
	}
	return t, nil
}

// page reads limit and after. Its Limit is one more than the page has, so that whether there is a next one shows.
func (c *call) page() (store.Page, error) {
	p := store.Page{Limit: api.PageRows}
	if value, set := c.GetQuery("limit"); set {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > api.MaxPage {
			return p, badRequest("", fmt.Sprintf("the query parameter \"limit\" is a number from 1 to %d", api.MaxPage))
		}
		p.Limit = n
	}
	p.Limit++
	value, set := c.GetQuery("after")
	if !set {
		return p, nil
	}
	key, err := api.CursorKey(value)
	if err != nil || key == "" || len(key) > 2*api.MaxName || !utf8.ValidString(key) {
		return p, badRequest("", "the query parameter \"after\" is the `next` of a page before")
	}
	p.After = key
	return p, nil
}

// answerPage writes a page of rows that were read with p. key is what a row is found by again.
func answerPage[R, T any](c *call, p store.Page, rows []R, key func(R) string, out func(R) T) error {
	list := api.List[T]{Items: []T{}}
	size := p.Limit - 1
	for i, row := range rows {
		if i == size {
			list.Next = api.Cursor(key(rows[i-1]))
			c.linkNext(list.Next)
			break
		}
		list.Items = append(list.Items, out(row))
	}
	return c.answer(http.StatusOK, list)
}

// answerSorted is answerPage for a list that is read whole and sorted by its key.
func answerSorted[R, T any](c *call, rows []R, key func(R) string, out func(R) T) error {
	p, err := c.page()
	if err != nil {
		return err
	}
	start := 0
	for p.After != "" && start < len(rows) && key(rows[start]) <= p.After {
		start++
	}
	return answerPage(c, p, rows[start:], key, out)
}

// linkNext names the next page as RFC 8288 says.
func (c *call) linkNext(cursor string) {
	query := c.Request.URL.Query()
	query.Set("after", cursor)
	c.Header("Link", "<"+c.Request.URL.EscapedPath()+"?"+query.Encode()+`>; rel="next"`)
}

// checkName refuses a name of a person, key or token that could not be told apart from another, or that could break a
// line of a log or a terminal. Markup is text like any other.
func checkName(name string) error {
	const pointer = "/name"
	switch {
	case strings.TrimSpace(name) == "":
		return invalid(control.CodeName, pointer, "the name is missing")
	case len(name) > api.MaxName:
		return invalid(control.CodeName, pointer, fmt.Sprintf("the name is longer than %d bytes", api.MaxName))
	case strings.TrimSpace(name) != name:
		return invalid(control.CodeName, pointer, "the name begins or ends with white space")
	}
	if !printable(name) {
		return invalid(control.CodeName, pointer, "the name holds a character that does not print")
	}
	return nil
}

// printable reports whether a text has no control characters, line separators or changes of direction.
func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}
