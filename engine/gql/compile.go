package gql

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// compile compiles a valid operation of the measured size.
func (s *Schema) compile(def *ast.OperationDefinition, measured size, settings Settings) (*Operation, Errors) {
	op := &Operation{
		Name: def.Name, Type: string(def.Operation), schema: s, settings: settings, def: def,
		variables: make(map[string]*ast.VariableDefinition, len(def.VariableDefinitions)), room: measured.visits, nodes: measured.nodes,
	}
	for _, v := range def.VariableDefinitions {
		op.variables[v.Variable] = v
		if s.asksOf(v) {
			op.asked = append(op.asked, v.Variable)
		}
	}
	slices.Sort(op.asked)
	c := &compiler{
		op: op, schema: s, seen: NewSet(s.Len()), paths: make(map[pathKey]*selection, measured.fields),
		selections: make([]selection, 0, measured.visits), lists: make([][]ID, 0, measured.fields),
	}
	c.sets.size = len(s.objects)
	c.operation(def)
	if len(c.errs) > 0 {
		return nil, c.errs[:min(len(c.errs), maxErrors)]
	}
	op.ids = c.seen.ids()
	if c.differ && !settings.IgnoreOverlap {
		if errs := checkOverlap(op.root); errs != nil {
			return nil, errs
		}
	}
	return op, nil
}

// compiler expands one operation.
type compiler struct {
	op       *Operation
	schema   *Schema
	sets     intersections
	wide     map[wideKey][]ID
	literals map[literalKey]literal
	paths    map[pathKey]*selection // the first writing of each path
	others   map[groupKey]int       // the groups of a path besides that of its first writing
	differ   bool                   // two fields with one path are not the same field with the same arguments
	seen     Set                    // every coordinate that is needed
	errs     Errors

	// what the operation holds is cut from these
	selections []selection
	lists      [][]ID
}

// pathKey and groupKey find the other writings of one field without comparing paths.
type (
	pathKey struct {
		up  int
		key string
	}
	groupKey struct {
		path   int
		parent *typ
		field  string
	}
)

type wideKey struct {
	set      *objects
	field    string
	argument string
}

// place is where a selection set stands.
type place struct {
	parent   *typ
	possible *objects
	level    *objects
	inherit  []inputNeed // what directives on the enclosing fragments need
	uses     []variableUse
	owner    *selection // the enclosing field; nil at the root
	object   bool       // inside a fragment on an object type, at this level (R11)
}

func (c *compiler) fail(code Code, at *ast.Position, format string, args ...any) {
	e := refuse(code, format, args...)[0]
	if at != nil {
		e.Locations = []Location{{Line: at.Line, Column: at.Column}}
	}
	c.errs = append(c.errs, e)
}

func (c *compiler) need(ids []ID) []ID {
	for _, id := range ids {
		c.seen.Add(id)
	}
	return ids
}

func (c *compiler) operation(def *ast.OperationDefinition) {
	root := c.schema.root(def.Operation)
	if open := c.op.settings.Operations; open != nil && !slices.Contains(open, c.op.Type) {
		c.fail(CodeOperationType, def.Position, "this data layer does not take a %s: its `operations` are %s", c.op.Type, strings.Join(open, ", "))
	}
	at := place{parent: root, possible: root.possible, level: root.possible}
	for _, v := range def.VariableDefinitions {
		c.directives(v.Directives, &at)
	}
	def.Directives = c.directives(def.Directives, &at)
	c.op.root = c.set(def.SelectionSet, at)
}

func (c *compiler) set(set ast.SelectionSet, at place) []*selection {
	out := make([]*selection, 0, len(set))
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			out = append(out, c.field(sel, at))
		case *ast.InlineFragment:
			out = append(out, c.fragment(sel.TypeCondition, sel.Directives, sel.SelectionSet, at))
		case *ast.FragmentSpread:
			c.expandable(sel.Directives)
			c.expandable(sel.Definition.Directives)
			out = append(out, c.spread(sel, sel.Definition, at))
		}
	}
	return out
}

// expandable refuses a let-through directive that cannot stand on an inline fragment, which is what
// a spread is expanded to.
func (c *compiler) expandable(list ast.DirectiveList) {
	for _, d := range list {
		if d.Definition != nil && !slices.Contains(d.Definition.Locations, ast.LocationInlineFragment) {
			c.fail(CodeDirective, d.Position, "directive @%s cannot stand on a fragment here: fragments are expanded in place", d.Name)
		}
	}
}

