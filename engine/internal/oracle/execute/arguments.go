package execute

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// argumentsUsed returns the coordinates that a call's arguments use: those with
// a value, as written; defaults of the schema are not counted.
func (e *executor) argumentsUsed(t *ast.Definition, f *ast.Field) []string {
	var out []string
	for _, a := range f.Arguments {
		if !e.hasValue(a.Value) {
			continue
		}
		declared := t.Fields.ForName(f.Name).Arguments.ForName(a.Name).Type
		out = append(out, fmt.Sprintf("%s.%s(%s:)", t.Name, f.Name, a.Name), declared.Name())
		out = append(out, e.literalUses(declared, a.Value)...)
	}
	return out
}

func (e *executor) hasValue(v *ast.Value) bool {
	if v.Kind != ast.Variable {
		return true
	}
	_, provided := e.variables[v.Raw]
	declared := e.operation.VariableDefinitions.ForName(v.Raw)
	return provided || declared != nil && declared.DefaultValue != nil
}

func (e *executor) literalUses(t *ast.Type, v *ast.Value) []string {
	named := e.schema.Types[t.Name()]
	var out []string
	switch v.Kind {
	case ast.Variable:
		return e.variableUses(t, v.Raw)
	case ast.ListValue:
		for _, item := range v.Children {
			out = append(out, e.literalUses(t, item.Value)...)
		}
	case ast.EnumValue:
		if named.Kind == ast.Enum {
			out = append(out, named.Name+"."+v.Raw)
		}
	case ast.ObjectValue:
		for _, child := range v.Children {
			if in := named.Fields.ForName(child.Name); in != nil && named.Kind == ast.InputObject && e.hasValue(child.Value) {
				out = append(out, named.Name+"."+child.Name, in.Type.Name())
				out = append(out, e.literalUses(in.Type, child.Value)...)
			}
		}
	}
	return out
}

func (e *executor) variableUses(t *ast.Type, name string) []string {
	if value, ok := e.variables[name]; ok {
		return e.jsonUses(t, value)
	}
	if declared := e.operation.VariableDefinitions.ForName(name); declared != nil && declared.DefaultValue != nil {
		return e.literalUses(t, declared.DefaultValue)
	}
	return nil
}

func (e *executor) jsonUses(t *ast.Type, value any) []string {
	named := e.schema.Types[t.Name()]
	var out []string
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			out = append(out, e.jsonUses(t, item)...)
		}
	case string:
		if named.Kind == ast.Enum {
			out = append(out, named.Name+"."+v)
		}
	case map[string]any:
		for _, in := range named.Fields {
			if inner, ok := v[in.Name]; ok && named.Kind == ast.InputObject {
				out = append(out, named.Name+"."+in.Name, in.Type.Name())
				out = append(out, e.jsonUses(in.Type, inner)...)
			}
		}
	}
	return out
}

// argumentText identifies the arguments of a call, whatever their order.
func (e *executor) argumentText(f *ast.Field) string {
	var parts []string
	for _, a := range f.Arguments {
		parts = append(parts, a.Name+":"+e.valueText(a.Value))
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

func (e *executor) valueText(v *ast.Value) string {
	if v.Kind != ast.Variable {
		return v.String()
	}
	return fmt.Sprint(e.variables[v.Raw])
}

// mix derives a number from another and some text.
func mix(n uint64, text ...string) uint64 {
	h := fnv.New64a()
	h.Write(binary.LittleEndian.AppendUint64(nil, n))
	for _, t := range text {
		h.Write([]byte(t + "\x00"))
	}
	x := h.Sum64() // FNV's low bits are weak: finish as splitmix64 does
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
