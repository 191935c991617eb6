package engine_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// netlify starts Netlify's content engine over the made-up records of testdata/netlify, without its own
// restrictions, and returns the URL of its GraphQL endpoint.
func netlify(t *testing.T) string {
	t.Helper()
	folder := filepath.Join("..", "testdata", "netlify")
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(filepath.Join(folder, "node_modules")); err != nil || missing != nil {
		t.Skip("SKIPPED, NOT TESTED: node, or `npm ci` in testdata/netlify, is missing; this test runs Netlify's own engine")
	}
	cmd := exec.CommandContext(t.Context(), node, "engine.mjs", t.TempDir())
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "FIELDGATE_LABELS=off")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr, cmd.WaitDelay = &stderr, 10*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close() // it ends by itself
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var at struct{ GraphQL string }
		if json.Unmarshal(lines.Bytes(), &at) == nil && at.GraphQL != "" {
			go func() { _, _ = io.Copy(io.Discard, stdout) }()
			return at.GraphQL
		}
	}
	t.Fatalf("the engine did not start: %s", stderr.String())
	return ""
}

// post sends an operation upstream and returns `data`.
func post(t *testing.T, url, query string, variables map[string]any) map[string]any {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	client := &http.Client{Timeout: 30 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Data   map[string]any
		Errors []struct{ Message string }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Errors) > 0 {
		t.Fatalf("%s: %v", query, answer.Errors)
	}
	return answer.Data
}

// thief has a token without scopes: it sees what the engine lets through, as the upstream answers it.
type thief struct {
	t        *testing.T
	url      string
	snapshot *engine.Snapshot
	asked    int
	denied   int
}

// ask returns the answer that the holder of the token gets, nil when nothing is sent.
func (a *thief) ask(query string, variables map[string]any) map[string]any {
	a.t.Helper()
	v, err := a.snapshot.Decide(a.t.Context(), engine.Request{Query: query, Variables: variables})
	if err != nil {
		a.t.Fatal(err)
	}
	a.asked++
	if v.Decision() != engine.DecisionAllow {
		a.denied++
	}
	d := v.Details()
	if len(d.Errors) > 0 {
		a.t.Fatalf("%s: %v", query, d.Errors)
	}
	if d.Query == nil {
		return nil
	}
	return post(a.t, a.url, *d.Query, d.Variables)
}

// dig follows keys and list indices; nil where there is nothing.
func dig(v any, path ...any) any {
	for _, step := range path {
		switch key := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[key]
		case int:
			l, _ := v.([]any)
			if key >= len(l) {
				return nil
			}
			v = l[key]
		}
	}
	return v
}

// netlifyCosts are the values that a token without scopes must not learn, by handle.
var netlifyCosts = map[string]float64{"product-0": 11.5, "product-1": 23.25, "product-2": 37, "product-3": 41.75, "product-4": 58.5}

// TestR14NetlifyEngineLeaksNothing plays the attacks of a token without scopes against Netlify's own
// engine. Without guards each recovers all five costs, or their order; with guards each is denied.
func TestR14NetlifyEngineLeaksNothing(t *testing.T) {
	url := netlify(t)
	schema, err := json.Marshal(map[string]any{"data": post(t, url, introspectionQuery, nil)})
	if err != nil {
		t.Fatal(err)
	}
	attacks := map[string]func(*thief) map[string]float64{
		"distinct": distinctCosts, "filter bisection": bisectCosts, "bisection through a relation": bisectRelated,
		"filter in a variable": bisectVariable, "singular root field": bisectSingular,
		"sort order": sortCosts, "min, max and sum": aggregateCosts, "group": groupCosts,
	}
	for _, guards := range []bool{false, true} {
		snapshot := netlifySnapshot(t, string(schema), guards)
		for name, attack := range attacks {
			t.Run(fmt.Sprintf("%s, guards %v", name, guards), func(t *testing.T) {
				a := &thief{t: t, url: url, snapshot: snapshot}
				got := attack(a)
				switch {
				case !guards:
					if diff := cmp.Diff(netlifyCosts, got); diff != "" {
						t.Errorf("the attack does not work, so that it shows nothing: %s", diff)
					}
				case len(got) > 0:
					t.Errorf("recovered %v", got)
				case a.denied != a.asked:
					t.Errorf("%d of %d questions were answered whole", a.asked-a.denied, a.asked)
				}
				t.Logf("%d questions, %d denied, %d values recovered", a.asked, a.denied, len(got))
			})
		}
		a := &thief{t: t, url: url, snapshot: snapshot}
		legitimate := a.ask(`{ allShopifyProduct(filter: {price: {gt: 75}}, sort: {title: ASC}) { totalCount nodes { title cost } distinct(field: {handle: SELECT}) } }`, nil)
		if got := dig(legitimate, "allShopifyProduct", "totalCount"); got != 3.0 {
			t.Errorf("guards %v: an honest question is answered %v", guards, legitimate)
		}
	}
}

