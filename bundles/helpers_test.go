package bundles_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fieldgate/fieldgate/bundles"
)

// shop is a small content. Each call returns a fresh one.
func shop() *bundles.Content {
	return &bundles.Content{
		Layer: "shop", Match: "any", Abstract: "deny", Mode: "prune", Introspection: "view",
		Operations: []string{"query"}, Directives: []string{"inContext"},
		Validation: bundles.Validation{Schema: "strict", OverlappingFields: "error"},
		Schema:     "type Query { user: User }\n\ntype User { \"<mail> & more\" email: String }\n",
		Scopes: []bundles.Scope{
			{ID: "s-finance", Name: "finance", Description: "Cost prices", Entries: []string{"Query.orders", "Order.total"}},
			{ID: "s-mail", Name: "mail", Entries: []string{"User.email"}},
		},
		Coordinates: map[string][]string{
			"Query": {}, "Query.user": {}, "User": {},
			"User.email":  {"s-finance", "s-mail"},
			"Order.total": {"s-finance"},
		},
		Guards: []bundles.Guard{{At: "Query.user", Rule: "field-name", StandsFor: []string{"Order.total", "User.email"}}},
	}
}

func write(t testing.TB, c *bundles.Content, number uint64, sign *bundles.Signer) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := bundles.Write(&out, c, number, sign); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var unsigned = bundles.LoadOptions{AllowUnsigned: true}

// wantRefused loads and wants want, only want, and nothing beside it.
func wantRefused(t *testing.T, text []byte, o bundles.LoadOptions, want error) {
	t.Helper()
	content, revision, err := bundles.Load(bytes.NewReader(text), o)
	if content != nil || revision != (bundles.Revision{}) {
		t.Errorf("got %v, %v beside the error", content, revision)
	}
	for _, sentinel := range []error{
		bundles.ErrSignature, bundles.ErrCorrupt, bundles.ErrOlder, bundles.ErrDigest, bundles.ErrPolicy,
	} {
		if errors.Is(err, sentinel) != errors.Is(want, sentinel) {
			t.Errorf("error %v, want one that is %v", err, want)
		}
	}
}

func wantLoads(t *testing.T, text []byte, o bundles.LoadOptions, want *bundles.Content) bundles.Revision {
	t.Helper()
	got, revision, err := bundles.Load(bytes.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	return revision
}

// unpack returns the files of a .tar.gz.
func unpack(t testing.TB, text []byte) map[string][]byte {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for archive := tar.NewReader(zip); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
	}
}

// entry is a file to put into an archive.
type entry struct {
	header tar.Header
	body   []byte
}

func entriesOf(files map[string][]byte) []entry {
	var entries []entry
	for _, path := range slices.Sorted(maps.Keys(files)) {
		entries = append(entries, plain(path, files[path]))
	}
	return entries
}

func plain(path string, body []byte) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: 0o644, Size: int64(len(body))}, body}
}

func pack(t testing.TB, entries []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	for _, e := range entries {
		if err := archive.WriteHeader(&e.header); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write(e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// change returns text with its files changed by f.
func change(t testing.TB, text []byte, f func(files map[string][]byte)) []byte {
	t.Helper()
	files := unpack(t, text)
	f(files)
	return pack(t, entriesOf(files))
}

// ecKeys are a fresh private and public key in PEM.
func ecKeys(t testing.TB, curve elliptic.Curve) (private, public []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	publicDER, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: privateDER}),
		pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER})
}

func must[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

var secret = []byte("0123456789abcdef0123456789abcdef")

// es256 is a signer and the options that accept what it signs.
func es256(t testing.TB) (*bundles.Signer, bundles.LoadOptions, []byte) {
	t.Helper()
	private, public := ecKeys(t, elliptic.P256())
	key := must[bundles.Key](t)(bundles.NewES256Key("team", public))
	return must[*bundles.Signer](t)(bundles.NewES256Signer("team", private)),
		bundles.LoadOptions{Verifier: must[*bundles.Verifier](t)(bundles.NewVerifier(key))}, public
}

func hs256(t testing.TB) (*bundles.Signer, bundles.LoadOptions) {
	t.Helper()
	key := must[bundles.Key](t)(bundles.NewHS256Key("shared", secret))
	return must[*bundles.Signer](t)(bundles.NewHS256Signer("shared", secret)),
		bundles.LoadOptions{Verifier: must[*bundles.Verifier](t)(bundles.NewVerifier(key))}
}
