package console

import (
	"net/http"
	"path"
	"strings"

	"github.com/fieldgate/fieldgate/server/precompressed"
)

// file is one file of the build, in memory.
type file struct {
	caching string
	text    *precompressed.Text
}

// media are the types of what a build holds. The system's own table may say otherwise, or nothing.
var media = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".json": "application/json", ".map": "application/json", ".svg": "image/svg+xml",
	".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2", ".woff": "font/woff", ".ttf": "font/ttf",
	".txt": "text/plain; charset=utf-8", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json",
}

func newFile(name string, text []byte) *file {
	kind, ok := media[path.Ext(name)]
	if !ok {
		kind = "application/octet-stream"
	}
	f := &file{caching: "no-cache", text: precompressed.New(kind, text)}
	if strings.HasPrefix(name, assets) {
		f.caching = "public, max-age=31536000, immutable"
	}
	return f
}

// serve answers with the file, or with 304 to whoever has it.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", f.caching)
	f.text.ServeHTTP(w, r)
}
