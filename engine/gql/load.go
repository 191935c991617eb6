package gql

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// LoadOptions says how a schema is read.
type LoadOptions struct {
	// Lenient takes what real servers publish although the specification forbids it: applied
	// directives that nothing defines are ignored and a repeated field counts once.
	Lenient bool
}

// SchemaError is a schema that cannot be used, with the place where it says so.
type SchemaError struct {
	File         string
	Line, Column int // from 1; 0 when the place is not known
	Message      string
	Hint         string
}

// Error returns "file:line:column: message; hint".
func (e *SchemaError) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ":")
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", e.Line, e.Column)
	}
	if b.Len() > 0 {
		b.WriteString(" ")
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// LoadSchema reads a schema: SDL, or the JSON answer to an introspection query (told apart by the
// first character). file is the name used in errors. The error is a *SchemaError.
func LoadSchema(file, text string, o LoadOptions) (*Schema, error) {
	if looksLikeJSON(text) {
		sdl, err := sdlFromIntrospection(text)
		if err != nil {
			return nil, &SchemaError{File: file, Message: err.Error(), Hint: "expected the JSON answer to an introspection query"}
		}
		text = sdl
	}
	doc, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: file, Input: text})
	if err != nil {
		return nil, schemaError(file, err, "")
	}
	if o.Lenient {
		relax(doc)
	}
	if doc.Directives.ForName(streamName) == nil {
		doc.Directives = append(doc.Directives, streamDirective())
	}
	dropBuiltInRedefinitions(doc)
	schema, err := validator.ValidateSchemaDocument(doc)
	if err != nil {
		return nil, schemaError(file, err, lenientHint(err, o))
	}
	s, err := index(schema)
	if err != nil {
		return nil, &SchemaError{File: file, Message: err.Error()}
	}
	return s, nil
}

func looksLikeJSON(text string) bool {
	return strings.HasPrefix(strings.TrimLeft(text, "\ufeff \t\r\n"), "{")
}

func schemaError(file string, err error, hint string) error {
	out := &SchemaError{File: file, Message: err.Error(), Hint: hint}
	var g *gqlerror.Error
	if errors.As(err, &g) {
		out.Message = g.Message
		if len(g.Locations) > 0 {
			out.Line, out.Column = g.Locations[0].Line, g.Locations[0].Column
		}
	}
	return out
}

func lenientHint(err error, o LoadOptions) string {
	text := err.Error()
	if !o.Lenient && (strings.Contains(text, "Undefined directive") || strings.Contains(text, "can only be defined once")) {
		return "`validation: {schema: lenient}` in layer.yaml takes such a schema"
	}
	return ""
}

// relax drops what a lenient load ignores.
func relax(doc *ast.SchemaDocument) {
	known := map[string]bool{}
	for _, d := range doc.Directives {
		known[d.Name] = true
	}
	keep := func(list ast.DirectiveList) ast.DirectiveList {
		return slices.DeleteFunc(list, func(d *ast.Directive) bool { return !known[d.Name] })
	}
	for _, def := range slices.Concat(doc.Definitions, doc.Extensions) {
		def.Directives = keep(def.Directives)
		def.Fields = firstOfEachName(def.Fields)
		for _, f := range def.Fields {
			f.Directives = keep(f.Directives)
			for _, a := range f.Arguments {
				a.Directives = keep(a.Directives)
			}
		}
		for _, v := range def.EnumValues {
			v.Directives = keep(v.Directives)
		}
	}
	for _, def := range slices.Concat(doc.Schema, doc.SchemaExtension) {
		def.Directives = keep(def.Directives)
	}
}

func firstOfEachName(fields ast.FieldList) ast.FieldList {
	seen := map[string]bool{}
	return slices.DeleteFunc(fields, func(f *ast.FieldDefinition) bool {
		again := seen[f.Name]
		seen[f.Name] = true
		return again
	})
}

// dropBuiltInRedefinitions lets a schema spell out the built-in scalars and introspection types, as
// printers of other systems do.
func dropBuiltInRedefinitions(doc *ast.SchemaDocument) {
	builtIn := map[string]bool{}
	for _, def := range doc.Definitions {
		if def.BuiltIn {
			builtIn[def.Name] = true
		}
	}
	doc.Definitions = slices.DeleteFunc(doc.Definitions, func(d *ast.Definition) bool {
		return builtIn[d.Name] && !d.BuiltIn
	})
}

// streamDirective is `@stream` as the incremental delivery proposal defines it. It is known to
// validation so that it can be checked before it is stripped (R8).
func streamDirective() *ast.DirectiveDefinition {
	at := &ast.Position{Src: &ast.Source{Name: "fieldgate", BuiltIn: true}}
	return &ast.DirectiveDefinition{
		Name: streamName,
		Arguments: ast.ArgumentDefinitionList{
			{Name: "if", Type: ast.NonNullNamedType("Boolean", at), DefaultValue: &ast.Value{Kind: ast.BooleanValue, Raw: "true", Position: at}},
			{Name: "label", Type: ast.NamedType("String", at)},
			{Name: "initialCount", Type: ast.NamedType("Int", at), DefaultValue: &ast.Value{Kind: ast.IntValue, Raw: "0", Position: at}},
		},
		Locations: []ast.DirectiveLocation{ast.LocationField},
		Position:  at,
	}
}

// SDL returns the schema as SDL, without built-in definitions and without applied directives that
// no specification defines. The same schema gives the same text.
func (s *Schema) SDL() string { return printSDL(s.doc) }

func printSDL(doc *ast.Schema) string {
	var b bytes.Buffer
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchema(doc)
	return b.String()
}
