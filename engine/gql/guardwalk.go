package gql

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// lexicon is what names mean in a schema, whatever is restricted.
type lexicon struct {
	schema  *Schema
	options GuardOptions
	anyOff  bool // some rule is off
	names   map[*typ]*nameIndex
	loose   map[*typ][]*member // untyped fields of an input type
	element map[*typ][]*typ
	base    map[string]*typ // object and interface types by folded name
	sources map[*typ]GuardSource
}

// deriver walks a schema once.
type deriver struct {
	*lexicon
	restricted Set
	guards     map[guardKey]map[ID]bool
	escapes    map[escapeKey]map[ID]bool
	hots       map[*member]bool
	hotList    map[*typ][]*member
	wholes     map[*typ]bool
	near       map[*typ][]*member
	walked     map[walkKey]bool
}

type walkKey struct{ in, on *typ }

func newLexicon(s *Schema, o GuardOptions) *lexicon {
	d := &lexicon{
		schema: s, options: o, names: map[*typ]*nameIndex{}, loose: map[*typ][]*member{}, element: map[*typ][]*typ{},
		base: map[string]*typ{}, sources: map[*typ]GuardSource{},
	}
	for _, t := range s.sorted {
		if t.def.Kind == ast.Object || t.def.Kind == ast.Interface {
			d.base[fold(t.def.Name)] = t
		}
	}
	if o.Off != nil {
		d.anyOff = slices.ContainsFunc(GuardRules(), o.Off)
	}
	return d
}

func newDeriver(x *lexicon, restricted Set) *deriver {
	return &deriver{
		lexicon: x, restricted: restricted, guards: map[guardKey]map[ID]bool{}, escapes: map[escapeKey]map[ID]bool{}, hots: map[*member]bool{},
		hotList: map[*typ][]*member{}, wholes: map[*typ]bool{}, near: map[*typ][]*member{}, walked: map[walkKey]bool{},
	}
}

func (d *lexicon) on(r GuardRule) bool { return !d.anyOff || !d.options.Off(r) }

func (d *lexicon) source(t *typ) GuardSource {
	if d.options.Source == nil {
		return GuardGeneric
	}
	out, ok := d.sources[t]
	if !ok {
		out = d.options.Source(t.def.Name)
		d.sources[t] = out
	}
	return out
}

func (d *deriver) anyRestricted(ids []ID) bool {
	return slices.ContainsFunc(ids, d.restricted.Has)
}

// hot reports whether selecting a field, on every type that it can stand on, needs something restricted.
func (d *deriver) hot(m *member) bool {
	hot, ok := d.hots[m]
	if !ok {
		hot = d.anyRestricted(m.plain) || d.anyRestricted(m.plainWide)
		d.hots[m] = hot
	}
	return hot
}

func (d *deriver) hotMembers(t *typ) []*member {
	out, ok := d.hotList[t]
	if !ok {
		for _, m := range d.members(t) {
			if d.hot(m) {
				out = append(out, m)
			}
		}
		d.hotList[t] = out
	}
	return out
}

// whole reports whether every field of a type needs something restricted.
func (d *deriver) whole(t *typ) bool {
	whole, ok := d.wholes[t]
	if !ok {
		n := len(d.members(t))
		whole = n > 0 && len(d.hotMembers(t)) == n
		d.wholes[t] = whole
	}
	return whole
}

// input is an argument or an input field.
type input struct {
	id       ID
	name     string
	named    *typ
	argument bool
	many     bool // of a field that returns several objects
}

