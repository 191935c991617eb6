package gql

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Reach is what a subject can read: a coordinate is in it when some operation that is allowed selects
// it where an object can stand, or uses it in an argument, by its name or by an input that stands for it. It is exhaustive: it follows every field
// from the roots, and asks for each object type in a fragment on that type, where R11 asks least.
type Reach struct {
	schema   *Schema
	readable Set
	narrow   bool
	reads    Set
	steps    map[stand]step // how an object type is reached first
	queue    []stand
	values   map[value]bool // input types of which a value can be written
	witness  map[ID]witness
}

// value is a value of an input type. Guards do not hold for the data of a mutation: writing a field is not reading it.
type value struct {
	of   *typ
	data bool
}

// stand is an object type in an operation. A mutation or subscription is never pruned, so what
// narrowing takes out of an answer denies it.
type stand struct {
	object *typ
	whole  bool // nothing may be taken out
}

// step leads from one object type to another: through field, on objects of type from.
type step struct {
	from  *typ // nil at a root
	field *member
}

// witness is the shortest use of a coordinate that was found.
type witness struct {
	on     stand     // the object type
	as     *typ      // the interface or union that the selection is written on; nil: the object type
	field  *member   // nil: the type itself
	arg    *argument // nil: none but those that the field cannot do without
	inputs []inputStep
}

// inputStep is an input field on the way from an argument, or an enum value at its end.
type inputStep struct {
	field *member
	value string
}

// Reach finds what a subject can read that may read exactly the coordinates in readable.
func (s *Schema) Reach(readable Set, settings Settings) *Reach {
	r := &Reach{
		schema: s, readable: readable, narrow: settings.Narrow, reads: NewSet(s.Len()),
		steps: map[stand]step{}, witness: map[ID]witness{},
	}
	r.findValues()
	for _, op := range []ast.Operation{ast.Query, ast.Mutation, ast.Subscription} {
		open := settings.Operations == nil || slices.Contains(settings.Operations, string(op))
		if root := s.root(op); root != nil && open && readable.HasAll(root.self) {
			r.arrive(stand{root, op != ast.Query}, step{})
		}
	}
	for len(r.queue) > 0 {
		t := r.queue[0]
		r.queue = r.queue[1:]
		r.fields(t)
	}
	return r
}

// Reads reports whether the subject can read a coordinate.
func (r *Reach) Reads(id ID) bool { return r.reads.Has(id) }

// Set returns every coordinate that the subject can read. The caller must not change it.
func (r *Reach) Set() Set { return r.reads }

// Reaches reports whether an object of a type can be selected from, and is true of an abstract type
// when some object that it can be is.
func (r *Reach) Reaches(typeName string) bool {
	t := r.schema.types[typeName]
	if t == nil || t.possible == nil {
		return false
	}
	return slices.ContainsFunc(t.possible.types, func(o *typ) bool { return r.stands(o) })
}

func (r *Reach) stands(o *typ) bool {
	_, pruned := r.steps[stand{o, false}]
	_, whole := r.steps[stand{o, true}]
	return pruned || whole
}

func (r *Reach) mark(id ID, w witness) {
	if !r.reads.Has(id) {
		r.reads.Add(id)
		r.witness[id] = w
	}
}

// use notes an input, and with it what it stands for: using it is reading that (R14), except as the data of a mutation.
func (r *Reach) use(id ID, w witness) {
	r.mark(id, w)
	if r.isData(w.field, w.arg) {
		return
	}
	for _, target := range r.schema.guards.standsFor[id] {
		r.mark(target, w)
	}
}

// arrive notes that objects of a type can be selected from, and what else can be written there.
func (r *Reach) arrive(at stand, by step) {
	if _, ok := r.steps[at]; ok {
		return
	}
	r.steps[at] = by
	r.queue = append(r.queue, at)
	r.mark(at.object.id, witness{on: at})
	for _, t := range r.schema.sorted {
		if t.def.IsAbstractType() && t.possible.has(at.object) && r.readable.HasAll(t.self) {
			r.mark(t.id, witness{on: at, as: t})
		}
	}
}

// fields follows the fields of an object type, in the order of the schema.
func (r *Reach) fields(at stand) {
	for _, def := range at.object.def.Fields {
		m := at.object.members[def.Name]
		if m == nil || !r.selectable(m) || at.whole && r.takesOut(m.named) {
			continue
		}
		r.mark(m.id, witness{on: at, field: m})
		r.arguments(at, nil, m)
		for _, i := range at.object.ifaces {
			if same := i.members[def.Name]; same != nil && r.selectable(same) && (!at.whole || !r.takesOut(same.named)) {
				r.mark(same.id, witness{on: at, as: i, field: same})
				r.arguments(at, i, same)
			}
		}
		r.follow(at, m)
	}
}

// takesOut reports whether narrowing would take objects of a type out of an answer.
func (r *Reach) takesOut(t *typ) bool {
	return r.narrow && t.def.IsAbstractType() && slices.ContainsFunc(t.possible.types, func(o *typ) bool { return !r.readable.HasAll(o.self) })
}

