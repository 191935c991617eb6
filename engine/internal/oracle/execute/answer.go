package execute

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Hooks change how an operation is answered. The zero value answers it as a server does.
type Hooks struct {
	// Denied says whether a field resolves to `[]` or null on an object type, for what is written.
	Denied func(object string, path []string, writings []Writing) bool
	// TakenOut says whether objects of a type are taken out of the answer.
	TakenOut func(object string) bool
	// Introspected is the answer to every `__schema` and `__type`.
	Introspected string
}

// Writing is one field as it is written.
type Writing struct {
	Coordinate string   // on the type that it is written on
	Fragments  []string // the object types of the fragments around it, at its level
}

// Fault is a resolver's error.
type Fault struct {
	Path    []any // response keys and list indices
	Message string
}

// Reply is what a server answers: the data with its keys in order, and the errors.
type Reply struct {
	Data   json.RawMessage
	Faults []Fault
	Calls  []Call
}

// Answer executes an operation as the specification says, with nulls that propagate. Resolvers fail now
// and then, by the seed, the object and the field alone. Every value of a string-like type is unique
// and begins with its coordinate: "O.f#1234".
func Answer(schemaSDL, query, opName string, variables map[string]any, seed uint64, hooks Hooks) (Reply, error) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: schemaSDL})
	if err != nil {
		return Reply{}, fmt.Errorf("load schema: %w", err)
	}
	document, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return Reply{}, fmt.Errorf("parse query: %w", err)
	}
	operation := document.Operations.ForName(opName)
	if operation == nil {
		return Reply{}, fmt.Errorf("no operation %q", opName)
	}
	a := &answerer{executor: executor{schema: schema, document: document, operation: operation, variables: variables}, hooks: hooks}
	root := rootType(schema, operation.Operation)
	data := a.object(object{root, mix(seed)}, []written{{operation.SelectionSet, root.Name, nil}}, nil)
	if data == nil {
		data = []byte("null")
	}
	return Reply{Data: data, Faults: a.faults, Calls: a.calls}, nil
}

type answerer struct {
	executor
	hooks  Hooks
	faults []Fault
}

// written is a selection set on the type that it is written on.
type written struct {
	set       ast.SelectionSet
	on        string
	fragments []string
}

type writing struct {
	field     *ast.Field
	on        string
	fragments []string
}

type answer struct {
	key      string
	writings []writing
}

// object answers a selection set; nil is null.
func (a *answerer) object(o object, sets []written, path []any) []byte {
	var groups []answer
	for _, w := range sets {
		groups = a.gather(o.typ, w, groups)
	}
	out, null := []byte{'{'}, false
	for i, g := range groups {
		if i > 0 {
			out = append(out, ',')
		}
		value, ok := a.answer(o, g, append(slices.Clone(path), g.key))
		null = null || !ok
		out = append(append(out, fmt.Sprintf("%q:", g.key)...), value...)
	}
	if null {
		return nil
	}
	return append(out, '}')
}

func (a *answerer) gather(t *ast.Definition, w written, groups []answer) []answer {
	for _, selection := range w.set {
		switch s := selection.(type) {
		case *ast.Field:
			if a.included(s.Directives) {
				groups = a.addTo(groups, writing{s, w.on, w.fragments})
			}
		case *ast.InlineFragment:
			if a.included(s.Directives) && a.applies(s.TypeCondition, t) {
				groups = a.gather(t, a.inside(w, s.TypeCondition, s.SelectionSet), groups)
			}
		case *ast.FragmentSpread:
			f := a.document.Fragments.ForName(s.Name)
			if a.included(s.Directives) && a.included(f.Directives) && a.applies(f.TypeCondition, t) {
				groups = a.gather(t, a.inside(w, f.TypeCondition, f.SelectionSet), groups)
			}
		}
	}
	return groups
}

func (a *answerer) inside(w written, condition string, set ast.SelectionSet) written {
	w.set = set
	if condition != "" {
		w.on = condition
		w.fragments = append(slices.Clone(w.fragments), condition)
	}
	return w
}

func (a *answerer) addTo(groups []answer, w writing) []answer {
	for i := range groups {
		if groups[i].key == w.field.Alias {
			groups[i].writings = append(groups[i].writings, w)
			return groups
		}
	}
	return append(groups, answer{w.field.Alias, []writing{w}})
}

