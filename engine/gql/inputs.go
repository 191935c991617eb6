package gql

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// inputPath is the way to an input: the argument's name, then the input fields' names, innermost
// first, so that a value nested ten thousand deep costs ten thousand links and not their square.
type inputPath struct {
	up   *inputPath
	name string
}

func (p *inputPath) then(name string) *inputPath { return &inputPath{up: p, name: name} }

// list returns the names from the outside in.
func (p *inputPath) list() []string {
	var out []string
	for ; p != nil; p = p.up {
		out = append(out, p.name)
	}
	slices.Reverse(out)
	return out
}

// inputNeed is what one argument, input field or enum value needs to be used (R14).
type inputNeed struct {
	path  *inputPath
	ids   []ID
	plain []ID // of a variable's value: without guards, where it is the data of a mutation
	wide  bool // for the possible object types' own arguments: not asked when the layer narrows
}

// variableUse is a variable that stands where its value can use restricted coordinates.
type variableUse struct {
	name string
	path *inputPath
	data bool // of a mutation
}

// needs returns what an input of the variable's value needs where the variable is used.
func (u variableUse) needs(in inputNeed) []ID {
	if u.data {
		return in.plain
	}
	return in.ids
}

// arguments compiles the arguments of a field: each needs its coordinate and its type, on the type
// it is written on, on that type's interfaces and on every possible object type.
func (c *compiler) arguments(sel *selection) {
	for _, a := range sel.field.Arguments {
		arg := sel.member.args[a.Name]
		path := (*inputPath)(nil).then(a.Name)
		data := sel.parent == c.schema.mutation && !filters(a.Name)
		sel.inputs = append(sel.inputs, inputNeed{path: path, ids: c.need(c.schema.using(arg, data))})
		if wide := c.wideArgument(sel, a.Name); len(wide) > 0 {
			sel.inputs = append(sel.inputs, inputNeed{path: path, ids: c.need(wide), wide: true})
		}
		v := c.literal(a.Value, arg.def.Type, path, data)
		sel.inputs, sel.uses = append(sel.inputs, v.inputs...), append(sel.uses, v.uses...)
	}
}

// using returns what an argument needs; guards do not hold for the data of a mutation, since writing a
// field is not reading it.
func (s *Schema) using(a *argument, data bool) []ID {
	if data {
		return a.plain
	}
	return s.argument(a)
}

func (c *compiler) wideArgument(sel *selection, name string) []ID {
	if sel.parent.def.Kind == ast.Object {
		return nil
	}
	field := sel.field.Name
	return c.remember(wideKey{sel.possible, field, name}, func() []ID {
		var ids []ID
		for _, o := range sel.possible.types {
			if m := o.members[field]; m != nil && m.args[name] != nil {
				ids = append(ids, c.schema.argument(m.args[name])...)
			}
		}
		return compact(ids)
	})
}

// directiveNeeds adds what the argument values of a let-through directive need. The directive's
// arguments have no coordinate that a scope could name.
func (c *compiler) directiveNeeds(d *ast.Directive, at *place) {
	for _, a := range d.Arguments {
		def := d.Definition.Arguments.ForName(a.Name)
		path := (*inputPath)(nil).then("@" + d.Name).then(a.Name)
		if t := c.schema.types[def.Type.Name()]; t != nil {
			at.inherit = append(at.inherit, inputNeed{path: path, ids: c.need([]ID{t.id})})
		}
		v := c.literal(a.Value, def.Type, path, false)
		at.inherit, at.uses = append(at.inherit, v.inputs...), append(at.uses, v.uses...)
	}
}

// literalWalk finds what a literal value uses, and the variables in it. Validation has checked that
// the value fits its type.
type literalWalk struct {
	schema   *Schema
	need     func(path *inputPath, ids, plain []ID)
	variable func(name string, path *inputPath)
}

func (w literalWalk) value(v *ast.Value, t *ast.Type, path *inputPath) {
	named := w.schema.types[t.Name()]
	switch {
	case v.Kind == ast.Variable:
		w.variable(v.Raw, path)
	case v.Kind == ast.ListValue:
		for _, child := range v.Children {
			w.value(child.Value, element(t), path)
		}
	case v.Kind == ast.ObjectValue && named.def.Kind == ast.InputObject:
		for _, child := range v.Children {
			m := named.members[child.Name]
			at := path.then(child.Name)
			w.need(at, w.schema.needs(m), m.plain)
			w.value(child.Value, m.typ, at)
		}
	case v.Kind == ast.EnumValue && named.def.Kind == ast.Enum:
		w.need(path, w.schema.value(named, v.Raw), []ID{named.values[v.Raw]})
	}
}

