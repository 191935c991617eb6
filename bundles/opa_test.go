package bundles_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/policies"
)

// ask is what any client of OPA sends.
type ask struct {
	Scopes       []string `json:"scopes"`
	Unrestricted bool     `json:"unrestricted"`
	Coordinates  []string `json:"coordinates"`
}

// answerOf asks engine/eval about c.
func answerOf(t *testing.T, c *bundles.Content, a ask) []string {
	t.Helper()
	return policyOf(t, c)(a)
}

// policyOf compiles c for engine/eval, to be asked many times.
func policyOf(t *testing.T, c *bundles.Content) func(a ask) []string {
	t.Helper()
	policy, err := eval.New(t.Context(), policies.Read(), c.Data(), nil, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return func(a ask) []string {
		subject := eval.Subject{Scopes: a.Scopes, Unrestricted: a.Unrestricted}
		return must[[]string](t)(policy.Allowed(t.Context(), subject, a.Coordinates))
	}
}

// opaAnswer asks OPA's own evaluator about a bundle read by OPA's own loader.
func opaAnswer(t *testing.T, text []byte, config *bundle.VerificationConfig, a ask) []string {
	t.Helper()
	reader := bundle.NewReader(bytes.NewReader(text))
	if config != nil {
		reader = reader.WithBundleVerificationConfig(config)
	}
	b := must[bundle.Bundle](t)(reader.Read())
	results, err := rego.New(
		rego.Query("data.fieldgate.read.allowed"), rego.ParsedBundle("shop", &b), rego.Input(a),
	).Eval(t.Context())
	if err != nil || len(results) != 1 {
		t.Fatalf("%v, %v", results, err)
	}
	return texts(results[0].Expressions[0].Value.([]any))
}

func texts(values []any) []string {
	all := []string{}
	for _, value := range values {
		all = append(all, value.(string))
	}
	slices.Sort(all)
	return all
}

var asks = []ask{
	{Scopes: []string{}, Coordinates: []string{"User", "User.email", "Order.total", "Ghost"}},
	{Scopes: []string{"s-mail"}, Coordinates: []string{"User", "User.email", "Order.total", "Ghost"}},
	{Scopes: []string{"s-mail", "s-finance"}, Coordinates: []string{"User.email", "Order.total"}},
	{Scopes: []string{}, Unrestricted: true, Coordinates: []string{"User.email", "Order.total", "Ghost"}},
	{Scopes: []string{"s-finance"}, Coordinates: []string{}},
}

func TestR2OPAAgreesOnBundles(t *testing.T) {
	ids := []string{"s0", "s1", "s2", "s3"}
	names := []string{"A", "A.a", "A.b", "A.b(c:)", "B", "B.b", "In.x", "E.V"}
	rapid.Check(t, func(r *rapid.T) {
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 0, 4, rapid.ID[string])
		c := shop()
		c.Match = rapid.SampledFrom([]string{"any", "all"}).Draw(r, "match")
		c.Scopes, c.Coordinates, c.Guards = nil, map[string][]string{}, nil
		for _, id := range ids {
			c.Scopes = append(c.Scopes, bundles.Scope{ID: id, Name: id})
		}
		for _, name := range names[:len(names)-1] {
			c.Coordinates[name] = some.Draw(r, name)
		}
		a := ask{some.Draw(r, "held"), rapid.Bool().Draw(r, "unrestricted"), names}
		if diff := cmp.Diff(answerOf(t, c, a), opaAnswer(t, write(t, c, 1, nil), nil, a)); diff != "" {
			r.Fatalf("%+v (-engine/eval +OPA):\n%s", a, diff)
		}
	})
}

