package console

import (
	"embed"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/fieldgate/fieldgate/server/problem"
)

//go:embed all:dist
var built embed.FS

// The places in a build that mean something.
const (
	index     = "index.html"
	assets    = "assets/" // names here hold a hash of the file
	distFiles = "dist"
)

// policy is the Content-Security-Policy of every answer: only this server's own files, and nothing that stands in markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Handler answers GET and HEAD with the console. It is safe for concurrent use.
type Handler struct {
	files map[string]*file // by path below the root, without a leading slash
	page  *file            // for every path that is a page's
	built bool
}

// New returns the console that is embedded in the program, or a page that says that there is none.
func New() (*Handler, error) {
	dist, err := fs.Sub(built, distFiles)
	if err != nil {
		return nil, err
	}
	return From(dist)
}

// From returns the console of a build, or a page that says that there is none when it has no index.html. It reads every
// file.
func From(build fs.FS) (*Handler, error) {
	h := &Handler{files: map[string]*file{}}
	err := fs.WalkDir(build, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		text, err := fs.ReadFile(build, name)
		if err != nil {
			return err
		}
		h.files[name] = newFile(name, text)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	h.page, h.built = h.files[index]
	if !h.built {
		h.files, h.page = map[string]*file{}, newFile(index, []byte(notBuilt()))
	}
	return h, nil
}

// Built reports whether there is a console to serve.
func (h *Handler) Built() bool { return h.built }

// notBuilt is the page of a program without a console.
func notBuilt() string {
	const text = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Fieldgate</title></head>
<body>
<main>
<h1>This Fieldgate was built without its console</h1>
<p>Everything else works: the gateway, the admin API (%s) and the command line (%s).</p>
<p>To have the console, build with Node: run %s in the source folder, which builds the console and puts it into <code>bin/fieldgate</code>.</p>
</main>
</body>
</html>
`
	code := func(s string) string { return "<code>" + html.EscapeString(s) + "</code>" }
	return fmt.Sprintf(text, code("/api/v1"), code("fieldgate --help"), code("make build"))
}

// ServeHTTP answers with the file of a path, or with the page, which finds out itself what the rest of its address means.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secureHeaders(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		problem.Write(w, problem.Problem{Status: http.StatusMethodNotAllowed, Code: "METHOD_NOT_ALLOWED", Detail: "use GET, HEAD"})
		return
	}
	f, err := h.find(r)
	if err != nil {
		problem.Write(w, problem.Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: err.Error()})
		return
	}
	f.serve(w, r)
}

var errNoFile = errors.New("there is nothing at this path")

// find returns what a path is answered with.
func (h *Handler) find(r *http.Request) (*file, error) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if f, ok := h.files[name]; ok {
		return f, nil
	}
	if strings.HasPrefix(name, assets) || path.Ext(name) != "" && !navigates(r) {
		return nil, errNoFile // a page in its place would be run or shown as what it is not
	}
	return h.page, nil
}

// navigates reports whether a person goes to an address: browsers ask for HTML then, and for nothing else otherwise.
func navigates(r *http.Request) bool {
	return strings.Contains(strings.Join(r.Header.Values("Accept"), ","), "text/html")
}

// secureHeaders are on every answer: a page runs only what it was built with, in no frame, and tells nobody where it is.
func secureHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
