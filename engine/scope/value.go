package scope

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// jsonSchema is a JSON Schema (draft 2020-12) or a part of one.
type jsonSchema map[string]any

func (s jsonSchema) with(more jsonSchema) jsonSchema {
	out := maps.Clone(s)
	maps.Copy(out, more)
	return out
}

// value is a kind of value in a file: how it is read, and the JSON Schema that
// editors check it with. Both come from one constructor, so that they agree.
type value[V any] struct {
	schema jsonSchema
	read   func(d *decoder, at place) (V, bool)
	show   func(V) any // as the file would write it; for defaults
	unset  func() V    // when the file does not have it; nil for the zero V
}

func (v value[V]) decode(d *decoder, at place) (out V, ok bool) {
	if !d.admit(at) {
		return out, false
	}
	return v.read(d, at)
}

func (v value[V]) describe(more jsonSchema) value[V] {
	v.schema = v.schema.with(more)
	return v
}

// freeText is a string that may be empty, and holds no control characters but
// line breaks and tabs.
func freeText(longest int) value[string] {
	return value[string]{
		schema: jsonSchema{"type": "string", "maxLength": longest},
		show:   func(s string) any { return s },
		read: func(d *decoder, at place) (string, bool) {
			s, ok := d.text(at)
			if ok && utf8.RuneCountInString(s) > longest {
				d.report(at.node, fault{message: fmt.Sprintf("%s is longer than %d characters", at.name(), longest)})
				return "", false
			}
			if i := strings.IndexFunc(s, func(r rune) bool { return isControl(r) && r != '\n' && r != '\t' }); ok && i >= 0 {
				d.report(at.node, fault{message: at.name() + " holds a control character"})
				return "", false
			}
			return s, ok
		},
	}
}

// parsed is a non-empty string that parse turns into a V, or into a fault.
func parsed[V any](schema jsonSchema, show func(V) any, parse func(string) (V, *fault)) value[V] {
	return value[V]{
		schema: jsonSchema{"type": "string", "minLength": 1}.with(schema),
		show:   show,
		read: func(d *decoder, at place) (out V, ok bool) {
			if at.node.Kind == yaml.ScalarNode && at.node.Value == "" {
				d.report(at.node, fault{message: at.name() + " is empty", hint: "give it a value or remove it"})
				return out, false
			}
			out, f := parse(at.node.Value)
			if f != nil && at.node.Kind == yaml.ScalarNode {
				d.report(at.node, *f) // says more than that it should be a string
				return out, false
			}
			_, ok = d.text(at)
			return out, ok
		},
	}
}

// text reads any string.
func (d *decoder) text(at place) (string, bool) {
	if at.node.Kind == yaml.ScalarNode && at.node.ShortTag() == "!!str" {
		return at.node.Value, true
	}
	hint := ""
	if at.node.Kind == yaml.ScalarNode {
		hint = "put it in quotes"
	}
	d.mistyped(at, "a string", hint)
	return "", false
}

// matching is a string of a given syntax. what names it in messages.
func matching(what string, syntax *regexp.Regexp, hint string) value[string] {
	return parsed(jsonSchema{"pattern": syntax.String()}, func(s string) any { return s },
		func(s string) (string, *fault) {
			if !syntax.MatchString(s) {
				return "", &fault{message: fmt.Sprintf("bad %s %s", what, quote(s)), hint: hint}
			}
			return s, nil
		})
}

// oneOf is one of a few words.
func oneOf[E ~string](what string, words ...E) value[E] {
	known := make([]string, len(words))
	for i, word := range words {
		known[i] = string(word)
	}
	return parsed(jsonSchema{"enum": known}, func(e E) any { return e }, func(s string) (E, *fault) {
		if slices.Contains(known, s) {
			return E(s), nil
		}
		return "", &fault{
			message:    fmt.Sprintf("unknown %s %s", what, quote(s)),
			suggestion: coord.Nearest(s, known),
			hint:       "write one of " + strings.Join(known, ", "),
		}
	})
}

// integer is a whole number between 1 and most, in decimal digits.
func integer(most int) value[int] {
	const least = 1
	return value[int]{
		schema: jsonSchema{"type": "integer", "minimum": least, "maximum": most},
		show:   func(n int) any { return n },
		read: func(d *decoder, at place) (int, bool) {
			if at.node.Kind != yaml.ScalarNode || at.node.ShortTag() != "!!int" {
				d.mistyped(at, "a whole number", "")
				return 0, false
			}
			n, err := strconv.Atoi(at.node.Value)
			if err != nil || n < least || n > most {
				d.report(at.node, fault{message: fmt.Sprintf("%s must be between %d and %d, in decimal digits", at.name(), least, most)})
				return 0, false
			}
			return n, true
		},
	}
}

// listOf is a list of at least one item. No two items have the same identity.
func listOf[V any](what string, item value[V], identity func(V) string) value[[]V] {
	return value[[]V]{
		schema: jsonSchema{"type": "array", "items": item.schema, "minItems": 1},
		show:   func(vs []V) any { return showAll(vs, item) },
		read: func(d *decoder, at place) ([]V, bool) {
			if !d.kind(at, yaml.SequenceNode, "a list") {
				return nil, false
			}
			if len(at.node.Content) == 0 {
				d.report(at.node, fault{message: at.name() + " is an empty list", hint: "name at least one " + what})
				return nil, false
			}
			return readItems(d, at, what, item, identity)
		},
	}
}

// orEmpty lets a list be empty.
func orEmpty[V any](list value[[]V]) value[[]V] {
	nonEmpty := list.read
	list = list.describe(jsonSchema{"minItems": 0})
	list.read = func(d *decoder, at place) ([]V, bool) {
		if at.node.Kind == yaml.SequenceNode && len(at.node.Content) == 0 {
			return nil, true
		}
		return nonEmpty(d, at)
	}
	return list
}

func readItems[V any](d *decoder, at place, what string, item value[V], identity func(V) string) ([]V, bool) {
	out, all := make([]V, 0, len(at.node.Content)), true
	seen := make(map[string]*yaml.Node, len(at.node.Content))
	for i, n := range at.node.Content {
		v, ok := item.decode(d, place{n, fmt.Sprintf("%s[%d]", at.path, i)})
		if !ok {
			all = false
			continue
		}
		id := identity(v)
		if first := seen[id]; first != nil {
			d.report(n, fault{message: fmt.Sprintf("%s %s is written twice", what, quote(id)), hint: firstAt(first)})
			all = false
			continue
		}
		seen[id] = n
		out = append(out, v)
	}
	return out, all
}

func showAll[V any](vs []V, item value[V]) []any {
	out := make([]any, len(vs))
	for i, v := range vs {
		out[i] = item.show(v)
	}
	return out
}

func firstAt(n *yaml.Node) string {
	return fmt.Sprintf("first at line %d, column %d", n.Line, n.Column)
}
