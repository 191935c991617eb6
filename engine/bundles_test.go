package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/internal/oracle"
)

// TestStockOPAAgrees builds the bundle of random cases, loads it with OPA's own loader and asks
// OPA's own evaluator for every coordinate of the schema: the set is the engine's.
func TestStockOPAAgrees(t *testing.T) {
	batch := patientBatch()
	forEachCase(t, func(seed uint64, c oracle.Case) error {
		if seed%10 != 0 {
			return nil // OPA compiles the policy anew for each: a tenth is enough
		}
		snapshot, err := batch.Snapshot(t.Context(), line(c))
		if err != nil {
			return err
		}
		held := []string{}
		for _, name := range c.Held {
			if _, ok := c.Scopes[name]; ok {
				held = append(held, name)
			}
		}
		if c.Unrestricted {
			held = []string{}
		}
		want, err := snapshot.Readable(t.Context(), eval.Subject{Scopes: held, Unrestricted: c.Unrestricted})
		if err != nil {
			return err
		}
		var names []string
		for id, name := range snapshot.Schema().Names() {
			if want.Has(gql.ID(id)) {
				names = append(names, name)
			}
		}
		got, err := stockOPA(t, snapshot, held, c.Unrestricted)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(set(names), set(got)); diff != "" {
			return fmt.Errorf("engine (-) and stock OPA (+) differ:\n%s\n%s", diff, describe(c))
		}
		return nil
	})
}

func set(names []string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}

func stockOPA(t *testing.T, s *engine.Snapshot, held []string, unrestricted bool) ([]string, error) {
	t.Helper()
	var file bytes.Buffer
	if err := bundles.Write(&file, s.Content(), s.Revision().Number, nil); err != nil {
		return nil, err
	}
	loaded, err := bundle.NewReader(&file).Read()
	if err != nil {
		return nil, err
	}
	results, err := rego.New(
		rego.Query("data.fieldgate.read.allowed"),
		rego.ParsedBundle("fieldgate", &loaded),
		rego.Input(map[string]any{"scopes": held, "unrestricted": unrestricted, "coordinates": s.Schema().Names()}),
	).Eval(t.Context())
	if err != nil {
		return nil, err
	}
	var out []string
	for _, v := range results[0].Expressions[0].Value.([]any) {
		out = append(out, v.(string))
	}
	return out, nil
}

func TestSnapshotFromBundleDecidesAlike(t *testing.T) {
	draft, _ := compile(t, shopSDL, shopScopes)
	first, err := draft.Activate(t.Context(), 7, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := bundles.Write(&file, first.Content(), 7, nil); err != nil {
		t.Fatal(err)
	}
	content, revision, err := bundles.Load(bytes.NewReader(file.Bytes()), bundles.LoadOptions{AllowUnsigned: true})
	if err != nil {
		t.Fatal(err)
	}
	second, err := engine.Load(t.Context(), content, revision.Number, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.Revision(), second.Revision()); diff != "" {
		t.Error(diff)
	}
	for _, who := range []engine.Subject{{}, {Scopes: []string{"finance"}}, {Unrestricted: true}} {
		request := engine.Request{Subject: who, Query: "{ orders { id total customer { email } } }"}
		if diff := cmp.Diff(decide(t, first, request), decide(t, second, request)); diff != "" {
			t.Errorf("%+v:\n%s", who, diff)
		}
	}
}

func TestR16CorruptContentIsNotActivated(t *testing.T) {
	draft, _ := compile(t, shopSDL, shopScopes)
	var file bytes.Buffer
	if err := bundles.Write(&file, draft.Content, 3, nil); err != nil {
		t.Fatal(err)
	}
	good := file.Bytes()
	layer := engine.NewLayer("shop")
	if _, err := layer.Snapshot(); !errors.Is(err, engine.ErrNoSnapshot) {
		t.Errorf("an empty layer gives %v", err)
	}
	activate := func(data []byte, o bundles.LoadOptions) error {
		content, revision, err := bundles.Load(bytes.NewReader(data), o)
		if err != nil {
			return err
		}
		s, err := engine.Load(t.Context(), content, revision.Number, engine.Options{})
		if err != nil {
			return err
		}
		return layer.Activate(s)
	}
	if err := activate(good, bundles.LoadOptions{AllowUnsigned: true}); err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 0x40
	key, err := bundles.NewHS256Key("k", []byte(strings.Repeat("s", 32)))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := bundles.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, attempt := range map[string]func() error{
		"a flipped bit":                  func() error { return activate(flipped, bundles.LoadOptions{AllowUnsigned: true}) },
		"half a bundle":                  func() error { return activate(good[:len(good)/2], bundles.LoadOptions{AllowUnsigned: true}) },
		"nothing":                        func() error { return activate(nil, bundles.LoadOptions{AllowUnsigned: true}) },
		"no signature where one must be": func() error { return activate(good, bundles.LoadOptions{Verifier: verifier}) },
		"the same number again":          func() error { return activate(good, bundles.LoadOptions{AllowUnsigned: true}) },
		"a number below the floor":       func() error { return activate(good, bundles.LoadOptions{AllowUnsigned: true, Floor: 4}) },
	} {
		if err := attempt(); err == nil {
			t.Errorf("%s was activated", name)
		}
		s, err := layer.Snapshot()
		if err != nil || s.Revision().Number != 3 {
			t.Errorf("%s: the good revision is gone: %v", name, err)
		}
	}
}

func TestR16ContentThatContradictsItsSchemaIsRefused(t *testing.T) {
	draft, _ := compile(t, shopSDL, shopScopes)
	delete(draft.Content.Coordinates, "Order.total")
	if _, err := engine.Load(t.Context(), draft.Content, 1, engine.Options{}); !errors.Is(err, engine.ErrContent) {
		t.Errorf("got %v, want ErrContent", err)
	}
}
