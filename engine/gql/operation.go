package gql

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Settings are the settings of a data layer that change how its operations are compiled.
type Settings struct {
	Limits        Limits
	Narrow        bool     // abstract: narrow (R12) instead of deny (R11)
	IgnoreOverlap bool     // validation: overlapping_fields: ignore
	Directives    []string // executable directives let through besides the specification's (R8)
	Operations    []string // operation types that are open; nil means all
	NoIntrospect  bool     // introspection: off
}

// Operation is the operation that will run, compiled: every selection that the client wrote, with
// fragments expanded in place, and the coordinates that each needs. It is the same for every
// subject and immutable.
type Operation struct {
	Name string // "" for an anonymous one
	Type string // query, mutation or subscription

	schema    *Schema
	settings  Settings
	def       *ast.OperationDefinition
	root      []*selection
	count     int  // selections
	room      int  // selections that there is room for
	nodes     int  // of the document that it keeps
	text      int  // bytes of the document, all of which it keeps
	groups    int  // fields that are one by path and coordinate
	ids       []ID // every coordinate that some selection needs, whatever the variables; sorted
	variables map[string]*ast.VariableDefinition
	asked     []string // the names of the variables whose values can need coordinates, sorted
	matters   bool     // some variable's value can need coordinates
	// conditions are the variables that `@skip` and `@include` ask, each once.
	conditions []string
}

// selection is one field or one fragment as written at one place of the expanded operation.
type selection struct {
	index    int
	owner    *selection // the enclosing field; nil at the root
	parent   *typ       // the type it is written on
	children []*selection

	// a field
	field    *ast.Field // nil for a fragment
	key      string     // response key
	path     int        // the number of its path within the operation, from 1
	group    int        // shared by all writings with its path and coordinate
	member   *member    // nil for a meta field
	possible *objects   // object types still possible here (R11)
	level    *objects   // object types possible for the enclosing field
	needs    [][]ID     // each must be readable: R3, R11
	inputs   []inputNeed
	uses     []variableUse

	// a fragment
	cond       *typ // nil without a type condition
	directives ast.DirectiveList
}

func (s *selection) isMeta() bool { return s.field != nil && s.member == nil }

// isIntrospection reports whether the selection is `__schema` or `__type`.
func (s *selection) isIntrospection() bool { return s.isMeta() && s.field.Name != typenameField }

// number is that of the path of a field, or of the field that encloses a fragment; 0 at the root.
func (s *selection) number() int {
	switch {
	case s == nil:
		return 0
	case s.field == nil:
		return s.owner.number()
	}
	return s.path
}

// keys returns the path of a field, or of the field that encloses a fragment: response keys from the root on.
func (s *selection) keys() []string {
	var out []string
	for ; s != nil; s = s.owner {
		if s.field != nil {
			out = append(out, s.key)
		}
	}
	slices.Reverse(out)
	return out
}

// coordinate returns the coordinate of a field as it is written: `T.f`.
func (s *selection) coordinate() string { return s.parent.def.Name + "." + s.field.Name }

// Needs returns every coordinate that some selection needs, whatever the variables, sorted. The caller must not change it.
func (op *Operation) Needs() []ID { return op.ids }

// Matters reports whether values of variables can need further coordinates: input fields and enum values. A decision is
// the same for all variables when they cannot.
func (op *Operation) Matters() bool { return op.matters }

// Compile reads a document, picks the operation that will run, validates and compiles it. What the
// errors say may be shown to a token holder when Errors.Safe says so.
func (s *Schema) Compile(text, operationName string, settings Settings) (*Operation, Errors) {
	settings.Limits = settings.Limits.withDefaults()
	doc, errs := parse(text, settings.Limits)
	if errs != nil {
		return nil, errs
	}
	picked, errs := pick(doc, operationName)
	if errs != nil {
		return nil, errs
	}
	if errs := validate(s.doc, doc.QueryDocument, s.rules); errs != nil {
		for _, e := range errs {
			e.schema = true
		}
		return nil, errs
	}
	op, errs := s.compile(doc.Operations[picked], doc.sizes[picked], settings)
	if errs != nil {
		return nil, errs
	}
	op.text = len(text)
	return op, nil
}
