package oracle

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// argumentNeeds is the explicit part of R14: what the arguments written on a
// field need when it is a field of parent.
func (d *decider) argumentNeeds(f *ast.Field, parent string) []need {
	var needs []need
	for _, a := range f.Arguments {
		for _, t := range append([]string{parent}, d.schema.Types[parent].Interfaces...) {
			if d.declaresArgument(t, f.Name, a.Name) {
				needs = append(needs, need{t + "." + f.Name + "(" + a.Name + ":)", true, []string{a.Name}})
			}
		}
		declared := d.schema.Types[parent].Fields.ForName(f.Name).Arguments.ForName(a.Name)
		needs = append(needs, d.inputNeeds(declared.Type, a.Value, []string{a.Name})...)
	}
	return needs
}

func (d *decider) declaresArgument(parent, field, argument string) bool {
	f := d.schema.Types[parent].Fields.ForName(field)
	return f != nil && f.Arguments.ForName(argument) != nil
}

// inputNeeds is what an argument or input field of type t needs by being
// written: its named type, and what its value names.
func (d *decider) inputNeeds(t *ast.Type, v *ast.Value, path []string) []need {
	needs := []need{{t.Name(), true, path}}
	return append(needs, d.valueNeeds(t, v, path)...)
}

// valueNeeds is what a literal needs where a t is expected.
func (d *decider) valueNeeds(t *ast.Type, v *ast.Value, path []string) []need {
	switch {
	case v.Kind == ast.NullValue:
		return nil
	case v.Kind == ast.Variable:
		return d.variableNeeds(v.Raw, path)
	case t.Elem != nil && v.Kind != ast.ListValue: // coerced to a list of one
		return d.valueNeeds(t.Elem, v, path)
	case t.Elem != nil:
		return d.itemNeeds(t.Elem, v, path)
	}
	switch named := d.schema.Types[t.NamedType]; named.Kind {
	case ast.Enum:
		return []need{{named.Name + "." + v.Raw, true, path}}
	case ast.InputObject:
		return d.objectNeeds(named, v, path)
	}
	return nil // whatever a scalar holds is no coordinate
}

func (d *decider) itemNeeds(t *ast.Type, list *ast.Value, path []string) []need {
	var needs []need
	for _, item := range list.Children {
		needs = append(needs, d.valueNeeds(t, item.Value, path)...)
	}
	return needs
}

func (d *decider) objectNeeds(in *ast.Definition, object *ast.Value, path []string) []need {
	var needs []need
	for _, child := range object.Children {
		inside := append(slices.Clone(path), child.Name)
		needs = append(needs, need{in.Name + "." + child.Name, true, inside})
		needs = append(needs, d.inputNeeds(in.Fields.ForName(child.Name).Type, child.Value, inside)...)
	}
	return needs
}

// variableNeeds is what the value of a variable needs: the one that was
// provided, else the default.
func (d *decider) variableNeeds(name string, path []string) []need {
	declared := d.variables.ForName(name)
	if value, provided := d.c.Variables[name]; provided {
		return d.jsonNeeds(declared.Type, value, path)
	}
	if declared.DefaultValue != nil {
		return d.valueNeeds(declared.Type, declared.DefaultValue, path)
	}
	return nil
}

// jsonNeeds is what a variable's value needs where a t is expected.
func (d *decider) jsonNeeds(t *ast.Type, value any, path []string) []need {
	if value == nil {
		return nil
	}
	if t.Elem != nil {
		return d.jsonItemNeeds(t.Elem, value, path)
	}
	named := d.schema.Types[t.NamedType]
	switch v := value.(type) {
	case string:
		if named.Kind == ast.Enum {
			return []need{{named.Name + "." + v, true, path}}
		}
	case map[string]any:
		if named.Kind == ast.InputObject {
			return d.jsonObjectNeeds(named, v, path)
		}
	}
	return nil
}

func (d *decider) jsonItemNeeds(t *ast.Type, value any, path []string) []need {
	list, ok := value.([]any)
	if !ok {
		return d.jsonNeeds(t, value, path) // coerced to a list of one
	}
	var needs []need
	for _, item := range list {
		needs = append(needs, d.jsonNeeds(t, item, path)...)
	}
	return needs
}

// jsonObjectNeeds goes in the order of the input type's declaration, since a
// map has none.
func (d *decider) jsonObjectNeeds(in *ast.Definition, object map[string]any, path []string) []need {
	var needs []need
	for _, f := range in.Fields {
		value, written := object[f.Name]
		if !written {
			continue
		}
		inside := append(slices.Clone(path), f.Name)
		needs = append(needs, need{in.Name + "." + f.Name, true, inside}, need{f.Type.Name(), true, inside})
		needs = append(needs, d.jsonNeeds(f.Type, value, inside)...)
	}
	return needs
}
