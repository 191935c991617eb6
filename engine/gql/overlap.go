package gql

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkOverlap holds "Field Selection Merging" of the specification (section 5.3.2) on the expanded
// operation: two fields with one response key must have one shape, and must be the same field with
// the same arguments where one object could have both.
//
// The compiler has found that some fields with one path are not the same field with the same arguments; where all are,
// there is nothing to compare. The usual way compares every pair of fields. Here fields that are written alike on the same type
// are first merged into one variant; only different variants are compared, and each pair once.
func checkOverlap(root []*selection) Errors {
	o := &overlap{}
	o.within(root)
	return o.errs
}

type overlap struct{ errs Errors }

// variant is a field of one parent type with one name and one set of arguments, with everything
// that is selected under its writings.
type variant struct {
	first    *selection
	args     string
	children []*selection
	keys     []keyed // of the children, once computed
	ready    bool
}

// keyed is the variants that share a response key.
type keyed struct {
	key      string
	variants []*variant
}

func (v *variant) under() []keyed {
	if !v.ready {
		v.keys, v.ready = group(v.children), true
	}
	return v.keys
}

// group merges the fields of a selection set, through fragments, by response key and variant.
func group(set []*selection) []keyed {
	g := grouping{index: map[string]int{}}
	g.add(set)
	return g.out
}

type grouping struct {
	out   []keyed
	index map[string]int
}

func (g *grouping) add(set []*selection) {
	for _, sel := range set {
		switch {
		case sel.field == nil:
			g.add(sel.children)
		case !sel.isIntrospection():
			g.put(sel)
		}
	}
}

func (g *grouping) put(sel *selection) {
	i, ok := g.index[sel.key]
	if !ok {
		i = len(g.out)
		g.index[sel.key] = i
		g.out = append(g.out, keyed{key: sel.key})
	}
	args := argumentText(sel.field.Arguments)
	k := &g.out[i]
	for _, v := range k.variants {
		if v.first.parent == sel.parent && v.first.field.Name == sel.field.Name && v.args == args {
			v.children = append(v.children, sel.children...)
			return
		}
	}
	k.variants = append(k.variants, &variant{first: sel, args: args, children: slices.Clip(sel.children)})
}

// sameArguments reports whether two argument lists mean the same.
func sameArguments(a, b ast.ArgumentList) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || argumentText(a) == argumentText(b))
}

// argumentText is the same for argument lists that mean the same.
func argumentText(list ast.ArgumentList) string {
	if len(list) == 0 {
		return ""
	}
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.Name + ":" + a.Value.String()
	}
	slices.Sort(texts)
	return strings.Join(texts, ",")
}

func (o *overlap) within(set []*selection) {
	o.groups(group(set))
}

func (o *overlap) groups(groups []keyed) {
	for _, k := range groups {
		for i, v := range k.variants {
			for _, w := range k.variants[:i] {
				o.pair(v, w, false)
				if len(o.errs) >= maxErrors {
					return
				}
			}
		}
		for _, v := range k.variants {
			o.groups(v.under())
		}
	}
}

// pair compares two variants of one response key; apart says that their parents are already known
// to be different objects, so that only their shapes must agree.
func (o *overlap) pair(v, w *variant, apart bool) {
	a, b := v.first, w.first
	apart = apart || (a.parent != b.parent && a.parent.def.Kind == ast.Object && b.parent.def.Kind == ast.Object)
	if !apart && (a.field.Name != b.field.Name || v.args != w.args) {
		o.fail(a, b, "they select different fields or use different arguments")
		return
	}
	if !sameShape(a.typ(), b.typ(), isLeaf(a), isLeaf(b)) {
		o.fail(a, b, "they return different types")
		return
	}
	for _, k := range v.under() {
		for _, l := range w.under() {
			if k.key == l.key {
				o.product(k, l, apart)
			}
		}
	}
}

func (o *overlap) product(k, l keyed, apart bool) {
	for _, v := range k.variants {
		for _, w := range l.variants {
			if len(o.errs) < maxErrors {
				o.pair(v, w, apart)
			}
		}
	}
}

func (o *overlap) fail(a, b *selection, why string) {
	e := refuse(CodeInvalid, "Fields %q conflict because %s. Use different aliases on the fields.", a.key, why)[0]
	for _, s := range []*selection{b, a} {
		if p := s.field.Position; p != nil {
			e.Locations = append(e.Locations, Location{Line: p.Line, Column: p.Column})
		}
	}
	o.errs = append(o.errs, e)
}

func (s *selection) typ() *ast.Type { return s.field.Definition.Type }

func isLeaf(s *selection) bool { return s.member == nil || s.member.named.def.IsLeafType() }

// sameShape is SameResponseShape without the part about sub-selections.
func sameShape(a, b *ast.Type, leafA, leafB bool) bool {
	if a.NonNull != b.NonNull || (a.Elem == nil) != (b.Elem == nil) {
		return false
	}
	if a.Elem != nil {
		return sameShape(a.Elem, b.Elem, leafA, leafB)
	}
	if leafA || leafB {
		return a.NamedType == b.NamedType
	}
	return true
}
