package engine

import (
	"math/bits"
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
	representatives []string // a coordinate of each class
}

func classify(c *bundles.Content, schema *gql.Schema) classes {
	out := classes{of: make([]uint32, schema.Len())}
	numbers := map[string]uint32{}
	for id, name := range schema.Names() {
		covers, listed := c.Coordinates[name]
		key := listKey(covers)
		if !listed {
			key = unlistedKey // not the class of what no scope covers: the policy does not know it
		}
		n, ok := numbers[key]
		if !ok {
			n = uint32(len(numbers)) //nolint:gosec // no more than coordinates
			numbers[key] = n
			out.representatives = append(out.representatives, name)
		}
		out.of[id] = n
	}
	return out
}

// masks returns the classes of ids, as words of a bitset, in order, each once.
func (c classes) masks(ids []gql.ID) []mask {
	words := make([]uint64, (len(c.representatives)+63)/64)
	for _, id := range ids {
		class := c.of[id]
		words[class/64] |= 1 << (class % 64)
	}
	var out []mask
	for i, word := range words {
		if word != 0 {
			out = append(out, mask{word: uint32(i), bits: word}) //nolint:gosec // no more than coordinates
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
