package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
)

func TestSensitive(t *testing.T) {
	for field, want := range map[string]string{
		"email: String":                          "contact",
		"customerEmails: [String]":               "contact",
		"billing_address: String":                "contact",
		"apiKey: String":                         "credentials",
		"APIKey: String":                         "credentials",
		"api_key2: String":                       "credentials",
		"passwordHash: String":                   "credentials",
		"birthDate: String":                      "identity",
		"dateOfBirth: String":                    "identity",
		"lastIP: String":                         "identity",
		"iban: String":                           "money",
		"unitCost: Float":                        "money",
		"\"their salary in euro\" amount: Int":   "money",
		"\"\"\"e-mail of\nsomeone\"\"\" to: Int": "contact",
		"emailVerified: Boolean":                 "",
		"nextPageToken: String":                  "",
		"recipe: String":                         "", // holds ip
		"shipped: String":                        "",
		"costume: String":                        "",
		"username: String":                       "",
		"\"how many people\" zipper: Int":        "",
	} {
		findings, advice := sensitive(t, "type Query { me: User } type User { "+field+" }", "", nil)
		got := ""
		if len(advice) == 1 && len(findings) == 1 {
			got = advice[0].Scope
		}
		if got != want || len(advice) != len(findings) {
			t.Errorf("%s: got %q, want %q: %v", field, got, want, findings)
		}
	}
}

func TestSensitiveIsWhatEveryTokenReads(t *testing.T) {
	const sdl = `type Query { me: User key(token: String): String }
type User { email: String phone: String secret: String iban: String }
type Unused { password: String }
input Sign { password: String }`
	findings, advice := sensitive(t, sdl, "public: [User.iban]\n", map[string]string{"contact": "User.phone"})
	var got []string
	for _, f := range findings {
		got = append(got, fmt.Sprint(f.Severity, " ", f.Rule, " ", f.Coordinate, " ", f.Position))
	}
	if diff := cmp.Diff([]string{"warning sensitive User.email layer.yaml:1:13", "warning sensitive User.secret layer.yaml:1:13"}, got); diff != "" {
		t.Error(diff)
	}
	want := []engine.Advice{
		{Scope: "credentials", Kind: "credentials", Fields: []string{"User.secret"}},
		{Scope: "sensitive-contact", Kind: "contact data", Fields: []string{"User.email"}}, // contact is there already
	}
	if diff := cmp.Diff(want, advice); diff != "" {
		t.Error(diff)
	}
}

func sensitive(t *testing.T, sdl, layer string, scopes map[string]string) ([]engine.Finding, []engine.Advice) {
	t.Helper()
	in := input(t, sdl, layer, scopes)
	draft, err := engine.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	findings, advice, err := draft.Sensitive(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return findings, advice
}

func input(t *testing.T, sdl, layer string, scopes map[string]string) engine.Input {
	t.Helper()
	l, problems := scope.ParseLayer("layer.yaml", []byte("data_layer: shop\n"+layer))
	if problems != nil {
		t.Fatal(problems)
	}
	in := engine.Input{Layer: l, Schema: sdl}
	for name, fields := range scopes {
		s, faults := scope.Define(name+".yaml", name, "", strings.Split(fields, ", "))
		if faults != nil {
			t.Fatal(faults)
		}
		in.Scopes = append(in.Scopes, s)
	}
	return in
}

func TestUnclassified(t *testing.T) {
	const sdl = `type Query { shop(first: Int): Shop crm: Crm }
type Shop { name: String kind: Kind }
type Crm { name(short: Boolean): String by: Crm }
enum Kind { A B }
input Filter { name: String }
scalar Date`
	for name, c := range map[string]struct {
		layer  string
		scopes map[string]string
		want   string
	}{
		"a data source":              {"data_sources: [{name: crm, types: [Crm]}]\n", nil, "Crm Crm.by Crm.name Crm.name(short:)"},
		"a type in a scope":          {"data_sources: [{name: crm, types: [Crm]}]\n", map[string]string{"s": "Crm"}, ""},
		"a public type":              {"data_sources: [{name: crm, types: [Crm]}]\npublic: [Crm]\n", nil, "Crm.by Crm.name Crm.name(short:)"},
		"arguments with their field": {"data_sources: [{name: crm, types: [Crm]}]\npublic: [Crm, Crm.name]\n", map[string]string{"s": "Crm.by"}, ""},
		"values with their enum":     {"data_sources: [{name: kinds, types: [Kind]}]\npublic: [Kind]\n", nil, ""},
		"one value":                  {"data_sources: [{name: kinds, types: [Kind]}]\npublic: [Kind.A]\n", nil, "Kind Kind.B"},
		"input fields":               {"data_sources: [{name: in, types: [Filter]}]\npublic: [Filter]\n", nil, "Filter.name"},
		"a glob is no enum":          {"data_sources: [{name: kinds, types: [Kind]}]\npublic: [\"K*\"]\n", nil, "Kind Kind.A Kind.B"},
		"without data sources":       {"public: [\"*\", \"*.*\", Kind, Filter]\n", nil, ""},
		"all of it":                  {"public: [\"*\", Kind, Filter, Shop.*, Crm.*, Filter.*]\n", nil, "Query.crm Query.shop Query.shop(first:)"},
	} {
		t.Run(name, func(t *testing.T) {
			in := input(t, sdl, c.layer, c.scopes)
			draft, err := engine.Compile(in)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range draft.Unclassified(in) {
				got = append(got, f.Coordinate)
				if f.Severity != engine.SeverityError || f.Rule != engine.RuleUnclassified || f.Line == 0 {
					t.Errorf("%+v", f)
				}
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
