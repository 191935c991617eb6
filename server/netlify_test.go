package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// everyLabel opens all that the source of testdata/netlify labels.
var everyLabel = []string{"editorial", "finance", "people", "purchasing"}

// labelSets are the tokens that are compared: what the engine gets as labels, a token holds as scopes.
var labelSets = [][]string{{}, {"finance"}, {"purchasing"}, {"editorial"}, {"people"}, {"finance", "purchasing"}, {"editorial", "people"}, everyLabel}

// atLeast is how many of comparisons.json must be answered like the engine does for every token.
const atLeast = 40

// TestNetlify stands Fieldgate between Netlify's own engine and Netlify's own client. Only the address and the token of the
// client differ from what it would use without Fieldgate.
func TestNetlify(t *testing.T) {
	node := netlifyNode(t)
	labelled, open := startEngine(t, node, true), startEngine(t, node, false)
	site := startSite(t, node, open.GraphQL)
	t.Run("R13 the generated schema is what the token may read", func(t *testing.T) { site.generates(t) })
	t.Run("the same answers as the engine's own restrictions", func(t *testing.T) { site.compares(t, labelled.As) })
	t.Run("an unrestricted token gets the upstream's answers", func(t *testing.T) { site.passes(t) })
}

// difference is a query that the gateway answers otherwise than the engine restricts it, to a token with these labels.
type difference struct {
	Query  string
	Labels []string
	Why    string
}

func (s *site) compares(t *testing.T, engine string) {
	t.Helper()
	comparisons, listed := readQueries(t)
	queries, known := slices.Clone(comparisons), map[string]bool{}
	for _, d := range listed {
		known[d.Query] = true
		if !slices.Contains(queries, d.Query) {
			queries = append(queries, d.Query)
		}
	}
	differs := map[string][]string{} // query to the tokens for which it does
	for _, labels := range labelSets {
		name := strings.Join(labels, ",")
		got := s.queries(t, s.token(t, labels...), queries)
		for i, query := range queries {
			want := s.answer(t, engine+"/as?labels="+name, query)
			if got[i] == want {
				continue
			}
			differs[query] = append(differs[query], name)
			if !known[query] {
				t.Errorf("not listed: %s\nlabels:  %s\ngateway: %s\nengine:  %s", query, name, got[i], want)
			}
		}
	}
	for _, d := range listed {
		if d.Why == "" || !slices.Contains(differs[d.Query], strings.Join(d.Labels, ",")) {
			t.Errorf("listed, and does not differ for %v (%s): %s", d.Labels, d.Why, d.Query)
		}
	}
	same := len(comparisons)
	for _, query := range comparisons {
		if differs[query] != nil {
			same--
		}
	}
	t.Logf("%d of %d queries have the same answer for %d tokens", same, len(comparisons), len(labelSets))
	if same < atLeast {
		t.Errorf("%d queries have the same answer, fewer than %d", same, atLeast)
	}
}

// passes asks what no token but an unrestricted one is answered in full.
func (s *site) passes(t *testing.T) {
	t.Helper()
	queries, listed := readQueries(t)
	for _, d := range listed {
		queries = append(queries, d.Query)
	}
	for i, got := range s.queries(t, s.unrestricted(t), queries) {
		if want := s.answer(t, s.upstream, queries[i]); got != want {
			t.Errorf("%s\ngateway:  %s\nupstream: %s", queries[i], got, want)
		}
	}
}

// readQueries returns the queries that should be answered alike, and those that are known not to be.
func readQueries(t *testing.T) (comparisons []string, listed []difference) {
	t.Helper()
	readJSON(t, "comparisons.json", &comparisons)
	readJSON(t, "differences.json", &listed)
	return comparisons, listed
}

// variables go with every query; only one of them uses it.
var variables = map[string]any{"h": "product-2"}

// queries asks with Netlify's client and returns the data of each answer in JSON.
func (s *site) queries(t *testing.T, token string, queries []string) []string {
	t.Helper()
	var requests []any
	for _, q := range queries {
		requests = append(requests, map[string]any{"query": q, "variables": variables})
	}
	text, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	out := strings.Split(strings.TrimSuffix(s.client(t, netlifyFolder(t), token, bytes.NewReader(text), "client.mjs"), "\n"), "\n")
	if len(out) != len(queries) {
		t.Fatalf("%d answers to %d queries:\n%s", len(out), len(queries), out)
	}
	return out
}

