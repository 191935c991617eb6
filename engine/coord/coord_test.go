package coord_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/coord"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]coord.Coordinate{
		"T":                       {Type: "T"},
		"_":                       {Type: "_"},
		"__Schema":                {Type: "__Schema"},
		"Order.total":             {Type: "Order", Member: "total"},
		"Status.IN_PROGRESS":      {Type: "Status", Member: "IN_PROGRESS"},
		"Query.products(query:)":  {Type: "Query", Member: "products", Argument: "query"},
		"Contentstack_pages._x1_": {Type: "Contentstack_pages", Member: "_x1_"},
	} {
		got, err := coord.Parse(text)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", text, diff)
		}
		if got.String() != text {
			t.Errorf("Parse(%q).String() = %q", text, got)
		}
	}
}

func TestSyntaxErrors(t *testing.T) {
	tests := []struct {
		text string
		want string // what follows "malformed coordinate <text>: "
	}{
		{"", "column 1: it is empty: write `Type`, `Type.field` or `Type.field(argument:)`"},
		{"Query.products(first)", "column 21: an argument ends in `:)`: write `Query.products(first:)`"},
		{"Query.products(first", "column 21: an argument ends in `:)`: write `Query.products(first:)`"},
		{"Query.products(first:", "column 22: `)` is missing: write `Query.products(first:)`"},
		{"Query.products(first:3)", "column 22: an argument is named without a value: write `Query.products(first:)`"},
		{"Query.products(first: 3)", "column 22: white space is not allowed"},
		{"Query.products(first:,last:)", "column 22: an argument is named without a value: write `Query.products(first:)`"},
		{"Query.products(first:).id", "column 23: nothing may follow `)`: write `Query.products(first:)`"},
		{"Query.products()", "column 16: unexpected ')', want an argument name"},
		{"Query.products(", "column 16: an argument name is missing"},
		{"Query(first:)", "column 6: an argument needs a field: write `Query.field(argument:)`"},
		{"Order.customer.email", "column 15: a coordinate names one field of one type, it is not a path: name the type that `Order.customer` returns: `ThatType.email`"},
		{"Order.customer.", "column 15: a coordinate names one field of one type, it is not a path: name the type that `Order.customer` returns: `ThatType.field`"},
		{"Order.", "column 7: a field name is missing"},
		{".total", "column 1: unexpected '.', want a type name"},
		{" Order.total", "column 1: white space is not allowed: write `Order.total`"},
		{"Order . total\n", "column 6: white space is not allowed: write `Order.total`"},
		{"a b.c.d", "column 2: white space is not allowed"},
		{"@deprecated", "column 1: directives cannot be scoped: list the directives that clients may use under `directives:` in layer.yaml"},
		{"@inContext(country:)", "column 1: directives cannot be scoped: list the directives that clients may use under `directives:` in layer.yaml"},
		{"Order:total", "column 6: unexpected ':', want `.`: write `Type.field`"},
		{"Order/total", "column 6: unexpected '/', want `.`: write `Type.field`"},
		{"[Order!]!", "column 1: unexpected '[', want a type name: write the name of the type without list and non-null marks"},
		{"Order.line-items", "column 11: unexpected '-', want `(`: GraphQL names hold letters, digits and `_` only"},
		{"Order.2nd", "column 7: a name does not begin with a digit"},
		{"Ördér.total", "column 1: unexpected 'Ö', want a type name"},
		{"Order\x00", "column 6: unexpected '\\x00', want `.`"},
		{"Order\xff", "column 1: it is not valid UTF-8"},
	}
	for _, tt := range tests {
		_, err := coord.Parse(tt.text)
		checkSyntaxError(t, tt.text, tt.want, err)
		_, err = coord.ParsePattern(tt.text)
		checkSyntaxError(t, tt.text, tt.want, err)
	}
	_, err := coord.Parse("Order.*")
	checkSyntaxError(t, "Order.*", "column 7: unexpected '*', want a field name: a single coordinate is wanted here, without `*`", err)
	_, err = coord.ParsePattern("Order.**")
	checkSyntaxError(t, "Order.**", "column 7: `**` means nothing more than `*`: write `*`; it crosses neither `.` nor `(`", err)
	_, err = coord.ParsePattern("Order?.x")
	checkSyntaxError(t, "Order?.x", "column 6: unexpected '?', want `.`: the only glob character is `*`", err)
}

func checkSyntaxError(t *testing.T, text, want string, err error) {
	t.Helper()
	var syntax *coord.SyntaxError
	if !errors.As(err, &syntax) {
		t.Errorf("%q: error %v, want a *SyntaxError", text, err)
		return
	}
	if syntax.Text != text {
		t.Errorf("%q: Text is %q", text, syntax.Text)
	}
	_, got, _ := strings.Cut(err.Error(), ": ")
	if !strings.HasSuffix(err.Error(), want) || !strings.HasPrefix(err.Error(), "malformed coordinate ") {
		t.Errorf("%q:\n got %s\nwant %s", text, got, want)
	}
}

func TestSyntaxErrorIsShort(t *testing.T) {
	_, err := coord.Parse(strings.Repeat("é", 1<<16))
	if err == nil || len(err.Error()) > 300 {
		t.Errorf("error of a long text has %d bytes", len(err.Error()))
	}
}

