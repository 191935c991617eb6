package server

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/server/admin"
	adminapi "github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/decide"
	"github.com/fieldgate/fieldgate/server/problem"
)

// routes are those of the private listener. Without an API there are no keys, and whoever reaches it may ask.
func (s *Server) routes(api *admin.API, keys *admin.Keys) (http.Handler, error) {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.RedirectTrailingSlash = false
	if err := router.SetTrustedProxies(proxies(s.settings.Proxies)); err != nil {
		return nil, fmt.Errorf("trusted_proxies: %w", err)
	}
	router.Use(s.identify, s.logAccess, s.recovery)
	if keys == nil {
		router.Use(onlyLoopback)
	}
	router.NoRoute(s.elsewhere(api != nil))
	router.NoMethod(func(c *gin.Context) { // gin has set Allow
		problem.Write(c.Writer, problem.Problem{
			Status: http.StatusMethodNotAllowed, Code: "METHOD_NOT_ALLOWED", Detail: "use " + c.Writer.Header().Get("Allow"),
		})
	})
	s.decide(router, keys)
	if api != nil {
		api.Routes(router)
		router.GET(bundlePath, keys.Guard(adminapi.Decide), s.state.bundle)
		router.GET("/metrics", gin.WrapH(s.metrics.Handler()))
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		router.Handle(method, "/healthz", s.health)
		router.Handle(method, "/readyz", s.ready)
	}
	return router, nil
}

// programs are the beginnings of paths that are no page's, known or not.
var programs = []string{"/api", "/v1", "/bundles", "/metrics", "/healthz", "/readyz"}

// elsewhere answers whatever no route is for: with the console, if there is an API for it, and else with 404.
func (s *Server) elsewhere(pages bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		first, _, _ := strings.Cut(strings.TrimPrefix(c.Request.URL.Path, "/"), "/")
		reads := c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead
		if pages && reads && !slices.Contains(programs, "/"+first) {
			s.console.ServeHTTP(c.Writer, c.Request)
			return
		}
		problem.Write(c.Writer, problem.Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: "there is nothing at this path"})
	}
}

// decide adds the decision requests.
func (s *Server) decide(router *gin.Engine, keys *admin.Keys) {
	o := decide.Options{Layers: s.layers, MaxBytes: s.settings.Limits.Body, Log: s.options.Log}
	var guard []gin.HandlerFunc
	if keys != nil {
		o.Tokens = s.state.Control
		guard = append(guard, keys.Guard(adminapi.Decide))
	}
	decisions := decide.New(o)
	router.POST(decide.DataPath, append(guard, gin.WrapF(decisions.Data))...)
	if keys != nil { // the console's sandbox underlines what would be denied
		guard = []gin.HandlerFunc{keys.GuardOrSession(adminapi.Decide, adminapi.SandboxRun)}
	}
	router.POST(decide.Path, append(guard, gin.WrapF(decisions.Decide))...)
}

// proxies are networks as gin wants them.
func proxies(list []netip.Prefix) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.String())
	}
	return out
}

// publicRoutes are those of the public listener: the guarded endpoints, and whether the server is there.
func (s *Server) publicRoutes() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" && r.URL.RawPath == "" {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			if s.draining.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			io.WriteString(w, "{\"status\":\"up\"}\n") //nolint:errcheck // the client has gone
			return
		}
		s.gateway.ServeHTTP(w, r)
	})
}

// health says that the process is up.
func (s *Server) health(c *gin.Context) { answer(c, http.StatusOK, map[string]string{"status": "up"}) }

// readiness is the answer of /readyz.
type readiness struct {
	Ready      bool         `json:"ready"` // every data layer has an active revision
	Draining   bool         `json:"draining,omitempty"`
	DataLayers []layerState `json:"data_layers"` // sorted by name
}

type layerState struct {
	Name     string            `json:"data_layer"`
	Revision *bundles.Revision `json:"revision"`          // the active one, or null
	Failure  string            `json:"failure,omitempty"` // why the newest files did not become a revision
}

// ready says whether every data layer can be decided on: 200, or 503. A newest input that failed
// does not make it unready as long as an earlier revision is active.
func (s *Server) ready(c *gin.Context) {
	state := readiness{Draining: s.draining.Load(), DataLayers: []layerState{}}
	layers := s.layers
	state.Ready = !state.Draining
	for _, name := range layers.Names() {
		layer, _ := layers.Layer(name)
		one := layerState{Name: name}
		if snapshot, err := layer.Snapshot(); err == nil {
			revision := snapshot.Revision()
			one.Revision = &revision
		} else {
			state.Ready = false
		}
		if failure := layer.Failure(); failure != nil {
			one.Failure = failure.Error()
		}
		state.DataLayers = append(state.DataLayers, one)
	}
	status := http.StatusOK
	if !state.Ready {
		status = http.StatusServiceUnavailable
	}
	answer(c, status, state)
}

// answer sends JSON with the headers that every answer has.
func answer(c *gin.Context, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		problem.Write(c.Writer, problem.Problem{Status: http.StatusInternalServerError, Code: codeInternal})
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Data(status, "application/json", append(body, '\n'))
}
