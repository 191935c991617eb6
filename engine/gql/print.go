package gql

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// maxPrinted bounds what narrowing may make of a document: a field written on an interface with many
// implementers is printed once for each.
const maxPrinted = 1 << 20

// Forward is what would be sent to the upstream (R17).
type Forward struct {
	Query     string         // "" when nothing is left to ask
	Variables map[string]any // those that Query uses, as the request sent them

	uses []string // the names of the variables that Query uses
}

// For returns the same document with the variables of another request for the same operation.
func (f Forward) For(b *Bound) Forward {
	if len(f.uses) == 0 {
		return f
	}
	f.Variables = make(map[string]any, len(f.uses))
	for _, name := range f.uses {
		if v, ok := b.values[name]; ok {
			f.Variables[name] = v
		}
	}
	return f
}

// Bare returns the document without the values of variables.
func (f Forward) Bare() Forward {
	f.Variables = nil
	return f
}

// Forward returns what is left of the operation: canonical text, fragments expanded in place, only
// the variables that are used, each allowed field that lost everything under it with a `__typename`
// under a reserved key. It is empty when the outcome is Deny or only introspection is left, and an
// error when narrowing makes the text larger than 1 MiB.
func (d *Decision) Forward() (Forward, Errors) {
	if d.outcome == Deny {
		return Forward{}, nil
	}
	return d.print()
}

// Original returns the whole operation in the form of Forward, whatever is denied.
func (d *Decision) Original() Forward {
	out, _ := d.Undecided().print() // only narrowing can fail
	return out
}

// ForwardTyped is Forward for whoever completes the answer by a [Plan]: the document asks for the type
// of an object, under a reserved key, wherever the plan needs it.
func (d *Decision) ForwardTyped() (Forward, Errors) {
	if d.outcome == Deny {
		return Forward{}, nil
	}
	return d.printAs(&printer{d: d, variables: map[string]bool{}, typed: true})
}

func (d *Decision) print() (Forward, Errors) {
	return d.printAs(&printer{d: d, variables: map[string]bool{}})
}

func (d *Decision) printAs(p *printer) (Forward, Errors) {
	body := p.set(d.bound.op.root)
	if p.over {
		return Forward{}, refuse(CodeLimit, "narrowed to the types that may be read, the document is larger than %d bytes: select from fewer types at once", maxPrinted)
	}
	if body == "" {
		return Forward{}, nil
	}
	query := p.head() + "{ " + body + "}"
	f := Forward{Query: query, uses: slices.Sorted(maps.Keys(p.variables))}
	return f.For(d.bound), nil
}

type printer struct {
	d         *Decision
	variables map[string]bool
	over      bool
	typed     bool // ask for types wherever a plan needs them
}

// head prints everything before the selection set, with the variables that the set uses.
func (p *printer) head() string {
	def := p.d.bound.op.def
	var directives strings.Builder
	p.directives(&directives, def.Directives)
	var variables []string
	for _, v := range def.VariableDefinitions {
		if p.variables[v.Variable] {
			variables = append(variables, p.variable(v))
		}
	}
	if def.Operation == ast.Query && def.Name == "" && variables == nil && directives.Len() == 0 {
		return ""
	}
	out := string(def.Operation)
	if def.Name != "" {
		out += " " + def.Name
	}
	if variables != nil {
		out += "(" + strings.Join(variables, ", ") + ")"
	}
	return out + directives.String() + " "
}

func (p *printer) variable(v *ast.VariableDefinition) string {
	out := "$" + v.Variable + ": " + v.Type.String()
	if v.DefaultValue != nil {
		out += " = " + v.DefaultValue.String()
	}
	var b strings.Builder
	p.directives(&b, v.Directives)
	return out + b.String()
}

func (p *printer) directives(b *strings.Builder, list ast.DirectiveList) {
	for _, d := range list {
		b.WriteString(" @" + d.Name)
		p.arguments(b, d.Arguments)
	}
}

func (p *printer) arguments(b *strings.Builder, list ast.ArgumentList) {
	if len(list) == 0 {
		return
	}
	b.WriteByte('(')
	for i, a := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(a.Name + ": " + a.Value.String())
		p.note(a.Value)
	}
	b.WriteByte(')')
}

// note remembers the variables in a printed value.
func (p *printer) note(v *ast.Value) {
	if v.Kind == ast.Variable {
		p.variables[v.Raw] = true
	}
	for _, child := range v.Children {
		p.note(child.Value)
	}
}

