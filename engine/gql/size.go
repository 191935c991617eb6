package gql

import "github.com/vektah/gqlparser/v2/ast"

// Size is a measure of the memory of the compiled operation, its text included, in bytes: what it takes however it is
// written, so that a cache of operations is as large as it says.
func (op *Operation) Size() int { return 400*(op.count+1) + 200*op.nodes + 2*op.text + 4*len(op.ids) }

// nodes counts what the document holds that the operation keeps: fields and values, of each fragment once.
func nodes(def *ast.OperationDefinition) int {
	n := &nodeCount{seen: map[*ast.FragmentDefinition]bool{}}
	for _, v := range def.VariableDefinitions {
		n.count++
		n.value(v.DefaultValue)
		n.directives(v.Directives)
	}
	n.directives(def.Directives)
	n.set(def.SelectionSet)
	return n.count
}

type nodeCount struct {
	seen  map[*ast.FragmentDefinition]bool
	count int
}

func (n *nodeCount) set(set ast.SelectionSet) {
	for _, sel := range set {
		n.count++
		switch sel := sel.(type) {
		case *ast.Field:
			n.arguments(sel.Arguments)
			n.directives(sel.Directives)
			n.set(sel.SelectionSet)
		case *ast.InlineFragment:
			n.directives(sel.Directives)
			n.set(sel.SelectionSet)
		case *ast.FragmentSpread:
			n.directives(sel.Directives)
			n.fragment(sel.Definition)
		}
	}
}

func (n *nodeCount) fragment(f *ast.FragmentDefinition) {
	if f == nil || n.seen[f] {
		return
	}
	n.seen[f] = true
	n.directives(f.Directives)
	n.set(f.SelectionSet)
}

func (n *nodeCount) directives(list ast.DirectiveList) {
	for _, d := range list {
		n.count++
		n.arguments(d.Arguments)
	}
}

func (n *nodeCount) arguments(list ast.ArgumentList) {
	for _, a := range list {
		n.value(a.Value)
	}
}

func (n *nodeCount) value(v *ast.Value) {
	if v == nil {
		return
	}
	n.count++
	for _, child := range v.Children {
		n.value(child.Value)
	}
}
