package engine_test

import (
	"fmt"
	"strings"
)

// dialect is how one family of servers filters and sorts. Its questions name a type, an object by id, and
// the path of a field; "" where the dialect has no such question.
type dialect struct {
	name  string
	sdl   func(w *world) string
	count func(t int, id string, path []string, bound int) (query string, variables map[string]any, answer []any)
	order func(t int, path []string) (query string, answer []any) // a list of objects with `id`
	top   func(t int, id string, path []string) (query string, answer []any)
}

// each writes something for every type of a world, with the fields as numbers.
func (w *world) each(head string, text func(t, owner int, fields []string) string) string {
	var b strings.Builder
	b.WriteString(head)
	for t, fields := range w.fields {
		b.WriteString(text(t, w.owner[t], fields))
	}
	return b.String()
}

func joined(fields []string, format string) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(" " + strings.ReplaceAll(format, "$", f))
	}
	return b.String()
}

// with writes owner: {cost: leaf} for a path.
func with(path []string, leaf string) string {
	if len(path) == 0 {
		return leaf
	}
	return "{" + path[0] + ": " + with(path[1:], leaf) + "}"
}

func inner(path []string, leaf string) string {
	return path[0] + ": " + with(path[1:], leaf)
}

const numbers = "input IntOp { eq: Int gte: Int } input StrOp { eq: String } enum Order { ASC DESC } enum Pick { SELECT } input Range { gte: Int lte: Int }\n"

func queryType(w *world, format string) string {
	out := "type Query {"
	for t := range w.fields {
		out += " " + strings.ReplaceAll(format, "#", fmt.Sprint(t))
		if i := strings.Index(out, "@args"); i >= 0 {
			out = strings.ReplaceAll(out, "@args", joined(w.fields[t], "$: IntOp"))
		}
	}
	return out + " }\n" + numbers
}

