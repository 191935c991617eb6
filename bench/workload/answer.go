package workload

import (
	"encoding/json"
	"fmt"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// Answer makes an upstream's answer to a query, of at least so many bytes: its lists are as long as that takes. A query
// without lists has a short answer.
func (w *World) Answer(query string, bytes int) ([]byte, error) {
	doc, errs := gqlparser.LoadQueryWithRules(w.doc, query, rules.NewDefaultRules())
	if errs != nil {
		return nil, errs
	}
	var out []byte
	for items, last := 1, -1; len(out) < bytes && len(out) > last; {
		a := answer{schema: w.doc, items: items}
		last = len(out)
		out = a.object([]byte(`{"data":`), doc.Operations[0].SelectionSet)
		out = append(out, '}')
		items += max(1, items*(bytes-len(out))/max(len(out), 1))
	}
	if !json.Valid(out) {
		return nil, fmt.Errorf("the answer is not JSON: %.100s", out)
	}
	return out, nil
}

type answer struct {
	schema *ast.Schema
	items  int // of each list
	count  int
}

func (a *answer) object(dst []byte, set ast.SelectionSet) []byte {
	dst = append(dst, '{')
	for i, f := range fields(nil, set) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = fmt.Appendf(dst, "%q:", f.Alias)
		dst = a.value(dst, f, f.Definition.Type)
	}
	return append(dst, '}')
}

func fields(out []*ast.Field, set ast.SelectionSet) []*ast.Field {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.FragmentSpread:
			out = fields(out, sel.Definition.SelectionSet)
		case *ast.InlineFragment:
			out = fields(out, sel.SelectionSet)
		case *ast.Field:
			out = append(out, sel)
		}
	}
	return out
}

func (a *answer) value(dst []byte, f *ast.Field, t *ast.Type) []byte {
	if t.Elem != nil {
		dst = append(dst, '[')
		for i := range a.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = a.value(dst, f, t.Elem)
		}
		return append(dst, ']')
	}
	a.count++
	switch named := a.schema.Types[t.NamedType]; {
	case len(f.SelectionSet) > 0:
		return a.object(dst, f.SelectionSet)
	case named.Kind == ast.Enum:
		return fmt.Appendf(dst, "%q", named.EnumValues[0].Name)
	case t.NamedType == "Int":
		return fmt.Append(dst, a.count)
	case t.NamedType == "Float":
		return fmt.Append(dst, float64(a.count)/4)
	case t.NamedType == "Boolean":
		return fmt.Append(dst, a.count%2 == 0)
	}
	return fmt.Appendf(dst, `"some %s %d"`, f.Name, a.count)
}
