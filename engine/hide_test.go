package engine_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/internal/oracle"
	"github.com/fieldgate/fieldgate/engine/scope"
)

const clinicSDL = `
directive @cached(ttl: Int) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | QUERY
directive @spread on FRAGMENT_SPREAD | FRAGMENT_DEFINITION
type Query { ward(by: WardFilter, sort: WardSort): [Ward!] plan(secret: Int, open: Int): Int person: Person notes: [Note] }
type Mutation { admit: Ward }
type Ward { number: ID! name: String beds: Int hiv: [Int!] patient: Patient }
interface Person { name: String }
type Nurse implements Person { name: String }
type Patient implements Person { name: String }
union Note = Ward | Patient
input WardFilter { name: String inner: WardFilter hiv: HivFilter }
input HivFilter { from: Int to: HivFilter }
enum WardSort { NAME HIV }
`

var clinicScopes = map[string][]string{
	"medical": {"Ward.hiv", "WardFilter.hiv", "HivFilter", "WardSort.HIV", "Patient", "Query.plan(secret:)"},
}

// TestR15HideTellsNothingApart: whatever else is wrong with a request, what is hidden is answered as
// what does not exist is. NAME stands for either in a document and in the values of its variables.
func TestR15HideTellsNothingApart(t *testing.T) {
	deep := strings.Repeat(`{"to": `, 40) + "1" + strings.Repeat("}", 40)
	for name, c := range map[string]struct {
		hidden, absent   string
		query, variables string
		edit             func(*scope.Layer)
	}{
		"a field":                       {"hiv", "qqqq", "{ ward { NAME } }", "", nil},
		"and a reserved key":            {"hiv", "qqqq", "{ ward { __fieldgate: number NAME } }", "", nil},
		"and a directive not let in":    {"hiv", "qqqq", "{ ward { number @cached NAME } }", "", nil},
		"and one on itself":             {"hiv", "qqqq", "{ ward { number NAME @cached(ttl: 1) } }", "", nil},
		"and a conflict":                {"hiv", "qqqq", "{ ward { a: NAME a: beds } }", "", nil},
		"and a conflict of types":       {"hiv", "qqqq", "{ ward { number: NAME number } }", "", nil},
		"and a sub-selection":           {"hiv", "qqqq", "{ ward { NAME { x } } }", "", nil},
		"and introspection that is off": {"hiv", "qqqq", "{ ward { NAME } __schema { queryType { name } } }", "", func(l *scope.Layer) { l.Introspection = scope.IntrospectionOff }},
		"a mutation that is not open":   {"admit", "qqqqq", "mutation { NAME { number } }", "", nil},
		"and a variable of wrong shape": {"hiv", "qqqq", "query($f: WardFilter) { ward(by: $f) { NAME } }", `{"f": 1}`, nil},
		"and an unknown input field":    {"hiv", "qqqq", "query($f: WardFilter) { ward(by: $f) { NAME } }", `{"f": {"xxxxx": 1}}`, nil},
		"a fragment's type":             {"Patient", "Qqqqqqq", "{ notes { ... on NAME { name } } }", "", nil},
		"and a directive on it":         {"Patient", "Qqqqqqq", "{ notes { ...F @spread } } fragment F on NAME { name }", "", func(l *scope.Layer) { l.Directives = []string{"spread"} }},
		"and an impossible spread":      {"Patient", "Qqqqqqq", "{ ward { ... on NAME { name } } }", "", nil},
		"a field of a hidden type":      {"patient", "qqqqqqq", "{ ward { NAME { name } } }", "", nil},
		"an argument":                   {"secret", "qqqqqq", "{ plan(NAME: 1) }", "", nil},
		"an argument of wrong type":     {"secret", "qqqqqq", "{ plan(NAME: {a: 1}) }", "", nil},
		"an enum value":                 {"HIV", "QQQQ", "{ ward(sort: NAME) { number } }", "", nil},
		"an enum value as a default":    {"HIV", "QQQQ", "query($s: WardSort = NAME) { ward(sort: $s) { number } }", "", nil},
		"an enum value in a variable":   {"HIV", "QQQQ", "query($s: WardSort) { ward(sort: $s) { number } }", `{"s": "NAME"}`, nil},
		"an input field":                {"hiv", "qqqq", "{ ward(by: {NAME: {}}) { number } }", "", nil},
		"an input field in a variable":  {"hiv", "qqqq", "query($f: WardFilter) { ward(by: $f) { number } }", `{"f": {"NAME": {"from": 1}}}`, nil},
		"a wrong name inside it":        {"hiv", "qqqq", "query($f: WardFilter) { ward(by: $f) { number } }", `{"f": {"NAME": {"zzz": 1}}}`, nil},
		"a wrong shape inside it":       {"hiv", "qqqq", "query($f: WardFilter) { ward(by: $f) { number } }", `{"f": {"NAME": [[1]]}}`, nil},
		"too deep inside it":            {"hiv", "qqqq", "query($f: WardFilter) { ward(by: $f) { number } }", `{"f": {"NAME": ` + deep + `}}`, nil},
		"and it after a wrong name":     {"hiv", "qqqq", "query($f: WardFilter) { ward(by: $f) { number } }", `{"f": {"inner": {"NAME": {"zzz": 1}}, "zzz": 1}}`, nil},
		"an input type":                 {"HivFilter", "QqqFilter", "query($f: NAME) { ward { number } }", "", nil},
		"an input type and its value":   {"HivFilter", "QqqFilter", "query($f: NAME) { ward { number } }", `{"f": 1}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			edits := []func(*scope.Layer){mode(scope.ModeHide)}
			if c.edit != nil {
				edits = append(edits, c.edit)
			}
			s := activate(t, clinicSDL, clinicScopes, edits...)
			ask := func(word string) string {
				r := engine.Request{Query: strings.ReplaceAll(c.query, "NAME", word)}
				if c.variables != "" {
					if err := json.Unmarshal([]byte(strings.ReplaceAll(c.variables, "NAME", word)), &r.Variables); err != nil {
						t.Fatal(err)
					}
				}
				v, err := s.Decide(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				if v.Effect() != engine.EffectRefuse || len(v.Errors()) == 0 {
					t.Fatalf("%s is not refused with an error: %s", r.Query, brief(v.Details()))
				}
				told, err := json.Marshal(v.Errors())
				if err != nil {
					t.Fatal(err)
				}
				return strings.ReplaceAll(string(told), word, "NAME")
			}
			if hidden, absent := ask(c.hidden), ask(c.absent); withoutColumns(hidden) != withoutColumns(absent) {
				t.Errorf("%s is hidden and can be told from what does not exist:\n%s\n%s", c.hidden, hidden, absent)
			}
		})
	}
}

// withoutColumns takes out where an error is: the absent name may be longer than the hidden one.
func withoutColumns(text string) string {
	for {
		i := strings.Index(text, `"column":`)
		if i < 0 {
			return text
		}
		end := i + strings.IndexAny(text[i:], "}")
		text = text[:i] + text[end:]
	}
}

var nameInQuery = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

// TestR15HidingIsHavingTheViewAlone: on a layer that hides, whatever is asked is answered with the
// errors that a server would give whose whole schema is the view. Documents are those of random cases
// and spoilt copies of them.
func TestR15HidingIsHavingTheViewAlone(t *testing.T) {
	batch := patientBatch()
	var refused atomic.Int64
	forEachCase(t, func(seed uint64, c oracle.Case) error {
		if seed%5 != 0 {
			return nil // two snapshots each: a fifth is enough
		}
		c.Abstract = "narrow" // as hiding implies, and as the view is made
		view, err := viewOf(t, batch, line(c))
		if err != nil || view == "" || c.Unrestricted {
			return err
		}
		whole, err := hiding(t, c, c.SDL, c.Scopes)
		if err != nil {
			return err
		}
		alone, err := hiding(t, c, view, nil)
		if err != nil {
			return fmt.Errorf("%w\nview:\n%s", err, view)
		}
		who := engine.Subject{Scopes: slices.DeleteFunc(slices.Clone(c.Held), func(name string) bool { return c.Scopes[name] == nil })}
		dice := rand.New(rand.NewPCG(seed, 1))
		for range 8 {
			r := engine.Request{Query: spoil(dice, c), OperationName: c.OperationName, Variables: c.Variables}
			want, err := alone.Decide(t.Context(), r)
			if err != nil {
				return err
			}
			r.Subject = who
			got, err := whole.Decide(t.Context(), r)
			if err != nil {
				return err
			}
			if diff := gocmp.Diff(want.Errors(), got.Errors(), cmpopts.IgnoreUnexported(gql.Error{}), cmpopts.EquateEmpty()); diff != "" {
				return fmt.Errorf("with the view alone (-) and hiding the rest (+) the errors differ:\n%s\nasked: %s\nview:\n%s\n%s", diff, r.Query, view, describe(c))
			}
			if len(got.Errors()) > 0 {
				refused.Add(1)
			}
		}
		return nil
	})
	t.Logf("%d refusals compared", refused.Load())
	if uint64(refused.Load()) < cases()/2 {
		t.Error("too few documents are refused to show anything")
	}
}

func hiding(t *testing.T, c oracle.Case, sdl string, scopes map[string][]string) (*engine.Snapshot, error) {
	t.Helper()
	draft, _ := compile(t, sdl, scopes, mode(scope.ModeHide), func(l *scope.Layer) {
		l.Operations = []scope.Operation{scope.OperationQuery, scope.OperationMutation, scope.OperationSubscription}
		l.Validation.Schema = scope.SchemaLenient
		l.GuardsOff = map[string]string{scope.AllGuards: "the view that it is compared with has none"}
		for _, d := range c.Directives {
			l.Directives = append(l.Directives, strings.TrimPrefix(d, "@"))
		}
		if c.Match != "" {
			l.Match = scope.Match(c.Match)
		}
	})
	return draft.Activate(t.Context(), 1, engine.Options{Limits: gql.Limits{RootFields: 1000}, PolicyTimeout: time.Minute})
}

// spoil puts other names, of the schema or of nothing, into a document.
func spoil(dice *rand.Rand, c oracle.Case) string {
	names := append(nameInQuery.FindAllString(c.SDL, -1), "nope", "__fieldgate", "skip", "query")
	spoils := dice.IntN(3)
	places := nameInQuery.FindAllStringIndex(c.Query, -1)
	out := c.Query
	for range spoils {
		at := places[dice.IntN(len(places))]
		if at[1] <= len(out) && out[at[0]:at[1]] == c.Query[at[0]:at[1]] {
			out = out[:at[0]] + names[dice.IntN(len(names))] + out[at[1]:]
		}
	}
	return out
}
