package directory

import (
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/fieldgate/fieldgate/server/store"
)

// grant is what a token opens. Many tokens share one. It never changes; a deleted scope replaces it in its place.
type grant struct {
	layerID      string
	scopeIDs     []string // sorted
	unrestricted bool
}

// grants are the distinct grants, by number. There is one writer at a time; readers load the list, which holds every number
// that they can have met in a token.
type grants struct {
	list    atomic.Pointer[[]grant]
	numbers map[string]uint32 // the writer's
}

func newGrants() *grants {
	g := &grants{numbers: map[string]uint32{}}
	g.list.Store(&[]grant{})
	return g
}

func (g *grants) at(number uint32) grant { return (*g.list.Load())[number] }

// number returns the number of what t opens. Appending leaves alone what readers of the list before can reach.
func (g *grants) number(t store.Token) uint32 {
	key := grantKey(t)
	if number, ok := g.numbers[key]; ok {
		return number
	}
	list := append(*g.list.Load(), grant{strings.Clone(t.LayerID), cloneAll(t.ScopeIDs), t.Unrestricted})
	g.list.Store(&list)
	number := uint32(len(list) - 1) //nolint:gosec // there are fewer grants than tokens, and those are below 2^32
	g.numbers[key] = number
	return number
}

// cloneAll copies the list and its strings, which may be parts of something larger.
func cloneAll(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = strings.Clone(text)
	}
	return out
}

// grantKey tells grants apart: quoting keeps ids of any characters apart.
func grantKey(t store.Token) string {
	key := strconv.AppendQuote(nil, t.LayerID)
	key = strconv.AppendBool(key, t.Unrestricted)
	for _, id := range t.ScopeIDs {
		key = strconv.AppendQuote(key, id)
	}
	return string(key)
}

// drop takes deleted scopes off every grant (R4). What is unrestricted stays so, and nothing becomes it.
func (g *grants) drop(deleted map[string]bool) {
	if len(deleted) == 0 {
		return
	}
	isDeleted := func(id string) bool { return deleted[id] }
	list := slices.Clone(*g.list.Load())
	for i := range list {
		if slices.ContainsFunc(list[i].scopeIDs, isDeleted) {
			list[i].scopeIDs = slices.DeleteFunc(slices.Clone(list[i].scopeIDs), isDeleted)
		}
	}
	g.list.Store(&list)
}
