package gql

import (
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// parse reads a document within the limits. Nothing in it is worse than linear in the text.
func parse(text string, l Limits) (*ast.QueryDocument, Errors) {
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
	if errs := checkSize(doc, len(text), l); errs != nil {
		return nil, errs
	}
	return doc, nil
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

// pick returns the operation that will run (R9). An empty name is none.
func pick(doc *ast.QueryDocument, name string) (*ast.OperationDefinition, Errors) {
	if name == "" {
		if len(doc.Operations) > 1 {
			return nil, refuse(CodeOperation, "the document holds several operations: name one in `operationName`")
		}
		return doc.Operations[0], nil
	}
	for _, op := range doc.Operations {
		if op.Name == name {
			return op, nil
		}
	}
	return nil, refuse(CodeOperation, "the document holds no operation named %q", clip(name))
}