// field looks at the arguments of an output field.
func (d *deriver) field(t *typ, m *member) {
	if len(m.args) == 0 {
		return
	}
	elements := d.elements(m.named)
	if elements == nil {
		elements = d.contained(t)
	}
	for _, def := range m.definition().Arguments {
		a := m.args[def.Name]
		in := input{id: a.id, name: def.Name, named: d.schema.types[def.Type.Name()], argument: true, many: m.typ.Elem != nil || d.contained(m.named) != nil}
		if t == d.schema.mutation && !filters(def.Name) {
			continue // data; guarded only by explicit entry
		}
		on := elements
		if on == nil {
			on = slices.Concat(d.byName(in.named), d.counted(m))
		}
		for _, e := range on {
			d.input(in, e)
			if c := fold(def.Name); c == "after" || c == "before" || c == "cursor" {
				d.cursor(in, e)
			}
		}
	}
}

func (d *deriver) cursor(in input, e *typ) {
	if in.named.def.Kind == ast.Scalar && len(d.hotMembers(e)) > 0 {
		d.escape(in.id, EscapeCursor, e)
	}
}

// filters reports whether an argument of a mutation selects objects instead of describing one.
func filters(name string) bool {
	switch fold(name) {
	case "where", "filter", "filters", "condition":
		return true
	}
	return false
}

// byName finds the type that an input type filters by its name, for a field that returns only a number.
func (d *deriver) byName(in *typ) []*typ {
	name := fold(in.def.Name)
	for _, suffix := range []string{"filterinput", "whereinput", "boolexp", "orderby", "filter", "where", "condition", "sortinput", "sort"} {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			if t := d.base[base]; t != nil {
				return []*typ{t}
			}
		}
	}
	return nil
}

// counted finds the type that a field counts by its name: `productsCount(cost:)`.
func (d *deriver) counted(m *member) []*typ {
	var rest []string
	counts := false
	for _, w := range wordsOf(m.name) {
		if aggregates[w] || countWords[w] || w == "all" {
			counts = true
			continue
		}
		rest = append(rest, singular(w))
	}
	if t := d.base[strings.Join(rest, "")]; counts && t != nil {
		return []*typ{t}
	}
	return nil
}

// input finds what an argument or input field stands for beside a type.
func (d *deriver) input(in input, on *typ) {
	if in.argument && neutral[fold(in.name)] && in.named.def.Kind == ast.Scalar && on.members[in.name] == nil {
		return
	}
	if in.argument && on.def.IsAbstractType() && in.named.def.Kind == ast.Scalar && freeTexts[fold(in.name)] {
		d.escape(in.id, EscapeFreeText, on)
		return
	}
	if hits := d.resolve(in.name, on, GuardFieldName); len(hits) > 0 {
		d.standsFor(in, on, hits)
		return
	}
	d.unresolved(in, on)
}

func (d *deriver) standsFor(in input, on *typ, hits []hit) {
	if d.lookup(in, on) {
		return
	}
	hot := false
	for _, h := range hits {
		d.record(in.id, h.rule, h.path...)
		hot = hot || slices.ContainsFunc(h.path, d.hot)
		d.below(in, h)
	}
	if !hot && d.untyped(in.named) {
		d.escape(in.id, EscapeUntyped, on)
	}
	if in.named.def.Kind == ast.Enum && d.selects(in) {
		d.enum(in.named, on)
	}
}

// lookup reports whether an argument names one object of unknown type, or several by id: what may be
// selected of it is then decided by what it is (R11). A guard would close it for the sake of every type
// that it could be. Where the interface's own field is restricted it is a guard like any other.
func (d *deriver) lookup(in input, on *typ) bool {
	if !in.argument || !on.def.IsAbstractType() || in.named.def.Kind != ast.Scalar || in.many && in.named.def.Name != "ID" {
		return false
	}
	m := d.exact(in.name, on)
	return m == nil || !d.anyRestricted(m.plain)
}

// below follows an input object to what the field holds, and a text that is compared with an object.
func (d *deriver) below(in input, h hit) {
	last := h.last()
	switch {
	case in.named.def.Kind == ast.InputObject && last.named.possible != nil:
		for _, e := range d.elements(last.named) {
			d.object(in.named, e)
		}
	case in.named.def.Kind == ast.InputObject:
		d.operatorEscapes(in.named, last.owner)
	case in.named.def.Name == "String" && last.named.possible != nil && d.on(GuardMatchedObject):
		for _, e := range d.elements(last.named) {
			d.matched(in.id, e)
		}
	}
}

