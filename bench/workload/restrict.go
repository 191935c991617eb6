package workload

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/fieldgate/fieldgate/engine/gql"
)

// How many scopes the token holds, and how many hold what it lacks.
const (
	held = 4
	rest = 2
)

// generatedFields is how many fields a generated type has.
const generatedFields = 100

// extend appends types until there are more fields than are to be restricted. They are within a query's reach.
func (w *World) extend(schema *gql.Schema, restricted int) error {
	root := schema.Root("query")
	if restricted <= 2*schema.Len()/3 {
		w.Coordinates = slices.Sorted(slices.Values(schema.Names()))
		return nil
	}
	var b strings.Builder
	b.WriteString(w.SDL)
	fmt.Fprintf(&b, "\nextend type %s { generated0: Generated0 }\n", root)
	for t := range restricted/generatedFields + 1 {
		fmt.Fprintf(&b, "type Generated%d {\n", t)
		for f := range generatedFields {
			fmt.Fprintf(&b, "  f%d: String\n", f)
		}
		fmt.Fprintf(&b, "  next: Generated%d\n}\n", t+1)
	}
	fmt.Fprintf(&b, "type Generated%d { last: String }\n", restricted/generatedFields+1)
	larger, err := gql.LoadSchema(w.Schema, b.String(), gql.LoadOptions{})
	if err != nil {
		return err
	}
	w.SDL = larger.SDL()
	w.Coordinates = slices.Sorted(slices.Values(larger.Names()))
	return nil
}

// restrict spreads the restricted coordinates over scopes: first the fields and types that the operations select, so
// that nearly all that is asked about is restricted, then the rest of the schema. One in eight of the scalar fields that
// are selected is in a scope that the token does not hold; the others are in those that it holds.
func (w *World) restrict(doc *ast.Schema, restricted, scopes int) {
	w.Scopes, w.Covers = map[string][]string{}, make(map[string][]string, restricted)
	leaves, others := w.selected(doc)
	put := func(coordinate string, scope int) {
		if len(w.Covers) < restricted && w.Covers[coordinate] == nil {
			name := scopeName(scope)
			w.Covers[coordinate] = []string{name}
			w.Scopes[name] = append(w.Scopes[name], coordinate)
		}
	}
	for i, c := range leaves {
		if i/len(w.Operations)%8 == 1 {
			put(c, held+i%rest)
		} else {
			put(c, i%held)
		}
	}
	for i, c := range others {
		put(c, i%held)
	}
	for i, c := range w.Coordinates {
		if isMember(c) && !strings.HasPrefix(c, "__") && selectedKind(doc, c) != "" {
			put(c, i%scopes)
		}
	}
	w.nameScopes()
}

// RestrictOnly puts these coordinates into one scope and leaves nothing else restricted. The token holds nothing.
func (w *World) RestrictOnly(scope string, coordinates ...string) {
	w.Scopes, w.Covers = map[string][]string{scope: coordinates}, map[string][]string{}
	w.Held, w.Rest, w.Others = nil, []string{scope}, nil
	for _, c := range coordinates {
		w.Covers[c] = []string{scope}
	}
}

func scopeName(n int) string { return fmt.Sprintf("scope-%04d", n) }

// nameScopes sorts what the token holds from what opens nothing that is asked about.
func (w *World) nameScopes() {
	for i, name := range slices.Sorted(maps.Keys(w.Scopes)) {
		switch {
		case i < held:
			w.Held = append(w.Held, name)
		case i < held+rest:
			w.Rest = append(w.Rest, name)
		default:
			w.Others = append(w.Others, name)
		}
	}
}

// selected returns the fields of scalar and enum types that the operations select, those of all operations in turn, and
// what else they need and a scope could reasonably hold: other fields, and object and interface types.
func (w *World) selected(doc *ast.Schema) (leaves, others []string) {
	lists := make([][]string, len(w.Operations))
	for i, op := range w.Operations {
		for _, c := range op.Coordinates {
			switch selectedKind(doc, c) {
			case ast.Scalar, ast.Enum:
				lists[i] = append(lists[i], c)
			case ast.Object, ast.Interface:
				others = append(others, c)
			}
		}
	}
	for i := range slices.MaxFunc(lists, func(a, b []string) int { return len(a) - len(b) }) {
		for _, list := range lists {
			if i < len(list) {
				leaves = append(leaves, list[i])
			}
		}
	}
	return leaves, others
}

// selectedKind is the kind of what an object's field returns, or of an object or interface type but the root; else "".
func selectedKind(doc *ast.Schema, coordinate string) ast.DefinitionKind {
	name, member, isField := strings.Cut(coordinate, ".")
	t := doc.Types[name]
	switch {
	case strings.Contains(coordinate, "("), t == doc.Query && !isField, t.Kind != ast.Object:
		return ""
	case !isField:
		return t.Kind
	}
	return doc.Types[t.Fields.ForName(member).Type.Name()].Kind
}
