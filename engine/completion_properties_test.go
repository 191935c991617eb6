package engine_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/internal/oracle"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/execute"
)

const introspectedJSON = `{"answered":"here"}`

// request is the request of a case, for the snapshot that a batch makes of it.
func request(c oracle.Case) engine.Request {
	who := engine.Subject{Unrestricted: c.Unrestricted}
	for _, name := range c.Held {
		if _, ok := c.Scopes[name]; ok && !c.Unrestricted {
			who.Scopes = append(who.Scopes, name)
		}
	}
	return engine.Request{Subject: who, Query: c.Query, OperationName: c.OperationName, Variables: c.Variables}
}

// anyKey answers every introspection field of a document.
func anyKey(c oracle.Case) map[string][]byte {
	out := map[string][]byte{}
	for _, word := range strings.FieldsFunc(c.Query, func(r rune) bool { return strings.ContainsRune(" {}():,!\n\t@", r) }) {
		out[word] = []byte(introspectedJSON)
	}
	return out
}

// denials are the oracle's, by path and coordinate.
type denials map[string]bool

func denialKey(path []string, coordinate string) string {
	return strings.Join(path, "/") + " " + coordinate
}

// hooks resolve what the oracle denies to `[]` or null, and take out what it takes out.
func hooks(c oracle.Case, d denials, readable func(string) bool, interfaces map[string][]string) execute.Hooks {
	narrow := c.Abstract == "narrow"
	return execute.Hooks{
		Introspected: introspectedJSON,
		Denied: func(object string, path []string, writings []execute.Writing) bool {
			for _, w := range writings {
				_, field, _ := strings.Cut(w.Coordinate, ".")
				if d[denialKey(path, w.Coordinate)] || narrow && d[denialKey(path, object+"."+field)] {
					return true
				}
				for _, f := range w.Fragments {
					if d[denialKey(path[:len(path)-1], f)] {
						return true
					}
				}
			}
			return false
		},
		TakenOut: func(object string) bool {
			return narrow && slices.ContainsFunc(append([]string{object}, interfaces[object]...), func(t string) bool { return !readable(t) })
		},
	}
}

type entry struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

type response struct {
	Data   json.RawMessage `json:"data"`
	Errors []entry         `json:"errors"`
}

// body is what a server sends: errors first, as the specification advises, or last.
func body(r execute.Reply, first bool) []byte {
	list := []map[string]any{}
	for _, f := range r.Faults {
		list = append(list, map[string]any{
			"message": f.Message, "path": f.Path, "locations": []any{map[string]int{"line": 1, "column": 2}},
			"extensions": map[string]any{"code": "BOOM", "stacktrace": []string{"at secret.js:1"}, "debug": "secret"},
		})
	}
	faults, err := json.Marshal(list)
	if err != nil {
		panic(err)
	}
	data := `"data": ` + string(r.Data)
	switch {
	case len(list) == 0:
		return []byte(`{` + data + `, "extensions": {"tracing": "secret"}}`)
	case first:
		return []byte(`{"errors":` + string(faults) + ` ,` + data + `}`)
	}
	return []byte(`{` + data + `,"errors":` + string(faults) + `}`)
}

// maxCompletions bounds the cases of the property below, each of which is executed six times. CI tries
// 1,000, every third.
const maxCompletions = 10_000

type completionCounts struct{ tried, denied, faults, refused, unsent, dropped, shifted atomic.Int64 }

// TestR15CompletionEqualsExecution: the completed answer to what is left of an operation is the answer to
// the whole of it where each denied field resolves to `[]` or null, with the keys in its order; its
// errors are one for each denial and those of the resolvers that run. No value, error or stack trace of
// a restricted coordinate is in what is sent or answered (R12, R15, R17, R18).
func TestR15CompletionEqualsExecution(t *testing.T) {
	batch := patientBatch()
	var n completionCounts
	forEachCase(t, func(seed uint64, c oracle.Case) error {
		if seed >= maxCompletions || os.Getenv("FIELDGATE_CASES") == "" && seed%3 != 0 {
			return nil
		}
		if err := completionCase(t, batch, seed, c, &n); err != nil {
			return fmt.Errorf("%w\n%s", err, describe(c))
		}
		return nil
	})
	t.Logf("%d answers, %d with denials, %d upstream errors (%d of null lists, %d of null objects), %d unsent, %d refused",
		n.tried.Load(), n.denied.Load(), n.faults.Load(), n.shifted.Load(), n.dropped.Load(), n.unsent.Load(), n.refused.Load())
	if few := int64(min(cases(), maxCompletions)); n.tried.Load() < few/2 || n.denied.Load() < few/10 {
		t.Error("too few answers were completed to say anything")
	}
}

