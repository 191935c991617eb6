package gql

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// Kind says what a denial is about.
type Kind string

// The kinds of denials.
const (
	KindField    Kind = "field"
	KindFragment Kind = "fragment" // a fragment on a restricted object type, or its objects (R12)
	KindArgument Kind = "argument"
)

// Field is the decision for one written field; writings with one path and coordinate are one.
type Field struct {
	Path       []string `json:"path"`       // response keys, without list indices
	Coordinate string   `json:"coordinate"` // by schema names, on the type it is written on
	Allowed    bool     `json:"allowed"`
}

// Denial is one reason why something is denied, identified by path and coordinate.
type Denial struct {
	Path         []string
	Coordinate   string
	Kind         Kind
	ArgumentPath []string // the first argument that fails: its name, then input fields; nil when none does
	Restricted   []ID     // the coordinates that were needed and are not readable; sorted

	path int // the number of Path
}

// Details is the long form of a decision.
type Details struct {
	Fields []Field  // in the order of the document
	Denied []Denial // in the same order
	// Truncated says that there are more denials, or more restricted coordinates in them, than are
	// listed: an interface with a thousand implementers fails in a thousand ways at every field.
	Truncated bool
}

// What Details lists at most, over all denials.
const (
	maxDenials    = 5_000
	maxRestricted = 20_000
)

// Details explains the decision.
func (d *Decision) Details() Details {
	e := &explainer{d: d, fields: map[identity]int{}, denials: map[identity]int{}, budget: maxRestricted}
	e.set(d.bound.op.root, true)
	for i := range e.out.Denied {
		e.out.Denied[i].Restricted = compact(e.out.Denied[i].Restricted)
	}
	return e.out
}

type explainer struct {
	d       *Decision
	out     Details
	fields  map[identity]int // to the index in out
	denials map[identity]int
	budget  int // of restricted coordinates
	// included says whether a selection counts, once @skip and @include are known; nil: all do.
	included func(*selection) bool
	// alone are the fields of which no writing that counts fails itself: where they are taken away, it is
	// for one that does not count.
	alone map[int]bool
}

// identity is what makes two rows or denials one. A path is known by its number: it can be long.
type identity struct {
	path       int
	coordinate string
}

// set explains a selection set; open is false inside a denied fragment.
func (e *explainer) set(set []*selection, open bool) {
	for _, sel := range set {
		switch {
		case e.included != nil && !e.included(sel):
		case sel.field == nil:
			e.fragment(sel, open)
		case !open:
			e.row(sel, false)
			e.set(sel.children, false)
		default:
			e.field(sel)
			e.set(sel.children, true)
		}
	}
}

func (e *explainer) fragment(sel *selection, open bool) {
	denied := e.failed(sel)
	if open && denied {
		e.deny(Denial{Path: sel.keys(), path: sel.number(), Coordinate: sel.cond.def.Name, Kind: KindFragment, Restricted: e.missing(nil, sel.cond.self)})
	}
	e.set(sel.children, open && !denied)
}

func (e *explainer) failed(sel *selection) bool {
	return e.d.denied != nil && e.d.denied[sel.index]
}

func (e *explainer) row(sel *selection, allowed bool) {
	key := identity{sel.number(), sel.coordinate()}
	if i, ok := e.fields[key]; ok {
		e.out.Fields[i].Allowed = e.out.Fields[i].Allowed && allowed
		return
	}
	e.fields[key] = len(e.out.Fields)
	e.out.Fields = append(e.out.Fields, Field{Path: sel.keys(), Coordinate: sel.coordinate(), Allowed: allowed})
}

func (e *explainer) field(sel *selection) {
	e.row(sel, !e.failed(sel))
	if e.d.denied == nil {
		return
	}
	if e.failed(sel) && !e.d.asWritten(sel) {
		e.asWritten(sel)
		return
	}
	if e.alone[sel.group] && e.d.merged[sel.group] && !e.d.dropped[sel.index] {
		e.deny(Denial{Path: sel.keys(), path: sel.number(), Coordinate: sel.coordinate(), Kind: KindField}) // for an excluded writing of it
		return
	}
	if e.d.only != nil && sel.member != nil {
		e.narrowed(sel)
	}
}

