// Package bundles turns the compiled content of a revision into an OPA bundle and
// back. It promises that the same content gives the same bytes, that a stock OPA
// reads what it writes and answers data.fieldgate.read.allowed from it, and that
// what it loads is exactly what it would have written: signed where that is asked
// for, no older than the floor, and with the policy that this program embeds.
// It never evaluates a policy.
package bundles

import (
	"maps"
	"slices"
)

// Content is what one revision of a data layer says, without its number. The
// order of Operations, Directives, Scopes and scope ids carries no meaning; Load
// returns them sorted.
type Content struct {
	Layer         string     // name of the data layer
	Match         string     // any | all
	Abstract      string     // deny | narrow
	Mode          string     // prune | reject | observe | hide
	Introspection string     // view | off
	Operations    []string   // of query, mutation, subscription: those that are open
	Directives    []string   // executable directives let through, without @
	Validation    Validation // how strictly schema and operations are read
	Schema        string     // SDL
	Scopes        []Scope
	Coordinates   map[string][]string // every coordinate of the schema to the ids of the scopes that cover it
	Guards        []Guard             // what inputs and derived outputs stand for; the order carries no meaning
}

// Guard is an input or derived output that stands for selecting other coordinates.
type Guard struct {
	At        string   // its coordinate
	Rule      string   // the rule that made it
	StandsFor []string // output fields and types, at least one
}

// Validation is how strictly the schema and operations are read.
type Validation struct {
	Schema            string // strict | lenient
	OverlappingFields string // error | ignore
}

// Scope is an API scope as its author wrote it.
type Scope struct {
	ID          string
	Name        string
	Description string
	Entries     []string // in the author's order
}

// Data returns what OPA sees under `data`: data.fieldgate with the objects layer,
// scopes (by id), coordinates (each an object whose keys are the ids of the
// scopes that cover it) and guards (by coordinate and rule). It is made of what encoding/json makes of JSON and is the
// caller's to keep. The schema is not part of it.
func (c *Content) Data() map[string]any {
	return map[string]any{"fieldgate": map[string]any{
		"layer":       c.layerData(),
		"scopes":      c.scopeData(),
		"coordinates": c.coordinateData(),
		"guards":      c.guardData(),
	}}
}

func (c *Content) layerData() map[string]any {
	return map[string]any{
		"name":          c.Layer,
		"match":         c.Match,
		"abstract":      c.Abstract,
		"mode":          c.Mode,
		"introspection": c.Introspection,
		"operations":    array(sortedSet(c.Operations)),
		"directives":    array(sortedSet(c.Directives)),
		"validation": map[string]any{
			"schema":             c.Validation.Schema,
			"overlapping_fields": c.Validation.OverlappingFields,
		},
	}
}

func (c *Content) scopeData() map[string]any {
	scopes := make(map[string]any, len(c.Scopes))
	for _, scope := range c.Scopes {
		scopes[scope.ID] = scopeData(scope)
	}
	return scopes
}

func scopeData(s Scope) map[string]any {
	return map[string]any{"name": s.Name, "description": s.Description, "entries": array(s.Entries)}
}

func (c *Content) coordinateData() map[string]any {
	coordinates := make(map[string]any, len(c.Coordinates))
	for coordinate, ids := range c.Coordinates {
		covers := make(map[string]any, len(ids))
		for _, id := range ids {
			covers[id] = true
		}
		coordinates[coordinate] = covers
	}
	return coordinates
}

func (c *Content) guardData() map[string]any {
	guards := make(map[string]any, len(c.Guards))
	for _, g := range c.Guards {
		rules, ok := guards[g.At].(map[string]any)
		if !ok {
			rules = map[string]any{}
			guards[g.At] = rules
		}
		rules[g.Rule] = array(sortedSet(g.StandsFor))
	}
	return guards
}

func sortedSet(texts []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(texts)))
}

func array(texts []string) []any {
	elements := make([]any, len(texts))
	for i, text := range texts {
		elements[i] = text
	}
	return elements
}

// document is data.json as it is read back.
type document struct {
	Fieldgate struct {
		Layer struct {
			Name          string   `json:"name"`
			Match         string   `json:"match"`
			Abstract      string   `json:"abstract"`
			Mode          string   `json:"mode"`
			Introspection string   `json:"introspection"`
			Operations    []string `json:"operations"`
			Directives    []string `json:"directives"`
			Validation    struct {
				Schema            string `json:"schema"`
				OverlappingFields string `json:"overlapping_fields"`
			} `json:"validation"`
		} `json:"layer"`
		Scopes map[string]struct {
			Name        string   `json:"name"`
			Description string   `json:"description"`
			Entries     []string `json:"entries"`
		} `json:"scopes"`
		Coordinates map[string]map[string]bool     `json:"coordinates"`
		Guards      map[string]map[string][]string `json:"guards"`
	} `json:"fieldgate"`
}

// content is the inverse of [Content.Data].
func (d *document) content(schema string) *Content {
	layer := d.Fieldgate.Layer
	c := &Content{
		Layer: layer.Name, Match: layer.Match, Abstract: layer.Abstract, Mode: layer.Mode,
		Introspection: layer.Introspection, Operations: layer.Operations, Directives: layer.Directives,
		Validation: Validation(layer.Validation), Schema: schema,
		Coordinates: make(map[string][]string, len(d.Fieldgate.Coordinates)),
	}
	for _, id := range slices.Sorted(maps.Keys(d.Fieldgate.Scopes)) {
		scope := d.Fieldgate.Scopes[id]
		c.Scopes = append(c.Scopes, Scope{ID: id, Name: scope.Name, Description: scope.Description, Entries: scope.Entries})
	}
	for _, at := range slices.Sorted(maps.Keys(d.Fieldgate.Guards)) {
		rules := d.Fieldgate.Guards[at]
		for _, rule := range slices.Sorted(maps.Keys(rules)) {
			c.Guards = append(c.Guards, Guard{At: at, Rule: rule, StandsFor: rules[rule]})
		}
	}
	for coordinate, covers := range d.Fieldgate.Coordinates {
		c.Coordinates[coordinate] = slices.Sorted(maps.Keys(covers))
	}
	return c
}
