package decisionlog

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/fieldgate/fieldgate/engine/wire"
)

// MaxEvent is how large an event may be, in bytes. A larger one loses its query, then its denials, and
// says so in `erased`.
const MaxEvent = 32 << 10

// shrink is what a large event loses, in order.
var shrink = []string{"/input/query", "/result/denied", "/input/subject/scope_ids", "/input/subject/scopes"}

// format is how events are written. It never changes.
var format = json.JoinOptions(json.Deterministic(true), jsonv1.OmitEmptyWithLegacySemantics(true), jsontext.AllowInvalidUTF8(true))

// cut takes off the texts of a client by which an event alone would be too large: events wait, and what they hold waits with them.
func (e *Event) cut() {
	e.Erased = nil
	if len(e.Input.Query) > MaxEvent {
		e.Input.Query, e.Erased = "", append(e.Erased, "/input/query")
	}
	if len(e.Input.OperationName) > MaxEvent {
		e.Input.OperationName, e.Erased = "", append(e.Erased, "/input/operation_name")
	}
}

// encode appends an event as one line of JSON, without the things that are to be erased.
func encode(into *bytes.Buffer, e Event, erase []string) error {
	cut := e.Erased
	if e.Input.HasVariables {
		e.Erased = append(slices.Clip(cut), "/input/variables")
	}
	before := into.Len()
	if err := json.MarshalWrite(into, &e, format); err != nil || (len(erase)+len(cut) == 0 && into.Len()-before < MaxEvent) {
		return errors.Join(err, into.WriteByte('\n'))
	}
	var tree map[string]any
	if err := wire.Unmarshal(into.Bytes()[before:], &tree); err != nil {
		return err
	}
	takeAll(tree, cut) // they are in e.Erased
	erased := slices.Concat(e.Erased, takeAll(tree, erase))
	for _, pointer := range shrink {
		into.Truncate(before)
		if err := writeTree(into, tree, erased); err != nil || into.Len()-before <= MaxEvent {
			return err
		}
		if take(tree, pointer) {
			erased = append(erased, pointer)
		}
	}
	into.Truncate(before)
	return writeTree(into, tree, erased)
}

func writeTree(into *bytes.Buffer, tree map[string]any, erased []string) error {
	if len(erased) > 0 {
		tree["erased"] = slices.Compact(slices.Sorted(slices.Values(erased)))
	}
	text, err := wire.Append(into.AvailableBuffer(), tree)
	into.Write(append(text, '\n'))
	return err
}

// takeAll removes what RFC 6901 pointers name, and returns those of what was there.
func takeAll(tree map[string]any, pointers []string) (taken []string) {
	for _, pointer := range pointers {
		if take(tree, pointer) {
			taken = append(taken, pointer)
		}
	}
	return taken
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
