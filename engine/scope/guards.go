package scope

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// reason is why somebody departs from what is derived; it may not be empty.
var reason = matching("reason", regexp.MustCompile(`^.*[^\s].*$`), "say why in one line, for those who review it")

// selected is a coordinate that can be selected: `Type` or `Type.field`.
var selected = parsed(jsonSchema{"pattern": `^[_A-Za-z][_0-9A-Za-z]*(\.[_A-Za-z][_0-9A-Za-z]*)?$`},
	func(c coord.Coordinate) any { return c.String() },
	func(s string) (coord.Coordinate, *fault) {
		c, err := coord.Parse(s)
		switch {
		case err != nil:
			return c, coordinateFault(s, err)
		case c.Argument != "":
			return c, &fault{message: quote(s) + " cannot be selected", hint: "a guard stands for output fields, as in `Product.cost`"}
		}
		return c, nil
	})

// guards maps coordinates to what they stand for.
var guards = value[map[string]GuardEntry]{
	schema: jsonSchema{
		"type":                 "object",
		"propertyNames":        jsonSchema{"pattern": `^[_A-Za-z][_0-9A-Za-z]*\.[_A-Za-z][_0-9A-Za-z]*(\([_A-Za-z][_0-9A-Za-z]*:\))?$`},
		"additionalProperties": jsonSchema{"anyOf": []jsonSchema{standsFor.schema, removed.schema}},
	},
	read: func(d *decoder, at place) (map[string]GuardEntry, bool) {
		return readMap(d, at, guardPlace, func(at place) (GuardEntry, bool) {
			if at.node.Kind == yaml.MappingNode {
				return removed.decode(d, at)
			}
			needs, ok := standsFor.decode(d, at)
			return GuardEntry{Needs: needs}, ok
		})
	},
}

var standsFor = listOf("output field", selected, coord.Coordinate.String).describe(jsonSchema{"uniqueItems": true})

var removed = object(
	required("remove", "Why the input may be used by those who may not read what it stands for.",
		reason, func(g *GuardEntry) *string { return &g.Remove }),
)

// guardPlace checks the coordinate of something that can carry a guard.
func guardPlace(s string) *fault {
	c, err := coord.Parse(s)
	switch {
	case err != nil:
		return coordinateFault(s, err)
	case c.Depth() < 2:
		return &fault{message: quote(s) + " cannot carry a guard", hint: "name an argument, an input field, an enum value or an output field, as in `Query.products(search:)`"}
	case c.String() != s:
		return &fault{message: "bad coordinate " + quote(s), hint: "write it as `" + c.String() + "`"}
	}
	return nil
}

// guardRuleName is the syntax of a rule's name; whether there is such a rule is for the compiler to say.
var guardRuleName = regexp.MustCompile(`^(\*|[a-z][a-z-]*)$`)

// guardsOff maps rules to reasons.
var guardsOff = value[map[string]string]{
	schema: jsonSchema{
		"type":                 "object",
		"propertyNames":        jsonSchema{"pattern": guardRuleName.String()},
		"additionalProperties": reason.schema,
	},
	read: func(d *decoder, at place) (map[string]string, bool) {
		return readMap(d, at, func(s string) *fault {
			if !guardRuleName.MatchString(s) {
				return &fault{message: "bad guard rule " + quote(s), hint: "rules are named like `sort-value`; `fieldgate guards` shows them"}
			}
			return nil
		}, func(at place) (string, bool) { return reason.decode(d, at) })
	},
}

// readMap reads a mapping from checked keys to values.
func readMap[V any](d *decoder, at place, check func(string) *fault, read func(place) (V, bool)) (map[string]V, bool) {
	if !d.kind(at, yaml.MappingNode, "a mapping") {
		return nil, false
	}
	out, all := map[string]V{}, true
	d.pairs(at, func(name string, keyNode *yaml.Node, v place) {
		f := check(name)
		if f != nil {
			d.report(keyNode, *f)
		}
		value, ok := read(v)
		out[name] = value
		all = all && ok && f == nil
	})
	return out, all
}

// GuardsAreOff reports whether a rule is turned off.
func (l Layer) GuardsAreOff(rule string) bool {
	_, all := l.GuardsOff[AllGuards]
	_, one := l.GuardsOff[rule]
	return all || one
}

// GuardPosition is where the layer file says something about the guard at a coordinate.
func (l Layer) GuardPosition(coordinate string) Position {
	if p, ok := l.Positions["guards."+coordinate]; ok {
		return p
	}
	return l.Positions.At("guards")
}

// GuardCoordinates returns the coordinates that the layer file says something about, sorted.
func (l Layer) GuardCoordinates() []string {
	out := make([]string, 0, len(l.Guards))
	for c := range l.Guards {
		out = append(out, c)
	}
	slices.SortFunc(out, strings.Compare)
	return out
}
