package gql

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// View is the part of a schema that a subject may read (R13). It is immutable.
type View struct {
	doc   *ast.Schema // nil when nothing is readable
	rules []core.Rule
	hints []core.Rule
}

// View derives the view of a subject that may read exactly the coordinates in readable, on a layer
// with these settings. It holds nothing unreadable and no dangling, unreachable or empty type, and
// it is sound: an operation that is valid in it has no denied selection.
func (s *Schema) View(readable Set, settings Settings) *View {
	v := &viewer{schema: s, readable: readable, narrow: settings.Narrow, gone: map[string]bool{}, fields: map[*member]bool{}, args: map[*argument]bool{}}
	v.start()
	for v.shrink() {
	}
	doc := v.build(settings)
	return &View{doc: doc, rules: s.rules, hints: s.hints}
}

// SDL returns the view as SDL, or "" when nothing is readable. The same view gives the same text.
func (v *View) SDL() string {
	if v.doc == nil {
		return ""
	}
	return printSDL(v.doc)
}

// Validate says what is wrong with a document, in words of the view only (R18): what the view does
// not hold does not exist. It returns nothing when the document is valid in the view.
func (v *View) Validate(text, operationName string, settings Settings) Errors {
	doc, errs := parse(text, settings.Limits.withDefaults())
	if errs != nil {
		return errs
	}
	if _, errs := pick(doc, operationName); errs != nil {
		return errs
	}
	if v.doc == nil {
		return refuse(CodeInvalid, "the token may read nothing of this schema")
	}
	errs = validate(v.doc, doc, v.rules)
	if len(errs) == 0 || len(errs) > maxHinted || len(text) > maxHintedText {
		return errs
	}
	if doc, again := parse(text, settings.Limits.withDefaults()); again == nil {
		return validate(v.doc, doc, v.hints)
	}
	return errs
}

// A "did you mean" compares a wrong name with every name of the schema: it is computed for a few
// errors in a document of common size.
const (
	maxHinted     = 5
	maxHintedText = 16 << 10
)

// viewer finds the greatest part of a schema that meets the view's conditions: it starts with all
// that is readable and takes away until nothing has to go any more.
type viewer struct {
	schema   *Schema
	readable Set
	narrow   bool
	gone     map[string]bool // types that are not in the view
	fields   map[*member]bool
	args     map[*argument]bool
	values   map[string][]*ast.EnumValueDefinition
}

func (v *viewer) start() {
	v.values = map[string][]*ast.EnumValueDefinition{}
	for _, t := range v.schema.sorted {
		if !v.readable.HasAll(t.self) {
			v.gone[t.def.Name] = true
			continue
		}
		for _, value := range t.def.EnumValues {
			if v.readable.Has(t.values[value.Name]) {
				v.values[t.def.Name] = append(v.values[t.def.Name], value)
			}
		}
		for _, m := range t.members {
			v.fields[m] = v.fieldReadable(t, m)
			for _, a := range m.args {
				v.args[a] = v.argumentReadable(t, m, a)
			}
		}
	}
}

// fieldReadable: the field may be selected wherever the view lets its type stand, so for an
// interface on every object type that can be behind it (R11, R12).
func (v *viewer) fieldReadable(t *typ, m *member) bool {
	if !v.readable.HasAll(m.needs) {
		return false
	}
	return t.def.Kind != ast.Interface || v.everyObject(t, func(o *typ) bool {
		same := o.members[m.name]
		return same != nil && v.readable.HasAll(same.needs)
	})
}

func (v *viewer) argumentReadable(t *typ, m *member, a *argument) bool {
	if !v.readable.HasAll(a.needs) {
		return false
	}
	return t.def.Kind != ast.Interface || v.everyObject(t, func(o *typ) bool {
		same := o.members[m.name]
		return same != nil && same.args[a.def.Name] != nil && v.readable.HasAll(same.args[a.def.Name].needs)
	})
}

// everyObject reports whether ok holds for every object type that t can be; when the layer narrows,
// for those that are readable.
func (v *viewer) everyObject(t *typ, ok func(*typ) bool) bool {
	for _, o := range t.possible.types {
		if v.narrow && !v.readable.HasAll(o.self) {
			continue
		}
		if !ok(o) {
			return false
		}
	}
	return true
}

// shrink takes away what cannot stay and reports whether it did.
func (v *viewer) shrink() bool {
	changed := false
	for _, t := range v.schema.sorted {
		if v.gone[t.def.Name] {
			continue
		}
		for _, m := range t.members {
			changed = v.shrinkMember(t, m) || changed
		}
		if v.empty(t) {
			v.gone[t.def.Name] = true
			changed = true
		}
	}
	return changed
}

func (v *viewer) shrinkMember(t *typ, m *member) bool {
	changed := false
	for _, a := range m.args {
		if v.args[a] && (v.gone[a.def.Type.Name()] || v.lostDefault(a.def.Type, a.def.DefaultValue) || !v.argumentEverywhere(t, m, a)) {
			v.args[a] = false
			changed = true
		}
	}
	if v.fields[m] && !v.canStay(t, m) {
		v.fields[m] = false
		changed = true
	}
	return changed
}

