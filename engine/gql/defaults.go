package gql

import "github.com/vektah/gqlparser/v2/ast"

// Defaults returns, for each coordinate that the schema's own default values use, the arguments and
// input fields that have these defaults. Whoever leaves such an input out uses the coordinate without
// writing it: it is reported, not denied (R14).
func (s *Schema) Defaults() map[ID][]ID {
	out := map[ID][]ID{}
	note := func(at ID, v *ast.Value, t *ast.Type) {
		if v == nil {
			return
		}
		literalWalk{schema: s, need: func(_ *inputPath, _, plain []ID) { out[plain[0]] = append(out[plain[0]], at) }}.value(v, t, nil)
	}
	for _, t := range s.sorted {
		for _, f := range t.def.Fields {
			m := t.members[f.Name]
			if m == nil {
				continue
			}
			note(m.id, f.DefaultValue, f.Type)
			for _, a := range f.Arguments {
				note(m.args[a.Name].id, a.DefaultValue, a.Type)
			}
		}
	}
	return out
}
