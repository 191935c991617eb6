package server

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/fieldgate/fieldgate/server/problem"
)

const codeInternal = "INTERNAL_ERROR"

// identify gives every request an id: the caller's own when it is harmless, so that logs of several programs can be joined,
// else a new one.
func (s *Server) identify(c *gin.Context) {
	id := c.GetHeader(problem.RequestIDHeader)
	if !problem.HarmlessID(id) {
		id = uuid.NewString()
	}
	c.Header(problem.RequestIDHeader, id)
}

// logAccess writes one record for every request, with nothing of its body, headers or query string.
func (s *Server) logAccess(c *gin.Context) {
	start := time.Now()
	c.Next()
	path := c.FullPath()
	if path == "" {
		path = unrouted(c.Request.URL.Path)
	}
	s.options.Log.InfoContext(c, "request",
		"request_id", c.Writer.Header().Get(problem.RequestIDHeader),
		"method", clip(c.Request.Method), "path", path, "status", c.Writer.Status(),
		"bytes", max(0, c.Writer.Size()), "ms", float64(time.Since(start).Microseconds())/1000, "remote", c.RemoteIP())
}

// unrouted is how a path is logged that no route is for: pages of the console, and whatever else is tried.
func unrouted(path string) string {
	if problem.MayHoldSecret(path) {
		return "(may hold a secret)"
	}
	return clip(path)
}

// clip bounds what a client can put into a log record.
func clip(s string) string {
	const most = 200
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// recovery answers 500 for a handler that panics. The log gets the place in the program and nothing of
// the request but its id.
func (s *Server) recovery(c *gin.Context) {
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(value)
		}
		s.options.Log.ErrorContext(c, "panic", "request_id", c.Writer.Header().Get(problem.RequestIDHeader),
			"error", fmt.Sprint(value), "stack", string(debug.Stack()))
		c.Abort()
		if !c.Writer.Written() {
			problem.Write(c.Writer, problem.Problem{Status: http.StatusInternalServerError, Code: codeInternal})
		}
	}()
	c.Next()
}

// onlyLoopback refuses requests for a host that is not this machine. A page that a person on this
// machine has open can point a name of its own at 127.0.0.1 (DNS rebinding), and there are no keys yet.
func onlyLoopback(c *gin.Context) {
	host := c.Request.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	if loopback(host) {
		return
	}
	c.Abort()
	problem.Write(c.Writer, problem.Problem{
		Status: http.StatusMisdirectedRequest, Code: "HOST_NOT_ALLOWED",
		Detail: "the private listener answers to loopback hosts only, as in http://127.0.0.1:8081 or http://localhost:8081",
	})
}