// asWritten explains a field that fails on the type it is written on, or on all that are possible.
func (e *explainer) asWritten(sel *selection) {
	out := Denial{Path: sel.keys(), path: sel.number(), Coordinate: sel.coordinate(), Kind: KindField}
	for _, ids := range sel.needs {
		out.Restricted = e.missing(out.Restricted, ids)
	}
	byField := out.Restricted != nil
	e.inputs(&out, sel)
	if !byField {
		out.Kind = KindArgument
	}
	e.deny(out)
}

// inputs explains what a field's arguments need, variables included, in the order of the document.
func (e *explainer) inputs(out *Denial, sel *selection) {
	for _, in := range sel.inputs {
		if !in.wide || e.d.only == nil {
			e.input(out, nil, in)
		}
	}
	for _, use := range sel.uses {
		for _, in := range e.d.bound.inputs()[use.name] {
			e.input(out, use.path, inputNeed{path: in.path, ids: use.needs(in)})
		}
	}
}

func (e *explainer) input(out *Denial, at *inputPath, in inputNeed) {
	if e.d.readable.HasAll(in.ids) {
		return
	}
	if out.ArgumentPath == nil {
		out.ArgumentPath = join(at, in.path).list()
	}
	out.Restricted = e.missing(out.Restricted, in.ids)
}

func join(path, tail *inputPath) *inputPath {
	if tail == nil {
		return path
	}
	return join(path, tail.up).then(tail.name)
}

// narrowed explains what R12 takes away from a field: object types on which it may not be read, and
// objects of restricted types in its answer.
func (e *explainer) narrowed(sel *selection) {
	d := e.d
	if sel.parent.def.Kind != ast.Object {
		rest := d.readableTypes(sel.possible)
		if e.failed(sel) && len(rest) == 0 {
			e.deny(Denial{Path: sel.keys(), path: sel.number(), Coordinate: sel.coordinate(), Kind: KindField, Restricted: e.unreadableTypes(sel.possible)})
		}
		for _, o := range rest {
			if !d.holdsOn(sel, o) {
				e.deny(e.onObject(sel, o))
			}
		}
	}
	if e.failed(sel) || d.dropped[sel.index] || !d.takesOut(sel) {
		return
	}
	for _, o := range sel.member.named.possible.types {
		if !d.readable.HasAll(o.self) {
			e.deny(Denial{Path: sel.keys(), path: sel.number(), Coordinate: o.def.Name, Kind: KindFragment, Restricted: e.missing(nil, o.self)})
		}
	}
}

func (e *explainer) unreadableTypes(set *objects) []ID {
	var out []ID
	for _, o := range set.types {
		out = e.missing(out, o.self)
	}
	return out
}

func (e *explainer) onObject(sel *selection, o *typ) Denial {
	s, m := e.d.bound.op.schema, o.members[sel.field.Name]
	out := Denial{Path: sel.keys(), path: sel.number(), Coordinate: o.def.Name + "." + sel.field.Name, Kind: KindField, Restricted: e.missing(nil, s.needs(m))}
	byField := !e.d.readable.HasAll(s.needs(m))
	for _, a := range sel.field.Arguments {
		arg := m.args[a.Name]
		if arg == nil || e.d.readable.HasAll(s.argument(arg)) {
			continue
		}
		if !byField {
			out.Kind = KindArgument
		}
		if out.ArgumentPath == nil {
			out.ArgumentPath = []string{a.Name}
		}
		out.Restricted = e.missing(out.Restricted, s.argument(arg))
	}
	return out
}

// missing adds to list those of ids that are not readable, within the budget.
func (e *explainer) missing(list, ids []ID) []ID {
	for _, id := range ids {
		switch {
		case e.d.readable.Has(id):
		case e.budget == 0:
			e.out.Truncated = true
			return list
		default:
			e.budget--
			list = append(list, id)
		}
	}
	return list
}

// deny adds a denial, or merges it with the one of the same path and coordinate.
func (e *explainer) deny(in Denial) {
	key := identity{in.path, in.Coordinate}
	i, ok := e.denials[key]
	switch {
	case !ok && len(e.out.Denied) == maxDenials:
		e.out.Truncated = true
	case !ok:
		e.denials[key] = len(e.out.Denied)
		e.out.Denied = append(e.out.Denied, in)
	default:
		have := &e.out.Denied[i]
		have.Restricted = append(have.Restricted, in.Restricted...)
		if in.Kind == KindField && have.Kind == KindArgument {
			have.Kind = KindField
		}
		if have.ArgumentPath == nil {
			have.ArgumentPath = in.ArgumentPath
		}
	}
}
