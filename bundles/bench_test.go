package bundles_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/policies"
)

// large has 100,000 restricted coordinates over 1,000 scopes.
func large() *bundles.Content {
	c := shop()
	c.Scopes, c.Coordinates, c.Guards = nil, map[string][]string{}, nil
	for i := range 1_000 {
		c.Scopes = append(c.Scopes, bundles.Scope{ID: fmt.Sprintf("scope-%d", i), Name: fmt.Sprintf("name-%d", i)})
	}
	for i := range 100_000 {
		name := fmt.Sprintf("Type%d.field%d", i/20, i)
		scope := &c.Scopes[i%1_000]
		scope.Entries = append(scope.Entries, name)
		c.Coordinates[name] = []string{scope.ID}
	}
	return c
}

func BenchmarkWrite(b *testing.B) {
	c, sign := large(), first(es256(b))
	b.ReportAllocs()
	for b.Loop() {
		if err := bundles.Write(io.Discard, c, 1, sign); err != nil {
			b.Fatal(err)
		}
	}
}

func first[A, B, C any](a A, _ B, _ C) A { return a }

func BenchmarkDigest(b *testing.B) {
	c := large()
	for b.Loop() {
		c.Digest()
	}
}

// Load and activate: from a signed bundle to a policy that can be asked.
func BenchmarkLoadAndActivate(b *testing.B) {
	sign, options, public := es256(b)
	text := write(b, large(), 1, sign)
	b.Run("fieldgate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c, _, err := bundles.Load(bytes.NewReader(text), options)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := eval.New(b.Context(), policies.Read(), c.Data(), nil, eval.Options{}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(text)), "bundle-bytes")
	})
	b.Run("opa", func(b *testing.B) {
		key := &bundle.KeyConfig{Key: string(public), Algorithm: "ES256"}
		config := bundle.NewVerificationConfig(map[string]*bundle.KeyConfig{"team": key}, "", "", nil)
		b.ReportAllocs()
		for b.Loop() {
			read, err := bundle.NewReader(bytes.NewReader(text)).WithBundleVerificationConfig(config).Read()
			if err != nil {
				b.Fatal(err)
			}
			_, err = rego.New(rego.Query("data.fieldgate.read.allowed"), rego.ParsedBundle("shop", &read)).PrepareForEval(b.Context())
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// Activate alone: from content in memory to a policy that can be asked.
func BenchmarkActivate(b *testing.B) {
	c := large()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := eval.New(b.Context(), policies.Read(), c.Data(), nil, eval.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
