package generate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// Scopes returns random scopes over a schema: one to four of them, with entries
// of every form. Entries are drawn mostly from wanted, when there is any.
func Scopes(seed uint64, sdl string, wanted []string) map[string][]string {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil {
		return nil
	}
	return newScopes(newDice(seed), coordinates(schema), wanted)
}

func newScopes(d dice, all, wanted []string) map[string][]string {
	scopes := map[string][]string{}
	for _, name := range some(d, []string{"finance", "people", "editorial", "stock"}, d.between(1, 4)) {
		scopes[name] = []string{}
		for range d.between(1, 3) {
			scopes[name] = append(scopes[name], entry(d, all, wanted))
		}
	}
	return scopes
}

func entry(d dice, all, wanted []string) string {
	from := all
	if len(wanted) > 0 && d.chance(0.7) {
		from = wanted
	}
	c := pick(d, from)
	for tries := 0; tries < 4 && tooMuch(d, c); tries++ {
		c = pick(d, from)
	}
	if d.chance(0.22) {
		return glob(d, c)
	}
	return c
}

// tooMuch is true, mostly, for what would deny nearly everything: root types,
// built-in scalars, and types at all.
func tooMuch(d dice, c string) bool {
	if slices.Contains(slices.Concat(builtIns, []string{"Query", "QueryRoot", "Mutation", "MutationRoot"}), c) {
		return d.chance(0.9)
	}
	return !strings.Contains(c, ".") && d.chance(0.4)
}

// glob blurs a coordinate into a pattern that it may or may not match.
func glob(d dice, c string) string {
	typ, member, ok := strings.Cut(c, ".")
	if !ok {
		return pick(d, []string{c + "*", typ[:1] + "*", "*" + typ[len(typ)-1:], "Shop*", "Cms*", "C*t", c + ".*"})
	}
	if field, arg, ok := strings.Cut(member, "("); ok {
		return pick(d, []string{typ + ".*(" + arg, "*." + field + "(" + arg, typ + "." + field + "(*:)"})
	}
	return pick(d, []string{typ + ".*", "*." + member, "*." + member, typ[:1] + "*." + member, typ + "." + member[:1] + "*"})
}

// coordinates returns every coordinate of a schema that a scope can name, sorted.
func coordinates(schema *ast.Schema) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		if t := schema.Types[name]; !strings.HasPrefix(name, "__") {
			out = append(append(out, name), members(t)...)
		}
	}
	return out
}

func members(t *ast.Definition) []string {
	var out []string
	for _, v := range t.EnumValues {
		out = append(out, t.Name+"."+v.Name)
	}
	for _, f := range fieldsOf(t) {
		out = append(out, t.Name+"."+f.Name)
		for _, a := range f.Arguments {
			out = append(out, fmt.Sprintf("%s.%s(%s:)", t.Name, f.Name, a.Name))
		}
	}
	return out
}
