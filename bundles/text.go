package bundles

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"maps"
	"slices"

	"github.com/fieldgate/fieldgate/policies"
)

// Text is the data of a content as JSON, in the one form that it has in a bundle, kept in parts: when a few parts change the
// others are not written again. It is immutable and safe for concurrent use.
type Text struct {
	schema string
	names  []string // of the coordinates, sorted
	blocks [][]byte // of blockLen coordinates each
	guards []byte
	layer  []byte
	ids    []string // of the scopes, sorted
	scopes map[string][]byte
}

// blockLen is how many coordinates are written again when one of them changes.
const blockLen = 64

// Text writes the data.
func (c *Content) Text() *Text {
	t := &Text{schema: c.Schema, names: slices.Sorted(maps.Keys(c.Coordinates)), scopes: make(map[string][]byte, len(c.Scopes))}
	t.blocks = make([][]byte, (len(t.names)+blockLen-1)/blockLen)
	for i := range t.blocks {
		t.block(i, c)
	}
	for _, s := range c.Scopes {
		t.scope(s)
	}
	t.ids = slices.Sorted(maps.Keys(t.scopes))
	t.guards, t.layer = encoded(c.guardData()), encoded(c.layerData())
	return t
}

// Edit is what differs between two contents of one data layer whose settings and coordinates are the same.
type Edit struct {
	Coordinates []string // that other scopes cover
	Scopes      []string // ids of scopes that are new, changed or gone
	Guards      bool     // some guard is another
}

// Edited returns the text of c, which differs from the content that t is the text of in what the edit names, at most.
func (t *Text) Edited(c *Content, e Edit) *Text {
	out := *t
	out.blocks, out.scopes = slices.Clone(t.blocks), maps.Clone(t.scopes)
	changed := map[int]bool{}
	for _, name := range e.Coordinates {
		if i, ok := slices.BinarySearch(t.names, name); ok && !changed[i/blockLen] {
			changed[i/blockLen] = true
			out.block(i/blockLen, c)
		}
	}
	for _, id := range e.Scopes {
		delete(out.scopes, id)
	}
	for _, s := range c.Scopes {
		if out.scopes[s.ID] == nil {
			out.scope(s)
		}
	}
	out.ids = slices.Sorted(maps.Keys(out.scopes))
	if e.Guards {
		out.guards = encoded(c.guardData())
	}
	return &out
}

// block writes the coordinates of one block, without a comma at its end.
func (t *Text) block(i int, c *Content) {
	names := t.names[i*blockLen : min(len(t.names), (i+1)*blockLen)]
	b := make([]byte, 0, 48*len(names))
	for n, name := range names {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':', '{')
		for k, id := range sortedSet(c.Coordinates[name]) {
			if k > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, id), ":true"...)
		}
		b = append(b, '}')
	}
	t.blocks[i] = b
}

func (t *Text) scope(s Scope) {
	t.scopes[s.ID] = append(append(appendString(nil, s.ID), ':'), encoded(scopeData(s))...)
}

// data calls write with the parts of data.json, in order.
func (t *Text) data(write func([]byte)) {
	list := func(n int, part func(int) []byte) {
		for i := range n {
			if i > 0 {
				write([]byte{','})
			}
			write(part(i))
		}
	}
	write([]byte(`{"fieldgate":{"coordinates":{`))
	list(len(t.blocks), func(i int) []byte { return t.blocks[i] })
	write([]byte(`},"guards":`))
	write(t.guards)
	write([]byte(`,"layer":`))
	write(t.layer)
	write([]byte(`,"scopes":{`))
	list(len(t.ids), func(i int) []byte { return t.scopes[t.ids[i]] })
	write([]byte("}}}\n"))
}

// Digest returns the digest of the content: see [Content.Digest].
func (t *Text) Digest() string {
	size := 0
	t.data(func(part []byte) { size += len(part) })
	rest := t.rest()
	h := sha256.New()
	for _, path := range slices.Sorted(slices.Values(append(rest.paths(), dataFile))) {
		if path == dataFile {
			hashed(h, path, size, func() { t.data(func(part []byte) { h.Write(part) }) })
		} else {
			hashed(h, path, len(rest[path]), func() { h.Write(rest[path]) })
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// hashed writes a path and what stands under it, each with its length before it.
func hashed(h hash.Hash, path string, size int, content func()) {
	length := func(n int) { h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) } //nolint:gosec // a length
	length(len(path))
	io.WriteString(h, path) //nolint:errcheck // a hash takes everything
	length(size)
	content()
}

// rest are the files that hold the content beside its data.
func (t *Text) rest() files {
	f := files{schemaFile: []byte(t.schema)}
	for path, source := range policies.Read() {
		f[path] = []byte(source)
	}
	return f
}

// files are those that hold the content: data, schema and policies.
func (t *Text) files() files {
	f := t.rest()
	var data bytes.Buffer
	t.data(func(part []byte) { data.Write(part) })
	f[dataFile] = data.Bytes()
	return f
}

// encoded is encode without the line feed.
func encoded(v any) []byte { return bytes.TrimSuffix(encode(v), []byte{'\n'}) }

// appendString appends a text as JSON, as encode writes it.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
			return append(b, encoded(s)...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
