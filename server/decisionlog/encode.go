package decisionlog

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// MaxEvent is how large an event may be, in bytes. A larger one loses its query, then its denials, and
// says so in `erased`.
const MaxEvent = 32 << 10

// shrink is what a large event loses, in order.
var shrink = []string{"/input/query", "/result/denied", "/input/subject/scope_ids", "/input/subject/scopes"}

// encode returns an event as one line of JSON without the things that are to be erased.
func encode(e Event, erase []string) ([]byte, error) {
	if e.Input.HasVariables {
		e.Erased = []string{"/input/variables"}
	}
	out, err := marshal(e)
	if err != nil || (len(erase) == 0 && len(out) <= MaxEvent) {
		return out, err
	}
	var tree map[string]any
	decoder := json.NewDecoder(bytes.NewReader(out))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	erased := e.Erased
	for _, pointer := range erase {
		if take(tree, pointer) {
			erased = append(erased, pointer)
		}
	}
	for _, pointer := range shrink {
		if out, err = remarshal(tree, erased); err != nil || len(out) <= MaxEvent {
			return out, err
		}
		if take(tree, pointer) {
			erased = append(erased, pointer)
		}
	}
	return remarshal(tree, erased)
}

func remarshal(tree map[string]any, erased []string) ([]byte, error) {
	if len(erased) > 0 {
		slices.Sort(erased)
		tree["erased"] = slices.Compact(erased)
	}
	return marshal(tree)
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return b.Bytes(), err
}

// take removes what an RFC 6901 pointer names and reports whether it was there.
func take(tree any, pointer string) bool {
	rest, ok := strings.CutPrefix(pointer, "/")
	if !ok {
		return false
	}
	token, tail, deeper := strings.Cut(rest, "/")
	token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
	switch at := tree.(type) {
	case map[string]any:
		child, there := at[token]
		if there && !deeper {
			delete(at, token)
		}
		return there && (!deeper || take(child, "/"+tail))
	case []any:
		i, err := strconv.Atoi(token)
		if err != nil || i < 0 || i >= len(at) {
			return false
		}
		if !deeper {
			at[i] = nil
			return true
		}
		return take(at[i], "/"+tail)
	}
	return false
}