func (r *Reach) follow(at stand, m *member) {
	r.mark(m.named.id, witness{on: at, field: m})
	if m.named.possible == nil {
		return
	}
	for _, next := range m.named.possible.types {
		if r.readable.HasAll(next.self) {
			r.arrive(stand{next, at.whole}, step{from: at.object, field: m})
		}
	}
}

// selectable reports whether a field can be selected with the arguments that it cannot do without.
func (r *Reach) selectable(m *member) bool {
	if !r.readable.HasAll(r.schema.needs(m)) {
		return false
	}
	for _, a := range m.args {
		if required(a.def.Type, a.def.DefaultValue) && !r.writable(m, a) {
			return false
		}
	}
	return true
}

// isData reports whether an argument takes the data of a mutation.
func (r *Reach) isData(m *member, a *argument) bool {
	return m.owner == r.schema.mutation && !filters(a.def.Name)
}

func (r *Reach) writable(m *member, a *argument) bool {
	data := r.isData(m, a)
	return r.readable.HasAll(r.schema.using(a, data)) && r.hasValue(a.def.Type, data)
}

// arguments notes what can be used in the arguments of a field.
func (r *Reach) arguments(at stand, as *typ, m *member) {
	for _, def := range m.definition().Arguments {
		a := m.args[def.Name]
		if !r.writable(m, a) || as != nil && !r.everywhere(at.object, m.name, a) {
			continue
		}
		w := witness{on: at, as: as, field: m, arg: a}
		r.use(a.id, w)
		r.inputs(r.schema.types[def.Type.Name()], w, map[*typ]bool{})
	}
}

// everywhere: an argument on an interface's field needs what it needs on the object type (R14, R11).
func (r *Reach) everywhere(o *typ, field string, a *argument) bool {
	same := o.members[field].args[a.def.Name]
	return same != nil && r.readable.HasAll(r.schema.argument(same))
}

// inputs notes a type that an argument takes and what can be written in a value of it.
func (r *Reach) inputs(t *typ, w witness, open map[*typ]bool) {
	r.mark(t.id, w)
	if open[t] {
		return
	}
	open[t] = true
	data := r.isData(w.field, w.arg)
	for _, v := range t.def.EnumValues {
		if id := t.values[v.Name]; r.nameable(t, v.Name, data) {
			r.use(id, w.with(inputStep{value: v.Name}))
		}
	}
	if !r.values[value{t, data}] || t.def.Kind != ast.InputObject {
		return // of a list of it, the empty one at best
	}
	for _, def := range t.def.Fields {
		m := t.members[def.Name]
		if !r.fillable(m, data) {
			continue
		}
		next := w.with(inputStep{field: m})
		r.use(m.id, next)
		r.inputs(m.named, next, open)
	}
}

func (w witness) with(s inputStep) witness {
	w.inputs = append(slices.Clip(w.inputs), s)
	return w
}

// findValues finds the input types of which a value can be written: the least set, so that a type
// that requires itself is not in it.
func (r *Reach) findValues() {
	r.values = map[value]bool{}
	for changed := true; changed; {
		changed = false
		for _, t := range r.schema.sorted {
			for _, v := range []value{{t, false}, {t, true}} {
				if !r.values[v] && r.readable.Has(t.id) && r.constructible(v) {
					r.values[v] = true
					changed = true
				}
			}
		}
	}
}

func (r *Reach) constructible(v value) bool {
	t := v.of
	switch t.def.Kind {
	case ast.Scalar:
		return true
	case ast.Enum:
		return slices.ContainsFunc(t.def.EnumValues, func(d *ast.EnumValueDefinition) bool { return r.nameable(t, d.Name, v.data) })
	case ast.InputObject:
		if isOneOf(t) {
			return slices.ContainsFunc(t.def.Fields, func(f *ast.FieldDefinition) bool { return r.fillable(t.members[f.Name], v.data) })
		}
		return !slices.ContainsFunc(t.def.Fields, func(f *ast.FieldDefinition) bool {
			return required(f.Type, f.DefaultValue) && !r.fillable(t.members[f.Name], v.data)
		})
	}
	return false
}

// nameable reports whether an enum value can be written.
func (r *Reach) nameable(t *typ, name string, data bool) bool {
	if data {
		return r.readable.Has(t.values[name])
	}
	return r.readable.HasAll(r.schema.value(t, name))
}

// fillable reports whether an input field can be written with a value other than null.
func (r *Reach) fillable(m *member, data bool) bool {
	needs := m.plain
	if !data {
		needs = r.schema.needs(m)
	}
	return r.readable.HasAll(needs) && r.hasValue(m.typ, data)
}

// hasValue reports whether a value other than null can be written for a type: of a list, the empty one.
func (r *Reach) hasValue(t *ast.Type, data bool) bool {
	if t.Elem != nil {
		return r.readable.Has(r.schema.types[t.Name()].id)
	}
	return r.values[value{r.schema.types[t.Name()], data}]
}

func isOneOf(t *typ) bool { return t.def.Directives.ForName("oneOf") != nil }

// definition returns how the schema defines the member.
func (m *member) definition() *ast.FieldDefinition { return m.owner.def.Fields.ForName(m.name) }
