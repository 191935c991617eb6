package engine

import (
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine/gql"
)

// classes sorts the coordinates of a schema by the scopes that cover them. R2 looks at nothing else of
// a coordinate, so the policy's answer for one coordinate of a class is its answer for all: an
// operation that needs a thousand coordinates puts a handful of questions, and a view of a whole
// schema no more than there are combinations of scopes. A test holds this against asking for each.
type classes struct {
	of              []uint32 // class by coordinate ID
	representatives []string // a coordinate of each class; "" of one that has none any more
	numbers         map[string]uint32
}

func classify(c *bundles.Content, schema *gql.Schema) *classes {
	out := &classes{of: make([]uint32, schema.Len()), numbers: map[string]uint32{}}
	for id, name := range schema.Names() {
		out.put(gql.ID(id), name, c)
	}
	return out
}

// put puts a coordinate into its class.
func (c *classes) put(id gql.ID, name string, content *bundles.Content) {
	covers, listed := content.Coordinates[name]
	key := listKey(covers)
	if !listed {
		key = unlistedKey // not the class of what no scope covers: the policy does not know it
	}
	n, ok := c.numbers[key]
	if !ok {
		n = uint32(len(c.representatives)) //nolint:gosec // no more than coordinates
		c.numbers[key] = n
		c.representatives = append(c.representatives, name)
	}
	c.of[id] = n
}

// edited returns the classes of content, whose coordinates are covered as before but for those of ids. Classes keep their
// number; of those that lose their representative another coordinate becomes it, or they are no more.
func (c *classes) edited(content *bundles.Content, schema *gql.Schema, ids []gql.ID) *classes {
	out := &classes{of: slices.Clone(c.of), representatives: slices.Clone(c.representatives), numbers: maps.Clone(c.numbers)}
	bereft := map[uint32]bool{}
	for _, id := range ids {
		name, was := schema.Name(id), c.of[id]
		out.put(id, name, content)
		if out.of[id] != was && out.representatives[was] == name {
			out.representatives[was] = ""
			bereft[was] = true
		}
	}
	for id := 0; id < len(out.of) && len(bereft) > 0; id++ {
		if n := out.of[id]; bereft[n] {
			out.representatives[n] = schema.Name(gql.ID(id))
			delete(bereft, n)
		}
	}
	maps.DeleteFunc(out.numbers, func(_ string, n uint32) bool { return bereft[n] })
	return out
}

// data is what the policy has to know to answer for the representatives: what it knows of any other coordinate changes no
// answer. Tests hold this against the whole data.
func (c *classes) data(content *bundles.Content) map[string]any {
	coordinates := make(map[string]any, len(c.representatives))
	for _, name := range c.representatives {
		if covers, listed := content.Coordinates[name]; listed {
			ids := make(map[string]any, len(covers))
			for _, id := range covers {
				ids[id] = true
			}
			coordinates[name] = ids
		}
	}
	return map[string]any{"fieldgate": map[string]any{"layer": map[string]any{"match": content.Match}, "coordinates": coordinates}}
}

// masks returns the classes of ids, as words of a bitset, in order, each once.
func (c *classes) masks(ids []gql.ID) []mask {
	words := make([]uint64, (len(c.representatives)+63)/64)
	for _, id := range ids {
		class := c.of[id]
		words[class/64] |= 1 << (class % 64)
	}
	var out []mask
	for i, word := range words {
		if word != 0 {
			out = append(out, mask{word: uint32(i), bits: word})
		}
	}
	return out
}

// lowest is the number of the lowest bit that is set.
func lowest(word uint64) uint32 { return uint32(bits.TrailingZeros64(word)) } //nolint:gosec // at most 64

// listKey returns a text that is the same for two lists only when they are the same list. Every part
// carries its length, so that no scope's name, whatever it holds, makes two lists one.
func listKey(list []string) string {
	var k strings.Builder
	for _, part := range list {
		k.WriteString(strconv.Itoa(len(part)) + ":" + part)
	}
	return k.String()
}

// unlistedKey is the key of no list.
const unlistedKey = "-"
