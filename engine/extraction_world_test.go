package engine_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// world is random data over random types T0, T1, ...: each has numbers and an `owner` of some type. No two
// objects have equal numbers in a field.
type world struct {
	fields [][]string
	owner  []int // type of `owner`
	rows   [][]object
}

type object struct {
	typ, index int
	values     map[string]int
	owner      int // index among the rows of the owner's type
}

func (o object) id() string { return fmt.Sprintf("x%d", o.index) }

func newWorld(seed uint64) *world {
	dice := rand.New(rand.NewPCG(seed, 14))
	w := &world{}
	types := 2 + dice.IntN(3)
	for t := range types {
		names := []string{"cost", "stock", "unitPrice", "rank_no", "weight", "salary"}
		dice.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		w.fields = append(w.fields, names[:2+dice.IntN(3)])
		w.owner = append(w.owner, (t+1+dice.IntN(types-1))%types)
	}
	for t := range types {
		w.rows = append(w.rows, make([]object, 2+dice.IntN(3)))
		for i := range w.rows[t] {
			w.rows[t][i] = object{typ: t, index: i, values: map[string]int{}}
		}
		for _, f := range w.fields[t] {
			for i, v := range dice.Perm(100)[:len(w.rows[t])] {
				w.rows[t][i].values[f] = v
			}
		}
	}
	for t := range types {
		for i := range w.rows[t] {
			w.rows[t][i].owner = dice.IntN(len(w.rows[w.owner[t]]))
		}
	}
	return w
}

func (w *world) at(o object, path []string) any {
	switch path[0] {
	case "id":
		return o.id()
	case "owner":
		return w.at(w.rows[w.owner[o.typ]][o.owner], path[1:])
	}
	return o.values[path[0]]
}

// list is rows of a type, as a connection, an aggregate or a page of results.
type list struct {
	typ  int
	rows []object
}

// greatest is the part of an aggregate that holds the greatest value of each field.
type greatest struct{ list }

type edge struct{ node object }

// answerer answers operations over a world, in the words of every dialect at once. It trusts them to be valid.
type answerer struct {
	world     *world
	schema    *ast.Schema
	variables map[string]any
}

func answered(t *testing.T, w *world, sdl, query string, variables map[string]any) map[string]any {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil {
		t.Fatalf("%v\n%s", err, sdl)
	}
	doc, errs := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
	if errs != nil {
		t.Fatalf("%v: %s", errs, query)
	}
	e := answerer{w, schema, variables}
	out, _ := e.complete(nil, doc.Operations[0].SelectionSet).(map[string]any)
	return out
}

func (e answerer) complete(v any, set ast.SelectionSet) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = e.complete(v[i], set)
		}
		return out
	case nil, list, greatest, edge, object:
		out := map[string]any{}
		for _, s := range set {
			f, _ := s.(*ast.Field)
			out[f.Alias] = e.complete2(v, f)
		}
		return out
	}
	return v
}

func (e answerer) complete2(v any, f *ast.Field) any {
	if f.Name == "__typename" {
		return "T"
	}
	args := map[string]any{}
	for _, a := range f.Arguments {
		value, err := a.Value.Value(e.variables)
		if err != nil {
			panic(err)
		}
		args[a.Name] = value
	}
	var out any
	switch v := v.(type) {
	case nil:
		out = e.root(f, args)
	case list:
		out = e.list(v, f.Name, args)
	case greatest:
		out = e.world.greatest(v.list, []string{f.Name})
	case edge:
		out = v.node
	case object:
		out = e.object(v, f.Name)
	}
	if out == nil {
		return nil
	}
	return e.complete(out, f.SelectionSet)
}

func (e answerer) object(o object, name string) any {
	switch owner := e.world.owner[o.typ]; name {
	case "owner":
		return e.world.rows[owner][o.owner]
	case "ownerConnection":
		return list{owner, []object{e.world.rows[owner][o.owner]}}
	}
	return e.world.at(o, []string{name})
}

var typeInName = regexp.MustCompile(`[tT](\d+)`)

// root finds the rows that a field of the root is about, filtered and sorted.
func (e answerer) root(f *ast.Field, args map[string]any) any {
	t, _ := strconv.Atoi(typeInName.FindStringSubmatch(f.Name)[1])
	rows := slices.Clone(e.world.rows[t])
	for name, arg := range args {
		switch name {
		case "filter", "where":
			rows = slices.DeleteFunc(rows, func(o object) bool { return !e.holds(o, arg) })
		case "sort", "order_by", "sortBy", "sortKey":
			path := sortPath(arg)
			slices.SortFunc(rows, func(a, b object) int { return cmp.Compare(number(e.world.at(a, path)), number(e.world.at(b, path))) })
		default:
			rows = slices.DeleteFunc(rows, func(o object) bool { return !e.holds(o, map[string]any{name: arg}) })
		}
	}
	under := e.schema.Query.Fields.ForName(f.Name).Type
	if under.Elem == nil && under.Name() != fmt.Sprintf("T%d", t) {
		return list{t, rows}
	}
	nodes := nodesOf(rows)
	if under.Elem == nil {
		if len(nodes) == 0 {
			return nil
		}
		return nodes[0]
	}
	return nodes
}

