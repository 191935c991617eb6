package bundles_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/bundles"
)

func TestLoadReturnsWhatWasWritten(t *testing.T) {
	for _, number := range []uint64{0, 1, 3, 1<<53 + 1, math.MaxUint64} {
		revision := wantLoads(t, write(t, shop(), number, nil), unsigned, shop())
		if diff := cmp.Diff(bundles.Revision{Number: number, Digest: shop().Digest()}, revision); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestLoadReturnsContentWithoutScopesOrCoordinates(t *testing.T) {
	c := shop()
	c.Operations, c.Directives, c.Scopes, c.Coordinates, c.Guards, c.Schema = nil, nil, nil, nil, nil, ""
	wantLoads(t, write(t, c, 1, nil), unsigned, c)
}

func TestWriteGivesTheSameBytesForTheSameContent(t *testing.T) {
	ecdsa, _, _ := es256(t)
	hmac, _ := hs256(t)
	for name, sign := range map[string]*bundles.Signer{"unsigned": nil, "ES256": ecdsa, "HS256": hmac} {
		t.Run(name, func(t *testing.T) {
			first := write(t, shop(), 3, sign)
			for range 5 {
				c := shop()
				slices.Reverse(c.Scopes)
				slices.Reverse(c.Coordinates["User.email"])
				if !bytes.Equal(first, write(t, c, 3, sign)) {
					t.Fatal("other bytes for the same content")
				}
			}
		})
	}
}

func TestWriteNamesNeitherTimeNorMachine(t *testing.T) {
	text := write(t, shop(), 3, nil)
	if header := text[:10]; !bytes.Equal(header[3:8], make([]byte, 5)) {
		t.Errorf("gzip header has flags or a time: %x", header)
	}
}

func TestDigestCoversEveryPartOfTheContent(t *testing.T) {
	changes := map[string]func(c *bundles.Content){
		"layer":         func(c *bundles.Content) { c.Layer = "shop2" },
		"match":         func(c *bundles.Content) { c.Match = "all" },
		"abstract":      func(c *bundles.Content) { c.Abstract = "narrow" },
		"mode":          func(c *bundles.Content) { c.Mode = "reject" },
		"introspection": func(c *bundles.Content) { c.Introspection = "off" },
		"operations":    func(c *bundles.Content) { c.Operations = []string{"query", "mutation"} },
		"directives":    func(c *bundles.Content) { c.Directives = nil },
		"validation":    func(c *bundles.Content) { c.Validation.Schema = "lenient" },
		"overlapping":   func(c *bundles.Content) { c.Validation.OverlappingFields = "ignore" },
		"schema":        func(c *bundles.Content) { c.Schema += "\n" },
		"scope id":      func(c *bundles.Content) { c.Scopes = append(c.Scopes, bundles.Scope{ID: "s-new"}) },
		"scope name":    func(c *bundles.Content) { c.Scopes[0].Name = "money" },
		"description":   func(c *bundles.Content) { c.Scopes[0].Description = "" },
		"entries":       func(c *bundles.Content) { c.Scopes[0].Entries = []string{"Order.total"} },
		"coordinate":    func(c *bundles.Content) { c.Coordinates["User.name"] = nil },
		"covers":        func(c *bundles.Content) { c.Coordinates["User.email"] = []string{"s-mail"} },
	}
	seen := map[string]string{shop().Digest(): "the original"}
	for name, change := range changes {
		c := shop()
		change(c)
		digest := c.Digest()
		if other, taken := seen[digest]; taken {
			t.Errorf("a change of %s has the digest of %s", name, other)
		}
		seen[digest] = name
	}
}

func TestDigestDependsOnNeitherNumberNorSignature(t *testing.T) {
	digest := shop().Digest()
	if !strings.HasPrefix(digest, "sha256:") || len(digest) != len("sha256:")+64 {
		t.Errorf("digest %q", digest)
	}
	one, two := write(t, shop(), 1, nil), write(t, shop(), 2, nil)
	if wantLoads(t, one, unsigned, shop()).Digest != digest || wantLoads(t, two, unsigned, shop()).Digest != digest {
		t.Error("the digest depends on the number")
	}
	sign, options, _ := es256(t)
	if wantLoads(t, write(t, shop(), 1, sign), options, shop()).Digest != digest {
		t.Error("the digest depends on the signature")
	}
}

func TestDataIsWhatOPASees(t *testing.T) {
	c := shop()
	want := map[string]any{"fieldgate": map[string]any{
		"layer": map[string]any{
			"name": "shop", "match": "any", "abstract": "deny", "mode": "prune", "introspection": "view",
			"operations": []any{"query"}, "directives": []any{"inContext"},
			"validation": map[string]any{"schema": "strict", "overlapping_fields": "error"},
		},
		"scopes": map[string]any{
			"s-finance": map[string]any{
				"name": "finance", "description": "Cost prices", "entries": []any{"Query.orders", "Order.total"},
			},
			"s-mail": map[string]any{"name": "mail", "description": "", "entries": []any{"User.email"}},
		},
		"coordinates": map[string]any{
			"Query": map[string]any{}, "Query.user": map[string]any{}, "User": map[string]any{},
			"User.email":  map[string]any{"s-finance": true, "s-mail": true},
			"Order.total": map[string]any{"s-finance": true},
		},
		"guards": map[string]any{"Query.user": map[string]any{"field-name": []any{"Order.total", "User.email"}}},
	}}
	if diff := cmp.Diff(want, c.Data()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// incomplete are changes that make a content no revision's content.
var incomplete = map[string]func(c *bundles.Content){
	"no layer":               func(c *bundles.Content) { c.Layer = "" },
	"unknown match":          func(c *bundles.Content) { c.Match = "most" },
	"no match":               func(c *bundles.Content) { c.Match = "" },
	"unknown abstract":       func(c *bundles.Content) { c.Abstract = "allow" },
	"unknown mode":           func(c *bundles.Content) { c.Mode = "Prune" },
	"unknown introspection":  func(c *bundles.Content) { c.Introspection = "on" },
	"unknown operation":      func(c *bundles.Content) { c.Operations = []string{"query", "delete"} },
	"empty directive":        func(c *bundles.Content) { c.Directives = []string{""} },
	"unknown validation":     func(c *bundles.Content) { c.Validation.Schema = "loose" },
	"unknown overlapping":    func(c *bundles.Content) { c.Validation.OverlappingFields = "" },
	"scope without id":       func(c *bundles.Content) { c.Scopes[0].ID = "" },
	"scope id twice":         func(c *bundles.Content) { c.Scopes[0].ID = "s-mail" },
	"cover that is no scope": func(c *bundles.Content) { c.Coordinates["User"] = []string{"s-gone"} },
	"empty coordinate":       func(c *bundles.Content) { c.Coordinates[""] = nil },
	"guard without a rule":   func(c *bundles.Content) { c.Guards[0].Rule = "" },
	"guard over nothing":     func(c *bundles.Content) { c.Guards[0].StandsFor = nil },
	"guard at nothing":       func(c *bundles.Content) { c.Guards[0].At = "Query.gone" },
	"guard over the unknown": func(c *bundles.Content) { c.Guards[0].StandsFor = []string{"User.gone"} },
	"guard twice":            func(c *bundles.Content) { c.Guards = append(c.Guards, c.Guards[0]) },
	"rule not UTF-8":         func(c *bundles.Content) { c.Guards[0].Rule = "\xff" },
	"schema not UTF-8":       func(c *bundles.Content) { c.Schema = "type \xff" },
	"coordinate not UTF-8":   func(c *bundles.Content) { c.Coordinates["User.\xff"] = nil },
	"entry not UTF-8":        func(c *bundles.Content) { c.Scopes[0].Entries[0] = "\xff" },
}

func TestWriteRefusesIncompleteContent(t *testing.T) {
	for name, change := range incomplete {
		t.Run(name, func(t *testing.T) {
			c := shop()
			change(c)
			var out bytes.Buffer
			if err := bundles.Write(&out, c, 1, nil); err == nil || out.Len() > 0 {
				t.Errorf("error %v, %d bytes written", err, out.Len())
			}
		})
	}
}