func TestR1PatternMatch(t *testing.T) {
	tests := []struct {
		pattern  string
		match    string
		mismatch string
	}{
		{"Order", "Order", "order Orders Order.total Order.total(a:)"},
		{"Order.*", "Order.total Order.x", "Order Order.total(a:) Orders.total"},
		{"*.email", "User.email _.email", "email User.emails User.e_email User.email(a:)"},
		{"Shopify*", "Shopify ShopifyOrder ShopifyX", "shopify MyShopify ShopifyOrder.id"},
		{"*Order*", "Order MyOrderItem OrderOrder", "Orde Order.id"},
		{"*", "A B", "A.b A.b(c:)"},
		{"*.*", "A.b", "A A.b(c:)"},
		{"*.*(*:)", "A.b(c:)", "A A.b"},
		{"Query.*(filter:)", "Query.a(filter:)", "Query.a Query.a(filters:) Query.filter"},
		{"A*b*c", "Abc AxbxC_c Abbcc Abcbc", "Ab Ac Abcx xAbc"},
		{"*ab*ab*", "abab abxab xababx", "ab aba bab"},
		{"a*a", "aa aba", "a"},
		{"__*", "__Type", "_Type"},
	}
	for _, tt := range tests {
		p := mustPattern(t, tt.pattern)
		for _, text := range strings.Fields(tt.match) {
			if !p.Match(mustParse(t, text)) {
				t.Errorf("%s does not match %s", p, text)
			}
		}
		for _, text := range strings.Fields(tt.mismatch) {
			if p.Match(mustParse(t, text)) {
				t.Errorf("%s matches %s", p, text)
			}
		}
	}
}

func TestPatternParts(t *testing.T) {
	tests := []struct {
		text    string
		depth   int
		literal bool
	}{
		{"T", 1, true}, {"T.f", 2, true}, {"T.f(a:)", 3, true},
		{"T*", 1, false}, {"T.*", 2, false}, {"*.f", 2, false}, {"T.f(*:)", 3, false}, {"*.f(a:)", 3, false},
	}
	for _, tt := range tests {
		p := mustPattern(t, tt.text)
		c, literal := p.Literal()
		if p.Depth() != tt.depth || literal != tt.literal || p.String() != tt.text {
			t.Errorf("%s: depth %d literal %v text %s", tt.text, p.Depth(), literal, p)
		}
		if literal && (c.String() != tt.text || p.Parts() != c) {
			t.Errorf("%s: literal %s parts %s", tt.text, c, p.Parts())
		}
	}
	if p := mustPattern(t, "Shop*.x(a:)"); !p.MatchType("Shopify") || p.MatchType("Drupal") {
		t.Errorf("MatchType of %s is wrong", p)
	}
}

func TestZeroValuesMatchNothing(t *testing.T) {
	var p coord.Pattern
	if p.Match(coord.Coordinate{}) || p.Match(coord.Coordinate{Type: "T"}) {
		t.Error("the zero pattern matches")
	}
	if _, literal := p.Literal(); literal || p.String() != "" {
		t.Error("the zero pattern is literal")
	}
	if mustPattern(t, "*").Match(coord.Coordinate{}) {
		t.Error("* matches the zero coordinate")
	}
}

func TestMatchIsLinear(t *testing.T) {
	p := mustPattern(t, strings.Repeat("a*", 20_000)+"b")
	if p.Match(coord.Coordinate{Type: strings.Repeat("a", 100_000)}) {
		t.Error("matched")
	}
}

func TestCompare(t *testing.T) {
	want := []string{"A", "A.a", "A.a(x:)", "A.a(y:)", "A.b", "B", "B.a"}
	coords := make([]coord.Coordinate, 0, len(want))
	for _, text := range []string{"B.a", "A.b", "A.a(y:)", "B", "A", "A.a(x:)", "A.a"} {
		coords = append(coords, mustParse(t, text))
	}
	slices.SortFunc(coords, coord.Compare)
	var got []string
	for _, c := range coords {
		got = append(got, c.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJSON(t *testing.T) {
	type doc struct {
		Coordinate coord.Coordinate
		Pattern    coord.Pattern
		Keys       map[coord.Coordinate][]string
	}
	want := doc{mustParse(t, "A.b(c:)"), mustPattern(t, "*.b"), map[coord.Coordinate][]string{{Type: "A"}: {"x"}}}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text); got != `{"Coordinate":"A.b(c:)","Pattern":"*.b","Keys":{"A":["x"]}}` {
		t.Error(got)
	}
	var got doc
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var syntax *coord.SyntaxError
	if err := json.Unmarshal([]byte(`{"Pattern":"a b"}`), &got); !errors.As(err, &syntax) {
		t.Errorf("error %v, want a *SyntaxError", err)
	}
}

func TestNearest(t *testing.T) {
	candidates := []string{"prune", "reject", "observe", "hide", "data_layer", "any", "all"}
	for word, want := range map[string]string{
		"prnue": "prune", "Prune": "prune", "dataLayer": "data_layer", "data-layer": "data_layer",
		"hid": "hide", "an": "any", "alll": "all", "xyz": "", "": "", "prune": "", "zzzzzzzz": "", "observ": "observe",
		strings.Repeat("a", 1000): "",
	} {
		if got := coord.Nearest(word, candidates); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
	if got := coord.Nearest("ac", []string{"ad", "ab", "abc"}); got != "ab" {
		t.Errorf("tie: %q, want the first in byte order", got)
	}
}

func mustParse(t testing.TB, s string) coord.Coordinate {
	t.Helper()
	c, err := coord.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustPattern(t testing.TB, s string) coord.Pattern {
	t.Helper()
	p, err := coord.ParsePattern(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
