package server

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/server/decide"
	"github.com/fieldgate/fieldgate/server/problem"
)

// routes are those of the private listener.
func (s *Server) routes(maxBody int64) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.RedirectTrailingSlash = false
	if err := router.SetTrustedProxies(nil); err != nil {
		panic(err) // an empty list cannot be malformed
	}
	router.Use(s.identify, s.logAccess, s.recovery, onlyLoopback)
	router.NoRoute(func(c *gin.Context) {
		problem.Write(c.Writer, problem.Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: "there is nothing at this path"})
	})
	router.NoMethod(func(c *gin.Context) { // gin has set Allow
		problem.Write(c.Writer, problem.Problem{
			Status: http.StatusMethodNotAllowed, Code: "METHOD_NOT_ALLOWED", Detail: "use " + c.Writer.Header().Get("Allow"),
		})
	})

	decisions := decide.New(s.watcher.Layers(), maxBody, s.options.Log)
	router.POST(decide.Path, gin.WrapF(decisions.Decide))
	router.POST(decide.DataPath, gin.WrapF(decisions.Data))
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		router.Handle(method, "/healthz", s.health)
		router.Handle(method, "/readyz", s.ready)
	}
	return router
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
	layers := s.watcher.Layers()
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
