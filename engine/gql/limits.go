package gql

import "github.com/vektah/gqlparser/v2/ast"

// Limits bounds what one document may cost. Zero means the default.
type Limits struct {
	Tokens     int // lexical tokens without comments and commas
	Depth      int // nesting of fields, after fragment expansion; also of objects in one input value
	Fields     int // field selections of one operation, after fragment expansion
	RootFields int // fields at the root of one operation, after fragment expansion
}

// DefaultLimits are the limits of the design's section 6.
func DefaultLimits() Limits {
	return Limits{Tokens: 10_000, Depth: 30, Fields: 2_000, RootFields: 30}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	pick := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	pick(&l.Tokens, d.Tokens)
	pick(&l.Depth, d.Depth)
	pick(&l.Fields, d.Fields)
	pick(&l.RootFields, d.RootFields)
	return l
}

// Validation visits every operation and every fragment definition with all that they reach, so the
// sum of those visits is bounded too, as a multiple of the limit on one operation's fields.
const visitsPerField = 10

func overLimit(name string, limit int, what string) Errors {
	return refuse(CodeLimit, "the document is over the limit: %s (limit %q is %d)", what, name, limit)
}

// size is what a selection set holds once its fragments are expanded.
type size struct {
	visits, fields, roots, depth, input int
	text                                int // bytes of names and values
	paths                               int // bytes of the paths of all fields
	nodes                               int // of an operation: what it and all fragments hold, each once
}

// measurer computes sizes before validation, each fragment once.
type measurer struct {
	fragments map[string]*measured // by name; the first of two with one name, as everywhere
	nodes     int                  // selections, directives and values seen so far
	cycle     string
}

// measured is a fragment, and its size once it is known.
type measured struct {
	def        *ast.FragmentDefinition
	size       size
	open, done bool
}

// What an operation may hold once its fragments are expanded, in bytes: a fragment with a long value
// can be spread a thousand times, and a long response key stands in the path of everything below it.
const (
	maxExpanded = 1 << 20 // of text, unless the document itself is larger
	maxPaths    = 8 << 20 // of all paths together
)

// measure returns the size of each operation. It refuses what would be expensive to validate, decide, print or explain,
// and fragment cycles, which have no size. length is that of the document's text.
func measure(doc *ast.QueryDocument, length int, l Limits) ([]size, Errors) {
	m := &measurer{fragments: make(map[string]*measured, len(doc.Fragments))}
	total, errs := m.definitions(doc.Fragments, l)
	if errs != nil {
		return nil, errs
	}
	shared, sizes := m.nodes, make([]size, len(doc.Operations))
	for i, op := range doc.Operations {
		m.nodes = shared
		s := m.operation(op)
		total = min(total+s.visits, maxSize)
		if errs := s.over(l, max(maxExpanded, length)); errs != nil {
			return nil, errs
		}
		sizes[i] = s
	}
	if m.cycle != "" {
		return nil, refuse(CodeInvalid, "Cannot spread fragment %q within itself.", m.cycle)
	}
	if total > visitsPerField*l.Fields {
		return nil, overLimit("fields", l.Fields, "its operations and fragments together select too much")
	}
	return sizes, nil
}

// definitions measures all fragments and returns how many visits they are.
func (m *measurer) definitions(list ast.FragmentDefinitionList, l Limits) (int, Errors) {
	all := make([]measured, len(list))
	for i, f := range list {
		all[i].def = f
		if m.fragments[f.Name] == nil {
			m.fragments[f.Name] = &all[i]
		}
	}
	total := 0
	for i := range all {
		s := m.fragment(&all[i])
		total = min(total+s.visits, maxSize)
		if s.input > l.Depth {
			return 0, overLimit("depth", l.Depth, inputTooDeep)
		}
	}
	return total, nil
}