func nodesOf(rows []object) []any {
	out := make([]any, len(rows))
	for i, o := range rows {
		out[i] = o
	}
	return out
}

func (e answerer) list(l list, name string, args map[string]any) any {
	switch name {
	case "totalCount", "total", "count":
		return len(l.rows)
	case "nodes", "items":
		return nodesOf(l.rows)
	case "edges":
		out := make([]any, len(l.rows))
		for i, o := range l.rows {
			out[i] = edge{o}
		}
		return out
	case "aggregate":
		return l
	case "max":
		if args["field"] == nil {
			return greatest{l}
		}
		return e.world.greatest(l, fieldPath(args["field"]))
	case "distinct":
		var out []any
		for _, o := range l.rows {
			out = append(out, fmt.Sprint(e.world.at(o, fieldPath(args["field"]))))
		}
		return out
	}
	panic(name)
}

func (w *world) greatest(l list, path []string) any {
	best := -1
	for _, o := range l.rows {
		best = max(best, number(w.at(o, path)))
	}
	return best
}

func number(v any) int {
	switch v := v.(type) {
	case int:
		return v
	case int64:
		return int(v)
	case string:
		n, _ := strconv.Atoi(strings.TrimPrefix(v, "x"))
		return n
	}
	panic(fmt.Sprintf("%T", v))
}

// holds reports whether an object meets a filter, in any dialect.
func (e answerer) holds(o object, filter any) bool {
	conditions, _ := filter.(map[string]any)
	for key, want := range conditions {
		if !e.meets(o, key, want) {
			return false
		}
	}
	return true
}

func (e answerer) meets(o object, key string, want any) bool {
	nested, isObject := want.(map[string]any)
	switch {
	case key == "_and" || key == "AND":
		all, _ := want.([]any)
		return !slices.ContainsFunc(all, func(one any) bool { return !e.holds(o, one) })
	case key == "ids":
		all, _ := want.([]any)
		return slices.Contains(all, any(o.id()))
	case key == "owner":
		return e.holds(e.world.rows[e.world.owner[o.typ]][o.owner], want)
	case strings.HasSuffix(key, "_gte"):
		return number(o.values[strings.TrimSuffix(key, "_gte")]) >= number(want)
	case isObject:
		for op, bound := range nested {
			switch {
			case strings.HasSuffix(op, "gte") && number(e.world.at(o, []string{key})) < number(bound),
				strings.HasSuffix(op, "eq") && e.world.at(o, []string{key}) != bound:
				return false
			}
		}
		return true
	}
	return e.world.at(o, []string{key}) == want
}

// sortPath reads what a sort is by: {cost: ASC}, {fields: [owner___cost]}, {field: COST}, cost_ASC, COST.
func sortPath(v any) []string {
	switch v := v.(type) {
	case []any:
		return sortPath(v[0])
	case map[string]any:
		for _, key := range []string{"fields", "field"} {
			if by, ok := v[key]; ok {
				return sortPath(by)
			}
		}
		return fieldPath(v)
	case string:
		v = strings.TrimSuffix(v, "_ASC")
		if v == strings.ToUpper(v) {
			v = upper[v]
		}
		return fieldPath(v)
	}
	panic(fmt.Sprintf("%T", v))
}

// fieldPath reads {owner: {cost: SELECT}} and owner___cost.
func fieldPath(v any) []string {
	switch v := v.(type) {
	case map[string]any:
		for key, under := range v {
			if nested, ok := under.(map[string]any); ok {
				return append([]string{key}, fieldPath(nested)...)
			}
			return []string{key}
		}
	case string:
		return strings.Split(v, "___")
	}
	panic(fmt.Sprintf("%T", v))
}

// upper are the names of fields as values of enums.
var upper = map[string]string{"ID": "id", "COST": "cost", "STOCK": "stock", "UNIT_PRICE": "unitPrice", "RANK_NO": "rank_no", "WEIGHT": "weight", "SALARY": "salary"}

func upperOf(field string) string {
	for k, v := range upper {
		if v == field {
			return k
		}
	}
	panic(field)
}
