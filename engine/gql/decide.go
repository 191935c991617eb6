package gql

import (
	"maps"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Outcome is the short answer for one operation and one subject.
type Outcome string

// The outcomes of a decision, whatever the mode of the data layer.
const (
	Allow   Outcome = "allow"   // nothing is denied
	Partial Outcome = "partial" // something is denied, something is left
	Deny    Outcome = "deny"    // nothing is left, or something is denied in a mutation or subscription
)

// Decision says which selections of a bound operation are allowed. It remembers what it works out as it is printed or
// explained: for use by several goroutines there is For.
type Decision struct {
	bound    *Bound
	readable Set
	outcome  Outcome
	refused  map[refusal]bool    // variables whose values use what is not readable
	denied   []bool              // by selection: it fails itself
	merged   []bool              // by group: some writing of the field fails, so that no writing is sent
	dropped  []bool              // by selection: narrowing left no object that could get here
	only     [][]*typ            // by selection: the object types a field is narrowed to; nil: as written
	rest     map[*objects][]*typ // the readable types of a set
	onto     map[wideKey][]*typ  // those of them on which a field may be read
}

// Decide decides every selection for a subject that may read exactly the coordinates in readable.
func (b Bound) Decide(readable Set) *Decision {
	d := &Decision{bound: &b, readable: readable, outcome: Allow}
	if readable.HasAll(b.op.ids) && readable.HasAll(b.Further()) {
		return d
	}
	n := b.op.count
	d.denied, d.merged, d.dropped = make([]bool, n), make([]bool, b.op.groups), make([]bool, n)
	if b.op.settings.Narrow {
		d.only, d.rest, d.onto = make([][]*typ, n), map[*objects][]*typ{}, map[wideKey][]*typ{}
	}
	d.refused = d.refuses()
	d.outcome = d.judge()
	return d
}

// Outcome returns the short answer.
func (d *Decision) Outcome() Outcome { return d.outcome }

// For returns the decision for another request for the same operation, with its variables. It must be the decision there
// too: of an operation whose variables do not matter, or of one of which everything is allowed. It shares nothing with d
// that changes.
func (d *Decision) For(b *Bound) *Decision {
	c := *d
	c.bound, c.rest, c.onto = b, maps.Clone(d.rest), maps.Clone(d.onto)
	return &c
}

func (d *Decision) judge() Outcome {
	failed := d.set(d.bound.op.root)
	switch {
	case !failed:
		return Allow
	case d.bound.op.Type != string(ast.Query), !d.anyLeft(d.bound.op.root):
		return Deny
	}
	return Partial
}

// anyLeft reports whether some selection of the root set, through fragments, is allowed.
func (d *Decision) anyLeft(set []*selection) bool {
	for _, sel := range set {
		if !d.gone(sel) && (sel.field != nil || d.anyLeft(sel.children)) {
			return true
		}
	}
	return false
}

// gone reports whether nothing of the selection is sent. A field is decided where it is written and
// then merged by response key: one denied writing takes away the others of the same field.
func (d *Decision) gone(sel *selection) bool {
	return d.denied != nil && (d.denied[sel.index] || d.dropped[sel.index] || (sel.field != nil && d.merged[sel.group]))
}

// set decides a selection set and reports whether anything in it is denied.
func (d *Decision) set(set []*selection) bool {
	failed := false
	for _, sel := range set {
		if sel.field != nil {
			failed = d.field(sel) || failed
		} else {
			failed = d.fragment(sel) || failed
		}
	}
	return failed
}

// fragment is R10: a fragment on a restricted object type is denied as a whole; any other is decided
// selection by selection.
func (d *Decision) fragment(sel *selection) bool {
	if sel.cond != nil && sel.cond.def.Kind == ast.Object && !d.readable.HasAll(sel.cond.self) {
		d.denied[sel.index] = true
		return true
	}
	return d.set(sel.children)
}

func (d *Decision) field(sel *selection) bool {
	failed := false
	if !d.asWritten(sel) {
		d.denied[sel.index], d.merged[sel.group] = true, true
		failed = true
	} else if d.only != nil && sel.member != nil {
		failed = d.narrow(sel)
	}
	return d.set(sel.children) || failed
}

// asWritten reports whether everything holds that the field needs on the type it is written on and,
// unless the layer narrows, on every possible object type.
func (d *Decision) asWritten(sel *selection) bool {
	for _, ids := range sel.needs {
		if !d.readable.HasAll(ids) {
			return false
		}
	}
	for _, in := range sel.inputs {
		if !d.holds(in) {
			return false
		}
	}
	for _, use := range sel.uses {
		if d.refused[refusal{use.name, use.data}] {
			return false
		}
	}
	return true
}

// refuses finds the variables whose values use what is not readable.
func (d *Decision) refuses() map[refusal]bool {
	out := map[refusal]bool{}
	for name, inputs := range d.bound.inputs() {
		for _, in := range inputs {
			for _, data := range []bool{false, true} {
				if !d.readable.HasAll(variableUse{data: data}.needs(in)) {
					out[refusal{name, data}] = true
				}
			}
		}
	}
	return out
}

// refusal is a variable, and whether it is used as the data of a mutation.
type refusal struct {
	name string
	data bool
}

func (d *Decision) holds(in inputNeed) bool {
	return (in.wide && d.only != nil) || d.readable.HasAll(in.ids)
}

// narrow is R12 for a field that may be read on the type it is written on. It reports whether
// something about the field is denied.
func (d *Decision) narrow(sel *selection) bool {
	if len(sel.possible.types) == 0 {
		d.dropped[sel.index] = true // no object can get here: its fragments exclude one another
		return false
	}
	failed := d.narrowObjects(sel)
	if !d.denied[sel.index] && !d.dropped[sel.index] && d.takesOut(sel) {
		failed = true
	}
	return failed
}

// narrowObjects finds the object types on which the field may be read.
func (d *Decision) narrowObjects(sel *selection) bool {
	all := sel.possible.types
	if sel.parent.def.Kind == ast.Object {
		return false
	}
	rest := d.readableTypes(sel.possible)
	if len(rest) == 0 {
		if len(d.readableTypes(sel.level)) > 0 {
			d.dropped[sel.index] = true // its fragment became impossible
			return false
		}
		d.denied[sel.index], d.merged[sel.group] = true, true
		return true
	}
	holds := d.holders(sel, rest)
	if len(holds) == 0 { // denied on each of these types: another writing may apply to others
		d.denied[sel.index] = true
		return true
	}
	if len(holds) < len(all) {
		d.only[sel.index] = holds
	}
	return len(holds) < len(rest)
}

// holders returns those of the types on which the field may be read with its arguments.
func (d *Decision) holders(sel *selection, types []*typ) []*typ {
	key := wideKey{set: sel.possible, field: sel.field.Name, argument: argumentNames(sel.field.Arguments)}
	if found, ok := d.onto[key]; ok {
		return found
	}
	out := make([]*typ, 0, len(types))
	for _, o := range types {
		if d.holdsOn(sel, o) {
			out = append(out, o)
		}
	}
	d.onto[key] = out
	return out
}

func argumentNames(list ast.ArgumentList) string {
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = a.Name
	}
	return strings.Join(names, ",")
}

// holdsOn reports whether the field may be read on the object type o, as `o.f`.
func (d *Decision) holdsOn(sel *selection, o *typ) bool {
	m := o.members[sel.field.Name]
	s := d.bound.op.schema
	if !d.readable.HasAll(s.needs(m)) {
		return false
	}
	for _, a := range sel.field.Arguments {
		if arg := m.args[a.Name]; arg != nil && !d.readable.HasAll(s.argument(arg)) {
			return false
		}
	}
	return true
}

// takesOut reports whether objects of restricted types are taken out of the field's answer.
func (d *Decision) takesOut(sel *selection) bool {
	under := sel.member.named
	return under.def.IsAbstractType() && len(d.readableTypes(under.possible)) < len(under.possible.types)
}

func (d *Decision) readableTypes(set *objects) []*typ {
	if found, ok := d.rest[set]; ok {
		return found
	}
	var out []*typ
	for _, o := range set.types {
		if d.readable.HasAll(o.self) {
			out = append(out, o)
		}
	}
	d.rest[set] = out
	return out
}
