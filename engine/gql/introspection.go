package gql

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// The answer to an introspection query, as far as a schema is made of it
// (https://spec.graphql.org/September2025/#sec-Schema-Introspection).
type (
	introspected struct {
		Data   *introspected       `json:"data"`
		Schema *introspectedSchema `json:"__schema"`
	}
	introspectedSchema struct {
		Description      string                  `json:"description"`
		QueryType        *introspectedRef        `json:"queryType"`
		MutationType     *introspectedRef        `json:"mutationType"`
		SubscriptionType *introspectedRef        `json:"subscriptionType"`
		Types            []introspectedType      `json:"types"`
		Directives       []introspectedDirective `json:"directives"`
	}
	introspectedType struct {
		Kind           string              `json:"kind"`
		Name           string              `json:"name"`
		Description    string              `json:"description"`
		SpecifiedByURL string              `json:"specifiedByURL"`
		IsOneOf        bool                `json:"isOneOf"`
		Fields         []introspectedField `json:"fields"`
		InputFields    []introspectedInput `json:"inputFields"`
		Interfaces     []introspectedRef   `json:"interfaces"`
		EnumValues     []introspectedField `json:"enumValues"`
		PossibleTypes  []introspectedRef   `json:"possibleTypes"`
	}
	introspectedField struct {
		Name              string              `json:"name"`
		Description       string              `json:"description"`
		Args              []introspectedInput `json:"args"`
		Type              introspectedRef     `json:"type"`
		IsDeprecated      bool                `json:"isDeprecated"`
		DeprecationReason string              `json:"deprecationReason"`
	}
	introspectedInput struct {
		Name         string          `json:"name"`
		Description  string          `json:"description"`
		Type         introspectedRef `json:"type"`
		DefaultValue *string         `json:"defaultValue"`
	}
	introspectedRef struct {
		Kind   string           `json:"kind"`
		Name   string           `json:"name"`
		OfType *introspectedRef `json:"ofType"`
	}
	introspectedDirective struct {
		Name         string              `json:"name"`
		Description  string              `json:"description"`
		Args         []introspectedInput `json:"args"`
		Locations    []string            `json:"locations"`
		IsRepeatable bool                `json:"isRepeatable"`
	}
)

// sdlFromIntrospection prints the schema that an introspection answer describes.
func sdlFromIntrospection(text string) (string, error) {
	var in introspected
	if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "\ufeff")), &in); err != nil {
		return "", fmt.Errorf("not JSON: %w", err)
	}
	if in.Data != nil {
		in = *in.Data
	}
	if in.Schema == nil || in.Schema.QueryType == nil {
		return "", errors.New("no `__schema` with a `queryType` in it")
	}
	p := &sdlPrinter{}
	p.schema(in.Schema)
	return p.String(), nil
}

type sdlPrinter struct{ strings.Builder }

func (p *sdlPrinter) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

func (p *sdlPrinter) schema(s *introspectedSchema) {
	p.description("", s.Description)
	p.printf("schema {\n")
	for _, root := range []struct {
		op  string
		ref *introspectedRef
	}{{"query", s.QueryType}, {"mutation", s.MutationType}, {"subscription", s.SubscriptionType}} {
		if root.ref != nil {
			p.printf("  %s: %s\n", root.op, root.ref.Name)
		}
	}
	p.printf("}\n")
	for _, d := range s.Directives {
		p.directive(d)
	}
	for _, t := range s.Types {
		if !IsIntrospection(t.Name) {
			p.definition(t)
		}
	}
}

func (p *sdlPrinter) directive(d introspectedDirective) {
	p.description("", d.Description)
	p.printf("directive @%s", d.Name)
	p.arguments(d.Args)
	if d.IsRepeatable {
		p.printf(" repeatable")
	}
	p.printf(" on %s\n", strings.Join(d.Locations, " | "))
}

func (p *sdlPrinter) definition(t introspectedType) {
	p.description("", t.Description)
	switch t.Kind {
	case "SCALAR":
		p.printf("scalar %s", t.Name)
		if t.SpecifiedByURL != "" {
			p.printf(" @specifiedBy(url: %s)", quote(t.SpecifiedByURL))
		}
		p.printf("\n")
	case "UNION":
		p.printf("union %s = %s\n", t.Name, strings.Join(refNames(t.PossibleTypes), " | "))
	case "ENUM":
		p.printf("enum %s {\n", t.Name)
		for _, v := range t.EnumValues {
			p.description("  ", v.Description)
			p.printf("  %s", v.Name)
			p.deprecated(v)
		}
		p.printf("}\n")
	case "INPUT_OBJECT":
		p.input(t)
	default:
		p.composite(t)
	}
}

func (p *sdlPrinter) input(t introspectedType) {
	p.printf("input %s", t.Name)
	if t.IsOneOf {
		p.printf(" @oneOf")
	}
	p.printf(" {\n")
	for _, f := range t.InputFields {
		p.description("  ", f.Description)
		p.printf("  %s\n", inputText(f))
	}
	p.printf("}\n")
}

func (p *sdlPrinter) composite(t introspectedType) {
	keyword := "type"
	if t.Kind == "INTERFACE" {
		keyword = "interface"
	}
	p.printf("%s %s", keyword, t.Name)
	if len(t.Interfaces) > 0 {
		p.printf(" implements %s", strings.Join(refNames(t.Interfaces), " & "))
	}
	p.printf(" {\n")
	for _, f := range t.Fields {
		p.description("  ", f.Description)
		p.printf("  %s", f.Name)
		p.arguments(f.Args)
		p.printf(": %s", f.Type.text())
		p.deprecated(f)
	}
	p.printf("}\n")
}

func (p *sdlPrinter) arguments(args []introspectedInput) {
	if len(args) == 0 {
		return
	}
	texts := make([]string, len(args))
	for i, a := range args {
		if a.Description != "" {
			texts[i] = quote(a.Description) + " "
		}
		texts[i] += inputText(a)
	}
	p.printf("(%s)", strings.Join(texts, ", "))
}

func (p *sdlPrinter) description(indent, text string) {
	if text != "" {
		p.printf("%s%s\n", indent, quote(text))
	}
}

func (p *sdlPrinter) deprecated(f introspectedField) {
	switch {
	case f.IsDeprecated && f.DeprecationReason != "":
		p.printf(" @deprecated(reason: %s)", quote(f.DeprecationReason))
	case f.IsDeprecated:
		p.printf(" @deprecated")
	}
	p.printf("\n")
}

func inputText(in introspectedInput) string {
	text := in.Name + ": " + in.Type.text()
	if in.DefaultValue != nil {
		text += " = " + *in.DefaultValue
	}
	return text
}

func (r *introspectedRef) text() string {
	switch {
	case r == nil:
		return ""
	case r.Kind == "NON_NULL":
		return r.OfType.text() + "!"
	case r.Kind == "LIST":
		return "[" + r.OfType.text() + "]"
	}
	return r.Name
}

func refNames(refs []introspectedRef) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = r.Name
	}
	return out
}

func quote(s string) string { return (&ast.Value{Kind: ast.StringValue, Raw: s}).String() }