// literal is what one written value uses.
type literal struct {
	inputs []inputNeed
	uses   []variableUse
}

// literalKey is a written value, and whether it is the data of a mutation.
type literalKey struct {
	value *ast.Value
	data  bool
}

// literal finds what a value uses, once for each place in the document: a fragment that is spread a
// hundred times is looked at once.
func (c *compiler) literal(v *ast.Value, t *ast.Type, path *inputPath, data bool) literal {
	if !c.uses(v) {
		return literal{}
	}
	key := literalKey{v, data}
	if found, ok := c.literals[key]; ok {
		return found
	}
	var out literal
	var seen needsSeen
	literalWalk{
		schema: c.schema,
		need: func(path *inputPath, ids, plain []ID) {
			if data {
				ids = plain
			}
			if seen.add(ids) {
				out.inputs = append(out.inputs, inputNeed{path: path, ids: c.need(ids)})
			}
		},
		variable: func(name string, path *inputPath) {
			if c.schema.asksOf(c.op.variables[name]) && !slices.ContainsFunc(out.uses, func(u variableUse) bool { return u.name == name }) {
				out.uses = append(out.uses, variableUse{name: name, path: path, data: data})
				c.op.matters = true
			}
		},
	}.value(v, t, path)
	if c.literals == nil {
		c.literals = map[literalKey]literal{}
	}
	c.literals[key] = out
	return out
}

// asksOf reports whether the value of a variable can use coordinates: only input fields and enum
// values are some, other values say nothing.
func (s *Schema) asksOf(v *ast.VariableDefinition) bool {
	switch s.types[v.Type.Name()].def.Kind {
	case ast.InputObject, ast.Enum:
		return true
	}
	return false
}

// needsSeen are coordinates that are needed already. A value that holds one input field a hundred
// thousand times needs it once; the first place counts.
type needsSeen map[ID]struct{}

// add reports whether one of ids is new.
func (s *needsSeen) add(ids []ID) bool {
	if *s == nil {
		*s = needsSeen{}
	}
	before := len(*s)
	for _, id := range ids {
		(*s)[id] = struct{}{}
	}
	return len(*s) > before
}

// element is the type of a list's elements; a value that stands for a list of one is its own
// element (list coercion).
func element(t *ast.Type) *ast.Type {
	if t.Elem != nil {
		return t.Elem
	}
	return t
}

// Bound is an operation with the variables of one request.
type Bound struct {
	op     *Operation
	values map[string]any
	used   *used // nil when no variable matters
}

// used is what the values of variables need.
type used struct {
	inputs  map[string][]inputNeed // by the name of each variable that matters
	further []ID                   // not needed by the operation itself
}

// Bind looks up the variables whose values can use coordinates, as the specification coerces them:
// the value sent, else the default. The errors are those of values whose shape does not fit their
// type; they name the variable and the path that the client wrote, nothing else.
func (op *Operation) Bind(variables map[string]any) (Bound, Errors) {
	if !op.matters {
		return Bound{op: op, values: variables}, nil
	}
	used, errs := op.uses(variables)
	if errs != nil {
		return Bound{op: op}, errs
	}
	return Bound{op: op, values: variables, used: used}, nil
}

func (op *Operation) uses(variables map[string]any) (*used, Errors) {
	u := &used{inputs: map[string][]inputNeed{}}
	seen := map[ID]struct{}{}
	var errs Errors
	for _, name := range op.asked {
		needs, err := op.schema.valueNeeds(op.variables[name], variables, op.settings.Limits)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		u.inputs[name] = needs
		for _, n := range needs {
			u.add(op, seen, n.ids)
		}
	}
	return u, errs
}

// add notes the coordinates that the operation does not need by itself.
func (u *used) add(op *Operation, seen map[ID]struct{}, ids []ID) {
	for _, id := range ids {
		if _, ok := seen[id]; ok {
			continue
		}
		seen[id] = struct{}{}
		if _, ok := slices.BinarySearch(op.ids, id); !ok {
			u.further = append(u.further, id)
		}
	}
}

