package gql_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/walk"
)

// FuzzOperation decides whatever parses, for a subject that may read all but some coordinates. What
// is left is a valid document, is its own reprint, and selects nothing that is not readable, as the
// independent walker sees it.
func FuzzOperation(f *testing.F) {
	for _, text := range attacks() {
		if len(text) < 1<<9 {
			f.Add(text, "", `{}`, uint64(0x5555), false)
		}
	}
	for _, text := range []string{
		`query Q($a: Int = 1, $l: Level = HIGH) { e: echo(i: $a, s: "x", e: $l) me { ... { id } ...F } } fragment F on User { label email }`,
		`{ node { id ... on User { email friend { id } } ... on Shop { tax } __typename } any { ... on Node { label } __typename } }`,
		`query($o: In) @inContext(level: LOW) { echo(o: {in: {list: [{e: HIGH}, $o]}, s: """a\n "b" """}) __schema { queryType { name } } }`,
		`{ me { label @skip(if: true) label } ... on Query @include(if: false) { node { ... on Node { ... on Shop { label } } } } }`,
	} {
		for _, mask := range []uint64{0, ^uint64(0), 0xF0F0F0F0F0F0F0F0, 1 << 20} {
			f.Add(text, "", `{"o": {"e": "LOW", "list": {"n": 1}}}`, mask, mask%3 == 0)
		}
	}
	schema := mustLoad(f, printSDL)
	library, err := gqlparser.LoadSchema(&ast.Source{Input: printSDL})
	if err != nil {
		f.Fatal(err)
	}
	walker, err := walk.New(printSDL)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, name, values string, mask uint64, narrow bool) {
		settings := gql.Settings{Directives: []string{"inContext"}, Narrow: narrow, Limits: gql.Limits{Tokens: 400, Fields: 100}}
		var sent map[string]any
		if json.Unmarshal([]byte(values), &sent) != nil {
			sent = nil
		}
		readable, denied := masked(schema, mask)
		_ = schema.View(readable, settings).Validate(text, name, sent, settings)
		op, errs := schema.Compile(text, name, settings)
		if errs != nil {
			fits(t, errs)
			return
		}
		bound, errs := op.Bind(sent)
		if errs != nil {
			fits(t, errs)
			return
		}
		for _, d := range []*gql.Decision{bound.Decide(everything(schema)), bound.Decide(readable)} {
			d.Details()
			out, errs := d.Forward()
			if errs != nil || out.Query == "" {
				continue
			}
			if _, errs := gqlparser.LoadQueryWithRules(library, out.Query, rules.NewDefaultRules()); len(errs) > 0 {
				t.Fatalf("%v\nleft of %q: %q", errs, text, out.Query)
			}
			if d.Outcome() == gql.Allow {
				stays(t, schema, settings, out)
			}
		}
		left, _ := bound.Decide(readable).Forward()
		if narrow || left.Query == "" {
			return
		}
		selected, err := walker.Selected(left.Query, op.Name)
		if err != nil {
			t.Fatal(err)
		}
		for coordinate := range selected {
			if denied[coordinate] {
				t.Fatalf("%s is not readable and is left of %q: %q", coordinate, text, left.Query)
			}
		}
	})
}

// masked returns what is readable, every coordinate but those whose bit in a mask is set, and the rest
// by name.
func masked(s *gql.Schema, mask uint64) (gql.Set, map[string]bool) {
	readable, denied := gql.NewSet(s.Len()), map[string]bool{}
	for id, name := range s.Names() {
		if mask&(1<<(id%64)) != 0 && id%3 != 0 {
			denied[name] = true
		} else {
			readable.Add(gql.ID(id))
		}
	}
	return readable, denied
}

func fits(t *testing.T, errs gql.Errors) {
	t.Helper()
	for _, e := range errs {
		if e.Message == "" || e.Code == "" || len(e.Message) > 1000 || !utf8.ValidString(e.Message) {
			t.Fatalf("not an error to show: %+v", e)
		}
	}
}

// stays wants the reprint to be its own reprint.
func stays(t *testing.T, s *gql.Schema, settings gql.Settings, sent gql.Forward) {
	t.Helper()
	settings.Limits = gql.Limits{}
	if strings.Contains(sent.Query, "__fieldgate") {
		return // a key that clients may not use
	}
	op, errs := s.Compile(sent.Query, "", settings)
	if errs != nil {
		t.Fatalf("%v\n%q", errs, sent.Query)
	}
	bound, errs := op.Bind(sent.Variables)
	if errs != nil {
		t.Fatalf("%v\n%q", errs, sent.Query)
	}
	if again, _ := bound.Decide(everything(s)).Forward(); again.Query != sent.Query {
		t.Fatalf("%q is reprinted as %q", sent.Query, again.Query)
	}
}