func completionCase(t *testing.T, batch *engine.Batch, seed uint64, c oracle.Case, n *completionCounts) error {
	t.Helper()
	want, err := oracle.Decide(c)
	if err != nil {
		return err
	}
	s, err := batch.Snapshot(t.Context(), line(c))
	if err != nil {
		return err
	}
	v, err := s.Decide(t.Context(), request(c))
	if err != nil {
		return err
	}
	if len(v.Errors()) > 0 {
		n.refused.Add(1)
		return nil // narrowed beyond what may be sent
	}
	completion, err := v.Completion(t.Context(), engine.CompletionOptions{Introspected: anyKey(c)})
	if err != nil {
		n.refused.Add(1)
		var refusal *engine.Refusal
		if !errors.As(err, &refusal) || want.Decision != oracle.Deny || v.Details().Operation.Type == "query" {
			return fmt.Errorf("no completion: %w", err)
		}
		return nil
	}
	if completion.Query() != "" {
		if err := valid(c.SDL, completion.Query()); err != nil {
			return fmt.Errorf("what is sent is not valid: %w\nsent: %s", err, completion.Query())
		}
	} else {
		n.unsent.Add(1)
	}
	for run := range uint64(3) {
		if err := completionRun(t, seed+run, c, want, completion, n); err != nil {
			return fmt.Errorf("%w\nsent: %s", err, completion.Query())
		}
	}
	return nil
}

func completionRun(t *testing.T, seed uint64, c oracle.Case, want oracle.Result, completion *engine.Completion, n *completionCounts) error {
	t.Helper()
	readable, err := oracle.Readable(c)
	if err != nil {
		return err
	}
	d := denials{}
	for _, x := range want.Denied {
		d[denialKey(x.Path, x.Coordinate)] = true
	}
	expected, err := execute.Answer(c.SDL, c.Query, c.OperationName, c.Variables, seed, hooks(c, d, readable, interfacesOf(c.SDL)))
	if err != nil {
		return err
	}
	var sent execute.Reply
	var from []byte
	if completion.Query() != "" {
		if sent, err = execute.Answer(c.SDL, completion.Query(), c.OperationName, completion.Variables(), seed, execute.Hooks{}); err != nil {
			return err
		}
		from = body(sent, seed%2 == 0)
	}
	tainted := execute.Tainted(sent.Calls, func(coordinate string) bool { return !readable(coordinate) })
	if len(tainted) > 0 {
		return fmt.Errorf("resolvers of unreadable coordinates ran: %v", tainted)
	}
	prefix := []byte("kept ")
	got, err := completion.Complete(t.Context(), bytes.Clone(prefix), from)
	if err != nil {
		return fmt.Errorf("complete: %w\nupstream: %s", err, from)
	}
	if !bytes.HasPrefix(got, prefix) {
		return fmt.Errorf("what stood before the answer changed: %s", got)
	}
	n.tried.Add(1)
	if err := compareAnswer(c, expected, sent, want, got[len(prefix):], n); err != nil {
		return fmt.Errorf("%w\nupstream: %s\nanswer: %s", err, from, got)
	}
	return nil
}

func compareAnswer(c oracle.Case, expected, sent execute.Reply, want oracle.Result, got []byte, n *completionCounts) error {
	var answer response
	if err := json.Unmarshal(got, &answer); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	if diff := cmp.Diff(string(expected.Data), string(answer.Data)); diff != "" {
		return fmt.Errorf("executed (-) and completed (+) differ:\n%s", diff)
	}
	for _, secret := range []string{"secret", "stacktrace", "tracing", "__fieldgate"} {
		if bytes.Contains(got, []byte(secret)) {
			return fmt.Errorf("the answer holds %q", secret)
		}
	}
	var denied, faults []string
	for _, e := range answer.Errors {
		line := fmt.Sprintf("%v %s", e.Path, e.Message)
		if e.Extensions["code"] == "UNAUTHORIZED_FIELD_OR_TYPE" {
			denied = append(denied, line)
		} else {
			faults = append(faults, line)
		}
	}
	must, may := expectedDenials(c, want, true), expectedDenials(c, want, false)
	for line := range may {
		if n := count(denied, line); n < must[line] || n > may[line] {
			return fmt.Errorf("%d entries %q, wanted %d to %d", n, line, must[line], may[line])
		}
	}
	if i := slices.IndexFunc(denied, func(line string) bool { return may[line] == 0 }); i >= 0 {
		return fmt.Errorf("an entry that nothing accounts for: %s", denied[i])
	}
	if len(denied) > 0 {
		n.denied.Add(1)
	}
	return compareFaults(expected, sent, faults, n)
}