// canStay: a field needs its type, the arguments that it cannot do without, and, on an interface,
// the same field on everything that implements it.
func (v *viewer) canStay(t *typ, m *member) bool {
	if v.gone[m.named.def.Name] || (t.def.Kind == ast.InputObject && v.lostDefault(m.typ, t.def.Fields.ForName(m.name).DefaultValue)) {
		return false
	}
	for _, a := range m.args {
		if required(a.def.Type, a.def.DefaultValue) && !v.args[a] {
			return false
		}
	}
	if t.def.Kind != ast.Interface {
		return true
	}
	return v.everyImplementer(t, func(o *typ) bool {
		same := o.members[m.name]
		return same != nil && v.fields[same]
	})
}

// argumentEverywhere: an interface's argument must stand on everything that implements the field.
func (v *viewer) argumentEverywhere(t *typ, m *member, a *argument) bool {
	if t.def.Kind != ast.Interface {
		return true
	}
	return v.everyImplementer(t, func(o *typ) bool {
		same := o.members[m.name]
		return same == nil || !v.fields[same] || (same.args[a.def.Name] != nil && v.args[same.args[a.def.Name]])
	})
}

func (v *viewer) everyImplementer(t *typ, ok func(*typ) bool) bool {
	for _, other := range t.impl {
		if !v.gone[other.def.Name] && !ok(other) {
			return false
		}
	}
	return true
}

// lostDefault reports whether an input that may be left out only because of its default would have
// to be given, since the default names what is not in the view. Such an input is taken away.
func (v *viewer) lostDefault(t *ast.Type, def *ast.Value) bool {
	return t.NonNull && def != nil && !v.holdsValue(def, t)
}

func required(t *ast.Type, def *ast.Value) bool { return t.NonNull && def == nil }

// empty reports whether nothing of the type is left, or, for an input type, something that it
// cannot do without is gone.
func (v *viewer) empty(t *typ) bool {
	switch t.def.Kind {
	case ast.Scalar:
		return false
	case ast.Enum:
		return len(v.values[t.def.Name]) == 0
	case ast.Union:
		return len(v.objectsLeft(t)) == 0
	case ast.Interface:
		return v.noField(t) || (len(t.possible.types) > 0 && len(v.objectsLeft(t)) == 0)
	case ast.InputObject:
		for _, f := range t.def.Fields {
			if required(f.Type, f.DefaultValue) && !v.fields[t.members[f.Name]] {
				return true
			}
		}
	}
	return v.noField(t)
}

func (v *viewer) noField(t *typ) bool {
	for _, m := range t.members {
		if v.fields[m] {
			return false
		}
	}
	return true
}

func (v *viewer) objectsLeft(t *typ) []*typ {
	var out []*typ
	for _, o := range t.possible.types {
		if !v.gone[o.def.Name] {
			out = append(out, o)
		}
	}
	return out
}

// build makes a schema document of what is left and reachable, and loads it like any other.
func (v *viewer) build(settings Settings) *ast.Schema {
	query := v.schema.root(ast.Query)
	if v.gone[query.def.Name] {
		return nil
	}
	reach := &reacher{viewer: v, seen: map[string]int{}}
	roots := ast.OperationTypeDefinitionList{}
	for _, op := range []ast.Operation{ast.Query, ast.Mutation, ast.Subscription} {
		t := v.schema.root(op)
		open := settings.Operations == nil || slices.Contains(settings.Operations, string(op))
		if t != nil && open && !v.gone[t.def.Name] {
			roots = append(roots, &ast.OperationTypeDefinition{Operation: op, Type: t.def.Name, Position: t.def.Position})
			reach.typ(t, reached)
		}
	}
	doc := validator.PreludeDocument()
	doc.Schema = ast.SchemaDefinitionList{{OperationTypes: roots, Description: v.schema.doc.Description}}
	doc.Directives = append(doc.Directives, v.directives(settings, reach)...)
	for _, t := range v.schema.sorted {
		if reach.seen[t.def.Name] > 0 && !t.def.BuiltIn {
			doc.Definitions = append(doc.Definitions, v.definition(t, reach))
		}
	}
	out, err := validator.ValidateSchemaDocument(doc)
	if err != nil {
		return nil // cannot happen; errs to showing nothing
	}
	return out
}

// directives returns what the layer lets through, as far as the view holds its arguments' types,
// and `@stream`, which is always taken and stripped.
func (v *viewer) directives(settings Settings, reach *reacher) ast.DirectiveDefinitionList {
	out := ast.DirectiveDefinitionList{streamDirective()}
	for _, name := range settings.Directives {
		d := v.schema.doc.Directives[name]
		if d == nil || slices.ContainsFunc(d.Arguments, func(a *ast.ArgumentDefinition) bool { return v.gone[a.Type.Name()] }) {
			continue
		}
		copied := *d
		copied.Directives = nil
		copied.Arguments = nil
		for _, a := range d.Arguments {
			reach.named(a.Type.Name())
			copied.Arguments = append(copied.Arguments, v.argument(a))
		}
		out = append(out, &copied)
	}
	return out
}

