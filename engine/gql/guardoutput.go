package gql

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// elements returns the types that the arguments of a field are about when it returns t: t itself, or what
// it is a list of; nil for what is no object.
func (d *lexicon) elements(t *typ) []*typ {
	if t.possible == nil {
		return nil
	}
	if out, ok := d.element[t]; ok {
		return out
	}
	d.element[t] = []*typ{t} // for types that wrap each other
	out := d.contained(t)
	if out == nil {
		out = []*typ{t}
	}
	if e := d.aggregateBase(t); e != nil && !slices.Contains(out, e) {
		out = append(out, e)
	}
	for _, e := range slices.Clone(out) {
		out = append(out, d.wrapped(e)...)
	}
	d.element[t] = out
	return out
}

// maxWrapper is how many fields a type has at most that only wraps an object.
const maxWrapper = 4

// wrapped returns the objects in a type that is a wrapper around one: `data { attributes { ... } }`.
func (d *lexicon) wrapped(t *typ) []*typ {
	if t.def.Kind != ast.Object || len(t.members) > maxWrapper {
		return nil
	}
	var out []*typ
	for _, name := range []string{"data", "attributes", "node", "entity", "item", "record"} {
		if m := t.members[name]; m != nil && m.named.def.Kind == ast.Object && m.named != t {
			out = append(out, d.elements(m.named)...)
		}
	}
	return out
}

// contained returns the element types of a type that is only a list: a connection, or a page of results.
func (d *lexicon) contained(t *typ) []*typ {
	if t.def.Kind != ast.Object && t.def.Kind != ast.Interface {
		return nil
	}
	if e := connected(t); e != nil {
		return []*typ{e}
	}
	if !listName(t.def.Name) || entity(t) {
		return nil
	}
	var out []*typ
	for _, m := range d.index(t).members {
		if m.typ.Elem != nil && m.named.possible != nil && !slices.Contains(out, m.named) {
			out = append(out, m.named)
		}
	}
	return out
}

// connected returns the element type of a connection, or nil: that of `nodes`, or of `node` in `edges`.
func connected(t *typ) *typ {
	if nodes := t.members["nodes"]; nodes != nil && isList(nodes.typ) && nodes.named.possible != nil {
		return nodes.named
	}
	edges := t.members["edges"]
	if edges == nil || !isList(edges.typ) || edges.named.possible == nil {
		return nil
	}
	if node := edges.named.members["node"]; node != nil && node.named.possible != nil {
		return node.named
	}
	return nil
}

func isList(t *ast.Type) bool { return t.Elem != nil }

// listName reports whether a type is called like a page of results.
func listName(name string) bool {
	words := wordsOf(name)
	if words[0] == "all" && len(words) > 1 {
		return true
	}
	switch words[len(words)-1] {
	case "connection", "collection", "list", "result", "results", "response", "page", "paginated", "paginator", "items":
		return len(words) > 1
	}
	return false
}

// outputs finds the derived outputs of a type: those of a connection, those of aggregates, and raw records.
func (d *deriver) outputs(t *typ) {
	if t.def.Kind != ast.Object {
		return
	}
	if e := connected(t); e != nil {
		d.connection(t, e)
	}
	d.aggregateRoot(t)
	d.records(t)
}

// connection: counts, edges and nodes need what the element needs.
func (d *deriver) connection(t, e *typ) {
	for _, m := range d.index(t).members {
		d.derived(m, e)
		if m.name == "edges" && m.named.possible != nil {
			for _, under := range d.index(m.named).members {
				d.derived(under, e)
			}
		}
	}
	d.aggregate(t, e, map[*typ]bool{})
}

// derived records that an output field stands for elements. Whether a list of different types may be
// looked at is decided by what is selected of it (R11); a count counts them all.
func (d *deriver) derived(m *member, e *typ) {
	if !d.on(GuardConnection) {
		return
	}
	if d.anyRestricted(e.self) {
		d.add(m.id, GuardConnection, e.id)
	}
	if e.def.IsAbstractType() && m.named.possible == nil {
		for _, o := range e.possible.types {
			if d.anyRestricted(o.self) {
				d.add(m.id, GuardConnection, o.id)
			}
		}
	}
}

// aggregateRoot finds aggregates that are not part of a list: `AggregateProduct`, `ProductAggregateSelection`.
func (d *deriver) aggregateRoot(t *typ) {
	e := d.aggregateBase(t)
	if e == nil {
		return
	}
	for _, m := range d.index(t).members {
		d.derived(m, e)
	}
	d.values(t, e, map[*typ]bool{})
}

// aggregateBase returns the type that a type by its name aggregates or groups, or nil.
func (d *lexicon) aggregateBase(t *typ) *typ {
	if !strings.Contains(t.def.Name, "ggregat") && !strings.Contains(t.def.Name, "roup") || entity(t) {
		return nil
	}
	var rest []string
	is := false
	for _, w := range wordsOf(t.def.Name) {
		switch {
		case strings.HasPrefix(w, "aggregat"), w == "group", w == "grouped", w == "groupby":
			is = true
		case !aggregates[w] && !aggregateTypes[w]:
			rest = append(rest, w)
		}
	}
	for _, name := range []string{strings.Join(rest, ""), singular(strings.Join(rest, ""))} {
		if e := d.base[name]; is && e != nil && e != t {
			return e
		}
	}
	return nil
}

// aggregate follows the fields of a list that lead to aggregates.
func (d *deriver) aggregate(t, e *typ, open map[*typ]bool) {
	for _, m := range d.index(t).members {
		if m.named.possible == nil || m.named == e || connected(m.named) != nil || !aggregateName(m) {
			continue
		}
		d.values(m.named, e, open)
	}
}

func aggregateName(m *member) bool {
	return slices.ContainsFunc(wordsOf(m.name), func(w string) bool { return aggregates[w] }) ||
		slices.ContainsFunc(wordsOf(m.named.def.Name), func(w string) bool { return strings.HasPrefix(w, "aggregat") })
}

// entity reports whether a type is an object of its own and not only values of others.
func entity(t *typ) bool {
	return t.def.Kind != ast.Object || len(t.ifaces) > 0 || t.members["id"] != nil
}

// values records the fields of an aggregate that are called like fields of the element.
func (d *deriver) values(t, e *typ, open map[*typ]bool) {
	if open[t] || entity(t) || !d.on(GuardAggregate) {
		return
	}
	open[t] = true
	for _, m := range d.index(t).members {
		same := d.exact(m.name, e)
		if same == nil {
			same = d.cutWords(m.name, aggregates, func(prefix string) *member { return d.exact(prefix, e) })
		}
		switch {
		case same != nil:
			d.record(m.id, GuardAggregate, same)
		case m.named.possible != nil && m.named != e && aggregateName(m):
			d.values(m.named, e, open)
		}
		if d.anyRestricted(e.self) {
			d.add(m.id, GuardAggregate, e.id)
		}
	}
}

// records finds outputs that hold the whole record of an object.
func (d *deriver) records(t *typ) {
	if m := t.members["internal"]; m != nil && m.named.possible != nil {
		if content := m.named.members["content"]; content != nil && content.named.possible == nil {
			d.escape(content.id, EscapeRecord, t)
		}
	}
	for _, m := range d.index(t).raw {
		if len(d.hotMembers(t)) > 0 {
			d.escape(m.id, EscapeRecord, t)
		}
	}
}

func rawName(m *member) bool {
	words := wordsOf(m.name)
	return m.named.possible == nil && (words[0] == "raw" || words[len(words)-1] == "raw") && (m.named.def.Name == "String" || !m.named.def.BuiltIn)
}
