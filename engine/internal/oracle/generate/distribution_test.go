package generate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/fieldgate/fieldgate/engine/internal/oracle"
)

// floors are the shares in percent that a property must have among the cases;
// below them the cases would say little about a rule.
var floors = map[string]int{
	"allow": 15, "partial": 30, "deny": 10,
	"field on an abstract type": 20, "field of abstract type": 35, "fragment on an object type": 25,
	"denied, deny mode": 25, "R10 denial, deny mode": 3, "denied only through possible types, deny mode": 3,
	"R12 type denial": 10, "R12 denial on one type": 3, "R12 no readable type": 1,
	"argument denial": 6, "argument denial beneath an input field": 2,
	"several operations": 5, "mutation": 3, "variables": 20, "directive let through": 2,
	"@defer or @stream": 5, "@skip or @include": 10, "introspection": 2, "match all": 25,
	"named fragment": 25, "unused fragment or variable": 5,
}

func TestDistribution(t *testing.T) {
	counts := map[string]int{}
	each(t, func(c oracle.Case) {
		for _, property := range slices.Concat(ofText(c), ofSelections(c, decide(t, c)), ofDenials(c, decide(t, c))) {
			counts[property]++
		}
	})
	for _, name := range sortedKeys(floors) {
		share := 100 * float64(counts[name]) / float64(*cases)
		t.Logf("%5.1f%%  %s", share, name)
		if share < float64(floors[name]) {
			t.Errorf("%s: below %d%%", name, floors[name])
		}
	}
}

func sortedKeys(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// ofText returns what can be seen in a case's text.
func ofText(c oracle.Case) []string {
	var out []string
	when := func(yes bool, property string) {
		if yes {
			out = append(out, property)
		}
	}
	has := func(s ...string) bool {
		return slices.ContainsFunc(s, func(s string) bool { return strings.Contains(c.Query, s) })
	}
	when(has("Other"), "several operations")
	when(has("mutation"), "mutation")
	when(has("$"), "variables")
	when(has("@tag"), "directive let through")
	when(has("@defer", "@stream"), "@defer or @stream")
	when(has("@skip", "@include"), "@skip or @include")
	when(has("__schema", "__type("), "introspection")
	when(has("\nfragment", "fragment F"), "named fragment")
	when(unused(c.Query), "unused fragment or variable")
	when(c.Match == "all", "match all")
	return out
}

func unused(query string) bool {
	for i := range 60 {
		for _, name := range []string{fmt.Sprintf("fragment F%d on", i), fmt.Sprintf("$v%d:", i)} {
			use := strings.NewReplacer("fragment ", "...", " on", "", ":", "").Replace(name)
			if strings.Contains(query, name) && strings.Count(query+" ", use) <= strings.Count(query, name) {
				return true
			}
		}
	}
	return false
}

// ofSelections returns what the rows of a decision say about the operation.
func ofSelections(c oracle.Case, r oracle.Result) []string {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: c.SDL})
	found := map[string]int{}
	for _, row := range r.Fields {
		parent, name, _ := strings.Cut(row.Coordinate, ".")
		if strings.HasPrefix(name, "__") {
			continue
		}
		on := schema.Types[parent]
		if on.IsAbstractType() {
			found["field on an abstract type"]++
		}
		if schema.Types[on.Fields.ForName(name).Type.Name()].IsAbstractType() {
			found["field of abstract type"]++
		}
	}
	for name, t := range schema.Types {
		if t.Kind == ast.Object && strings.Contains(c.Query, "on "+name+" ") {
			found["fragment on an object type"]++
		}
	}
	return sortedKeys(found)
}

// ofDenials returns what the denials of a decision say.
func ofDenials(c oracle.Case, r oracle.Result) []string {
	found := map[string]int{r.Decision: 1}
	rows := map[string]bool{}
	for _, row := range r.Fields {
		rows[strings.Join(row.Path, ".")+" "+row.Coordinate] = true
	}
	for _, d := range r.Denied {
		written := rows[strings.Join(d.Path, ".")+" "+d.Coordinate]
		if d.Kind == oracle.KindArgument {
			found["argument denial"]++
		}
		if len(d.ArgumentPath) > 1 {
			found["argument denial beneath an input field"]++
		}
		if c.Abstract == "narrow" {
			found[narrowDenial(c, d, written)]++
			continue
		}
		found["denied, deny mode"]++
		found[denyDenial(c, d)]++
	}
	return sortedKeys(found)
}

func narrowDenial(c oracle.Case, d oracle.Denial, written bool) string {
	switch {
	case d.Kind == oracle.KindFragment:
		return "R12 type denial"
	case !written:
		return "R12 denial on one type"
	case onlyPossibleTypes(c, d):
		return "R12 no readable type"
	}
	return "other"
}

func denyDenial(c oracle.Case, d oracle.Denial) string {
	switch {
	case d.Kind == oracle.KindFragment:
		return "R10 denial, deny mode"
	case onlyPossibleTypes(c, d):
		return "denied only through possible types, deny mode"
	}
	return "other"
}

// onlyPossibleTypes says whether a field of an abstract type is denied for
// nothing but object types, or fields of them.
func onlyPossibleTypes(c oracle.Case, d oracle.Denial) bool {
	parent, _, _ := strings.Cut(d.Coordinate, ".")
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: c.SDL})
	for _, restricted := range d.Restricted {
		typ, _, _ := strings.Cut(restricted, ".")
		if typ == parent || slices.Contains(schema.Types[parent].Interfaces, typ) || schema.Types[typ].Kind != ast.Object {
			return false
		}
	}
	return schema.Types[parent].IsAbstractType()
}
