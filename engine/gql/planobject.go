package gql

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// answered is the writings of one response key on one object type.
type answered struct {
	key      string
	writings []*selection
	sent     []*selection
	denied   bool
}

type collector struct {
	plan   *Plan
	on     *typ
	groups []*answered
	byKey  map[string]*answered
}

// collect is CollectFields of the specification
// (https://spec.graphql.org/September2025/#CollectFields()); open is false inside a denied fragment.
func (c *collector) collect(set []*selection, open bool) {
	for _, sel := range set {
		switch {
		case !c.plan.included(sel):
		case sel.field != nil:
			c.add(sel, open)
		case sel.cond == nil || sel.cond.possible.has(c.on):
			c.collect(sel.children, open && !c.plan.d.gone(sel))
		}
	}
}

func (c *collector) add(sel *selection, open bool) {
	g := c.byKey[sel.key]
	if g == nil {
		g = &answered{key: sel.key}
		c.byKey[sel.key] = g
		c.groups = append(c.groups, g)
	}
	g.writings = append(g.writings, sel)
	if !open || c.plan.d.goneOn(sel, c.on) {
		g.denied = true
		return
	}
	g.sent = append(g.sent, sel)
}

// goneOn reports whether the field is not sent for objects of type o.
func (d *Decision) goneOn(sel *selection, o *typ) bool {
	if d.gone(sel) {
		return true
	}
	return d.only != nil && d.only[sel.index] != nil && !slices.Contains(d.only[sel.index], o)
}

func (p *Plan) object(s *Level, t *typ) *Object {
	o := &Object{Name: t.def.Name, Names: []string{reservedPrefix}, Owner: []int{-1}, slots: map[string]int{reservedPrefix: 0}}
	if p.d.only != nil && s.under.def.IsAbstractType() && !p.d.readable.HasAll(t.self) {
		o.TakenOut = true
		return o
	}
	c := &collector{plan: p, on: t, byKey: map[string]*answered{}}
	for _, list := range s.lists {
		c.collect(list, true)
	}
	for _, g := range c.groups {
		e := p.entry(g, t)
		for _, sel := range g.sent {
			o.slot(&e, p.upstreamKey(sel, t), len(o.Entries))
		}
		o.Null = o.Null || e.Shape.NonNull && string(e.Value) == "null"
		o.Entries = append(o.Entries, e)
	}
	return o
}

// slot gives the entry the place of an upstream's key, which writings of one field share.
func (o *Object) slot(e *Entry, key string, entry int) {
	if key == "" {
		return
	}
	n, ok := o.slots[key]
	if !ok {
		n = len(o.Names)
		o.slots[key] = n
		o.Names, o.Owner = append(o.Names, key), append(o.Owner, -1)
	}
	if e.Value == nil && !slices.Contains(e.Slots, n) {
		e.Slots = append(e.Slots, n)
		o.Owner[n] = entry
	}
}

// upstreamKey is the response key under which the upstream answers; "" when it is not asked.
func (p *Plan) upstreamKey(sel *selection, t *typ) string {
	switch {
	case sel.isIntrospection():
		return ""
	case p.d.only != nil && p.d.only[sel.index] != nil:
		return narrowedAlias(sel, t)
	}
	return sel.key
}

// The constants of what is denied.
var (
	jsonNull  = []byte("null")
	jsonEmpty = []byte("[]")
)

// entry plans one response key on objects of type t. A denied writing denies the key, since the field
// is executed once for all its writings.
func (p *Plan) entry(g *answered, t *typ) Entry {
	e := Entry{Label: append(strconv.AppendQuote(nil, g.key), ':')}
	first := g.writings[0]
	if first.isMeta() {
		p.meta(&e, first, g.denied)
		return e
	}
	m := t.members[first.field.Name]
	e.Shape = p.shape(m.typ)
	switch {
	case g.denied && m.typ.Elem != nil:
		e.Value = jsonEmpty
	case g.denied:
		e.Value = jsonNull
	case m.named.possible != nil:
		p.under(&e, g.sent, m.named)
	default:
		e.Any = m.named.def.Kind == ast.Scalar && !m.named.def.BuiltIn
	}
	return e
}

func (p *Plan) meta(e *Entry, sel *selection, denied bool) {
	e.Shape = &Shape{NonNull: sel.field.Name != "__type"}
	switch {
	case denied:
		e.Value = jsonNull
	case sel.isIntrospection():
		if e.Value = p.answer(sel.key); e.Value == nil {
			e.Value = jsonNull
		}
	}
}

// under plans what is selected beneath. Where the type of an object cannot be known, nothing beneath
// was taken away: it is copied as it is.
func (p *Plan) under(e *Entry, writings []*selection, named *typ) {
	if len(named.possible.types) > 1 && !slices.ContainsFunc(writings, p.d.marks) {
		e.Object = true
		return
	}
	var key strings.Builder
	key.WriteString(named.def.Name)
	for _, sel := range writings {
		key.WriteString("," + strconv.Itoa(sel.index))
	}
	if e.Level = p.levels[key.String()]; e.Level != nil {
		return
	}
	lists := make([][]*selection, len(writings))
	for i, sel := range writings {
		lists[i] = sel.children
	}
	e.Level = p.level(named, lists)
	p.levels[key.String()] = e.Level
}

func (p *Plan) shape(t *ast.Type) *Shape {
	if s, ok := p.shapes[t]; ok {
		return s
	}
	s := &Shape{NonNull: t.NonNull}
	if t.Elem != nil {
		s.Elem = p.shape(t.Elem)
	}
	p.shapes[t] = s
	return s
}
