package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/problem"
	"github.com/fieldgate/fieldgate/server/store"
)

// Options say what an API is made of. All but the last group are required.
type Options struct {
	Control Control
	Keys    *Keys // who is asking, and what they may
	Log     *slog.Logger

	Sandbox     Sandbox          // runs queries; nil: there is none
	Snapshots   Snapshots        // to explain; nil: there are none
	Stats       Statistics       // nil: nothing is counted
	SignIn      SignIn           // what members sign in with; nil is Keys
	Live        Live             // nil: nobody is told what happens
	Heartbeat   time.Duration    // of those who are; 0 is 15 s
	Now         func() time.Time // nil is time.Now
	Random      io.Reader        // of session cookies; nil is crypto/rand
	MaxBody     int64            // bytes of a body; 0 is 1 MiB
	MaxFiles    int64            // bytes of a body that holds files; 0 is 16 MiB
	SessionLife time.Duration    // 0 is 12 hours
}

const (
	defaultBody    = 1 << 20
	defaultFiles   = 16 << 20
	defaultSession = 12 * time.Hour
	defaultBeat    = 15 * time.Second
)

// API answers the routes of package api. It is safe for concurrent use.
type API struct {
	Options
	document []byte
	links    links
	kept     *kept
}

// New returns an API, or an error that names what is missing from the options.
func New(o Options) (*API, error) {
	if o.Control == nil || o.Keys == nil || o.Log == nil {
		return nil, errors.New("admin API: Control, Keys and Log are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.SignIn == nil {
		o.SignIn = o.Keys
	}
	if o.Random == nil {
		o.Random = secureRandom
	}
	o.MaxBody = orDefault(o.MaxBody, defaultBody)
	o.MaxFiles = orDefault(o.MaxFiles, defaultFiles)
	o.Heartbeat = orDefault(o.Heartbeat, defaultBeat)
	o.SessionLife = orDefault(o.SessionLife, defaultSession)
	k, err := newKept()
	if err != nil {
		return nil, err
	}
	return &API{Options: o, document: api.Document(), kept: k}, nil
}

func orDefault[T ~int64](value, fallback T) T {
	if value == 0 {
		return fallback
	}
	return value
}

// handler answers one route. What it returns is answered as a problem.
type handler func(*call) error

// call is one request to one route.
type call struct {
	*gin.Context
	api   *API
	route api.Route
	who   Principal
}

// Routes registers every route. It panics when a route has no handler or a handler no route: the two are tables in this
// module, and a test reads both.
func (a *API) Routes(r gin.IRouter) {
	handlers := a.handlers()
	for _, route := range api.Routes() {
		h, ok := handlers[route.ID]
		if !ok {
			panic(fmt.Sprintf("admin API: no handler for %s", route.ID))
		}
		delete(handlers, route.ID)
		r.Handle(route.Method, route.GinPath(), func(c *gin.Context) { a.serve(&call{Context: c, api: a, route: route}, h) })
	}
	if len(handlers) > 0 {
		panic(fmt.Sprintf("admin API: %d handlers without a route", len(handlers)))
	}
}

// handlers are the handlers of every route, by its id.
func (a *API) handlers() map[string]handler {
	return map[string]handler{
		"getOpenAPI": (*call).openAPI, "signIn": (*call).signIn, "createSessionLink": (*call).link, "signOut": (*call).signOut, "whoami": (*call).whoami, "getTeam": (*call).team,
		"listMembers": (*call).listMembers, "addMember": (*call).addMember, "getMember": (*call).getMember,
		"updateMember": (*call).updateMember, "removeMember": (*call).removeMember,
		"listKeys": (*call).listKeys, "generateKey": (*call).generateKey, "revokeKey": (*call).revokeKey,
		"listLayers": (*call).listLayers, "createLayer": (*call).createLayer, "getLayer": (*call).getLayer,
		"updateLayer": (*call).updateLayer, "deleteLayer": (*call).deleteLayer, "getSchema": (*call).schema,
		"explain": (*call).explain, "whoCan": (*call).whoCan, "listGuards": (*call).listGuards,
		"listScopes": (*call).listScopes, "createScope": (*call).createScope, "getScope": (*call).getScope,
		"updateScope": (*call).updateScope, "deleteScope": (*call).deleteScope,
		"listTokens": (*call).listTokens, "generateToken": (*call).generateToken, "getToken": (*call).getToken, "revokeToken": (*call).revokeToken,
		"runSandbox": (*call).sandbox, "listSyncs": (*call).listSyncs, "startSync": (*call).startSync, "getSync": (*call).getSync,
		"listRevisions": (*call).listRevisions, "getBundle": (*call).bundle, "pinRevision": (*call).pin, "unpinRevision": (*call).unpin,
		"apply":      (*call).apply,
		"getCatalog": (*call).catalog, "previewScope": (*call).preview, "getMatrix": (*call).matrix, "getView": (*call).view,
		"getStats": (*call).stats, "watchLayer": (*call).events,
		"listAudit": (*call).listAudit, "exportAudit": (*call).exportAudit, "getAuditHead": (*call).head, "verifyAudit": (*call).verify,
	}
}

// serve asks who it is and whether they may before anything of the request is read.
func (a *API) serve(c *call, h handler) {
	secureHeaders(c.Writer.Header())
	err := a.admit(c)
	if err == nil {
		err = c.checkQuery()
	}
	if err == nil {
		err = h(c)
	}
	if err != nil {
		c.refuse(err)
	}
}

// admit returns nil when the request may go on. It sets who asks.
func (a *API) admit(c *call) error {
	if c.route.Permission == api.Open {
		return nil
	}
	who, err := a.Keys.authenticate(c.Context)
	if err != nil {
		return err
	}
	c.who = who
	if who.Session && unsafeMethod(c.Request.Method) {
		if err := checkSameSite(c.Request); err != nil {
			return err
		}
	}
	own := c.route.Own && c.Param("member") == who.Member.ID
	return a.Keys.authorize(c.Context, who, c.route.Permission, own)
}

// origin says who makes a change, for the audit log.
func (c *call) origin() store.Origin {
	actor := store.Actor{Kind: store.ActorKey, ID: c.who.Member.ID, Name: c.who.Member.Name, KeyID: c.who.Key.ID}
	if c.who.Session {
		actor.Kind = store.ActorMember
	}
	return store.Origin{Actor: actor, IP: c.ClientIP(), RequestID: c.requestID()}
}

func (c *call) requestID() string { return c.Writer.Header().Get(problem.RequestIDHeader) }

func (c *call) ctx() context.Context { return c.Request.Context() }

// secureHeaders are on every answer, good or bad: nothing is kept, sniffed, framed or read by another site's page.
func secureHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
