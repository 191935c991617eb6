package scope

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// key is one key of a mapping that is read into a T.
type key[T any] struct {
	name     string
	required bool
	schema   jsonSchema
	read     func(d *decoder, at place, into *T) bool
	unset    func(into *T) // fills in the default
}

// required is a key that the mapping must have.
func required[T, V any](name, doc string, v value[V], field func(*T) *V) key[T] {
	k := optional(name, doc, v, field)
	k.required = true
	return k
}

// optional is a key whose field is left at the value's own default without it.
func optional[T, V any](name, doc string, v value[V], field func(*T) *V) key[T] {
	return key[T]{
		name:   name,
		schema: v.schema.with(jsonSchema{"description": doc}),
		read: func(d *decoder, at place, into *T) bool {
			out, ok := v.decode(d, at)
			if ok {
				*field(into) = out
			}
			return ok
		},
		unset: func(into *T) {
			if v.unset != nil {
				*field(into) = v.unset()
			}
		},
	}
}

// defaulted is a key whose field gets def without it.
func defaulted[T, V any](name, doc string, v value[V], def V, field func(*T) *V) key[T] {
	v.unset = func() V { return def }
	return optional(name, doc, v.describe(jsonSchema{"default": v.show(def)}), field)
}

// pointer is a value whose absence is nil.
func pointer[V any](v value[V]) value[*V] {
	return value[*V]{
		schema: v.schema,
		read: func(d *decoder, at place) (*V, bool) {
			out, ok := v.read(d, at)
			return &out, ok
		},
	}
}

// object is a mapping with these keys and no others.
func object[T any](keys ...key[T]) value[T] {
	unset := func() (out T) {
		for _, k := range keys {
			k.unset(&out)
		}
		return out
	}
	return value[T]{
		schema: objectSchema(keys),
		unset:  unset,
		read: func(d *decoder, at place) (T, bool) {
			out := unset()
			return out, d.kind(at, yaml.MappingNode, "a mapping") && readKeys(d, at, keys, &out)
		},
	}
}

func objectSchema[T any](keys []key[T]) jsonSchema {
	properties, needed := jsonSchema{}, []string{}
	for _, k := range keys {
		properties[k.name] = k.schema
		if k.required {
			needed = append(needed, k.name)
		}
	}
	out := jsonSchema{"type": "object", "additionalProperties": false, "properties": properties}
	if len(needed) > 0 {
		out["required"] = needed
	}
	return out
}

func readKeys[T any](d *decoder, at place, keys []key[T], into *T) bool {
	all, meant := true, map[string]bool{}
	present := d.pairs(at, func(name string, keyNode *yaml.Node, value place) {
		i := slices.IndexFunc(keys, func(k key[T]) bool { return k.name == name })
		if i < 0 {
			f := unknownKey(name, at, keys)
			d.report(keyNode, f)
			all, meant[f.suggestion] = false, true
			return
		}
		all = keys[i].read(d, value, into) && all
	})
	for _, k := range keys {
		if !k.required || present[k.name] {
			continue
		}
		all = false
		if !meant[k.name] {
			d.report(at.node, fault{message: fmt.Sprintf("%s has no `%s`", at.name(), k.name), hint: "add it"})
		}
	}
	return all
}

func unknownKey[T any](name string, at place, keys []key[T]) fault {
	known := make([]string, len(keys))
	for i, k := range keys {
		known[i] = k.name
	}
	in := ""
	if at.path != "" {
		in = " in " + at.name()
	}
	return fault{
		message:    fmt.Sprintf("unknown key %s%s", quote(name), in),
		suggestion: coord.Nearest(name, known),
		hint:       "the keys are " + strings.Join(known, ", "),
	}
}

// pairs calls visit for each key of a mapping in order of writing, and returns
// the keys. It reports those that are not strings, and repeated ones.
func (d *decoder) pairs(at place, visit func(name string, keyNode *yaml.Node, value place)) map[string]bool {
	first, present := map[string]*yaml.Node{}, map[string]bool{}
	for i := 0; i+1 < len(at.node.Content); i += 2 {
		k, v := at.node.Content[i], at.node.Content[i+1]
		if k.Kind == yaml.AliasNode || isTagged(k) || k.Tag == "!!merge" {
			continue // reported by survey
		}
		if k.Kind != yaml.ScalarNode || k.ShortTag() != "!!str" {
			d.report(k, fault{message: fmt.Sprintf("a key of %s must be a string, not %s", at.name(), describe(k))})
			continue
		}
		if before := first[k.Value]; before != nil {
			d.report(k, fault{message: fmt.Sprintf("key %s is written twice", quote(k.Value)), hint: firstAt(before)})
			continue
		}
		first[k.Value], present[k.Value] = k, true
		visit(k.Value, k, place{v, strings.TrimPrefix(at.path+"."+k.Value, ".")})
	}
	return present
}
