package gql

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
)

// Plan says how the upstream's answer to what is left of an operation becomes the answer to the whole
// operation (R15). It evaluates `@skip` and `@include` with the variables of the request. It is built
// as answers are read, type by type as they turn up. It is safe for concurrent use.
type Plan struct {
	// Root is the selection set of the operation; nil when the answer's data is the client's as it is.
	Root *Level

	d      *Decision       // without the values of the request's variables
	truths map[string]bool // of the variables that @skip and @include ask
	answer Answer

	mu     sync.Mutex // for what follows
	levels map[string]*Level
	shapes map[*ast.Type]*Shape
	size   int // entries of objects, and objects
}

// Answer returns the JSON of a response key of the root that Fieldgate answers itself, of `__schema` or
// `__type`; nil when it has none.
type Answer func(key string) []byte

// Shape is the list and non-null part of a field's type.
type Shape struct {
	NonNull bool
	Elem    *Shape // of a list; nil otherwise
}

// Level is the merged selection set of one response key, for objects of type under.
type Level struct {
	plan    *Plan
	under   *typ
	lists   [][]*selection
	objects atomic.Pointer[map[string]*Object] // replaced when one is added
	sole    atomic.Pointer[Object]
}

// Object is what is selected on the objects of one type.
type Object struct {
	Name     string
	TakenOut bool     // objects of this type are taken out of the answer (R12)
	Null     bool     // a denied field of a non-null type makes every such object null
	Entries  []Entry  // in the order of the client's document, each response key once
	Names    []string // by slot: the response keys that the upstream uses; slot 0 is the reserved one
	Owner    []int    // by slot: the entry that it belongs to; -1 when nothing of it is answered

	slots map[string]int
}

// Entry is one response key of an object.
type Entry struct {
	Label  []byte // the key as JSON, quoted, with its colon
	Value  []byte // JSON known beforehand: denied, or answered by Fieldgate; nil when the upstream answers
	Slots  []int  // where the upstream's answer stands; more than one when narrowing split the field
	Shape  *Shape
	Level  *Level // of an object whose parts are known
	Object bool   // an object that is copied as it is
	Any    bool   // of a custom scalar: any JSON value
}

// Slot returns the slot of an upstream's response key, or -1 when nothing of that name was asked.
func (o *Object) Slot(key []byte) int {
	if n, ok := o.slots[string(key)]; ok {
		return n
	}
	return -1
}

// Plan returns how the answer to what the decision lets through is completed. The answers are those of
// `__schema` and `__type`.
func (d *Decision) Plan(answer Answer) *Plan {
	op := d.bound.op
	kept := *d
	kept.bound = &Bound{op: op, used: d.bound.used}
	kept.rest, kept.onto = maps.Clone(d.rest), maps.Clone(d.onto) // they grow with the plan
	p := &Plan{d: &kept, truths: d.bound.truths(), levels: map[string]*Level{}, shapes: map[*ast.Type]*Shape{}, answer: answer}
	if d.denied == nil && !introspects(op.root) {
		return p
	}
	p.Root = p.level(op.schema.root(ast.Operation(op.Type)), [][]*selection{op.root})
	return p
}

func (p *Plan) level(under *typ, lists [][]*selection) *Level {
	l := &Level{plan: p, under: under, lists: lists}
	l.objects.Store(&map[string]*Object{})
	return l
}

// Size is a measure of the memory that the plan has come to use.
func (p *Plan) Size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.size
}

// truths evaluates the variables that @skip and @include ask, as the upstream does.
func (b *Bound) truths() map[string]bool {
	out := make(map[string]bool, len(b.op.conditions))
	for _, name := range b.op.conditions {
		value, sent := b.values[name]
		def := b.op.variables[name]
		out[name] = sent && value == true || !sent && def != nil && def.DefaultValue != nil && def.DefaultValue.Raw == "true"
	}
	return out
}

// Truths returns what the variables that `@skip` and `@include` ask come to, as a text that is the same for two requests
// for one operation only when they are alike in this; "" when none is asked.
func (b *Bound) Truths() string {
	if len(b.op.conditions) == 0 {
		return ""
	}
	truths := b.truths()
	out := make([]byte, len(b.op.conditions))
	for i, name := range b.op.conditions {
		out[i] = '0'
		if truths[name] {
			out[i] = '1'
		}
	}
	return string(out)
}

// Undecided returns the decision that lets the whole operation through, whatever is denied.
func (d *Decision) Undecided() *Decision { return &Decision{bound: d.bound, outcome: Allow} }

// Undecided returns the decision that lets the whole operation through, for any variables.
func (op *Operation) Undecided() *Decision {
	return &Decision{bound: &Bound{op: op}, outcome: Allow}
}