var dialects = []dialect{
	{
		name: "selectors",
		sdl: func(w *world) string {
			return w.each(queryType(w, "t#(id: StrOp@args): T# allT#(filter: T#FilterInput, sort: [T#SortInput]): T#Connection!"), func(t, o int, f []string) string {
				return fmt.Sprintf("type T%d { id: String! owner: T%d%s }\n", t, o, joined(f, "$: Int")) +
					fmt.Sprintf("type T%[1]dConnection { totalCount: Int! nodes: [T%[1]d!]! edges: [T%[1]dEdge!]! distinct(field: T%[1]dFieldSelector!): [String!]! max(field: T%[1]dFieldSelector!): Float }\ntype T%[1]dEdge { node: T%[1]d! }\n", t) +
					fmt.Sprintf("input T%dFilterInput { id: StrOp owner: T%dFilterInput%s }\n", t, o, joined(f, "$: IntOp")) +
					fmt.Sprintf("input T%dSortInput { id: Order owner: T%dSortInput%s }\n", t, o, joined(f, "$: Order")) +
					fmt.Sprintf("input T%dFieldSelector { id: Pick owner: T%dFieldSelector%s }\n", t, o, joined(f, "$: Pick"))
			})
		},
		count: func(t int, id string, path []string, bound int) (string, map[string]any, []any) {
			filter := fmt.Sprintf("id: {eq: %q}, %s", id, inner(path, fmt.Sprintf("{gte: %d}", bound)))
			return fmt.Sprintf("{ r: allT%d(filter: {%s}) { totalCount } }", t, filter), nil, []any{"r", "totalCount"}
		},
		order: func(t int, path []string) (string, []any) {
			return fmt.Sprintf("{ r: allT%d(sort: [%s]) { nodes { id } } }", t, with(path, "ASC")), []any{"r", "nodes"}
		},
		top: func(t int, id string, path []string) (string, []any) {
			return fmt.Sprintf("{ r: allT%d(filter: {id: {eq: %q}}) { max(field: %s) } }", t, id, with(path, "SELECT")), []any{"r", "max"}
		},
	},
	{
		name: "paths",
		sdl: func(w *world) string {
			return w.each(queryType(w, "t#(id: StrOp@args): T# allT#(filter: T#FilterInput, sort: T#SortInput): T#Connection!"), func(t, o int, f []string) string {
				return fmt.Sprintf("type T%d { id: String! owner: T%d%s }\n", t, o, joined(f, "$: Int")) +
					fmt.Sprintf("type T%[1]dConnection { totalCount: Int! nodes: [T%[1]d!]! distinct(field: T%[1]dFieldsEnum!): [String!]! max(field: T%[1]dFieldsEnum!): Float }\n", t) +
					fmt.Sprintf("input T%dFilterInput { id: StrOp owner: T%dFilterInput%s }\n", t, o, joined(f, "$: IntOp")) +
					fmt.Sprintf("input T%[1]dSortInput { fields: [T%[1]dFieldsEnum] order: [Order] }\n", t) +
					fmt.Sprintf("enum T%dFieldsEnum { id%s%s }\n", t, joined(f, "$"), joined(w.fields[o], "owner___$"))
			})
		},
		count: func(t int, id string, path []string, bound int) (string, map[string]any, []any) {
			filter := map[string]any{}
			at := filter
			for _, step := range path[:len(path)-1] {
				next := map[string]any{}
				at[step], at = next, next
			}
			at[path[len(path)-1]] = map[string]any{"gte": bound}
			filter["id"] = map[string]any{"eq": id}
			return fmt.Sprintf("query ($f: T%[1]dFilterInput) { r: allT%[1]d(filter: $f) { totalCount } }", t), map[string]any{"f": filter}, []any{"r", "totalCount"}
		},
		order: func(t int, path []string) (string, []any) {
			return fmt.Sprintf("{ r: allT%d(sort: {fields: [%s]}) { nodes { id } } }", t, strings.Join(path, "___")), []any{"r", "nodes"}
		},
		top: func(t int, id string, path []string) (string, []any) {
			return fmt.Sprintf("{ r: allT%d(filter: {id: {eq: %q}}) { distinct(field: %s) } }", t, id, strings.Join(path, "___")), []any{"r", "distinct", 0}
		},
	},
	{
		name: "bool_exp",
		sdl: func(w *world) string {
			return w.each(queryType(w, "t#(where: t#_bool_exp, order_by: [t#_order_by!]): [T#!]! t#_aggregate(where: t#_bool_exp): t#_aggregate!"), func(t, o int, f []string) string {
				return fmt.Sprintf("type T%d { id: String! owner: T%d%s }\n", t, o, joined(f, "$: Int")) +
					fmt.Sprintf("type t%[1]d_aggregate { aggregate: t%[1]d_aggregate_fields nodes: [T%[1]d!]! }\ntype t%[1]d_aggregate_fields { count: Int! max: t%[1]d_max_fields }\ntype t%[1]d_max_fields {%[2]s }\n", t, joined(f, "$: Int")) +
					fmt.Sprintf("input t%[1]d_bool_exp { _and: [t%[1]d_bool_exp!] id: str_cmp owner: t%[2]d_bool_exp%[3]s }\n", t, o, joined(f, "$: int_cmp")) +
					fmt.Sprintf("input t%dorder { x: Int }\ninput t%d_order_by { id: Order owner: t%d_order_by%s }\n", t, t, o, joined(f, "$: Order"))
			}) + "input int_cmp { _eq: Int _gte: Int } input str_cmp { _eq: String }\n"
		},
		count: func(t int, id string, path []string, bound int) (string, map[string]any, []any) {
			return fmt.Sprintf("{ r: t%d_aggregate(where: {_and: [{id: {_eq: %q}}, {%s}]}) { aggregate { count } } }", t, id, inner(path, fmt.Sprintf("{_gte: %d}", bound))), nil, []any{"r", "aggregate", "count"}
		},
		order: func(t int, path []string) (string, []any) {
			return fmt.Sprintf("{ r: t%d(order_by: [%s]) { id } }", t, with(path, "ASC")), []any{"r"}
		},
		top: func(t int, id string, path []string) (string, []any) {
			if len(path) > 1 {
				return "", nil
			}
			return fmt.Sprintf("{ r: t%d_aggregate(where: {id: {_eq: %q}}) { aggregate { max { v: %s } } } }", t, id, path[0]), []any{"r", "aggregate", "max", "v"}
		},
	},
	{
		name: "suffixes",
		sdl: func(w *world) string {
			return w.each(queryType(w, "all_t#(where: T#Where, order_by: [T#OrderBy]): AllT#"), func(t, o int, f []string) string {
				return fmt.Sprintf("type T%d { id: String! ownerConnection: T%dConnection%s }\n", t, o, joined(f, "$: Int")) +
					fmt.Sprintf("type AllT%[1]d { items: [T%[1]d] total: Int }\ntype T%[1]dConnection { totalCount: Int! edges: [T%[1]dEdge] }\ntype T%[1]dEdge { node: T%[1]d }\n", t) +
					fmt.Sprintf("input T%[1]dWhere { AND: [T%[1]dWhere] id: String owner: T%[2]dWhere%[3]s }\nenum T%[1]dOrderBy { id_ASC%[4]s }\n", t, o, joined(f, "$: Int $_gte: Int $_in: [Int]"), joined(f, "$_ASC $_DESC"))
			})
		},
		count: func(t int, id string, path []string, bound int) (string, map[string]any, []any) {
			gte := append(append([]string{}, path[:len(path)-1]...), path[len(path)-1]+"_gte")
			return fmt.Sprintf("{ r: all_t%d(where: {AND: [{id: %q}, {%s}]}) { total } }", t, id, inner(gte, fmt.Sprint(bound))), nil, []any{"r", "total"}
		},
		order: func(t int, path []string) (string, []any) {
			if len(path) > 1 {
				return "", nil
			}
			return fmt.Sprintf("{ r: all_t%d(order_by: [%s_ASC]) { items { id } } }", t, path[0]), []any{"r", "items"}
		},
	},
	{
		name: "sort keys",
		sdl: func(w *world) string {
			return w.each(queryType(w, "t#s(first: Int, filter: T#FilterInput, sortBy: T#Sorting, sortKey: T#SortKeys, ids: [ID!]): T#Connection!"), func(t, o int, f []string) string {
				names := make([]string, len(f))
				for i := range f {
					names[i] = upperOf(f[i])
				}
				return fmt.Sprintf("type T%d { id: String! owner: T%d%s }\n", t, o, joined(f, "$: Int")) +
					fmt.Sprintf("type T%[1]dConnection { totalCount: Int! edges: [T%[1]dEdge!]! }\ntype T%[1]dEdge { node: T%[1]d! }\n", t) +
					fmt.Sprintf("input T%dFilterInput { ids: [ID!] owner: T%dFilterInput%s }\n", t, o, joined(f, "$: Range")) +
					fmt.Sprintf("input T%[1]dSorting { field: T%[1]dSortField! direction: Order }\nenum T%[1]dSortField { ID%[2]s }\nenum T%[1]dSortKeys { ID%[2]s }\n", t, joined(names, "$"))
			})
		},
		count: func(t int, id string, path []string, bound int) (string, map[string]any, []any) {
			return fmt.Sprintf("query ($b: Int = %d) { r: t%ds(filter: {ids: [%q], %s}) { totalCount } }", bound, t, id, inner(path, "{gte: $b}")), map[string]any{"b": bound}, []any{"r", "totalCount"}
		},
		order: func(t int, path []string) (string, []any) {
			if len(path) > 1 {
				return "", nil
			}
			return fmt.Sprintf("query ($k: T%[1]dSortField! = %[2]s) { r: t%[1]ds(sortBy: {field: $k}) { edges { node { id } } } }", t, upperOf(path[0])), []any{"r", "edges"}
		},
	},
}
