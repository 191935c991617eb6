package gql

import (
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// document is a document within the limits.
type document struct {
	*ast.QueryDocument
	sizes []size // by operation
}

// parse reads a document within the limits. Nothing in it is worse than linear in the text.
func parse(text string, l Limits) (*document, Errors) {
	if !utf8.ValidString(text) {
		return nil, refuse(CodeParse, "the document is not valid UTF-8")
	}
	text, errs := prepare(text, l.Tokens)
	if errs != nil {
		return nil, errs
	}
	doc, err := parser.ParseQuery(&ast.Source{Name: "query", Input: text})
	if err != nil {
		return nil, fromParser(CodeParse, err)
	}
	if len(doc.Operations) == 0 {
		return nil, refuse(CodeParse, "the document holds no operation")
	}
	sizes, errs := measure(doc, len(text), l)
	if errs != nil {
		return nil, errs
	}
	return &document{doc, sizes}, nil
}

// validate applies the rules and writes the schema's definitions into the document.
func validate(schema *ast.Schema, doc *ast.QueryDocument, rules []core.Rule) Errors {
	list := validator.ValidateWithSources(schema, doc, rules...)
	var errs Errors
	for _, e := range list {
		if len(errs) == maxErrors {
			break
		}
		errs = append(errs, &Error{Code: CodeInvalid, Message: clip(e.Message), Locations: sourceLocations(e.Locations)})
	}
	return errs
}

func sourceLocations(in []gqlerror.SourceLocation) []Location {
	out := make([]Location, len(in))
	for i, l := range in {
		out[i] = Location{Line: l.Line, Column: l.Column}
	}
	return out
}

// pick returns which of the operations will run (R9). An empty name is none.
func pick(doc *document, name string) (int, Errors) {
	if name == "" {
		if len(doc.Operations) > 1 {
			return 0, refuse(CodeOperation, "the document holds several operations: name one in `operationName`")
		}
		return 0, nil
	}
	for i, op := range doc.Operations {
		if op.Name == name {
			return i, nil
		}
	}
	return 0, refuse(CodeOperation, "the document holds no operation named %q", clip(name))
}
