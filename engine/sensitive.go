package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Advice is a scope that would restrict what looks sensitive.
type Advice struct {
	Scope  string   `json:"scope"`  // a name that the data layer does not have
	Kind   string   `json:"kind"`   // what looks sensitive about it, in words
	Fields []string `json:"fields"` // sorted
}

// sensitive are the words that make a field look sensitive, by kind: the parts of a name, in small letters.
var sensitive = []struct {
	name, kind string
	words      []string
}{
	{"credentials", "credentials", []string{
		"password", "passwd", "passphrase", "secret", "token", "api key", "apikey", "private key", "access key", "credential", "credentials", "otp", "pin code", "jwt",
	}},
	{"identity", "someone's identity", []string{
		"ssn", "social security", "passport", "national id", "tax id", "vat id", "driver license", "birth", "birthday", "birthdate", "dob",
		"gender", "religion", "nationality", "ip", "ip address", "user agent", "maiden name",
	}},
	{"contact", "contact data", []string{
		"email", "e mail", "mail address", "phone", "telephone", "mobile", "fax", "address", "addresses", "street", "zip", "zip code", "zipcode",
		"postal code", "postcode", "latitude", "longitude", "geolocation",
	}},
	{"money", "money", []string{
		"cost", "margin", "salary", "wage", "income", "iban", "bic", "swift", "bank account", "account number", "credit card", "card number", "cvv", "cvc",
		"credit limit", "discount rate", "purchase price", "wholesale price", "revenue", "profit",
	}},
}

// harmless are names that hold a sensitive word and mean something else.
var harmless = []string{
	"page token", "next token", "next page token", "previous token", "cursor token", "sync token", "continuation token",
}

// Sensitive returns a finding for each field that every token can read and whose name or description looks sensitive, and the
// scopes that would restrict them. It is advice: names are not proof. Its errors are those of the policy.
func (d *Draft) Sensitive(ctx context.Context, in Input) ([]Finding, []Advice, error) {
	snapshot, err := d.Activate(ctx, 1, Options{})
	if err != nil {
		return nil, nil, err
	}
	reach, err := snapshot.Reach(ctx, Subject{})
	if err != nil {
		return nil, nil, err
	}
	var findings []Finding
	fields := make([][]string, len(sensitive))
	for i, name := range d.Schema.Names() {
		id := gql.ID(i)
		out, ok := d.Schema.Output(id)
		if !ok || out.Named == "Boolean" || !reach.Reads(id) {
			continue
		}
		kind, why := looksSensitive(name[strings.Index(name, ".")+1:], out.Description)
		if why == "" {
			continue
		}
		fields[kind] = append(fields[kind], name)
		findings = append(findings, Finding{
			Severity: SeverityWarning, Rule: RuleSensitive, Coordinate: name,
			Problem: scope.Problem{
				Position: in.Layer.Position, Message: fmt.Sprintf("every token can read %s, and %s looks like %s", name, why, sensitive[kind].kind),
				Hint: "put it into a scope, or list it under `public` if everyone may read it",
			},
		})
	}
	findings = slices.DeleteFunc(findings, func(f Finding) bool { return isPublic(d.Schema, in, f.Coordinate) })
	slices.SortFunc(findings, func(a, b Finding) int { return strings.Compare(a.Coordinate, b.Coordinate) })
	return findings, d.advice(in, fields), nil
}

// advice makes a scope of each kind. Its name is one that there is not.
func (d *Draft) advice(in Input, fields [][]string) []Advice {
	out := []Advice{}
	for kind, list := range fields {
		list = slices.DeleteFunc(list, func(name string) bool { return isPublic(d.Schema, in, name) })
		if len(list) == 0 {
			continue
		}
		slices.Sort(list)
		name := sensitive[kind].name
		for slices.ContainsFunc(in.Scopes, func(s scope.Scope) bool { return s.Name == name }) {
			name = "sensitive-" + name
		}
		out = append(out, Advice{Scope: name, Kind: sensitive[kind].kind, Fields: list})
	}
	return out
}

// looksSensitive returns the kind of a field that looks sensitive and what makes it so, or "".
func looksSensitive(name, description string) (kind int, why string) {
	for _, from := range []struct{ what, text string }{{"its name", words(name)}, {"its description", words(description)}} {
		text := from.text
		for _, h := range harmless {
			text = strings.ReplaceAll(text, " "+h+" ", "  ")
		}
		for i, s := range sensitive {
			for _, word := range s.words {
				if strings.Contains(text, " "+word+" ") || strings.Contains(text, " "+word+"s ") {
					return i, fmt.Sprintf("%q in %s", word, from.what)
				}
			}
		}
	}
	return 0, ""
}

// words returns the words of a name or a text in small letters, with a space on either side of each.
func words(text string) string {
	var b strings.Builder
	b.WriteByte(' ')
	runes := []rune(text)
	for i, r := range runes {
		begins := unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]))
		switch {
		case !unicode.IsLetter(r):
			r = ' '
		case begins:
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	b.WriteByte(' ')
	return " " + strings.Join(strings.Fields(b.String()), " ") + " "
}
