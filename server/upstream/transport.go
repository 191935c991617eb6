package upstream

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
)

// maxResponseHeader is how large the headers of an answer may be.
const maxResponseHeader = 64 << 10

// transport speaks HTTP/1.1 by itself where there is no TLS, and leaves the rest to net/http. It unpacks answers that it
// asked to be packed.
type transport struct {
	plain *direct // nil: net/http does everything
	other *http.Transport
}

// RoundTrip is part of http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var response *http.Response
	var err error
	if t.plain != nil && r.URL.Scheme == "http" && isASCII(r.URL.Host) {
		response, err = t.plain.RoundTrip(r)
	} else {
		response, err = t.other.RoundTrip(r)
	}
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(response.Header.Get("Content-Encoding"), "gzip") && r.Header.Get("Accept-Encoding") == "gzip" {
		response.Body = &unpacked{packed: response.Body}
		response.Header.Del("Content-Encoding")
		response.Header.Del("Content-Length")
		response.ContentLength, response.Uncompressed = -1, true
	}
	return response, nil
}

// CloseIdleConnections closes the connections that no request uses.
func (t *transport) CloseIdleConnections() {
	if t.plain != nil {
		t.plain.CloseIdleConnections()
	}
	t.other.CloseIdleConnections()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// unpacked is the body of an answer that comes packed.
type unpacked struct {
	packed io.ReadCloser
	z      *gzip.Reader
	err    error
}

// Read is part of io.Reader.
func (u *unpacked) Read(p []byte) (int, error) {
	if u.z == nil && u.err == nil {
		u.z, u.err = gzip.NewReader(u.packed)
		if errors.Is(u.err, io.EOF) {
			u.err = io.ErrUnexpectedEOF // an empty answer is no packed one
		}
	}
	if u.err != nil {
		return 0, u.err
	}
	return u.z.Read(p)
}

// Close is part of io.Closer.
func (u *unpacked) Close() error { return u.packed.Close() }