// reacher finds the types that are reachable from the roots: 1 for an interface that is only
// declared by a type that is reached, 2 for what a field can return or take.
type reacher struct {
	*viewer
	seen map[string]int
}

const (
	declared = 1
	reached  = 2
)

func (r *reacher) named(name string) {
	if t := r.schema.types[name]; t != nil {
		r.typ(t, reached)
	}
}

func (r *reacher) typ(t *typ, how int) {
	if r.gone[t.def.Name] || r.seen[t.def.Name] >= how {
		return
	}
	if t.def.Kind != ast.Interface {
		how = reached
	}
	r.seen[t.def.Name] = how
	for _, m := range t.members {
		if !r.fields[m] {
			continue
		}
		r.typ(m.named, how)
		for _, a := range m.args {
			if r.args[a] {
				r.named(a.def.Type.Name())
			}
		}
	}
	for _, i := range t.ifaces {
		r.typ(i, declared)
	}
	if t.def.IsAbstractType() && how == reached {
		for _, o := range t.possible.types {
			r.typ(o, reached)
		}
	}
}

func (v *viewer) definition(t *typ, reach *reacher) *ast.Definition {
	out := &ast.Definition{
		Kind: t.def.Kind, Name: t.def.Name, Description: t.def.Description, Position: t.def.Position,
		Directives: specified(t.def.Directives), EnumValues: v.enumValues(t),
	}
	for _, i := range t.def.Interfaces {
		if reach.seen[i] > 0 {
			out.Interfaces = append(out.Interfaces, i)
		}
	}
	for _, o := range t.def.Types {
		if reach.seen[o] > 0 {
			out.Types = append(out.Types, o)
		}
	}
	for _, f := range t.def.Fields {
		if m := t.members[f.Name]; m != nil && v.fields[m] {
			out.Fields = append(out.Fields, v.fieldDefinition(m, f))
		}
	}
	return out
}

func (v *viewer) enumValues(t *typ) ast.EnumValueList {
	var out ast.EnumValueList
	for _, value := range v.values[t.def.Name] {
		copied := *value
		copied.Directives = specified(value.Directives)
		out = append(out, &copied)
	}
	return out
}

func (v *viewer) fieldDefinition(m *member, f *ast.FieldDefinition) *ast.FieldDefinition {
	copied := *f
	copied.Directives = specified(f.Directives)
	copied.Arguments = nil
	for _, a := range f.Arguments {
		if arg := m.args[a.Name]; v.args[arg] {
			copied.Arguments = append(copied.Arguments, v.argument(a))
		}
	}
	if f.DefaultValue != nil && !v.holdsValue(f.DefaultValue, f.Type) {
		copied.DefaultValue = nil
	}
	return &copied
}

func (v *viewer) argument(a *ast.ArgumentDefinition) *ast.ArgumentDefinition {
	copied := *a
	copied.Directives = specified(a.Directives)
	if a.DefaultValue != nil && !v.holdsValue(a.DefaultValue, a.Type) {
		copied.DefaultValue = nil
	}
	return &copied
}

// holdsValue reports whether everything that a default value names is in the view.
func (v *viewer) holdsValue(value *ast.Value, t *ast.Type) bool {
	named := v.schema.types[t.Name()]
	switch {
	case value.Kind == ast.EnumValue && named.def.Kind == ast.Enum:
		return v.readable.Has(named.values[value.Raw])
	case value.Kind == ast.ObjectValue && named.def.Kind == ast.InputObject:
		for _, child := range value.Children {
			m := named.members[child.Name]
			if m == nil || !v.fields[m] || !v.holdsValue(child.Value, m.typ) {
				return false
			}
		}
	case value.Kind == ast.ListValue:
		for _, child := range value.Children {
			if !v.holdsValue(child.Value, element(t)) {
				return false
			}
		}
	}
	return true
}

// specified keeps the applied directives that the specification defines; what others say is not
// for the view.
func specified(list ast.DirectiveList) ast.DirectiveList {
	var out ast.DirectiveList
	for _, d := range list {
		switch d.Name {
		case "deprecated", "specifiedBy", "oneOf":
			out = append(out, d)
		}
	}
	return out
}

// Has reports whether the view holds a coordinate.
func (v *View) Has(c coord.Coordinate) bool {
	if v.doc == nil {
		return false
	}
	def := v.doc.Types[c.Type]
	if def == nil || c.Member == "" {
		return def != nil
	}
	field := def.Fields.ForName(c.Member)
	if field == nil || c.Argument == "" {
		return field != nil || def.EnumValues.ForName(c.Member) != nil
	}
	return field.Arguments.ForName(c.Argument) != nil
}
