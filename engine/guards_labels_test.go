package engine_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// label is a row of testdata/guards/labels.tsv, which is described in the README beside it.
type label struct{ schema, coordinate, label, standsFor, why string }

func labels(t *testing.T) []label {
	t.Helper()
	data, err := os.ReadFile("testdata/guards/labels.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []label
	for i, row := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		cells := strings.Split(row, "\t")
		if len(cells) != 5 {
			t.Fatalf("row %d has %d cells", i+1, len(cells))
		}
		if i > 0 {
			out = append(out, label{cells[0], cells[1], cells[2], cells[3], cells[4]})
		}
	}
	return out
}

// sources are what the layer files of the labelled schemas say about their data sources.
var sources = map[string]scope.SourceType{
	"contentstack-km": scope.SourceContentstack, "gatsby-contentstack-bigcommerce": scope.SourceConnect,
	"shopify-storefront": scope.SourceShopify, "saleor": scope.SourceGeneric, "drupal-compose-octahedroid": scope.SourceDrupal,
}

// byHand are the guards of the labelled set that hold because of what the upstream does and its schema
// does not say: no rule can find them, and the layer file adds them.
var byHand = map[string]map[string][]string{
	"saleor": {
		"UserSortField.ORDER_COUNT":  {"User.email"},
		"CheckoutSortField.CUSTOMER": {"Address.lastName", "Address.firstName"},
		"CheckoutSortField.PAYMENT":  {"Payment.chargeStatus"},
		"ExportFileFilterInput.user": {"User.email"},
	},
}

// layerFor is a layer over a real schema as its team would write it.
func layerFor(t testing.TB, name string) scope.Layer {
	t.Helper()
	l := scope.DefaultLayer("real")
	l.Validation.Schema = scope.SchemaLenient
	l.Operations = []scope.Operation{scope.OperationQuery, scope.OperationMutation, scope.OperationSubscription}
	l.Directives = []string{"inContext"}
	everything, err := coord.ParsePattern("*")
	if err != nil {
		t.Fatal(err)
	}
	l.DataSources = []scope.DataSource{{Name: name, Type: sources[name], Types: []coord.Pattern{everything}}}
	return l
}

func addByHand(t testing.TB, l *scope.Layer, name string) {
	t.Helper()
	l.Guards = map[string]scope.GuardEntry{}
	for at, needs := range byHand[name] {
		entry := scope.GuardEntry{}
		for _, need := range needs {
			c, err := coord.Parse(need)
			if err != nil {
				t.Fatal(err)
			}
			entry.Needs = append(entry.Needs, c)
		}
		l.Guards[at] = entry
	}
}

func draftOf(t testing.TB, s realSchema, l scope.Layer) *engine.Draft {
	t.Helper()
	d, err := engine.Compile(engine.Input{Layer: l, SchemaFile: "schema", Schema: s.sdl, Scopes: scopesOf(t, s.scopes)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// guardedIn returns which coordinates somebody without scopes may not use because of a guard, with the rules.
func guardedIn(d *engine.Draft) map[string][]string {
	out := map[string][]string{}
	for _, g := range d.Guards {
		for _, id := range g.StandsFor {
			for _, need := range d.Schema.Selecting(id) {
				name := d.Schema.Name(g.At)
				if len(d.Content.Coordinates[d.Schema.Name(need)]) > 0 && !slices.Contains(out[name], string(g.Rule)) {
					out[name] = append(out[name], string(g.Rule))
				}
			}
		}
	}
	return out
}

// TestR14LabelledInputs measures the derivation against inputs that were labelled before it was written.
// Everything that is labelled guarded has a guard; of what has a guard and is labelled guarded or open,
// at least 95% is labelled guarded. Escapes are found.
func TestR14LabelledInputs(t *testing.T) {
	rows := labels(t)
	var guarded, derived, hits, wrong int
	for _, s := range realSchemas(t) {
		l := layerFor(t, s.name)
		plain := guardedIn(draftOf(t, s, l))
		addByHand(t, &l, s.name)
		d := draftOf(t, s, l)
		rules := guardedIn(d)
		escapes := map[string]bool{}
		for _, e := range d.Escapes {
			escapes[d.Schema.Name(e.At)] = true
		}
		for _, row := range rows {
			if row.schema != s.name {
				continue
			}
			found := rules[row.coordinate]
			say := fmt.Sprintf("%s %s (%s: %s)", row.schema, row.coordinate, row.standsFor, row.why)
			switch row.label {
			case "guarded":
				guarded++
				if found == nil {
					t.Errorf("MISSED %s", say)
					continue
				}
				hits++
				if plain[row.coordinate] != nil {
					derived++
				} else {
					t.Logf("added by hand, since the schema does not say it: %s", say)
				}
			case "open":
				if found != nil {
					wrong++
					t.Logf("GUARDED THOUGH OPEN by %v: %s", found, say)
				}
			case "explicit":
				if len(d.Content.Coordinates[row.coordinate]) == 0 {
					t.Errorf("no scope names %s", say)
				}
			case "escape":
				if !escapes[row.coordinate] {
					t.Errorf("NO ESCAPE %s", say)
				}
				if found != nil {
					t.Errorf("GUARDED THOUGH AN ESCAPE by %v: %s", found, say)
				}
			}
		}
	}
	t.Logf("%d of %d guarded rows have a guard, %d of them derived; %d open rows have one: recall %.1f%% (derived alone %.1f%%), precision %.1f%%",
		hits, guarded, derived, wrong, percent(hits, guarded), percent(derived, guarded), percent(hits, hits+wrong))
	if hits != guarded || percent(hits, hits+wrong) < 95 {
		t.Error("recall has to be 100% and precision at least 95%")
	}
}

func percent(part, whole int) float64 { return 100 * float64(part) / float64(max(whole, 1)) }

func scopesOf(t testing.TB, scopes map[string][]string) []scope.Scope {
	t.Helper()
	var out []scope.Scope
	for _, name := range slices.Sorted(maps.Keys(scopes)) {
		s := scope.Scope{Name: name}
		for i, text := range scopes[name] {
			p, err := coord.ParsePattern(text)
			if err != nil {
				t.Fatal(err)
			}
			s.Entries = append(s.Entries, scope.Entry{Pattern: p, Text: text, Position: scope.Position{File: name, Line: i + 1, Column: 1}})
		}
		out = append(out, s)
	}
	return out
}
