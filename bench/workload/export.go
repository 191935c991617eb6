package workload

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Export is a world for libraries that know permissions of fields only, written `Type.field`: what a field needs, its
// type and interfaces included, is worked out for them.
type Export struct {
	Schema     string              `json:"schema"`
	Restricted int                 `json:"restricted"`
	SDL        string              `json:"sdl"`
	Fields     []string            `json:"fields"`  // of object types
	Guarded    []string            `json:"guarded"` // those that not everybody reads
	Tokens     map[string][]string `json:"tokens"`  // those of Guarded that each token reads
	Operations []ExportedOperation `json:"operations"`
}

// ExportedOperation is an operation with what is right.
type ExportedOperation struct {
	Size      int                 `json:"size"`
	Query     string              `json:"query"`
	Name      string              `json:"name"`
	Variables map[string]any      `json:"variables"`
	Answer    string              `json:"answer"` // JSON: what resolvers find, with one item in each list
	Denied    map[string][]string `json:"denied"` // by token: the fields that it may not read, sorted
}

// Export returns the world. Its tokens are `held`, which lacks some fields, and `enough`, which lacks none.
func (w *World) Export() (Export, error) {
	out := Export{Schema: w.Schema, Restricted: len(w.Covers), SDL: w.SDL, Tokens: map[string][]string{}}
	tokens := map[string][]string{"held": w.Held, "enough": w.Enough()}
	for _, t := range w.doc.Types {
		if t.Kind != ast.Object || t.BuiltIn {
			continue
		}
		for _, f := range t.Fields {
			w.exportField(&out, tokens, t, f)
		}
	}
	slices.Sort(out.Fields)
	slices.Sort(out.Guarded)
	for _, op := range w.Operations {
		exported := ExportedOperation{Size: op.Size, Query: op.Query, Name: op.Name, Variables: op.Variables, Denied: map[string][]string{}}
		answer, err := w.Answer(op.Query, 1)
		if err != nil {
			return out, err
		}
		exported.Answer = string(answer)
		for token, scopes := range tokens {
			exported.Denied[token] = w.denied(op, scopes)
		}
		out.Operations = append(out.Operations, exported)
	}
	return out, nil
}

func (w *World) exportField(out *Export, tokens map[string][]string, t *ast.Definition, f *ast.FieldDefinition) {
	c := compiler{schema: w.doc, op: &Operation{}, place: map[string]int{}}
	c.field(&ast.Field{Name: f.Name, ObjectDefinition: t, Definition: f})
	name, open := t.Name+"."+f.Name, true
	out.Fields = append(out.Fields, name)
	for _, need := range c.op.Coordinates {
		open = open && len(w.Covers[need]) == 0
	}
	if open {
		return
	}
	out.Guarded = append(out.Guarded, name)
	for token, scopes := range tokens {
		if !slices.ContainsFunc(c.op.Coordinates, func(need string) bool { return !w.Readable(need, scopes) }) {
			out.Tokens[token] = append(out.Tokens[token], name)
		}
	}
}

// denied returns the fields of an operation that the scopes do not open.
func (w *World) denied(op *Operation, scopes []string) []string {
	out := []string{}
	for i, needs := range op.Fields {
		if slices.ContainsFunc(needs, func(n int) bool { return !w.Readable(op.Coordinates[n], scopes) }) {
			out = append(out, op.Selected[i])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
