// Package precompressed answers requests with texts that are kept in memory, compressed for who reads gzip.
//
// It promises that a text is compressed once, when it is first asked for so, and that each form has a strong ETag of its
// own, by which whoever has it gets 304. It never reads or keeps anything of a request.
package precompressed

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Text is a text with its forms. It is safe for concurrent use.
type Text struct {
	media  string
	tag    string
	text   []byte
	packed func() []byte // nil when compressing does not pay
}

// small is the length in bytes up to which a text is sent as it is.
const small = 1024

// New returns a text of a media type. It keeps the text, which must not change any more. What is compressed already, as images
// are, is sent as it is.
func New(media string, text []byte) *Text {
	sum := sha256.Sum256(text)
	t := &Text{media: media, text: text, tag: hex.EncodeToString(sum[:16])}
	if packs(media) && len(text) > small {
		t.packed = sync.OnceValue(func() []byte { return pack(text) })
	}
	return t
}

// packs reports whether texts of a media type get smaller.
func packs(media string) bool {
	name, _, _ := strings.Cut(media, ";")
	return strings.HasPrefix(name, "text/") || strings.HasSuffix(name, "json") || strings.HasSuffix(name, "xml") || name == "application/wasm"
}

// pack compresses a text, or returns nil when that cannot be done.
func pack(text []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(text); err != nil {
		return nil
	}
	if err := w.Close(); err != nil {
		return nil
	}
	return out.Bytes()
}

// ServeHTTP answers GET and HEAD with the text, or with 304. The caller sets Cache-Control before.
func (t *Text) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", t.media)
	text, tag := t.text, t.tag
	if t.packed != nil {
		h.Add("Vary", "Accept-Encoding")
		if packed := t.compressed(r); packed != nil {
			text, tag = packed, t.tag+"-gzip"
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Etag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
}

// compressed returns the compressed text for who reads it, or nil.
func (t *Text) compressed(r *http.Request) []byte {
	if !takesGzip(r.Header.Values("Accept-Encoding")) {
		return nil
	}
	return t.packed()
}

// takesGzip reports whether a client says that it reads gzip.
func takesGzip(values []string) bool {
	for coding := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, quality, _ := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";")
		if strings.EqualFold(name, "gzip") {
			return quality == "" || strings.Trim(strings.TrimPrefix(quality, "q="), "0.") != ""
		}
	}
	return false
}
