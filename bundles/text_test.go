package bundles

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The text that is written in parts is the JSON of the data, and an edit of it the text of the content after the edit.
func TestTextIsTheJSONOfTheData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := randomContent(t)
		text := c.Text()
		same(t, text, c)
		ids := []string{}
		for _, s := range c.Scopes {
			ids = append(ids, s.ID)
		}
		var e Edit
		after := *c
		after.Coordinates = map[string][]string{}
		for name, covers := range c.Coordinates {
			after.Coordinates[name] = covers
			if rapid.IntRange(0, 9).Draw(t, "edited") == 0 {
				e.Coordinates = append(e.Coordinates, name)
				after.Coordinates[name] = rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 0, 2, rapid.ID).Draw(t, "covers")
			}
		}
		after.Scopes = slices.Clone(c.Scopes)
		after.Scopes[0].Description = "changed"
		after.Scopes = append(after.Scopes, Scope{ID: "s-new", Name: "new"})
		gone := after.Scopes[1].ID
		after.Scopes = slices.Delete(after.Scopes, 1, 2)
		e.Scopes = []string{c.Scopes[0].ID, "s-new", gone}
		if e.Guards = rapid.Bool().Draw(t, "guards"); e.Guards {
			after.Guards = append(slices.Clone(c.Guards), Guard{At: "T0.f", Rule: "added", StandsFor: []string{"T1.f"}})
		}
		same(t, text.Edited(&after, e), &after)
		same(t, text, c) // which has not changed
	})
}

func same(t *rapid.T, text *Text, c *Content) {
	got, want := text.files(), files{dataFile: encode(c.Data()), schemaFile: []byte(c.Schema)}
	for path, source := range text.rest() {
		want[path] = source
	}
	if diff := cmp.Diff(string(want[dataFile]), string(got[dataFile])); diff != "" {
		t.Fatal(diff)
	}
	if !bytes.Equal(got[schemaFile], want[schemaFile]) || text.Digest() != want.digest() {
		t.Fatalf("digest %s, of the files %s", text.Digest(), want.digest())
	}
}

func randomContent(t *rapid.T) *Content {
	c := &Content{Layer: "shop", Match: "any", Operations: []string{"query"}, Schema: "type Query { a: Int }", Coordinates: map[string][]string{}}
	name := rapid.StringOfN(rapid.RuneFrom([]rune{'a', 'Z', '"', '\\', '<', '\n', 0x7f, 'é', 0x2028}), 0, 3, -1)
	for i := range 4 {
		c.Scopes = append(c.Scopes, Scope{ID: fmt.Sprintf("s%d%s", i, name.Draw(t, "id")), Name: name.Draw(t, "name"), Entries: []string{name.Draw(t, "entry")}})
	}
	for i := range rapid.IntRange(0, 3*blockLen).Draw(t, "coordinates") {
		var covers []string
		for _, s := range c.Scopes {
			if rapid.IntRange(0, 4).Draw(t, "cover") == 0 {
				covers = append(covers, s.ID)
			}
		}
		c.Coordinates[fmt.Sprintf("T%d%s.f", i, name.Draw(t, "coordinate"))] = covers
	}
	c.Guards = []Guard{{At: "T1.f", Rule: "field-name", StandsFor: []string{"T0.f"}}}
	return c
}