// answer returns the data that an engine itself answers.
func (s *site) answer(t *testing.T, url, query string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Data   json.RawMessage
		Errors json.RawMessage
	}
	if err := json.Unmarshal([]byte(s.post(t, url, body)), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Errors != nil {
		t.Fatalf("the engine cannot answer %s: %s", query, answer.Errors)
	}
	return string(answer.Data)
}

func (s *site) generates(t *testing.T) {
	t.Helper()
	upstream := coordinates(t, s.client(t, netlifyFolder(t), "none", strings.NewReader(""), "client.mjs", "schema", s.upstream))
	unrestricted, scoped := s.unrestricted(t), s.token(t, "purchasing")
	all := coordinates(t, s.generate(t, unrestricted))
	part := coordinates(t, s.generate(t, scoped))
	// What is generated is the view, whichever way a client reads it.
	for _, c := range []struct {
		token     string
		generated []string
	}{{unrestricted, all}, {scoped, part}} {
		if diff := cmp.Diff(coordinates(t, s.sdl(t, c.token)), c.generated); diff != "" {
			t.Errorf("the generated schema is not the view (-view +generated):\n%s", diff)
		}
	}
	// The unrestricted one has every field of every record, and nothing that the upstream has not.
	for _, c := range all {
		if !slices.Contains(upstream, c) {
			t.Errorf("%s is not in the upstream's schema", c)
		}
	}
	want := ofRecords(upstream)
	if diff := cmp.Diff(want, ofRecords(all)); diff != "" || len(want) < 40 {
		t.Errorf("%d fields of records, unrestricted (-upstream +generated):\n%s", len(want), diff)
	}
	// The scoped one lacks what the other scopes cover, and nothing else.
	hidden := []string{
		"ContentstackAuthor.email", "ContentstackPage.draft", "ContentstackSeo.keywords", "DrupalArticle.author", "DrupalArticle.moderation",
		"DrupalUser", "DrupalUser.children", "DrupalUser.id", "DrupalUser.internal", "DrupalUser.mail", "DrupalUser.name", "DrupalUser.parent",
		"ShopifyProduct.cost", "ShopifyProduct.notes", "ShopifyVendor.rating",
	}
	want = slices.DeleteFunc(want, func(c string) bool { return slices.Contains(hidden, c) })
	if diff := cmp.Diff(want, ofRecords(part)); diff != "" {
		t.Errorf("fields of records, scoped (-want +generated):\n%s", diff)
	}
	if c := "Internal.content"; !slices.Contains(all, c) || slices.Contains(part, c) {
		t.Errorf("%s: unrestricted %t, scoped %t", c, slices.Contains(all, c), slices.Contains(part, c))
	}
}

// ofRecords are the coordinates of the types that the source makes.
func ofRecords(all []string) []string {
	records := []string{"ShopifyProduct", "ShopifyVariant", "ShopifyVendor", "ContentstackPage", "ContentstackSeo", "ContentstackAuthor", "DrupalArticle", "DrupalUser"}
	return slices.DeleteFunc(slices.Clone(all), func(c string) bool {
		name, _, _ := strings.Cut(c, ".")
		return !slices.Contains(records, name)
	})
}

// coordinates are those of types, fields, arguments, input fields and enum values in a schema, sorted.
func coordinates(t *testing.T, sdl string) []string {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: sdl})
	if err != nil {
		t.Fatalf("%v\n%s", err, sdl)
	}
	found := map[string]bool{}
	for name, d := range schema.Types {
		if d.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		found[name] = true
		for _, v := range d.EnumValues {
			found[name+"."+v.Name] = true
		}
		for _, f := range d.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			found[name+"."+f.Name] = true
			for _, a := range f.Arguments {
				found[name+"."+f.Name+"("+a.Name+":)"] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(netlifyFolder(t), name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func (s *site) post(t *testing.T, url string, body []byte) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	return s.do(t, request)
}

// do sends a request that must be answered with 200 and returns the body.
func (s *site) do(t *testing.T, request *http.Request) string {
	t.Helper()
	answer, err := s.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v %s", request.URL.Path, answer.StatusCode, err, text)
	}
	return string(text)
}