// add returns a new selection at a place.
func (c *compiler) add(at *place) *selection {
	if len(c.selections) == cap(c.selections) { // a spread may become two fragments
		c.selections = make([]selection, 0, cap(c.selections)+1)
	}
	c.selections = c.selections[:len(c.selections)+1]
	s := &c.selections[len(c.selections)-1]
	s.index, s.owner, s.parent, s.possible, s.level = c.op.count, at.owner, at.parent, at.possible, at.level
	c.op.count++
	return s
}

// number gives a field the numbers of its path and of the field that it is a writing of.
func (c *compiler) number(sel *selection) {
	key := pathKey{sel.owner.number(), sel.key}
	first, ok := c.paths[key]
	switch {
	case !ok:
		c.paths[key] = sel
		sel.path, sel.group = len(c.paths), c.group()
	case first.parent == sel.parent && first.field.Name == sel.field.Name:
		sel.path, sel.group = first.path, first.group
		c.differ = c.differ || !sameArguments(first.field.Arguments, sel.field.Arguments)
	default:
		sel.path, sel.group = first.path, c.other(groupKey{first.path, sel.parent, sel.field.Name})
		c.differ = true
	}
}

func (c *compiler) group() int {
	c.op.groups++
	return c.op.groups - 1
}

func (c *compiler) other(key groupKey) int {
	n, ok := c.others[key]
	if !ok {
		n = c.group()
		if c.others == nil {
			c.others = map[groupKey]int{}
		}
		c.others[key] = n
	}
	return n
}

// list returns a list of one list of coordinates.
func (c *compiler) list(ids []ID) [][]ID {
	n := len(c.lists)
	c.lists = append(c.lists, ids)
	return c.lists[n : n+1 : n+1]
}

// spread expands a named fragment. When spread and definition both have directives they become two
// fragments, one in the other, since a directive may stand once at a place.
func (c *compiler) spread(s *ast.FragmentSpread, f *ast.FragmentDefinition, at place) *selection {
	if len(s.Directives) == 0 || len(f.Directives) == 0 {
		return c.fragment(f.TypeCondition, slices.Concat(s.Directives, f.Directives), f.SelectionSet, at)
	}
	inner := &ast.InlineFragment{TypeCondition: f.TypeCondition, Directives: f.Directives, SelectionSet: f.SelectionSet}
	return c.fragment("", s.Directives, ast.SelectionSet{inner}, at)
}

func (c *compiler) fragment(condition string, directives ast.DirectiveList, set ast.SelectionSet, at place) *selection {
	sel := c.add(&at)
	inner := at
	inner.inherit, inner.uses = slices.Clip(at.inherit), slices.Clip(at.uses)
	sel.directives = c.directives(directives, &inner)
	if condition != "" {
		sel.cond = c.schema.types[condition]
	}
	switch {
	case sel.cond == nil && condition != "": // an introspection type: under __schema, never compiled
		return sel
	case sel.cond != nil:
		inner.parent = sel.cond
		inner.possible = c.sets.of(at.possible, sel.cond.possible)
		if sel.cond.def.Kind == ast.Object {
			inner.object = true
			c.need(sel.cond.self)
		}
	}
	sel.possible = inner.possible
	sel.children = c.set(set, inner)
	return sel
}

func (c *compiler) field(node *ast.Field, at place) *selection {
	key := node.Alias
	if key == "" {
		key = node.Name
	}
	if strings.HasPrefix(key, reservedPrefix) {
		c.fail(CodeReservedAlias, node.Position, "response keys that begin with %q are reserved", reservedPrefix)
	}
	sel := c.add(&at)
	sel.field, sel.key = node, key
	c.number(sel)
	own := place{inherit: slices.Clip(at.inherit), uses: slices.Clip(at.uses)}
	node.Directives = c.directives(node.Directives, &own)
	if IsIntrospection(node.Name) {
		sel.inputs, sel.uses = own.inherit, own.uses
		c.meta(sel)
		return sel
	}
	sel.member = at.parent.members[node.Name]
	c.fieldNeeds(sel, at)
	c.arguments(sel)
	sel.inputs, sel.uses = append(sel.inputs, own.inherit...), append(sel.uses, own.uses...)
	if len(node.SelectionSet) > 0 {
		under := sel.member.named
		sel.children = c.set(node.SelectionSet, place{
			parent: under, possible: under.possible, level: under.possible, owner: sel,
		})
	}
	return sel
}