// set prints the selections that are left, each followed by a space; "" when none is.
func (p *printer) set(set []*selection) string {
	var b strings.Builder
	once := p.once(len(set))
	for i := 0; i < len(set) && !p.over; {
		only := p.only(set[i])
		if only == nil {
			once.write(&b, func(b *strings.Builder) { p.selection(b, set[i]) })
			i++
			continue
		}
		run := i + 1
		for run < len(set) && slices.Equal(only, p.only(set[run])) {
			run++
		}
		once.write(&b, func(b *strings.Builder) { p.narrowed(b, only, set[i:run]) })
		i = run
	}
	if b.Len() > maxPrinted {
		p.over = true
	}
	return b.String()
}

func (p *printer) gone(sel *selection) bool {
	return sel.isIntrospection() || p.d.gone(sel)
}

func (p *printer) only(sel *selection) []*typ {
	if p.d.only == nil || p.gone(sel) {
		return nil
	}
	return p.d.only[sel.index]
}

func (p *printer) selection(b *strings.Builder, sel *selection) {
	switch {
	case p.gone(sel):
	case sel.field != nil:
		p.field(b, sel, sel.field.Alias, p.under(sel))
	default:
		p.fragment(b, sel)
	}
}

// narrowed prints neighbouring fields once for each object type that they are narrowed to (R12).
func (p *printer) narrowed(b *strings.Builder, only []*typ, fields []*selection) {
	under := make([]string, len(fields))
	for i, sel := range fields {
		under[i] = p.under(sel)
	}
	for _, o := range only {
		b.WriteString("... on " + o.def.Name + " { ")
		once := p.once(len(fields))
		for i, sel := range fields {
			once.write(b, func(b *strings.Builder) { p.field(b, sel, narrowedAlias(sel, o), asWritten(sel, o, under[i])) })
		}
		b.WriteString("} ")
		if b.Len() > maxPrinted {
			p.over = true
			return
		}
	}
}

// narrowedAlias gives the field a reserved response key where its type on o is another one than
// where it is written: side by side they would not merge.
func narrowedAlias(sel *selection, o *typ) string {
	if o.members[sel.field.Name].typ.String() == sel.member.typ.String() {
		return sel.field.Alias
	}
	return fmt.Sprintf("%s_%d_%s_%s", reservedPrefix, len(o.def.Name), o.def.Name, sel.key)
}

// asWritten keeps a selection set on the type that it was written on, where the field returns a
// narrower one on o: fragments in it need not be possible there.
func asWritten(sel *selection, o *typ, under string) string {
	written, here := sel.member.named, o.members[sel.field.Name].named
	switch {
	case under == "" || here == written:
		return under
	case len(here.possible.types) == 0: // nothing implements it: no fragment is possible either
		return emptySet
	}
	return " { ... on " + written.def.Name + under + " }"
}

// emptySet stands under an allowed field that has nothing left to select.
const emptySet = " { " + marker + " }"

// marker asks for the type of an object under a reserved key.
const marker = reservedPrefix + ": " + typenameField

func (p *printer) field(b *strings.Builder, sel *selection, alias, under string) {
	if alias != "" && alias != sel.field.Name {
		b.WriteString(alias + ": ")
	}
	b.WriteString(sel.field.Name)
	p.arguments(b, sel.field.Arguments)
	p.directives(b, sel.field.Directives)
	b.WriteString(under + " ")
}

// under prints the selection set of a field, or "" for a leaf.
func (p *printer) under(sel *selection) string {
	if len(sel.children) == 0 {
		return ""
	}
	body := p.set(sel.children)
	switch {
	case body == "":
		return emptySet
	case p.d.only != nil && p.d.takesOut(sel), p.typed && p.d.marks(sel): // to tell which objects are taken out of the answer (R12)
		return " { " + marker + " " + body + "}"
	}
	return " { " + body + "}"
}

// fragment prints an inline fragment, or just what is in it where the fragment changes nothing.
func (p *printer) fragment(b *strings.Builder, sel *selection) {
	body := p.set(sel.children)
	if body == "" {
		return
	}
	if len(sel.directives) == 0 && (sel.cond == nil || sel.cond == sel.parent) {
		b.WriteString(body)
		return
	}
	b.WriteString("...")
	if sel.cond != nil {
		b.WriteString(" on " + sel.cond.def.Name)
	}
	p.directives(b, sel.directives)
	b.WriteString(" { " + body + "} ")
}