func TestOPALoaderVerifiesSignatures(t *testing.T) {
	ecdsa, _, public := es256(t)
	hmac, _ := hs256(t)
	for name, test := range map[string]struct {
		sign   *bundles.Signer
		id     string
		config bundle.KeyConfig
	}{
		"ES256": {ecdsa, "team", bundle.KeyConfig{Key: string(public), Algorithm: "ES256"}},
		"HS256": {hmac, "shared", bundle.KeyConfig{Key: string(secret), Algorithm: "HS256"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := write(t, shop(), 3, test.sign)
			// An empty key id has OPA take the one that the signature names.
			config := bundle.NewVerificationConfig(map[string]*bundle.KeyConfig{test.id: &test.config}, "", "", nil)
			for _, a := range asks {
				if diff := cmp.Diff(answerOf(t, shop(), a), opaAnswer(t, text, config, a)); diff != "" {
					t.Errorf("%+v (-engine/eval +OPA):\n%s", a, diff)
				}
			}
			changed := change(t, text, func(files map[string][]byte) { files["schema.graphql"] = nil })
			reader := bundle.NewReader(bytes.NewReader(changed)).WithBundleVerificationConfig(config)
			if _, err := reader.Read(); err == nil {
				t.Error("OPA loaded a bundle that was changed")
			}
		})
	}
}

// opaDir is where opaCommand builds; TestMain removes it.
var opaDir = filepath.Join(os.TempDir(), fmt.Sprintf("fieldgate-opa-%d", os.Getpid()))

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := os.RemoveAll(opaDir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		os.Exit(code)
	}))
}

// opaCommand builds the opa command of the pinned module, once.
var opaCommand = sync.OnceValues(func() (string, error) {
	path := filepath.Join(opaDir, "opa")
	version, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/open-policy-agent/opa").Output()
	if err != nil {
		return "", fmt.Errorf("find the version of opa in go.mod: %w", err)
	}
	// As a module of its own: what its command line needs is not for our go.mod.
	install := exec.Command("go", "install", "github.com/open-policy-agent/opa@"+strings.TrimSpace(string(version)))
	install.Env = append(os.Environ(), "GOBIN="+filepath.Dir(path), "GOFLAGS=")
	out, err := install.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func opa(t *testing.T, arguments ...string) ([]byte, error) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the opa command")
	}
	var out, problems bytes.Buffer
	command := exec.CommandContext(t.Context(), must[string](t)(opaCommand()), arguments...)
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s%s", err, &out, &problems)
	}
	return out.Bytes(), nil
}

