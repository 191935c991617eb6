package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// file is one file of the build, in memory.
type file struct {
	media   string
	caching string
	tag     string
	text    []byte
	packed  func() []byte // with gzip; nil when that does not pay
}

// media are the types of what a build holds. The system's own table may say otherwise, or nothing.
var media = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".json": "application/json", ".map": "application/json", ".svg": "image/svg+xml",
	".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2", ".woff": "font/woff", ".ttf": "font/ttf",
	".txt": "text/plain; charset=utf-8", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json",
}

func newFile(name string, text []byte) *file {
	sum := sha256.Sum256(text)
	f := &file{text: text, tag: hex.EncodeToString(sum[:16]), caching: "no-cache", media: "application/octet-stream"}
	if m, ok := media[path.Ext(name)]; ok {
		f.media = m
	}
	if strings.HasPrefix(name, assets) {
		f.caching = "public, max-age=31536000, immutable"
	}
	if packs(f.media) && len(text) > 1024 {
		f.packed = sync.OnceValue(func() []byte { return pack(text) })
	}
	return f
}

// packs reports whether files of a type get smaller.
func packs(media string) bool {
	name, _, err := mime.ParseMediaType(media)
	return err == nil && (strings.HasPrefix(name, "text/") || strings.HasSuffix(name, "json") || strings.HasSuffix(name, "xml") || name == "application/wasm")
}

// pack compresses a text, or returns nil when that cannot be done.
func pack(text []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(text); err != nil {
		return nil
	}
	if err := w.Close(); err != nil {
		return nil
	}
	return out.Bytes()
}

// serve answers with the file, or with 304 to whoever has it.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("Cache-Control", f.caching)
	text, tag := f.text, f.tag
	if f.packed != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r.Header.Values("Accept-Encoding")) {
			if packed := f.packed(); packed != nil {
				text, tag = packed, f.tag+"-gzip"
				h.Set("Content-Encoding", "gzip")
			}
		}
	}
	h.Set("Etag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
}

// takesGzip reports whether a client says that it reads gzip.
func takesGzip(values []string) bool {
	for coding := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, quality, _ := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";")
		if strings.EqualFold(name, "gzip") {
			return strings.Trim(strings.TrimPrefix(quality, "q="), "0.") != "" || quality == ""
		}
	}
	return false
}