// operatorEscapes finds operators that take untyped values.
func (d *deriver) operatorEscapes(in, on *typ) {
	loose, ok := d.loose[in]
	if !ok {
		for _, f := range in.def.Fields {
			if m := in.members[f.Name]; d.untyped(m.named) {
				loose = append(loose, m)
			}
		}
		d.loose[in] = loose
	}
	for _, m := range loose {
		d.escape(m.id, EscapeUntyped, on)
	}
}

// matched records the texts of an object: a text that is compared with the object is compared with some of them.
func (d *deriver) matched(at ID, e *typ) {
	for _, m := range d.hotMembers(e) {
		if m.named.def.Name == "String" && len(m.args) == 0 {
			d.record(at, GuardMatchedObject, m)
		}
	}
}

// unresolved looks at an input that is not called like a field.
func (d *deriver) unresolved(in input, on *typ) {
	name := fold(in.name)
	word := combinators[name] || operators[name]
	switch kind := d.escapeKind(in); {
	case kind != "":
		d.escape(in.id, kind, on)
	case in.named.def.Kind == ast.Enum && d.namesFields(in, on):
	case in.named.def.Kind == ast.InputObject && (in.argument || word || d.holder(in, on)):
		d.object(in.named, on)
	case !word && !neutral[name]:
		d.unknown(in.id, on)
	}
}

// escapeKind says what kind of escape an input is that is not called like a field; "" for none.
func (d *deriver) escapeKind(in input) EscapeKind {
	name := fold(in.name)
	switch {
	case in.named.def.Kind == ast.Scalar && freeTexts[name]:
		return EscapeFreeText
	case in.named.def.Name == "String" && selectors[name]:
		return EscapeSortText
	case d.untyped(in.named):
		return EscapeUntyped
	}
	return ""
}

// holder reports whether an input object that is not called like a field is to be looked into.
func (d *deriver) holder(in input, on *typ) bool {
	if d.whole(on) {
		return false // whatever it is, it is restricted
	}
	for _, e := range d.fieldsCalled(in, on) {
		d.record(in.id, GuardRelatedName, e...)
		for _, under := range d.elements(e[1].named) {
			d.object(in.named, under)
		}
	}
	return true
}

// fieldsCalled finds restricted fields of that name in the objects that the type leads to: products are
// filtered by `stocks` of their variants.
func (d *deriver) fieldsCalled(in input, on *typ) [][]*member {
	if !d.on(GuardRelatedName) {
		return nil
	}
	var out [][]*member
	for _, r := range d.index(on).members {
		if r.named.possible == nil {
			continue
		}
		for _, e := range d.elements(r.named) {
			if m := d.exact(in.name, e); m != nil && d.hot(m) {
				out = append(out, []*member{r, m})
			}
		}
	}
	return out
}

// unknown records everything that is restricted when that is everything there is.
func (d *deriver) unknown(at ID, on *typ) {
	if !d.whole(on) || !d.on(GuardUnknownName) {
		return
	}
	if d.anyRestricted(on.self) {
		d.add(at, GuardUnknownName, on.id)
		return
	}
	for _, m := range d.hotMembers(on) {
		d.record(at, GuardUnknownName, m)
	}
}

func (d *deriver) untyped(t *typ) bool {
	return t.def.Kind == ast.Scalar && !t.def.BuiltIn && untyped[fold(t.def.Name)]
}

// object looks at the fields of an input object beside a type, once.
func (d *deriver) object(in, on *typ) {
	if d.walked[walkKey{in, on}] {
		return
	}
	d.walked[walkKey{in, on}] = true
	for _, f := range in.def.Fields {
		m := in.members[f.Name]
		d.input(input{id: m.id, name: m.name, named: m.named}, on)
	}
}
