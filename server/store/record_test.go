package store_test

import (
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/server/store"
)

func TestRecordRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, row := range []any{store.Session{}, store.Hash{}, "text", &store.Token{}} {
		if got, err := store.Record(row); err == nil {
			t.Errorf("%T is recorded as %s", row, got)
		}
	}
}

// A header that is written out may be a secret; a reference to a variable is none.
func TestR21RecordHidesHeadersWrittenOut(t *testing.T) {
	layer := func(header string) string {
		return "data_layer: shop\nmode: reject\nupstream:\n  url: https://example.com\n  headers:\n    X-Key: " + header + "\n"
	}
	for name, c := range map[string]struct {
		definition string
		hidden     bool
	}{
		"no headers":          {"data_layer: shop\n", false},
		"JSON":                {`{"data_layer": "shop", "mode": "hide"}`, false},
		"reference":           {layer(`"${KEY}"`), false},
		"scheme, reference":   {layer(`"Bearer ${KEY}"`), false},
		"written out":         {layer("hunter2"), true},
		"in part":             {layer(`"hunter2${KEY}"`), true},
		"after the reference": {layer(`"${KEY}hunter2"`), true},
		"scheme, written out": {layer("Bearer hunter2"), true},
		"two words":           {layer(`"hunter2 hunter2 ${KEY}"`), true},
		"escaped":             {layer(`"\u0068unter2"`), true},
		"not YAML":            {"hunter2: [", true},
		"not a layer":         {"hunter2: true", true},
	} {
		got, err := store.Record(store.DataLayer{Definition: c.definition})
		if err != nil {
			t.Fatal(err)
		}
		if hidden := strings.Contains(string(got), `"definition_hidden":true`); hidden != c.hidden || hidden == strings.Contains(string(got), `"definition":`) {
			t.Errorf("%s: %s", name, got)
		}
		if c.hidden && (strings.Contains(string(got), "hunter2") || strings.Contains(string(got), "u0068")) {
			t.Errorf("%s: shows %s", name, got)
		}
	}
}
