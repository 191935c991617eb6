package server

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// A handler that panics is a 500 with nothing in it, and the log has nothing of the request.
func TestRecoveryShowsNothingOfTheRequest(t *testing.T) {
	var log bytes.Buffer
	s := &Server{options: Options{Log: slog.New(slog.NewJSONHandler(&log, nil))}}
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(s.identify, s.logAccess, s.recovery)
	router.GET("/", func(*gin.Context) { panic("a mistake") })
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?q=s3cret", http.NoBody)
	r.Header.Set("Authorization", "Bearer s3cret")
	w := httptest.NewRecorder()
	router.ServeHTTP(w, r)
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "mistake") || !strings.Contains(w.Body.String(), "INTERNAL_ERROR") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if text := log.String(); strings.Contains(text, "s3cret") || !strings.Contains(text, "a mistake") || !strings.Contains(text, `"status":500`) {
		t.Errorf("log: %s", text)
	}
}
