package gql

import (
	"fmt"
	"slices"

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
	return d.printAs(&printer{d: d, typed: true})
}

func (d *Decision) print() (Forward, Errors) {
	return d.printAs(&printer{d: d})
}

func (d *Decision) printAs(p *printer) (Forward, Errors) {
	p.out = make([]byte, 0, min(d.bound.op.text, firstPrinted))
	some := p.set(d.bound.op.root)
	if p.over {
		return Forward{}, refuse(CodeLimit, "narrowed to the types that may be read, the document is larger than %d bytes: select from fewer types at once", maxPrinted)
	}
	if !some {
		return Forward{}, nil
	}
	body := p.out
	p.out = nil
	uses := p.head()
	f := Forward{Query: string(p.out) + "{ " + string(body) + "}", uses: uses}
	return f.For(d.bound), nil
}

// firstPrinted is how much of a document there is room for at first, at most.
const firstPrinted = 4 << 10

// printer appends to out.
type printer struct {
	d     *Decision
	out   []byte
	uses  []string // the variables in out, one for each time
	over  bool
	typed bool // ask for types wherever a plan needs them
}

// printed is how much was printed at some point.
type printed struct{ out, uses int }

func (p *printer) printed() printed { return printed{len(p.out), len(p.uses)} }

// piece is a text to be printed more than once, with the variables in it.
type piece struct {
	text string
	uses []string
}

// back takes back what was printed since.
func (p *printer) back(to printed) { p.out, p.uses = p.out[:to.out], p.uses[:to.uses] }

func (p *printer) add(texts ...string) {
	for _, text := range texts {
		p.out = append(p.out, text...)
	}
}

// head prints everything before the selection set, with the variables that are used. It returns their names, sorted.
func (p *printer) head() []string {
	def := p.d.bound.op.def
	p.directives(def.Directives)
	directives := string(p.out)
	p.out = p.out[:0]
	slices.Sort(p.uses)
	uses := slices.Clip(slices.Compact(p.uses))
	if def.Operation == ast.Query && def.Name == "" && len(uses) == 0 && directives == "" {
		return nil
	}
	p.add(string(def.Operation))
	if def.Name != "" {
		p.add(" ", def.Name)
	}
	before := "("
	for _, v := range def.VariableDefinitions {
		if _, used := slices.BinarySearch(uses, v.Variable); used {
			p.add(before)
			p.variable(v)
			before = ", "
		}
	}
	if before != "(" {
		p.add(")")
	}
	p.add(directives, " ")
	return uses
}

func (p *printer) variable(v *ast.VariableDefinition) {
	p.add("$", v.Variable, ": ", v.Type.String())
	if v.DefaultValue != nil {
		p.add(" = ")
		p.value(v.DefaultValue)
	}
	p.directives(v.Directives)
}

func (p *printer) directives(list ast.DirectiveList) {
	for _, d := range list {
		p.add(" @", d.Name)
		p.arguments(d.Arguments)
	}
}

func (p *printer) arguments(list ast.ArgumentList) {
	before := "("
	for _, a := range list {
		p.add(before, a.Name, ": ")
		p.value(a.Value)
		before = ", "
	}
	if len(list) > 0 {
		p.add(")")
	}
}

// value prints a value as the parser library does, and remembers the variables in it.
func (p *printer) value(v *ast.Value) {
	switch v.Kind {
	case ast.Variable:
		p.uses = append(p.uses, v.Raw)
		p.add("$", v.Raw)
	case ast.ListValue:
		p.children(v, "[", "]")
	case ast.ObjectValue:
		p.children(v, "{", "}")
	default:
		p.add(v.String())
	}
}

func (p *printer) children(v *ast.Value, before, after string) {
	p.add(before)
	for i, child := range v.Children {
		if i > 0 {
			p.add(",")
		}
		if v.Kind == ast.ObjectValue {
			p.add(child.Name, ":")
		}
		p.value(child.Value)
	}
	p.add(after)
}

