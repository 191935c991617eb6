package admin

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/problem"
	"github.com/fieldgate/fieldgate/server/store"
)

// signIn exchanges what a member signs in with for a session.
func (c *call) signIn() error {
	if err := checkSameSite(c.Request); err != nil {
		return err
	}
	body, err := c.credentials()
	if err != nil {
		return err
	}
	who, err := c.identify(body)
	if errors.Is(err, ErrUnauthenticated) {
		return c.api.Keys.failed(c.Context, unauthenticated("invalid_token"))
	}
	if err != nil {
		return err
	}
	if err := c.api.Keys.authorize(c.Context, who, api.SessionRead, false); err != nil {
		return err
	}
	return c.openSession(who)
}

// credentials reads what a member signs in with. What is wrong with it is said without a word of it: it may be a secret in
// the wrong place (R21).
func (c *call) credentials() (body api.SignIn, err error) {
	err = c.body(&body)
	if p := (*problemError)(nil); errors.As(err, &p) && p.Status == http.StatusBadRequest {
		return body, badRequest("", signInWith)
	}
	return body, err
}

const signInWith = "sign in with exactly one of `key` (fgm_...) and `link` (the code of a one-time link)"

// identify returns who signs in: with a link, or with whatever else members sign in with.
func (c *call) identify(body api.SignIn) (Principal, error) {
	switch {
	case body.Key != "" && body.Link != "":
		return Principal{}, badRequest("", signInWith)
	case body.Link != "":
		return c.byLink(body.Link)
	}
	return c.api.SignIn.SignIn(c.ctx(), body)
}

// openSession stores a new session and answers with its cookie. A session ends no later than its key, and one of a link no
// later than the session that asked for the link.
func (c *call) openSession(who Principal) error {
	text, err := newSessionText(c.api.Random)
	if err != nil {
		return err
	}
	now := c.api.Now()
	longest := who.Expires
	who.Session, who.Expires = true, now.Add(c.api.SessionLife)
	if !longest.IsZero() && longest.Before(who.Expires) {
		who.Expires = longest
	}
	if who.Key.Expires != nil && who.Key.Expires.Before(who.Expires) {
		who.Expires = *who.Key.Expires
	}
	err = c.api.Keys.Sessions.PutSession(c.ctx(), store.Session{ID: sessionID(text), KeyID: who.Key.ID, Expires: who.Expires})
	if err != nil {
		return err
	}
	c.who = who
	answer, err := c.whoIs()
	if err != nil {
		return err
	}
	http.SetCookie(c.Writer, cookie(text, int(who.Expires.Sub(now)/time.Second)))
	return c.answer(http.StatusCreated, answer)
}

func newSessionText(random io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("new session: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// cookie is the session's: bound to this host and scheme (__Host-), out of reach of scripts and other sites.
func cookie(text string, seconds int) *http.Cookie {
	return &http.Cookie{
		Name: api.CookieName, Value: text, Path: "/", MaxAge: seconds,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// signOut ends the session. With a key as bearer there is none to end, which is no error.
func (c *call) signOut() error {
	if c.who.Session {
		sent, err := c.Request.Cookie(api.CookieName)
		if err != nil {
			return err
		}
		if err := c.api.Keys.Sessions.DeleteSession(c.ctx(), sessionID(sent.Value)); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	http.SetCookie(c.Writer, cookie("", -1))
	c.Status(http.StatusNoContent)
	return nil
}

func (c *call) whoami() error {
	answer, err := c.whoIs()
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, answer)
}

// whoIs says who asks and everything that they may do, their own keys included.
func (c *call) whoIs() (api.Session, error) {
	out := api.Session{Member: memberOut(c.who.Member), KeyID: c.who.Key.ID, Via: "key", Permissions: c.who.Key.Permissions, Expires: c.who.Key.Expires}
	if c.who.Session {
		out.Via, out.Expires = "session", &c.who.Expires
	}
	seen := map[api.Permission]bool{api.Open: true}
	for _, r := range api.Routes() {
		if seen[r.Permission] {
			continue
		}
		seen[r.Permission] = true
		may, err := c.api.Keys.allowed(c.ctx(), c.who, r.Permission, r.Own)
		if err != nil {
			return out, err
		}
		if may {
			out.May = append(out.May, r.Permission)
		}
	}
	slices.Sort(out.May)
	return out, nil
}

func unsafeMethod(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// checkSameSite refuses what a page of another site makes a browser send. Three things must hold, of which a browser's
// page can set none for a foreign origin: our own header (it needs a preflight, which is never answered), Sec-Fetch-Site
// where the browser sends it, and Origin.
func checkSameSite(r *http.Request) error {
	refused := &problemError{Problem: problem.Problem{
		Status: http.StatusForbidden, Code: "CROSS_SITE_REQUEST",
		Detail: "a session changes things only from the server's own pages: the header " + api.CSRFHeader + " is missing, or the request comes from another site",
	}}
	if r.Header.Get(api.CSRFHeader) == "" {
		return refused
	}
	site := r.Header.Values("Sec-Fetch-Site")
	if len(site) > 1 || len(site) == 1 && site[0] != "same-origin" {
		return refused
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return nil
	}
	origin, err := url.Parse(origins[0])
	if err != nil || len(origins) > 1 || origin.Host == "" || origin.Host != r.Host {
		return refused
	}
	return nil
}

func (c *call) openAPI() error {
	c.Data(http.StatusOK, "application/json", c.api.document)
	return nil
}

func (c *call) team() error {
	t, err := c.api.Control.Team(c.ctx())
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, api.Team{ID: t.ID, Name: t.Name, Entitled: t.Entitled, Created: t.Created})
}
