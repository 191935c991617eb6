package scope_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/scope"
)

func TestNoProblemsAreNoError(t *testing.T) {
	var problems scope.Problems
	if err := problems.Err(); err != nil {
		t.Errorf("Err() = %#v", err)
	}
	_, problems = scope.ParseScope("f.yaml", []byte("scope: a\nfields: [T]"))
	if err := problems.Err(); err != nil {
		t.Errorf("Err() = %#v", err)
	}
}

func TestProblemsAreErrors(t *testing.T) {
	_, problems := scope.ParseScope("f.yaml", []byte("scpe: a\nfields: [T.]"))
	err := fmt.Errorf("check: %w", problems.Err())
	var all scope.Problems
	var one scope.Problem
	if !errors.As(err, &all) || len(all) != 2 || !errors.As(err, &one) || one.Line != 1 {
		t.Errorf("all %v, one %v", all, one)
	}
	want := "check: f.yaml:1:1: unknown key \"scpe\", did you mean \"scope\"?\nf.yaml:2:10: malformed coordinate \"T.\": a field name is missing"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestPositions(t *testing.T) {
	layer, problems := scope.ParseLayer("l.yaml", []byte("data_layer: x\ndata_sources:\n- {name: a, types: [A, B]}\nupstream: {url: http://x}\n"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                         "l.yaml:1:1",
		"data_layer":               "l.yaml:1:13",
		"data_sources[0].types[1]": "l.yaml:3:24",
		"data_sources[0].types[9]": "l.yaml:3:20",
		"data_sources[0].type":     "l.yaml:3:3",
		"upstream.url":             "l.yaml:4:17",
		"mode":                     "l.yaml:1:1",
	} {
		if got := layer.Positions.At(path).String(); got != want {
			t.Errorf("At(%q) = %s, want %s", path, got, want)
		}
	}
	if layer.Positions.Has("mode") || !layer.Positions.Has("upstream.url") {
		t.Error("Has mistakes a default for a written value")
	}
}

func TestR8ShopifyListsInContextByItself(t *testing.T) {
	for src, want := range map[string][]string{
		"data_layer: x": {},
		"data_layer: x\ndirectives: ['@live', defer2]":                                                                      {"defer2", "live"},
		"data_layer: x\ndata_sources: [{name: s, type: shopify, types: [S*]}]":                                              {"inContext"},
		"data_layer: x\ndata_sources: [{name: s, type: shopify, types: [S*]}]\ndirectives: ['@inContext', a]":               {"a", "inContext"},
		"data_layer: x\ndata_sources: [{name: s, type: drupal, types: [S*]}, {name: t, type: generic, types: [ShopifyT*]}]": {},
	} {
		layer, problems := scope.ParseLayer("l.yaml", []byte(src))
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, append([]string{}, layer.ExecutableDirectives()...)); diff != "" {
			t.Errorf("%s:\n%s", src, diff)
		}
	}
}

func TestR15HideImpliesNarrow(t *testing.T) {
	layer, problems := scope.ParseLayer("l.yaml", []byte("data_layer: x\nmode: hide"))
	if problems.Err() != nil || layer.Abstract != scope.AbstractNarrow {
		t.Errorf("abstract %s, %v", layer.Abstract, problems)
	}
}

func TestFirstDataSourceWins(t *testing.T) {
	layer, problems := scope.ParseLayer("l.yaml", []byte(
		"data_layer: x\ndata_sources: [{name: a, type: shopify, types: [Shop*, X]}, {name: b, type: drupal, types: ['*opify']}]"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	for typeName, want := range map[string]string{"Shopify": "a", "X": "a", "Copify": "b", "Y": ""} {
		if got := layer.DataSourceOf(typeName).Name; got != want {
			t.Errorf("%s belongs to %q, want %q", typeName, got, want)
		}
	}
	if got := layer.DataSourceOf("Y").Type; got != scope.SourceGeneric {
		t.Errorf("the rest is %s", got)
	}
}

func TestExpand(t *testing.T) {
	lookup := func(name string) (string, bool) { return "<" + name + ">", !strings.HasPrefix(name, "NO") }
	got, err := scope.Expand("a ${B} $C ${D_1}${D_1}", lookup)
	if err != nil || got != "a <B> $C <D_1><D_1>" {
		t.Errorf("%q, %v", got, err)
	}
	got, err = scope.Expand("${A}${NO1}${NO2}", lookup)
	var unset *scope.UnsetError
	if got != "" || !errors.As(err, &unset) || unset.Name != "NO1" || !strings.Contains(err.Error(), "NO2") {
		t.Errorf("%q, %v", got, err)
	}
}

// TestSecretsAreNotQuoted holds what may be a secret out of problems.
func TestSecretsAreNotQuoted(t *testing.T) {
	const secret = "5315161"
	for _, upstream := range []string{
		"{url: 'http://u:" + secret + "@h/'}",
		"{url: 'ftp://" + secret + "/'}",
		"{url: 'http://h', headers: {A: " + secret + "}}",
		"{url: 'http://h', headers: {A: \"" + secret + "\\e\"}}",
		"{url: 'http://h', headers: {A: '" + secret + "${'}}",
		"{url: 'http://h', headers: " + secret + "}",
		secret,
	} {
		_, problems := scope.ParseLayer("l.yaml", []byte("data_layer: x\nupstream: "+upstream))
		if len(problems) == 0 || strings.Contains(problems.Error(), secret) {
			t.Errorf("%s: %v", upstream, problems)
		}
	}
}

func TestR22RenamedScopeHasNoFileOfItsFormerName(t *testing.T) {
	files := map[string][]byte{
		"layer.yaml":     []byte("data_layer: x"),
		"schema.graphql": nil,
		"scopes/a.yaml":  []byte("scope: a\nfields: [T]\nrenamed_from: b"),
	}
	_, before := scope.ParseRepository(files)
	if err := before.Err(); err != nil {
		t.Fatal(err)
	}
	files["scopes/b.yaml"] = []byte("scope: b\nfields: [T]")
	if r, problems := scope.ParseRepository(files); r != nil || len(problems) != 1 {
		t.Errorf("%v, %v", r, problems)
	}
}

func TestRelevant(t *testing.T) {
	for file, want := range map[string]bool{
		"fieldgate.yaml": true, "shop/scopes/a.yml": true, "shop/scopes/.a.YAML": true, "shop/schema.graphql": true, "shop/schema.json": true,
		"README.md": false, ".git/x.yaml": false, "a/node_modules/b/c.json": false, "a/.cache/b.yaml": false, "x": false,
	} {
		if got := scope.Relevant(file); got != want {
			t.Errorf("Relevant(%q) = %v", file, got)
		}
	}
}

func TestDefaultSettingsAreThoseOfAnEmptyFile(t *testing.T) {
	got, problems := scope.ParseSettings("fieldgate.yaml", []byte("{}"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	got.Positions = nil
	if diff := cmp.Diff(scope.DefaultSettings(), got); diff != "" {
		t.Error(diff)
	}
}

// TestHostileFilesAreCheap gives the largest file of each hostile kind a
// minute, a hundred times what the slowest takes: the race detector and other
// programs have their share.
func TestHostileFilesAreCheap(t *testing.T) {
	const size = 1<<20 - 64
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for name, src := range map[string]string{
		"nested lists":    fill("["),
		"nested mappings": fill("{a: "),
		"nested blocks":   fill("- "),
		"comments":        fill("#\n"),
		"keys":            fill("a: b\n"),
		"unknown keys":    distinctKeys(20_000),
		"bad entries":     "scope: a\nfields:\n" + fill("- T.\n")[:size/2],
		"long entry":      "scope: a\nfields: [" + fill("a*") + "]",
		"documents":       fill("---\n"),
		"aliases":         "a: &a x\nb: [" + fill("*a,") + "]",
		"commas":          fill(","),
		"quotes":          "a: '" + fill("''"),
	} {
		start := time.Now()
		_, problems := scope.ParseScope("f.yaml", []byte(src))
		if len(problems) > 1001 {
			t.Errorf("%s: %d problems", name, len(problems))
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s took %s", name, took)
		} else {
			t.Logf("%s: %s, %d problems", name, took, len(problems))
		}
	}
}

func distinctKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "scope%d: x\n", i)
	}
	return b.String()
}