// meta compiles `__typename`, which needs its parent type, and `__schema` and `__type`, which are
// answered from the view and need nothing (R13).
func (c *compiler) meta(sel *selection) {
	if !sel.isIntrospection() {
		sel.needs = c.list(c.need(sel.parent.self))
		return
	}
	sel.inputs, sel.uses = nil, nil
	if c.op.settings.NoIntrospect {
		c.fail(CodeIntrospection, sel.field.Position, "introspection is off on this data layer")
	}
}

// fieldNeeds writes down what the field needs as written (R3) and, unless the layer narrows, for
// every object type that is possible here (R11).
func (c *compiler) fieldNeeds(sel *selection, at place) {
	sel.needs = c.list(c.need(c.schema.needs(sel.member)))
	wide := c.wideNeeds(sel.parent, sel.possible, sel.field.Name)
	c.need(wide)
	if c.op.settings.Narrow {
		if sel.member.named.def.IsAbstractType() {
			for _, o := range sel.member.named.possible.types {
				c.need(o.self)
			}
		}
		return
	}
	if len(wide) > 0 {
		sel.needs = append(sel.needs, wide)
	}
	if at.owner != nil && !at.object && at.owner.member.named.def.IsAbstractType() {
		c.ownerNeeds(at.owner, sel.possible)
	}
}

// ownerNeeds is R11's demand on a field that returns an abstract type: a selection under it applies
// to every object type of the set.
func (c *compiler) ownerNeeds(owner *selection, set *objects) {
	for _, o := range set.types {
		c.need(o.self)
	}
	types := c.typeNeeds(set)
	for _, have := range owner.needs {
		if sameIDs(have, types) {
			return
		}
	}
	owner.needs = append(owner.needs, types)
}

func sameIDs(a, b []ID) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// wideNeeds is R3 for a field on every possible object type. It is remembered, since many fields
// stand in the same place.
func (c *compiler) wideNeeds(parent *typ, set *objects, field string) []ID {
	switch {
	case parent.def.Kind == ast.Object:
		return nil // possible is the type itself, or nothing
	case set == parent.possible:
		return c.schema.wide(parent.members[field])
	}
	return c.remember(wideKey{set, field, ""}, func() []ID { return c.schema.wideNeeds(set, field) })
}

func (c *compiler) typeNeeds(set *objects) []ID {
	return c.remember(wideKey{set, "", ""}, func() []ID {
		var ids []ID
		for _, o := range set.types {
			ids = append(ids, o.self...)
		}
		return compact(ids)
	})
}

func (c *compiler) remember(key wideKey, build func() []ID) []ID {
	if ids, ok := c.wide[key]; ok {
		return ids
	}
	ids := build()
	if c.wide == nil {
		c.wide = map[wideKey][]ID{}
	}
	c.wide[key] = ids
	return ids
}

// directives refuses what the layer does not let through, takes out @defer and @stream (R8), and
// adds what the values in the others need to the place they stand on. It returns those that stay.
func (c *compiler) directives(list ast.DirectiveList, at *place) ast.DirectiveList {
	if len(list) == 0 {
		return nil
	}
	out := make(ast.DirectiveList, 0, len(list))
	for _, d := range list {
		switch d.Name {
		case deferName, streamName:
			continue
		case skipName, includeName:
			c.condition(d)
		default:
			if !slices.Contains(c.op.settings.Directives, d.Name) {
				c.fail(CodeDirective, d.Position, "directive @%s is not let through by this data layer", d.Name)
				continue
			}
			c.directiveNeeds(d, at)
		}
		out = append(out, d)
	}
	return out
}

// condition notes the variable of a @skip or @include.
func (c *compiler) condition(d *ast.Directive) {
	a := d.Arguments.ForName("if")
	if a != nil && a.Value.Kind == ast.Variable && !slices.Contains(c.op.conditions, a.Value.Raw) {
		c.op.conditions = append(c.op.conditions, a.Value.Raw)
	}
}

// uses reports whether a value can use anything: scalars, and variables of scalar types, cannot.
func (c *compiler) uses(v *ast.Value) bool {
	switch v.Kind {
	case ast.Variable:
		return c.schema.asksOf(c.op.variables[v.Raw])
	case ast.ListValue, ast.ObjectValue, ast.EnumValue:
		return true
	}
	return false
}
