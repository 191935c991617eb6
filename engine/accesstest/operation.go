package accesstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// operation decides the operation of a test and compares.
func (r *runner) operation(ctx context.Context, file scope.Tests, tokens map[string]engine.Subject, t scope.Test) ([]Failure, error) {
	subject, ok := r.subject(tokens, t.Subject)
	if !ok {
		return fail(t.Position, "no token is called %q: add it to `tokens`, or ask the server that has it", t.Subject.Token), nil
	}
	v, err := r.Snapshot.Decide(ctx, engine.Request{Subject: subject, Query: t.Query, OperationName: t.OperationName, Variables: t.Variables})
	var unknown *engine.UnknownScopeError
	switch {
	case errors.As(err, &unknown), errors.Is(err, engine.ErrSubject):
		return fail(t.Position, "%s", err), nil
	case err != nil:
		return nil, err
	}
	for _, id := range v.Needs() {
		r.exercised.Add(id)
	}
	c := &comparison{expect: t.Expect, got: v.Details(), at: t.Position, positions: file.Positions}
	return c.compare(), nil
}

func (r *runner) subject(tokens map[string]engine.Subject, s scope.TestSubject) (engine.Subject, bool) {
	if s.Token == "" {
		return engine.Subject{Scopes: s.Scopes, Unrestricted: s.Unrestricted}, true
	}
	if subject, ok := tokens[s.Token]; ok {
		return subject, true
	}
	if r.Token == nil {
		return engine.Subject{}, false
	}
	return r.Token(s.Token)
}

func fail(at scope.Position, format string, args ...any) []Failure {
	return []Failure{{Position: at, Message: fmt.Sprintf(format, args...)}}
}

// comparison compares a decision with what a test expects.
type comparison struct {
	expect    scope.Expect
	got       engine.Decision
	at        scope.Position
	positions scope.Positions
	failures  []Failure
}

func (c *comparison) compare() []Failure {
	e := c.expect
	if e.Decision != nil && *e.Decision != c.got.Decision {
		c.differ("decision", []string{*e.Decision}, []string{c.got.Decision})
	}
	c.errors()
	c.set("denied", e.Denied != nil, texts(e.Denied), c.denied(func(d engine.Denial) string { return d.Coordinate }))
	c.set("denied_paths", e.DeniedPaths != nil, e.DeniedPaths, c.denied(func(d engine.Denial) string { return strings.Join(d.Path, ".") }))
	c.allowed("allowed", texts(e.Allowed), func(_ []string, coordinate string) string { return coordinate })
	c.allowed("allowed_paths", e.AllowedPaths, func(path []string, _ string) string { return strings.Join(path, ".") })
	c.query()
	return c.failures
}

// errors compares codes; a decision that has errors which the test does not speak of is a failure.
func (c *comparison) errors() {
	var got []string
	for _, e := range c.got.Errors {
		got = append(got, string(e.Code))
	}
	if c.expect.Errors != nil {
		c.set("errors", true, c.expect.Errors, sorted(got))
		return
	}
	for _, e := range c.got.Errors {
		c.failures = append(c.failures, Failure{Position: c.at, Message: fmt.Sprintf("the operation is refused: %s (%s)", e.Message, e.Code)})
	}
}

func (c *comparison) denied(of func(engine.Denial) string) []string {
	var out []string
	for _, d := range c.got.Denied {
		out = append(out, of(d))
	}
	return sorted(out)
}

// set compares what must be equal as sets.
func (c *comparison) set(key string, said bool, want, got []string) {
	want = sorted(want)
	if said && !slices.Equal(want, got) {
		c.differ(key, want, got)
	}
}

// allowed looks for each of want among the fields.
func (c *comparison) allowed(key string, want []string, of func(path []string, coordinate string) string) {
	denied := map[string]bool{}
	for _, d := range c.got.Denied {
		denied[of(d.Path, d.Coordinate)] = true
	}
	state := map[string]string{}
	for _, f := range c.got.Fields {
		name := of(f.Path, f.Coordinate)
		switch {
		case !f.Allowed || denied[name]:
			state[name] = "denied"
		case state[name] == "":
			state[name] = "allowed"
		}
	}
	for _, w := range want {
		switch state[w] {
		case "allowed":
		case "denied":
			c.differ(key, []string{w + " allowed"}, []string{w + " denied"})
		default:
			c.differ(key, []string{w + " allowed"}, []string{w + " is not selected"})
		}
	}
}

// query compares what is sent as documents: white space and commas mean nothing.
func (c *comparison) query() {
	if c.expect.Query == nil {
		return
	}
	got := ""
	if c.got.Query != nil {
		got = *c.got.Query
	}
	want, err := canonical(*c.expect.Query)
	if err != nil {
		c.failures = append(c.failures, Failure{Position: c.at, Message: "`expect.query` is no GraphQL document: " + err.Error()})
		return
	}
	if printed, err := canonical(got); err == nil {
		got = printed
	}
	if want != got {
		c.differ("query", lines(want), lines(got))
	}
}

func (c *comparison) differ(key string, want, got []string) {
	c.failures = append(c.failures, Failure{Position: c.at, Message: "`" + key + "` differs", Want: want, Got: got})
}

func canonical(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return "", err
	}
	var out strings.Builder
	formatter.NewFormatter(&out, formatter.WithIndent("  ")).FormatQueryDocument(doc)
	return strings.TrimSpace(out.String()), nil
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func texts(list []coord.Coordinate) []string {
	out := make([]string, 0, len(list))
	for _, c := range list {
		out = append(out, c.String())
	}
	return out
}

func sorted(list []string) []string {
	list = slices.Sorted(slices.Values(list))
	return slices.Compact(list)
}
