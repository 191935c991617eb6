package bundles

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/fieldgate/fieldgate/policies"
)

// The ways in which a bundle is refused. Every error of [Load] that is about the
// bundle matches exactly one of them with errors.Is.
var (
	// ErrSignature: it is not signed as it must be.
	ErrSignature = errors.New("bundle signature does not verify")
	// ErrCorrupt: it is not a bundle that Write would have written.
	ErrCorrupt = errors.New("bundle is corrupt")
	// ErrOlder: its number is below the floor.
	ErrOlder = errors.New("bundle is older than the active revision")
	// ErrDigest: its content is not that of the digest in its manifest.
	ErrDigest = errors.New("bundle digest does not match its content")
	// ErrPolicy: its policies are not those of this program.
	ErrPolicy = errors.New("bundle was built with other policies")
)

// defaultMaxBytes bounds bundles unless [LoadOptions] say otherwise: ten times what
// 100,000 restricted coordinates take.
const defaultMaxBytes = 128 << 20

// Write writes c as revision number: a .tar.gz with .manifest, data.json,
// schema.graphql, the policies and, with sign, .signatures.json. A nil sign leaves
// the bundle unsigned. The same arguments give the same bytes. Content that is not
// complete is an error, and nothing is written then.
func Write(w io.Writer, c *Content, number uint64, sign *Signer) error {
	if err := c.check(); err != nil {
		return fmt.Errorf("bundle of %q: %w", c.Layer, err)
	}
	f := c.Text().files()
	f[manifestFile] = newManifest(c.Layer, Revision{Number: number, Digest: f.digest()})
	if sign != nil {
		signature, err := sign.signed(f)
		if err != nil {
			return fmt.Errorf("sign bundle of %q: %w", c.Layer, err)
		}
		f[signatureFile] = signature
	}
	return f.writeTo(w)
}

// LoadOptions say which bundles [Load] accepts. The zero value accepts none: a
// bundle without a verified signature has to be asked for.
type LoadOptions struct {
	// Verifier verifies the signature, which must be there.
	Verifier *Verifier
	// AllowUnsigned accepts a bundle without a signature when Verifier is nil. A
	// signature that cannot be verified is an error all the same.
	AllowUnsigned bool
	// Floor is the least revision number that is accepted.
	Floor uint64
	// MaxBytes is the most that is read, compressed and not; 0 means 128 MiB.
	MaxBytes int64
}

// Load reads a bundle that Write wrote. What it returns is a function of verified
// bytes only: on any error both results are zero.
func Load(r io.Reader, o LoadOptions) (*Content, Revision, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	f, err := readArchive(r, o.MaxBytes, belongs)
	if err != nil {
		return nil, Revision{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if err := o.verify(f); err != nil {
		return nil, Revision{}, err
	}
	delete(f, signatureFile)
	return f.load(o.Floor)
}

// belongs reports whether a bundle has a file with this path.
func belongs(path string) bool {
	_, policy := policies.Read()[path]
	return policy || slices.Contains([]string{manifestFile, signatureFile, dataFile, schemaFile}, path)
}

func (o LoadOptions) verify(f files) error {
	signature, signed := f[signatureFile]
	switch {
	case o.Verifier == nil && o.AllowUnsigned && !signed:
		return nil
	case o.Verifier == nil:
		return fmt.Errorf("%w: no verification key", ErrSignature)
	case !signed:
		return fmt.Errorf("%w: it is not signed", ErrSignature)
	}
	if err := o.Verifier.verify(signature, f.without(signatureFile)); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}

// load turns f, whose signature is verified and gone, into content.
func (f files) load(floor uint64) (*Content, Revision, error) {
	revision, err := f.revision(floor)
	if err != nil {
		return nil, Revision{}, err
	}
	content, err := f.content()
	if err != nil {
		return nil, Revision{}, err
	}
	if err := f.same(content, revision); err != nil {
		return nil, Revision{}, err
	}
	return content, revision, nil
}

// revision returns the revision in the manifest, if the floor lets it pass and the
// other files are those that it was made for.
func (f files) revision(floor uint64) (Revision, error) {
	var m manifest
	if err := strict(f[manifestFile], &m); err != nil {
		return Revision{}, fmt.Errorf("%w: %s: %w", ErrCorrupt, manifestFile, err)
	}
	revision, err := parseRevision(m.Revision)
	if err != nil {
		return Revision{}, fmt.Errorf("%w: %s: %w", ErrCorrupt, manifestFile, err)
	}
	if revision.Number < floor {
		return Revision{}, fmt.Errorf("%w: %d is less than %d", ErrOlder, revision.Number, floor)
	}
	if got := f.without(manifestFile).digest(); got != revision.Digest {
		return Revision{}, fmt.Errorf("%w: it is %s, not %.100q", ErrDigest, got, revision.Digest)
	}
	return revision, nil
}

func (f files) content() (*Content, error) {
	for path, source := range policies.Read() {
		if string(f[path]) != source {
			return nil, fmt.Errorf("%w: %s", ErrPolicy, path)
		}
	}
	var d document
	if err := strict(f[dataFile], &d); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrCorrupt, dataFile, err)
	}
	content := d.content(string(f[schemaFile]))
	if err := content.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return content, nil
}

// same wants f to be, byte for byte, what c and revision would be written as. It
// leaves no room for what a JSON decoder forgives (unknown or duplicate members,
// other letter case, nulls), nor for a reader that understands it otherwise.
func (f files) same(c *Content, revision Revision) error {
	want := c.Text().files()
	want[manifestFile] = newManifest(c.Layer, revision)
	for path := range want {
		if got, ok := f[path]; !ok || !bytes.Equal(got, want[path]) {
			return fmt.Errorf("%w: %s is not in its canonical form", ErrCorrupt, path)
		}
	}
	return nil
}

// without returns f without one file.
func (f files) without(path string) files {
	rest := make(files, len(f))
	for other, text := range f {
		if other != path {
			rest[other] = text
		}
	}
	return rest
}