// answer answers one response key; false says that null propagates.
func (a *answerer) answer(o object, g answer, path []any) ([]byte, bool) {
	f := g.writings[0].field
	declared := &ast.Type{NamedType: "String", NonNull: f.Name != "__type"}
	if def := o.typ.Fields.ForName(f.Name); def != nil && f.Name != "__schema" && f.Name != "__type" {
		declared = def.Type
	}
	if a.denied(o.typ.Name, g, path) {
		if declared.Elem != nil {
			return []byte("[]"), true
		}
		return []byte("null"), !declared.NonNull
	}
	switch f.Name {
	case "__typename":
		return []byte(`"` + o.typ.Name + `"`), true
	case "__schema", "__type":
		return []byte(a.hooks.Introspected), true
	}
	a.calls = append(a.calls, a.call(o.typ, f.Name, a.argumentsUsed(o.typ, f)))
	id := mix(o.id, f.Name, a.argumentText(f))
	value := a.complete(declared, id, a.below(g), path, o.typ.Name+"."+f.Name)
	if value == nil || string(value) == takenOut {
		return []byte("null"), !declared.NonNull
	}
	return value, true
}

func (a *answerer) below(g answer) []written {
	var out []written
	for _, w := range g.writings {
		if def := a.schema.Types[w.on].Fields.ForName(w.field.Name); def != nil {
			out = append(out, written{w.field.SelectionSet, def.Type.Name(), nil})
		}
	}
	return out
}

func (a *answerer) denied(object string, g answer, path []any) bool {
	if a.hooks.Denied == nil {
		return false
	}
	var list []Writing
	for _, w := range g.writings {
		list = append(list, Writing{w.on + "." + w.field.Name, w.fragments})
	}
	keys := []string{}
	for _, x := range path {
		if key, ok := x.(string); ok {
			keys = append(keys, key)
		}
	}
	return a.hooks.Denied(object, keys, list)
}

// takenOut stands for an object that is not in the answer.
const takenOut = "taken out"

// complete answers a value of a type; nil is null. It is value with failures and propagation.
func (a *answerer) complete(t *ast.Type, id uint64, below []written, path []any, coordinate string) []byte {
	if mix(id, "fail")%25 == 0 {
		a.faults = append(a.faults, Fault{path, fmt.Sprintf("failed %s#%d", coordinate, id)})
		return nil
	}
	if !t.NonNull && mix(id, "null")%12 == 0 {
		return nil
	}
	if t.Elem != nil {
		return a.list(t.Elem, id, below, path, coordinate)
	}
	named := a.schema.Types[t.NamedType]
	switch named.Kind {
	case ast.Enum:
		return []byte(`"` + named.EnumValues[id%uint64(len(named.EnumValues))].Name + `"`)
	case ast.Scalar:
		return unique(named, id, coordinate)
	}
	objects := a.objects(named)
	if len(objects) == 0 {
		return nil
	}
	o := object{objects[mix(id, "type")%uint64(len(objects))], id}
	if a.hooks.TakenOut != nil && a.hooks.TakenOut(o.typ.Name) {
		return []byte(takenOut)
	}
	return a.object(o, below, path)
}

func (a *answerer) list(elem *ast.Type, id uint64, below []written, path []any, coordinate string) []byte {
	out, null, shown := []byte{'['}, false, 0
	for i := range mix(id, "length") % 4 {
		value := a.complete(elem, mix(id, fmt.Sprint(i)), below, append(slices.Clone(path), shown), coordinate)
		if string(value) == takenOut {
			continue
		}
		if shown > 0 {
			out = append(out, ',')
		}
		shown++
		if value == nil {
			null = null || elem.NonNull
			value = []byte("null")
		}
		out = append(out, value...)
	}
	if null {
		return nil
	}
	return append(out, ']')
}

func unique(t *ast.Definition, id uint64, coordinate string) []byte {
	switch t.Name {
	case "Int":
		return fmt.Appendf(nil, "%d", id)
	case "Float":
		return fmt.Appendf(nil, "%d.50e-7", id)
	case "Boolean":
		return fmt.Appendf(nil, "%t", id%2 == 0)
	case "String", "ID":
		return fmt.Appendf(nil, `"%s#%d \"é\\"`, coordinate, id)
	}
	return fmt.Appendf(nil, `{"of":["%s#%d",{"n":%d}]}`, coordinate, id, id)
}
