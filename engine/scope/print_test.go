package scope_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fieldgate/fieldgate/engine/scope"
)

func TestPrint(t *testing.T) {
	got := scope.Print("finance", "What things cost.\nFor the *shop*: \"only\".", []string{"Product.cost", "*.email", "Query.orders(filter:)"})
	want := `scope: finance
description: |-
  What things cost.
  For the *shop*: "only".
fields:
  - Product.cost
  - '*.email'
  - Query.orders(filter:)
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever a scope is called, its file says the same as its values.
func TestPrintIsRead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.OneOf(rapid.SampledFrom([]string{"yes", "null", "1e3", "0x1", "y", "2026-01-01", "true", "1:30"}), rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._:/-]{0,12}`)).Draw(rt, "name")
		description := rapid.OneOf(rapid.StringMatching(`[ -~\n\t]{0,60}`), rapid.String()).Draw(rt, "description")
		fields := rapid.SliceOfNDistinct(rapid.StringMatching(`(\*|[A-Z][a-z*]{0,4}|null|Yes)(\.[a-z]{1,4}(\([a-z]{1,3}:\))?)?`), 1, 5, rapid.ID).Draw(rt, "fields")
		defined, faults := scope.Define("a.yaml", name, description, fields)
		if faults != nil {
			rt.Skip("no scope")
		}
		text := scope.Print(name, description, fields)
		read, problems := scope.ParseScope("a.yaml", []byte(text))
		if problems != nil {
			rt.Fatalf("%v in\n%s", problems, text)
		}
		entries := func(s scope.Scope) []string {
			var out []string
			for _, e := range s.Entries {
				out = append(out, e.Text)
			}
			return out
		}
		if read.Name != defined.Name || read.Description != defined.Description || cmp.Diff(entries(defined), entries(read)) != "" {
			rt.Fatalf("%q %q %v was read from\n%s", read.Name, read.Description, entries(read), text)
		}
		if strings.Count(text, "\n") < 3 {
			rt.Fatal("the text is too short")
		}
	})
}