// compareFaults: every error of the execution is answered, in its place. One that a field raised which
// is denied on another type may be answered where the type is not known, since the object is null.
func compareFaults(expected, sent execute.Reply, got []string, n *completionCounts) error {
	left := map[string]int{}
	for _, line := range got {
		left[line]++
	}
	for _, f := range expected.Faults {
		line := fmt.Sprintf("%v %s", f.Path, f.Message)
		if left[line] == 0 { // where a list is null nobody knows what would have been taken out before
			line = sameField(left, f)
			n.shifted.Add(1)
		}
		if left[line] != 1 {
			return fmt.Errorf("%d entries of %q among the errors: %q", left[line], line, got)
		}
		delete(left, line)
		n.faults.Add(1)
	}
	for _, line := range slices.Sorted(maps.Keys(left)) {
		if !slices.ContainsFunc(sent.Faults, func(f execute.Fault) bool { return strings.HasSuffix(line, f.Message) }) {
			return fmt.Errorf("an error that nobody raised: %q", line)
		}
		n.dropped.Add(1)
	}
	return nil
}

// sameField finds an error of the same field, in another place of a list.
func sameField(left map[string]int, f execute.Fault) string {
	keys := func(path string) string {
		return strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r < 'A' }), " ")
	}
	want := fmt.Sprintf("%v %s", f.Path, f.Message)
	for line := range left {
		if strings.HasSuffix(line, f.Message) && keys(line) == keys(want) {
			return line
		}
	}
	return want
}

func count(list []string, line string) int {
	n := 0
	for _, have := range list {
		if have == line {
			n++
		}
	}
	return n
}

// expectedDenials are the entries for the oracle's denials, except for what is written only where `@skip`
// or `@include` exclude it. Where a field is denied whole and for some types besides, the oracle does
// not say which writing was denied for which: the entries for types are then left out when strict.
func expectedDenials(c oracle.Case, want oracle.Result, strict bool) map[string]int {
	places, err := execute.Included(c.SDL, c.Query, c.OperationName, c.Variables)
	if err != nil {
		panic(err)
	}
	denied := denials{}
	for _, d := range want.Denied {
		denied[denialKey(d.Path, d.Coordinate)] = true
	}
	out := map[string]int{}
	for _, d := range want.Denied {
		accounted := func(p execute.Place) bool {
			narrowed := c.Abstract == "narrow" && (!strict || !denied[denialKey(p.Path, p.Coordinate)])
			return accounts(p, d, narrowed) && !inDenied(p, denied)
		}
		if slices.ContainsFunc(places, accounted) {
			out[fmt.Sprintf("%v Unauthorized field or type", d.Path)]++
		}
	}
	return out
}

// accounts reports whether a denial is about a place: written there, on an object type that is possible
// there (R12), or of a type whose objects it returns.
func accounts(p execute.Place, d oracle.Denial, narrowed bool) bool {
	if !slices.Equal(p.Path, d.Path) {
		return false
	}
	on, field, _ := strings.Cut(d.Coordinate, ".")
	switch {
	case p.Coordinate == d.Coordinate:
		return true
	case field != "":
		return narrowed && strings.HasSuffix(p.Coordinate, "."+field) && slices.Contains(p.Possible, on)
	}
	return narrowed && slices.Contains(p.Results, on)
}

// inDenied reports whether the place stands in a fragment that is denied as a whole (R10).
func inDenied(p execute.Place, denied denials) bool {
	return slices.ContainsFunc(p.Fragments, func(f execute.Around) bool { return denied[denialKey(f.Path, f.Type)] })
}

// interfacesOf returns the interfaces of each object type of a schema.
func interfacesOf(sdl string) map[string][]string {
	out := map[string][]string{}
	for name, def := range gqlparser.MustLoadSchema(&ast.Source{Input: sdl}).Types {
		out[name] = def.Interfaces
	}
	return out
}
