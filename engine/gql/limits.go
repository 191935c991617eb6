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
}

// measurer computes sizes before validation, each fragment once.
type measurer struct {
	fragments map[string]*ast.FragmentDefinition
	done      map[string]size
	open      map[string]bool
	cycle     string
}

// What an operation may hold once its fragments are expanded, in bytes: a fragment with a long value
// can be spread a thousand times, and a long response key stands in the path of everything below it.
const (
	maxExpanded = 1 << 20 // of text, unless the document itself is larger
	maxPaths    = 8 << 20 // of all paths together
)

// checkSize refuses what would be expensive to validate, decide, print or explain, and fragment
// cycles, which have no size. length is that of the document's text.
func checkSize(doc *ast.QueryDocument, length int, l Limits) Errors {
	m := &measurer{fragments: map[string]*ast.FragmentDefinition{}, done: map[string]size{}, open: map[string]bool{}}
	for _, f := range doc.Fragments {
		m.fragments[f.Name] = f
	}
	total := 0
	for _, f := range doc.Fragments {
		s := m.fragment(f.Name)
		total = min(total+s.visits, maxSize)
		if s.input > l.Depth {
			return overLimit("depth", l.Depth, inputTooDeep)
		}
	}
	for _, op := range doc.Operations {
		s := m.set(op.SelectionSet)
		for _, v := range op.VariableDefinitions {
			s.input = max(s.input, inputDepth(v.DefaultValue))
		}
		total = min(total+s.visits, maxSize)
		if errs := s.over(l, max(maxExpanded, length)); errs != nil {
			return errs
		}
	}
	if m.cycle != "" {
		return refuse(CodeInvalid, "Cannot spread fragment %q within itself.", m.cycle)
	}
	if total > visitsPerField*l.Fields {
		return overLimit("fields", l.Fields, "its operations and fragments together select too much")
	}
	return nil
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

func (m *measurer) fragment(name string) size {
	if s, ok := m.done[name]; ok {
		return s
	}
	def := m.fragments[name]
	if def == nil {
		return size{visits: 1}
	}
	if m.open[name] {
		m.cycle = name
		return size{}
	}
	m.open[name] = true
	s := m.set(def.SelectionSet)
	s.text += len(def.TypeCondition) + directivesText(def.Directives)
	m.open[name] = false
	m.done[name] = s
	return s
}

func (m *measurer) set(set ast.SelectionSet) size {
	var out size
	for _, sel := range set {
		var s size
		switch sel := sel.(type) {
		case *ast.Field:
			s = m.field(sel)
		case *ast.InlineFragment:
			s = m.set(sel.SelectionSet)
			s.text += len(sel.TypeCondition) + directivesText(sel.Directives)
		case *ast.FragmentSpread:
			s = m.fragment(sel.Name)
			s.text += directivesText(sel.Directives)
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
	for _, a := range f.Arguments {
		s.input = max(s.input, inputDepth(a.Value))
	}
	key := max(len(f.Alias), len(f.Name))
	s.text += key + argumentsText(f.Arguments) + directivesText(f.Directives)
	s.paths = min(s.paths+min(s.fields*key, maxSize), maxSize)
	return s
}

func directivesText(list ast.DirectiveList) int {
	n := 0
	for _, d := range list {
		n += len(d.Name) + argumentsText(d.Arguments)
	}
	return n
}

func argumentsText(list ast.ArgumentList) int {
	n := 0
	for _, a := range list {
		n += len(a.Name) + valueText(a.Value)
	}
	return n
}

func valueText(v *ast.Value) int {
	if v == nil {
		return 0
	}
	n := len(v.Raw) + 1
	for _, child := range v.Children {
		n += len(child.Name) + valueText(child.Value)
	}
	return n
}

const inputTooDeep = "objects in an input value are nested too deeply"

// inputDepth is how deeply objects are nested in a literal.
func inputDepth(v *ast.Value) int {
	if v == nil {
		return 0
	}
	depth := 0
	for _, child := range v.Children {
		depth = max(depth, inputDepth(child.Value))
	}
	if v.Kind == ast.ObjectValue {
		depth++
	}
	return depth
}
