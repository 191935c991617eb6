package engine_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine"
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
