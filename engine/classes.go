package engine

import (
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

// asked returns the classes of ids, each once, and the place of each class in that list.
func (c classes) asked(ids []gql.ID) (list []uint32, place map[uint32]int) {
	place = map[uint32]int{}
	for _, id := range ids {
		class := c.of[id]
		if _, ok := place[class]; !ok {
			place[class] = len(list)
			list = append(list, class)
		}
	}
	return list, place
}

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