// Size is a measure of the memory of a decision, in bytes.
func (d *Decision) Size() int {
	return 2*len(d.denied) + len(d.merged) + 24*len(d.only) + 8*len(d.readable.words)
}

// OperationSize is the size of the operation that was decided, which a decision keeps.
func (d *Decision) OperationSize() int { return d.bound.op.Size() }

// Sole returns the only object type that the set can be of, or nil when there are several.
func (s *Level) Sole() *Object {
	if len(s.under.possible.types) != 1 {
		return nil
	}
	o := s.sole.Load()
	if o == nil {
		o = s.Object([]byte(s.under.possible.types[0].def.Name))
		s.sole.Store(o)
	}
	return o
}

// Object returns what is selected on objects of the type called name, or nil when the set cannot be
// of that type.
func (s *Level) Object(name []byte) *Object {
	if o, ok := (*s.objects.Load())[string(name)]; ok {
		return o
	}
	t := s.plan.d.bound.op.schema.types[string(name)]
	if t == nil || t.def.Kind != ast.Object || !s.under.possible.has(t) {
		return nil
	}
	return s.add(t)
}

// add plans the objects of one more type.
func (s *Level) add(t *typ) *Object {
	s.plan.mu.Lock()
	defer s.plan.mu.Unlock()
	known := *s.objects.Load()
	if o, ok := known[t.def.Name]; ok {
		return o
	}
	o := s.plan.object(s, t)
	s.plan.size += 1 + len(o.Entries)
	more := maps.Clone(known)
	more[t.def.Name] = o
	s.objects.Store(&more)
	return o
}

// maxFind is how many object types Find looks at.
const maxFind = 256

// Find returns what stands under an upstream's response key on some type of the level, or nil when
// nothing that is answered does, or when there are too many types to tell.
func (s *Level) Find(key string) *Entry {
	if len(s.under.possible.types) > maxFind {
		return nil
	}
	for _, t := range s.under.possible.types {
		o := s.Object([]byte(t.def.Name))
		if slot := o.Slot([]byte(key)); slot >= 0 && o.Owner[slot] >= 0 {
			return &o.Entries[o.Owner[slot]]
		}
	}
	return nil
}

// Denials returns the path of each denial (R15), in the order of the document: one for each path and
// coordinate, without what `@skip` and `@include` exclude.
func (p *Plan) Denials() [][]string {
	if p.d.denied == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e := &explainer{d: p.d, fields: map[identity]int{}, denials: map[identity]int{}, included: p.included, alone: map[int]bool{}}
	p.alone(e.alone, p.d.bound.op.root)
	e.set(p.d.bound.op.root, true)
	out := make([][]string, len(e.out.Denied))
	for i, x := range e.out.Denied {
		out[i] = x.Path
	}
	return out
}

// alone finds the fields of which no included writing fails itself.
func (p *Plan) alone(groups map[int]bool, set []*selection) {
	for _, sel := range set {
		switch {
		case !p.included(sel):
			continue
		case sel.field == nil:
			if p.d.denied[sel.index] {
				continue
			}
		case p.d.denied[sel.index]:
			groups[sel.group] = false
		default:
			if _, ok := groups[sel.group]; !ok {
				groups[sel.group] = true
			}
		}
		p.alone(groups, sel.children)
	}
}

// marks reports whether the types of the objects of a field must be known to complete the answer:
// they are of several types and something beneath was taken away.
func (d *Decision) marks(sel *selection) bool {
	return d.denied != nil && sel.member != nil && sel.member.named.def.IsAbstractType() &&
		(d.only != nil && d.takesOut(sel) || slices.ContainsFunc(sel.children, d.touched))
}

// touched reports whether the answer to a selection, or to something beneath it, is not the upstream's.
func (d *Decision) touched(sel *selection) bool {
	return d.gone(sel) || d.only != nil && (d.only[sel.index] != nil || sel.member != nil && d.takesOut(sel)) ||
		slices.ContainsFunc(sel.children, d.touched)
}

// included evaluates `@skip` and `@include` as the upstream does.
func (p *Plan) included(sel *selection) bool {
	list := sel.directives
	if sel.field != nil {
		list = sel.field.Directives
	}
	for _, d := range list {
		if (d.Name == skipName && p.isTrue(d)) || (d.Name == includeName && !p.isTrue(d)) {
			return false
		}
	}
	return true
}

func (p *Plan) isTrue(d *ast.Directive) bool {
	a := d.Arguments.ForName("if")
	if a == nil {
		return false
	}
	if a.Value.Kind != ast.Variable {
		return a.Value.Raw == "true"
	}
	return p.truths[a.Value.Raw]
}
