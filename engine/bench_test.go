package engine_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// wideSchema has object types with many fields, all within a query's reach.
func wideSchema(types, fields int) string {
	var b strings.Builder
	b.WriteString("interface Node { id: ID! }\ntype Query {\n")
	for t := range types {
		fmt.Fprintf(&b, "  t%d(first: Int): [T%d!]\n", t, t)
	}
	b.WriteString("}\n")
	for t := range types {
		fmt.Fprintf(&b, "type T%d implements Node {\n  id: ID!\n  next: T%d\n", t, (t+1)%types)
		for f := 2; f < fields; f++ {
			fmt.Fprintf(&b, "  f%d: String\n", f)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// manyScopes spreads restricted fields of a wide schema over scopes. Field f2 of every type and
// type T0 stay open.
func manyScopes(types, fields, restricted, scopes int) map[string][]string {
	out := map[string][]string{}
	for n := range restricted {
		name := fmt.Sprintf("scope%d", n%scopes)
		out[name] = append(out[name], fmt.Sprintf("T%d.f%d", 1+n%(types-1), 3+(n/(types-1))%(fields-3)))
	}
	return out
}

// benchOperation selects n fields, three fifths of them deep.
func benchOperation(n int) string {
	var b strings.Builder
	b.WriteString("query Bench($n: Int) { ")
	for i := 0; i < n; i += 5 {
		fmt.Fprintf(&b, "a%d: t%d(first: $n) { id next { f2 f3 } } ", i, i%7+1)
	}
	b.WriteString("}")
	return b.String()
}

// BenchmarkCompletion plans and completes the answer to a query of 30 fields of which 2 are denied, or none.
func BenchmarkCompletion(b *testing.B) {
	scopes := map[string][]string{"some": {"T2.f3", "T3.f3"}}
	s := activate(b, wideSchema(8, 10), scopes)
	for name, field := range map[string]string{"denied": "f3", "open": "f4"} {
		query := strings.ReplaceAll(benchOperation(30), "f3", field)
		var answer strings.Builder
		answer.WriteString(`{"data":{`)
		for i := 0; i < 30; i += 5 {
			value := map[bool]string{true: "", false: `,"f4":"c"`}[field == "f3" && i%7 < 2]
			value = strings.ReplaceAll(value, "f4", field)
			fmt.Fprintf(&answer, `"a%d":[{"id":"1","next":{"f2":"b"%s}}]`, i, value)
			if i < 25 {
				answer.WriteByte(',')
			}
		}
		answer.WriteString(`}}`)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			v, err := s.Decide(b.Context(), engine.Request{Query: query})
			if err != nil {
				b.Fatal(err)
			}
			b.Run("plan", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := v.Completion(b.Context(), engine.CompletionOptions{}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("plan+complete", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					c, err := v.Completion(b.Context(), engine.CompletionOptions{})
					if err != nil {
						b.Fatal(err)
					}
					if _, err := c.Complete(b.Context(), nil, []byte(answer.String())); err != nil {
						b.Fatalf("%v\n%s\n%s", err, c.Query(), answer.String())
					}
				}
			})
			b.Run("decide", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.Decide(b.Context(), engine.Request{Query: query}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// BenchmarkActivate compiles and activates 100,000 restricted coordinates over 1,000 scopes, beside
// OPA reading the bundle of the same content.
func BenchmarkActivate(b *testing.B) {
	sdl, scopes := wideSchema(1_101, 103), manyScopes(1_101, 103, 100_000, 1_000)
	draft, in := compile(b, sdl, scopes)
	var file bytes.Buffer
	if err := bundles.Write(&file, draft.Content, 1, nil); err != nil {
		b.Fatal(err)
	}
	b.Run("engine/compile", func(b *testing.B) {
		defer processorTime(b)()
		for b.Loop() {
			if _, err := engine.Compile(in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("engine/activate", func(b *testing.B) {
		defer processorTime(b)()
		for b.Loop() {
			if _, err := draft.Activate(b.Context(), 1, engine.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("engine/load-bundle", func(b *testing.B) {
		defer processorTime(b)()
		for b.Loop() {
			content, revision, err := bundles.Load(bytes.NewReader(file.Bytes()), bundles.LoadOptions{AllowUnsigned: true})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := engine.Load(b.Context(), content, revision.Number, engine.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("opa/load-bundle", func(b *testing.B) {
		defer processorTime(b)()
		for b.Loop() {
			loaded, err := bundle.NewReader(bytes.NewReader(file.Bytes())).Read()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := rego.New(rego.Query("data.fieldgate.read.allowed"), rego.ParsedBundle("fieldgate", &loaded)).PrepareForEval(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.ReportMetric(float64(file.Len()), "bundle-bytes")
}

// BenchmarkEdit makes one scope of 1,000 active that was edited, at 100,000 restricted coordinates, beside activating all anew:
// an edit that gives a scope what others restrict already, and one that restricts something more, so that guards may change.
func BenchmarkEdit(b *testing.B) {
	draft, in := compile(b, wideSchema(1_101, 103), manyScopes(1_101, 103, 100_000, 1_000))
	if _, err := draft.Activate(b.Context(), 1, engine.Options{}); err != nil {
		b.Fatal(err)
	}
	edited := func(entry string) engine.Input {
		out := in
		out.Scopes = slices.Clone(in.Scopes)
		p, err := coord.ParsePattern(entry)
		if err != nil {
			b.Fatal(err)
		}
		out.Scopes[7].Entries = append(slices.Clone(out.Scopes[7].Entries), scope.Entry{Pattern: p, Text: entry})
		return out
	}
	for name, in := range map[string]engine.Input{"grants": edited("T9.f3"), "restricts": edited("T9.f2")} {
		for how, compile := range map[string]func(engine.Input) (*engine.Draft, error){"edit": draft.Edit, "anew": engine.Compile} {
			b.Run(name+"/"+how, func(b *testing.B) {
				defer processorTime(b)()
				for b.Loop() {
					d, err := compile(in)
					if err != nil {
						b.Fatal(err)
					}
					if _, err := d.Activate(b.Context(), 2, engine.Options{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkSchema loads and indexes a schema of 6,000 fields, beside the parser library's own load.
func BenchmarkSchema(b *testing.B) {
	sdl := wideSchema(300, 20)
	b.Run("engine", func(b *testing.B) {
		b.ReportAllocs()
		defer processorTime(b)()
		for b.Loop() {
			if _, err := gql.LoadSchema("schema", sdl, gql.LoadOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("gqlparser", func(b *testing.B) {
		b.ReportAllocs()
		defer processorTime(b)()
		for b.Loop() {
			if _, err := gqlparser.LoadSchema(&ast.Source{Input: sdl}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkDecide decides operations of 5, 30 and 200 fields at 1,000 restricted coordinates: cold
// (parse, validate, compile, ask the policy, decide), warm (compiled before), and the parser
// library's parse and validation alone.
func BenchmarkDecide(b *testing.B) {
	sdl := wideSchema(300, 20)
	snapshot := activate(b, sdl, manyScopes(300, 20, 1_000, 50))
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{5, 30, 200} {
		query := benchOperation(n)
		request := engine.Request{Subject: engine.Subject{Scopes: []string{"scope1", "scope2"}}, Query: query, Variables: map[string]any{"n": 1}}
		if n == 200 {
			request.Query = strings.Replace(query, "{ ", "{ t1 { next { ", 1) + " } }"
			request.Query = "query Bench { t1 { " + strings.Repeat("next { id f2 f3 f4 f5 f6 f7 } ", 25) + " } }"
		}
		b.Run(fmt.Sprintf("%d/cold", n), func(b *testing.B) {
			b.ReportAllocs()
			defer processorTime(b)()
			for i := 0; b.Loop(); i++ {
				r := request
				r.Query += strings.Repeat(" ", i%4096) + "#" + fmt.Sprint(i) // never seen before
				mustDecide(b, snapshot, r)
			}
		})
		b.Run(fmt.Sprintf("%d/warm", n), func(b *testing.B) {
			b.ReportAllocs()
			defer processorTime(b)()
			for b.Loop() {
				mustDecide(b, snapshot, request)
			}
		})
		b.Run(fmt.Sprintf("%d/gqlparser", n), func(b *testing.B) {
			b.ReportAllocs()
			defaults := rules.NewDefaultRules()
			defer processorTime(b)()
			for b.Loop() {
				doc, err := parser.ParseQuery(&ast.Source{Input: request.Query})
				if err != nil {
					b.Fatal(err)
				}
				if errs := validator.ValidateWithRules(schema, doc, defaults); len(errs) > 0 {
					b.Fatal(errs)
				}
			}
		})
	}
}

//nolint:thelper // b.Helper would cost more than the decision
func mustDecide(b *testing.B, s *engine.Snapshot, r engine.Request) {
	v, err := s.Decide(b.Context(), r)
	if err != nil || v.Decision() == engine.DecisionDeny {
		b.Fatalf("%v %v", err, v.Errors())
	}
}

// processorTime reports what an iteration costs in processor time, which other processes do not
// change: two figures of one run can be compared on a busy machine.
func processorTime(b *testing.B) func() {
	b.Helper()
	now := func() int64 {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			b.Fatal(err)
		}
		return usage.Utime.Nano() + usage.Stime.Nano()
	}
	start := now()
	return func() { b.ReportMetric(float64(now()-start)/float64(b.N), "cpu-ns/op") }
}