// set prints the selections that are left, each followed by a space, and reports whether there are any.
func (p *printer) set(set []*selection) bool {
	start := len(p.out)
	once := p.once(len(set))
	for i := 0; i < len(set) && !p.over; {
		from, run := p.printed(), i+1
		if only := p.only(set[i]); only == nil {
			p.selection(set[i])
		} else {
			for run < len(set) && slices.Equal(only, p.only(set[run])) {
				run++
			}
			p.narrowed(only, set[i:run])
		}
		once.check(p, from)
		p.over = p.over || len(p.out)-start > maxPrinted
		i = run
	}
	return len(p.out) > start
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

func (p *printer) selection(sel *selection) {
	switch {
	case p.gone(sel):
	case sel.field == nil:
		p.fragment(sel)
	default:
		p.field(sel, sel.field.Alias)
		p.under(sel)
		p.add(" ")
	}
}

// narrowed prints neighbouring fields once for each object type that they are narrowed to (R12).
func (p *printer) narrowed(only []*typ, fields []*selection) {
	start, under := p.printed(), make([]piece, len(fields))
	for i, sel := range fields {
		p.under(sel)
		under[i] = piece{string(p.out[start.out:]), slices.Clone(p.uses[start.uses:])}
		p.back(start)
	}
	for _, o := range only {
		p.add("... on ", o.def.Name, " { ")
		once := p.once(len(fields))
		for i, sel := range fields {
			from := p.printed()
			p.field(sel, narrowedAlias(sel, o))
			p.asWritten(sel, o, under[i])
			p.add(" ")
			once.check(p, from)
		}
		p.add("} ")
		if len(p.out)-start.out > maxPrinted {
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

// asWritten prints a selection set on the type that it was written on, where the field returns a
// narrower one on o: fragments in it need not be possible there.
func (p *printer) asWritten(sel *selection, o *typ, under piece) {
	written, here := sel.member.named, o.members[sel.field.Name].named
	switch {
	case under.text == "":
		return
	case here == written:
		p.add(under.text)
	case len(here.possible.types) == 0: // nothing implements it: no fragment is possible either
		p.add(emptySet)
		return
	default:
		p.add(" { ... on ", written.def.Name, under.text, " }")
	}
	p.uses = append(p.uses, under.uses...)
}

// emptySet stands under an allowed field that has nothing left to select.
const emptySet = " { " + marker + " }"

// marker asks for the type of an object under a reserved key.
const marker = reservedPrefix + ": " + typenameField

// field prints a field without what is selected under it.
func (p *printer) field(sel *selection, alias string) {
	if alias != "" && alias != sel.field.Name {
		p.add(alias, ": ")
	}
	p.add(sel.field.Name)
	p.arguments(sel.field.Arguments)
	p.directives(sel.field.Directives)
}

// under prints the selection set of a field, and nothing for a leaf.
func (p *printer) under(sel *selection) {
	if len(sel.children) == 0 {
		return
	}
	p.add(" { ")
	if p.d.only != nil && p.d.takesOut(sel) || p.typed && p.d.marks(sel) { // to tell which objects are taken out of the answer (R12)
		p.add(marker, " ")
		p.set(sel.children)
	} else if !p.set(sel.children) {
		p.add(marker, " ")
	}
	p.add("}")
}

// fragment prints an inline fragment, or just what is in it where the fragment changes nothing.
func (p *printer) fragment(sel *selection) {
	if len(sel.directives) == 0 && (sel.cond == nil || sel.cond == sel.parent) {
		p.set(sel.children)
		return
	}
	from := p.printed()
	p.add("...")
	if sel.cond != nil {
		p.add(" on ", sel.cond.def.Name)
	}
	p.directives(sel.directives)
	p.add(" { ")
	if !p.set(sel.children) {
		p.back(from)
		return
	}
	p.add("} ")
}
