package workload

import (
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

func parsed(sdl string) (*ast.Schema, error) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema", Input: sdl})
	if err != nil {
		return nil, err
	}
	return schema, nil
}

// compiler finds what fields need by the rules of the documentation (docs/rules.md, R3 and R14) with the parser
// library's types, so that it shares no code with the engine. Operations select on object types only.
type compiler struct {
	schema *ast.Schema
	op     *Operation
	place  map[string]int
}

func compile(schema *ast.Schema, text string) (*Operation, error) {
	doc, errs := gqlparser.LoadQueryWithRules(schema, text, rules.NewDefaultRules())
	if errs != nil {
		return nil, errs
	}
	def := doc.Operations[0]
	c := compiler{schema: schema, op: &Operation{Query: text, Name: def.Name, Variables: variables(def)}, place: map[string]int{}}
	c.selections(def.SelectionSet)
	c.op.Size = len(c.op.Fields)
	return c.op, nil
}

// variables makes a value for each variable that needs one.
func variables(def *ast.OperationDefinition) map[string]any {
	out := map[string]any{}
	for _, v := range def.VariableDefinitions {
		if v.Type.Name() == "String" {
			out[v.Variable] = "some-" + v.Variable
		}
	}
	return out
}

func (c *compiler) selections(set ast.SelectionSet) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.FragmentSpread:
			c.selections(sel.Definition.SelectionSet)
		case *ast.InlineFragment:
			c.selections(sel.SelectionSet)
		case *ast.Field:
			c.field(sel)
			c.selections(sel.SelectionSet)
		}
	}
}

func (c *compiler) field(f *ast.Field) {
	var needs []int
	need := func(coordinate string) { needs = append(needs, c.at(coordinate)) }
	for _, t := range c.withInterfaces(f.ObjectDefinition) {
		need(t.Name)
		declared := t.Fields.ForName(f.Name)
		if declared == nil {
			continue
		}
		need(t.Name + "." + f.Name)
		for _, a := range f.Arguments {
			if declared.Arguments.ForName(a.Name) != nil {
				need(t.Name + "." + f.Name + "(" + a.Name + ":)")
			}
		}
	}
	for _, t := range c.withInterfaces(c.schema.Types[f.Definition.Type.Name()]) {
		need(t.Name)
	}
	for _, a := range f.Arguments {
		c.value(a.Value, need)
	}
	c.op.Fields = append(c.op.Fields, needs)
	c.op.Selected = append(c.op.Selected, f.ObjectDefinition.Name+"."+f.Name)
}

// value needs the type of a value and what is written in it. Variables here hold built-in scalars only.
func (c *compiler) value(v *ast.Value, need func(string)) {
	need(v.ExpectedType.Name())
	switch v.Kind {
	case ast.EnumValue:
		need(v.Definition.Name + "." + v.Raw)
	case ast.ListValue:
		for _, child := range v.Children {
			c.value(child.Value, need)
		}
	case ast.ObjectValue:
		for _, child := range v.Children {
			need(v.Definition.Name + "." + child.Name)
			c.value(child.Value, need)
		}
	}
}

func (c *compiler) withInterfaces(t *ast.Definition) []*ast.Definition {
	out := []*ast.Definition{t}
	for _, name := range t.Interfaces {
		out = append(out, c.schema.Types[name])
	}
	return out
}

func (c *compiler) at(coordinate string) int {
	i, ok := c.place[coordinate]
	if !ok {
		i = len(c.op.Coordinates)
		c.place[coordinate] = i
		c.op.Coordinates = append(c.op.Coordinates, coordinate)
	}
	return i
}

// isMember reports whether a coordinate is one of a type's field, and of no argument.
func isMember(coordinate string) bool {
	return strings.Contains(coordinate, ".") && !strings.Contains(coordinate, "(")
}
