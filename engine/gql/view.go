package gql

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// View is the part of a schema that a subject may read (R13). It is immutable.
type View struct {
	doc    *ast.Schema // nil when nothing is readable
	rules  []core.Rule
	hints  []core.Rule
	schema *Schema // the whole one
	holds  Set     // coordinates of schema
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
	if doc == nil {
		return &View{}
	}
	rules, hints := validationRules(doc)
	return &View{doc: doc, rules: rules, hints: hints, schema: s, holds: s.idsIn(doc)}
}

// idsIn returns the coordinates that doc, a part of the schema, holds.
func (s *Schema) idsIn(doc *ast.Schema) Set {
	out := NewSet(s.Len())
	add := func(c coord.Coordinate) {
		if id, ok := s.ids[c.String()]; ok {
			out.Add(id)
		}
	}
	for name, def := range doc.Types {
		add(coord.Coordinate{Type: name})
		for _, f := range def.Fields {
			add(coord.Coordinate{Type: name, Member: f.Name})
			for _, a := range f.Arguments {
				add(coord.Coordinate{Type: name, Member: f.Name, Argument: a.Name})
			}
		}
		for _, value := range def.EnumValues {
			add(coord.Coordinate{Type: name, Member: value.Name})
		}
	}
	return out
}

// SDL returns the view as SDL, or "" when nothing is readable. The same view gives the same text.
func (v *View) SDL() string {
	if v.doc == nil {
		return ""
	}
	return printSDL(v.doc)
}

// Validate says what is wrong with a document and the values of its variables, in words of the view
// only (R18): what the view does not hold does not exist. It returns nothing when they are valid in
// the view.
func (v *View) Validate(text, operationName string, variables map[string]any, settings Settings) Errors {
	settings.Limits = settings.Limits.withDefaults()
	doc, errs := parse(text, settings.Limits)
	if errs != nil {
		return errs
	}
	picked, errs := pick(doc, operationName)
	if errs != nil {
		return errs
	}
	if v.doc == nil {
		return refuse(CodeInvalid, "the token may read nothing of this schema")
	}
	if errs := validate(v.doc, doc.QueryDocument, v.rules); errs != nil {
		return v.hinted(errs, text, settings)
	}
	return v.values(doc.Operations[picked], variables, settings.Limits)
}

// hinted adds "did you mean" to errors, where that costs little.
func (v *View) hinted(errs Errors, text string, settings Settings) Errors {
	if len(errs) > maxHinted || len(text) > maxHintedText {
		return errs
	}
	doc, again := parse(text, settings.Limits)
	if again != nil {
		return errs
	}
	return validate(v.doc, doc.QueryDocument, v.hints)
}

// values says what is wrong with the values sent for an operation's variables.
func (v *View) values(op *ast.OperationDefinition, variables map[string]any, limits Limits) Errors {
	var errs Errors
	for _, def := range op.VariableDefinitions {
		w := valueWalk{schema: v.schema, view: v, variable: def.Variable, depth: limits.Depth, limit: limits.Depth}
		w.value(variables[def.Variable], def.Type, nil)
		if w.err != nil {
			errs = append(errs, w.err)
		}
	}
	return errs
}

// A "did you mean" compares a wrong name with every name of the schema: it is computed for a few
// errors in a document of common size.
const (
	maxHinted     = 5
	maxHintedText = 16 << 10
)

// Has reports whether the view holds a coordinate.
func (v *View) Has(c coord.Coordinate) bool {
	if v.doc == nil {
		return false
	}
	id, ok := v.schema.ids[c.String()]
	return ok && v.holds.Has(id)
}