func file(t *testing.T, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestR2StockOPAAgreesOnBundles(t *testing.T) {
	path := file(t, "bundle.tar.gz", write(t, shop(), 3, nil))
	for _, a := range asks {
		if diff := cmp.Diff(answerOf(t, shop(), a), stockAnswer(t, path, a)); diff != "" {
			t.Errorf("%+v (-engine/eval +opa):\n%s", a, diff)
		}
	}
}

// TestR2StockOPAAgreesOnAThousandSets asks the opa command 1,000 questions of two exported bundles: for each it answers the set
// that the engine does.
func TestR2StockOPAAgreesOnAThousandSets(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	answered := 0
	for _, match := range []string{"any", "all"} {
		c := randomContent(random, match)
		asked := randomAsks(random, c, 500)
		got := stockAnswers(t, file(t, match+".tar.gz", write(t, c, 3, nil)), asked)
		if len(got) != len(asked) {
			t.Fatalf("opa answers %d of %d questions", len(got), len(asked))
		}
		engine := policyOf(t, c)
		for i, a := range asked {
			if diff := cmp.Diff(engine(a), texts(got[i])); diff != "" {
				t.Fatalf("match %s, %+v (-engine/eval +opa):\n%s", match, a, diff)
			}
			if len(got[i]) > 0 {
				answered++
			}
		}
	}
	if answered < 500 {
		t.Errorf("only %d sets are not empty", answered)
	}
	t.Logf("1000 sets, %d of them not empty", answered)
}

func randomContent(random *rand.Rand, match string) *bundles.Content {
	c := shop()
	c.Match, c.Scopes, c.Coordinates, c.Guards = match, nil, map[string][]string{}, nil
	for i := range 12 {
		c.Scopes = append(c.Scopes, bundles.Scope{ID: fmt.Sprintf("s%02d", i), Name: fmt.Sprintf("scope-%d", i)})
	}
	for i := range 60 {
		ids := []string{}
		for range random.IntN(4) {
			ids = append(ids, c.Scopes[random.IntN(len(c.Scopes))].ID)
		}
		slices.Sort(ids)
		c.Coordinates[fmt.Sprintf("T%d.f%d", i%7, i)] = slices.Compact(ids)
	}
	return c
}

func randomAsks(random *rand.Rand, c *bundles.Content, n int) []ask {
	names := slices.Sorted(maps.Keys(c.Coordinates))
	out := make([]ask, n)
	for i := range out {
		a := ask{Scopes: []string{}, Coordinates: []string{"Ghost.field"}, Unrestricted: random.IntN(20) == 0}
		for range random.IntN(6) {
			a.Scopes = append(a.Scopes, c.Scopes[random.IntN(len(c.Scopes))].ID)
		}
		for _, name := range names {
			if random.IntN(3) == 0 {
				a.Coordinates = append(a.Coordinates, name)
			}
		}
		slices.Sort(a.Scopes)
		a.Scopes = slices.Compact(a.Scopes)
		out[i] = a
	}
	return out
}

// stockAnswers asks many questions in one run of the command, in order.
func stockAnswers(t *testing.T, path string, asked []ask) [][]any {
	t.Helper()
	input := file(t, "inputs.json", must[[]byte](t)(json.Marshal(map[string]any{"asks": asked})))
	out, err := opa(t, "eval", "-b", path, "-i", input, "[a | some x in input.asks; a := data.fieldgate.read.allowed with input as x]")
	if err != nil {
		t.Fatal(err)
	}
	var output struct {
		Result []struct{ Expressions []struct{ Value [][]any } }
	}
	if err := json.Unmarshal(out, &output); err != nil || len(output.Result) != 1 {
		t.Fatalf("%v: %.300s", err, out)
	}
	return output.Result[0].Expressions[0].Value
}

func stockAnswer(t *testing.T, path string, a ask) []string {
	t.Helper()
	input := file(t, "input.json", must[[]byte](t)(json.Marshal(a)))
	out, err := opa(t, "eval", "-b", path, "-i", input, "data.fieldgate.read.allowed")
	if err != nil {
		t.Fatal(err)
	}
	var output struct {
		Result []struct{ Expressions []struct{ Value []any } }
	}
	if err := json.Unmarshal(out, &output); err != nil || len(output.Result) != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	return texts(output.Result[0].Expressions[0].Value)
}

// `opa eval` does not verify bundles, `opa build` does: it reads ours, and what it
// builds from them answers the same.
func TestR2StockOPAVerifiesBundles(t *testing.T) {
	ecdsa, _, public := es256(t)
	hmac, _ := hs256(t)
	key := file(t, "key.pem", public)
	for name, test := range map[string]struct {
		sign  *bundles.Signer
		flags []string
	}{
		"ES256": {ecdsa, []string{"--verification-key", key, "--signing-alg", "ES256"}},
		"HS256": {hmac, []string{"--verification-key", string(secret), "--signing-alg", "HS256"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := write(t, shop(), 3, test.sign)
			built := filepath.Join(t.TempDir(), "built.tar.gz")
			build := func(text []byte) ([]byte, error) {
				path := file(t, "bundle.tar.gz", text)
				return opa(t, append([]string{"build", "-b", path, "-o", built}, test.flags...)...)
			}
			changed := change(t, text, func(files map[string][]byte) {
				files["data.json"] = bytes.Replace(files["data.json"], []byte(`,"s-mail":true`), nil, 1)
			})
			if _, err := build(changed); err == nil || !strings.Contains(err.Error(), "digest mismatch") {
				t.Errorf("a bundle that was changed: error %v, want a digest mismatch", err)
			}
			if _, err := build(text); err != nil {
				t.Fatal(err)
			}
			for _, a := range asks {
				if diff := cmp.Diff(answerOf(t, shop(), a), stockAnswer(t, built, a)); diff != "" {
					t.Errorf("%+v (-engine/eval +opa):\n%s", a, diff)
				}
			}
		})
	}
}
