package gql

import (
	"github.com/vektah/gqlparser/v2/ast"
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
	if doc == nil {
		return &View{}
	}
	rules, hints := validationRules(doc)
	return &View{doc: doc, rules: rules, hints: hints}
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