func (m *measurer) operation(op *ast.OperationDefinition) size {
	s := m.set(op.SelectionSet)
	for _, v := range op.VariableDefinitions {
		m.nodes++
		_, depth := m.value(v.DefaultValue)
		s.input = max(s.input, depth)
		m.directives(v.Directives)
	}
	m.directives(op.Directives)
	s.nodes = m.nodes
	return s
}

// over refuses an operation that is over a limit; text is how long it may be, expanded.
func (s size) over(l Limits, text int) Errors {
	switch {
	case s.fields > l.Fields:
		return overLimit("fields", l.Fields, "too many field selections after fragment expansion")
	case s.depth > l.Depth:
		return overLimit("depth", l.Depth, "fields are nested too deeply")
	case s.input > l.Depth:
		return overLimit("depth", l.Depth, inputTooDeep)
	case s.roots > l.RootFields:
		return overLimit("root_fields", l.RootFields, "too many fields at the root")
	case s.text > text, s.paths > maxPaths:
		return refuse(CodeLimit, "the document is over the limit: with its fragments expanded it is too long")
	}
	return nil
}

// maxSize is where counting stops, far beyond any limit and far from overflow.
const maxSize = 1 << 30

func (m *measurer) fragment(f *measured) size {
	switch {
	case f == nil:
		return size{visits: 1}
	case f.done:
		return f.size
	case f.open:
		m.cycle = f.def.Name
		return size{}
	}
	f.open = true
	f.size = m.set(f.def.SelectionSet)
	f.size.text += len(f.def.TypeCondition) + m.directives(f.def.Directives)
	f.open, f.done = false, true
	return f.size
}

func (m *measurer) set(set ast.SelectionSet) size {
	var out size
	for _, sel := range set {
		m.nodes++
		var s size
		switch sel := sel.(type) {
		case *ast.Field:
			s = m.field(sel)
		case *ast.InlineFragment:
			s = m.set(sel.SelectionSet)
			s.text += len(sel.TypeCondition) + m.directives(sel.Directives)
		case *ast.FragmentSpread:
			s = m.fragment(m.fragments[sel.Name])
			s.text += m.directives(sel.Directives)
		}
		out.visits = min(out.visits+s.visits+1, maxSize)
		out.fields = min(out.fields+s.fields, maxSize)
		out.roots = min(out.roots+s.roots, maxSize)
		out.text = min(out.text+s.text, maxSize)
		out.paths = min(out.paths+s.paths, maxSize)
		out.depth = max(out.depth, s.depth)
		out.input = max(out.input, s.input)
	}
	return out
}

func (m *measurer) field(f *ast.Field) size {
	s := m.set(f.SelectionSet)
	s.fields, s.roots, s.depth = s.fields+1, 1, s.depth+1
	text, depth := m.arguments(f.Arguments)
	key := max(len(f.Alias), len(f.Name))
	s.text += key + text + m.directives(f.Directives)
	s.input = max(s.input, depth)
	s.paths = min(s.paths+min(s.fields*key, maxSize), maxSize)
	return s
}

// directives returns the bytes of names and values in a list.
func (m *measurer) directives(list ast.DirectiveList) int {
	n := 0
	for _, d := range list {
		m.nodes++
		text, _ := m.arguments(d.Arguments)
		n += len(d.Name) + text
	}
	return n
}

// arguments returns the bytes of names and values in a list, and how deeply objects are nested in them.
func (m *measurer) arguments(list ast.ArgumentList) (text, depth int) {
	for _, a := range list {
		n, d := m.value(a.Value)
		text, depth = text+len(a.Name)+n, max(depth, d)
	}
	return text, depth
}

// value returns the same of a literal.
func (m *measurer) value(v *ast.Value) (text, depth int) {
	if v == nil {
		return 0, 0
	}
	m.nodes++
	text = len(v.Raw) + 1
	for _, child := range v.Children {
		n, d := m.value(child.Value)
		text, depth = text+len(child.Name)+n, max(depth, d)
	}
	if v.Kind == ast.ObjectValue {
		depth++
	}
	return text, depth
}

const inputTooDeep = "objects in an input value are nested too deeply"
