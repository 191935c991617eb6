package generate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/fieldgate/fieldgate/engine/internal/oracle"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/execute"
)

// TestWhatIsLeftTouchesNothingUnreadable holds the rules themselves, R3 and
// R10-R14, against execution: what the oracle leaves of an operation never runs
// a resolver of an unreadable coordinate. What the oracle takes away is taken
// out here as plainly as can be, without a care for validity.
func TestWhatIsLeftTouchesNothingUnreadable(t *testing.T) {
	ran, tainted := 0, 0
	each(t, func(c oracle.Case) {
		readable, err := oracle.Readable(c)
		if err != nil {
			t.Fatal(err)
		}
		unreadable := func(coordinate string) bool { return !readable(coordinate) }
		left := prune(t, c, readable)
		for seed := range uint64(3) {
			tainted += len(execute.Tainted(run(t, c, c.Query, seed).Calls, unreadable))
			if left == "" {
				continue
			}
			out := run(t, c, left, seed)
			ran += len(out.Calls)
			if found := execute.Tainted(out.Calls, unreadable); len(found) > 0 {
				t.Errorf("%s: %v\n%s\n%v %v\n%s\n--- left:\n%s", c.Abstract, found, c.SDL, c.Scopes, c.Held, c.Query, left)
			}
		}
	})
	t.Logf("%d calls of what is left, %d tainted calls of the whole operations", ran, tainted)
	if ran < 1000 || tainted < 1000 {
		t.Error("too few calls to say anything")
	}
}

func run(t *testing.T, c oracle.Case, query string, seed uint64) execute.Outcome {
	t.Helper()
	out, err := execute.Run(c.SDL, query, c.OperationName, c.Variables, seed)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// pruner takes the denied selections out of one operation.
type pruner struct {
	schema   *ast.Schema
	document *ast.QueryDocument
	readable func(string) bool
	narrow   bool
	denied   map[string]bool // "path coordinate"
}

// prune returns what is left of a case's operation, "" for nothing.
func prune(t *testing.T, c oracle.Case, readable func(string) bool) string {
	t.Helper()
	document, err := parser.ParseQuery(&ast.Source{Input: c.Query})
	if err != nil {
		t.Fatal(err)
	}
	p := &pruner{
		schema: gqlparser.MustLoadSchema(&ast.Source{Input: c.SDL}), document: document,
		readable: readable, narrow: c.Abstract == "narrow", denied: map[string]bool{},
	}
	for _, d := range decide(t, c).Denied {
		p.denied[strings.Join(d.Path, ".")+" "+d.Coordinate] = true
	}
	return p.print(c.OperationName)
}

func (p *pruner) print(name string) string {
	operation := p.document.Operations.ForName(name)
	root := p.schema.Query
	if operation.Operation == ast.Mutation {
		root = p.schema.Mutation
	}
	operation.SelectionSet = p.set(operation.SelectionSet, nil, root.Name, p.objects(root.Name))
	if len(operation.SelectionSet) == 0 {
		return ""
	}
	var b strings.Builder
	formatter.NewFormatter(&b).FormatQueryDocument(&ast.QueryDocument{Operations: ast.OperationList{operation}})
	return b.String()
}

func (p *pruner) set(set ast.SelectionSet, path []string, on string, possible []string) ast.SelectionSet {
	var out ast.SelectionSet
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			out = append(out, p.field(s, path, on, possible)...)
		case *ast.InlineFragment:
			out = append(out, p.fragment(s.TypeCondition, s.Directives, s.SelectionSet, path, on, possible)...)
		case *ast.FragmentSpread:
			f := p.document.Fragments.ForName(s.Name)
			out = append(out, p.fragment(f.TypeCondition, s.Directives, f.SelectionSet, path, on, possible)...)
		}
	}
	return out
}

func (p *pruner) fragment(condition string, directives ast.DirectiveList, set ast.SelectionSet, path []string, on string, possible []string) ast.SelectionSet {
	if p.denied[strings.Join(path, ".")+" "+condition] {
		return nil
	}
	if condition != "" {
		on = condition
		possible = slices.DeleteFunc(slices.Clone(possible), func(o string) bool { return !slices.Contains(p.objects(condition), o) })
	}
	left := p.set(set, path, on, possible)
	if len(left) == 0 {
		return nil
	}
	return ast.SelectionSet{&ast.InlineFragment{TypeCondition: condition, Directives: directives, SelectionSet: left}}
}

func (p *pruner) field(f *ast.Field, path []string, on string, possible []string) ast.SelectionSet {
	path = append(slices.Clone(path), f.Alias)
	key := strings.Join(path, ".")
	if p.denied[key+" "+on+"."+f.Name] {
		return nil
	}
	copied := *f
	if !strings.HasPrefix(f.Name, "__") && len(f.SelectionSet) > 0 {
		result := p.schema.Types[on].Fields.ForName(f.Name).Type.Name()
		copied.SelectionSet = p.set(f.SelectionSet, path, result, p.objects(result))
		if len(copied.SelectionSet) == 0 {
			copied.SelectionSet = ast.SelectionSet{&ast.Field{Name: "__typename", Alias: "__typename"}}
		}
	}
	if !p.narrow || !p.schema.Types[on].IsAbstractType() || f.Name == "__typename" {
		return ast.SelectionSet{&copied}
	}
	return p.perType(&copied, key, possible)
}

// perType writes a field in a fragment on each type that it may be read on.
func (p *pruner) perType(f *ast.Field, key string, possible []string) ast.SelectionSet {
	var out ast.SelectionSet
	for _, o := range possible {
		closed := slices.ContainsFunc(append([]string{o}, p.schema.Types[o].Interfaces...), func(t string) bool { return !p.readable(t) })
		if !closed && !p.denied[key+" "+o+"."+f.Name] {
			out = append(out, &ast.InlineFragment{TypeCondition: o, SelectionSet: ast.SelectionSet{f}})
		}
	}
	return out
}

func (p *pruner) objects(name string) []string {
	var out []string
	for _, o := range p.schema.PossibleTypes[name] {
		if o.Kind == ast.Object {
			out = append(out, o.Name)
		}
	}
	return out
}
