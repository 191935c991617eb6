package bundles

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// The files of a bundle beside the policies.
const (
	manifestFile  = ".manifest"
	signatureFile = ".signatures.json"
	dataFile      = "data.json"
	schemaFile    = "schema.graphql"
)

// format is the version of this layout.
const format = 1

// files are the files of a bundle, path to bytes.
type files map[string][]byte

// Revision identifies one activated content of a data layer.
type Revision struct {
	Number uint64 `json:"number"` // allocated in order, per data layer
	Digest string `json:"digest"` // of the content, see [Content.Digest]
}

// String returns the revision as it stands in the manifest: "3@sha256:...".
func (r Revision) String() string {
	return strconv.FormatUint(r.Number, 10) + "@" + r.Digest
}

func parseRevision(text string) (Revision, error) {
	number, digest, _ := strings.Cut(text, "@")
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil || digest == "" {
		return Revision{}, fmt.Errorf("revision %.100q is not a number and a digest", text)
	}
	return Revision{Number: n, Digest: digest}, nil
}

// Digest returns "sha256:" and 64 hex digits over the content and the policies
// that are embedded to decide on it, without number and signature. The same input
// has the same digest.
func (c *Content) Digest() string { return c.Text().Digest() }

// digest hashes path and bytes of each file, each with its length before it so
// that no two sets of files hash the same bytes.
func (f files) digest() string {
	h := sha256.New()
	for _, path := range f.paths() {
		for _, part := range [][]byte{[]byte(path), f[path]} {
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
			h.Write(part)
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// manifest is OPA's bundle manifest.
type manifest struct {
	Revision    string           `json:"revision"`
	Roots       []string         `json:"roots"`
	RegoVersion int              `json:"rego_version"`
	Metadata    manifestMetadata `json:"metadata"`
}

type manifestMetadata struct {
	Fieldgate manifestFieldgate `json:"fieldgate"`
}

type manifestFieldgate struct {
	Format int    `json:"format"`
	Layer  string `json:"layer"`
}

func newManifest(layer string, revision Revision) []byte {
	return encode(manifest{
		Revision:    revision.String(),
		Roots:       []string{"fieldgate"},
		RegoVersion: 1,
		Metadata:    manifestMetadata{manifestFieldgate{Format: format, Layer: layer}},
	})
}

// encode is the one JSON text of v: keys in order, no space, a line feed at the end.
// v must be something that JSON can hold.
func encode(v any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("bundles: %T has no JSON: %v", v, err))
	}
	return text.Bytes()
}