// Needs returns every coordinate that some selection needs, given the variables, each once.
func (b *Bound) Needs() []ID {
	further := b.Further()
	if len(further) == 0 {
		return b.op.ids
	}
	return slices.Concat(b.op.ids, further)
}

// Further returns those of Needs that the operation does not need whatever its variables.
func (b *Bound) Further() []ID {
	if b.used == nil {
		return nil
	}
	return b.used.further
}

// Operation returns the operation.
func (b *Bound) Operation() *Operation { return b.op }

// inputs returns what the value of each variable that matters needs.
func (b *Bound) inputs() map[string][]inputNeed {
	if b.used == nil {
		return nil
	}
	return b.used.inputs
}

func (s *Schema) valueNeeds(def *ast.VariableDefinition, variables map[string]any, limits Limits) ([]inputNeed, *Error) {
	w := valueWalk{schema: s, variable: def.Variable, depth: limits.Depth, limit: limits.Depth}
	value, sent := variables[def.Variable]
	switch {
	case sent:
		w.value(value, def.Type, nil)
	case def.DefaultValue != nil:
		literalWalk{schema: s, need: w.add}.value(def.DefaultValue, def.Type, nil)
	}
	if w.err != nil {
		return nil, w.err
	}
	return w.needs, nil
}

// valueWalk finds what a variable's value uses.
type valueWalk struct {
	schema   *Schema
	view     *View // what is not in it does not exist; nil: the whole schema
	variable string
	depth    int // objects that may still be opened
	limit    int
	needs    []inputNeed
	seen     needsSeen
	err      *Error
}

func (w *valueWalk) add(path *inputPath, ids, plain []ID) {
	if w.seen.add(ids) {
		w.needs = append(w.needs, inputNeed{path: path, ids: ids, plain: plain})
	}
}

func (w *valueWalk) fail(path *inputPath, what string) {
	if w.err != nil {
		return
	}
	at := strings.Join(append([]string{"$" + w.variable}, path.list()...), ".")
	w.err = refuse(CodeVariables, "the value of %s %s", clip(at), what)[0]
}

func (w *valueWalk) hidden(id ID) bool { return w.view != nil && !w.view.holds.Has(id) }

func (w *valueWalk) value(v any, t *ast.Type, path *inputPath) {
	if v == nil || w.err != nil {
		return
	}
	if list, ok := v.([]any); ok {
		w.list(list, t, path)
		return
	}
	named := w.schema.types[t.Name()]
	switch named.def.Kind {
	case ast.InputObject:
		w.object(v, named, path)
	case ast.Enum:
		w.enum(v, named, path)
	}
}

func (w *valueWalk) list(list []any, t *ast.Type, path *inputPath) {
	if t.Elem == nil {
		kind := w.schema.types[t.Name()].def.Kind
		if kind == ast.InputObject || kind == ast.Enum {
			w.fail(path, "is a list where one value is expected")
		}
		return
	}
	for _, v := range list {
		w.value(v, t.Elem, path)
	}
}

func (w *valueWalk) object(v any, named *typ, path *inputPath) {
	object, ok := v.(map[string]any)
	if !ok {
		w.fail(path, "is not an object")
		return
	}
	if w.depth == 0 {
		w.err = overLimit("depth", w.limit, inputTooDeep)[0]
		return
	}
	w.depth--
	defer func() { w.depth++ }()
	for _, name := range slices.Sorted(maps.Keys(object)) {
		at := path.then(name)
		m := named.members[name]
		if m == nil || w.hidden(m.id) {
			w.fail(at, "is not a field of its type")
			return
		}
		w.add(at, w.schema.needs(m), m.plain)
		w.value(object[name], m.typ, at)
	}
}

func (w *valueWalk) enum(v any, named *typ, path *inputPath) {
	text, ok := v.(string)
	if !ok {
		w.fail(path, "is not the name of an enum value")
		return
	}
	id, ok := named.values[text]
	if !ok || w.hidden(id) {
		w.fail(path, "is not a value of its enum")
		return
	}
	w.add(path, w.schema.value(named, text), []ID{id})
}