func netlifySnapshot(t *testing.T, schema string, guards bool) *engine.Snapshot {
	t.Helper()
	l := scope.DefaultLayer("netlify")
	everything, err := coord.ParsePattern("*")
	if err != nil {
		t.Fatal(err)
	}
	l.DataSources = []scope.DataSource{{Name: "connect", Type: scope.SourceConnect, Types: []coord.Pattern{everything}}}
	if !guards {
		l.GuardsOff = map[string]string{scope.AllGuards: "to see that the attacks work"}
	}
	draft, err := engine.Compile(engine.Input{
		Layer: l, SchemaFile: "schema.json", Schema: schema, Scopes: scopesOf(t, map[string][]string{"finance": {"ShopifyProduct.cost"}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := draft.Activate(t.Context(), 1, engine.Options{PolicyTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

func handles() []string {
	return []string{"product-0", "product-1", "product-2", "product-3", "product-4"}
}

// distinctCosts lists the values. Which belongs to which product it learns from filters by the value.
func distinctCosts(a *thief) map[string]float64 {
	values, _ := dig(a.ask(`{ allShopifyProduct { distinct(field: {cost: SELECT}) } }`, nil), "allShopifyProduct", "distinct").([]any)
	out := map[string]float64{}
	for _, v := range values {
		text, _ := v.(string)
		cost, err := strconv.ParseFloat(text, 64)
		if err != nil {
			continue
		}
		answer := a.ask(fmt.Sprintf(`{ shopifyProduct(cost: {eq: %v}) { handle } }`, cost), nil)
		if handle, ok := dig(answer, "shopifyProduct", "handle").(string); ok {
			out[handle] = cost
		}
	}
	return out
}

// bisect finds a multiple of 1/4 below 64, given whether it is at least a number; false when nothing is answered.
func bisect(atLeast func(float64) (yes, answered bool)) (float64, bool) {
	low, high := 0, 256
	for high-low > 1 {
		middle := (low + high) / 2
		yes, answered := atLeast(float64(middle) / 4)
		switch {
		case !answered:
			return 0, false
		case yes:
			low = middle
		default:
			high = middle
		}
	}
	return float64(low) / 4, true
}

// bisectEach plays bisection for each product with a question whose answer holds a count.
func bisectEach(count func(handle string, cost float64) (n float64, answered bool)) map[string]float64 {
	out := map[string]float64{}
	for _, handle := range handles() {
		cost, ok := bisect(func(v float64) (bool, bool) {
			n, answered := count(handle, v)
			return n > 0, answered
		})
		if ok {
			out[handle] = cost
		}
	}
	return out
}

func bisectCosts(a *thief) map[string]float64 {
	return bisectEach(func(handle string, cost float64) (float64, bool) {
		n, ok := dig(a.ask(fmt.Sprintf(`{ allShopifyProduct(filter: {handle: {eq: %q}, cost: {gte: %v}}) { totalCount } }`, handle, cost), nil),
			"allShopifyProduct", "totalCount").(float64)
		return n, ok
	})
}

func bisectVariable(a *thief) map[string]float64 {
	return bisectEach(func(handle string, cost float64) (float64, bool) {
		filter := map[string]any{"handle": map[string]any{"eq": handle}, "cost": map[string]any{"gte": cost}}
		n, ok := dig(a.ask(`query ($f: ShopifyProductFilterInput) { allShopifyProduct(filter: $f) { totalCount } }`, map[string]any{"f": filter}),
			"allShopifyProduct", "totalCount").(float64)
		return n, ok
	})
}

func bisectRelated(a *thief) map[string]float64 {
	return bisectEach(func(handle string, cost float64) (float64, bool) {
		n, ok := dig(a.ask(fmt.Sprintf(`{ allShopifyVariant(filter: {product: {handle: {eq: %q}, cost: {gte: %v}}}) { totalCount } }`, handle, cost), nil),
			"allShopifyVariant", "totalCount").(float64)
		return n, ok
	})
}

func bisectSingular(a *thief) map[string]float64 {
	return bisectEach(func(handle string, cost float64) (float64, bool) {
		answer := a.ask(fmt.Sprintf(`{ shopifyProduct(handle: {eq: %q}, cost: {gte: %v}) { handle } }`, handle, cost), nil)
		if answer == nil {
			return 0, false
		}
		return map[bool]float64{true: 1}[dig(answer, "shopifyProduct", "handle") != nil], true
	})
}

// sortCosts learns the order of the costs from one sort, and with a copy of the price list, which is what
// an attacker has from elsewhere, each cost.
func sortCosts(a *thief) map[string]float64 {
	nodes, _ := dig(a.ask(`{ allShopifyProduct(sort: {cost: DESC}) { nodes { handle } } }`, nil), "allShopifyProduct", "nodes").([]any)
	list := []float64{58.5, 41.75, 37, 23.25, 11.5}
	out := map[string]float64{}
	for i, node := range nodes {
		if handle, ok := dig(node, "handle").(string); ok {
			out[handle] = list[i]
		}
	}
	return out
}

// aggregateCosts asks for the least, greatest and summed cost of one product, which are its cost.
func aggregateCosts(a *thief) map[string]float64 {
	out := map[string]float64{}
	for _, handle := range handles() {
		answer := a.ask(fmt.Sprintf(`{ allShopifyProduct(filter: {handle: {eq: %q}}) { min(field: {cost: SELECT}) max(field: {cost: SELECT}) sum(field: {cost: SELECT}) } }`, handle), nil)
		var values []float64
		for _, f := range []string{"min", "max", "sum"} {
			if v, ok := dig(answer, "allShopifyProduct", f).(float64); ok {
				values = append(values, v)
			}
		}
		if len(values) == 3 && slices.Min(values) == slices.Max(values) {
			out[handle] = values[0]
		}
	}
	return out
}

func groupCosts(a *thief) map[string]float64 {
	groups, _ := dig(a.ask(`{ allShopifyProduct { group(field: {cost: SELECT}) { fieldValue nodes { handle } } } }`, nil), "allShopifyProduct", "group").([]any)
	out := map[string]float64{}
	for _, g := range groups {
		text, _ := dig(g, "fieldValue").(string)
		handle, _ := dig(g, "nodes", 0, "handle").(string)
		if cost, err := strconv.ParseFloat(text, 64); err == nil {
			out[handle] = cost
		}
	}
	return out
}

const introspectionQuery = `{ __schema { queryType { name } mutationType { name } subscriptionType { name } types { ...T } directives { name locations args { ...I } } } }
fragment T on __Type { kind name fields(includeDeprecated: true) { name args { ...I } type { ...R } } inputFields { ...I } interfaces { ...R } enumValues(includeDeprecated: true) { name } possibleTypes { ...R } }
fragment I on __InputValue { name type { ...R } defaultValue }
fragment R on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }`
