package engine_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
)

const newFieldsSDL = "type Query { product: Product } type Product { title: String cost: Int tax(rate: Int): Int }"

// locked is a data layer whose lock has everything but Product.tax and its argument.
func locked(t *testing.T, match string) engine.Input {
	t.Helper()
	layer, problems := scope.ParseLayer("layer.yaml", []byte("data_layer: shop\non_new_fields: restrict\nmatch: "+match+"\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	finance, faults := scope.Define("finance.yaml", "finance", "", []string{"Product.cost"})
	all, more := scope.Define("all.yaml", "all", "", []string{"Product.*"})
	if faults != nil || more != nil {
		t.Fatal(faults, more)
	}
	return engine.Input{
		Layer: layer, Schema: newFieldsSDL, Scopes: []scope.Scope{finance, all},
		Lock: scope.NewLock("schema.lock", []string{"Product", "Product.cost", "Product.title", "Query", "Query.product"}),
	}
}

func TestNewFieldsJoinAScopeThatNobodyHolds(t *testing.T) {
	for _, c := range []struct {
		match string
		who   engine.Subject
		want  string
	}{
		{"any", engine.Subject{}, engine.DecisionPartial},
		{"any", engine.Subject{Scopes: []string{"finance"}}, engine.DecisionPartial},
		{"any", engine.Subject{Scopes: []string{"all"}}, engine.DecisionAllow}, // an entry decided ahead
		{"all", engine.Subject{Scopes: []string{"all"}}, engine.DecisionPartial},
		{"any", engine.Subject{Unrestricted: true}, engine.DecisionAllow},
		{"any", engine.Subject{ScopeIDs: []string{scope.Unclassified}}, engine.DecisionPartial},
	} {
		draft, err := engine.Compile(locked(t, c.match))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"Product.tax", "Product.tax(rate:)"}, draft.New); diff != "" {
			t.Error(diff)
		}
		for name, s := range map[string]*engine.Snapshot{"compiled": activated(t, draft), "from its bundle": throughBundle(t, draft)} {
			if d := decide(t, s, engine.Request{Subject: c.who, Query: "{ product { tax } }"}); d.Decision != c.want {
				t.Errorf("%s, match %s, %+v: %s", name, c.match, c.who, d.Decision)
			}
			if slices.Contains(s.Scopes(), scope.Unclassified) || !s.Unclassified("Product.tax") || s.Unclassified("Product.cost") {
				t.Errorf("%s: the scopes are %v", name, s.Scopes())
			}
		}
	}
}

func activated(t *testing.T, d *engine.Draft) *engine.Snapshot {
	t.Helper()
	s, err := d.Activate(t.Context(), 1, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func throughBundle(t *testing.T, d *engine.Draft) *engine.Snapshot {
	t.Helper()
	var file bytes.Buffer
	if err := bundles.Write(&file, d.Content, 3, nil); err != nil {
		t.Fatal(err)
	}
	content, revision, err := bundles.Load(&file, bundles.LoadOptions{AllowUnsigned: true})
	if err != nil {
		t.Fatal(err)
	}
	s, err := engine.Load(t.Context(), content, revision.Number, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A stock OPA answers from the bundle what the engine answers.
func TestR2NewFieldsInStockOPA(t *testing.T) {
	draft, err := engine.Compile(locked(t, "any"))
	if err != nil {
		t.Fatal(err)
	}
	for _, held := range [][]string{{}, {"finance"}} {
		got, err := stockOPA(t, activated(t, draft), held, false)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(got, "Product.tax") || slices.Contains(got, "Product.tax(rate:)") || !slices.Contains(got, "Query.product") {
			t.Errorf("%v may read %v", held, got)
		}
	}
}

func TestNewFieldsCannotBeHeldByName(t *testing.T) {
	draft, err := engine.Compile(locked(t, "any"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = activated(t, draft).Decide(t.Context(), engine.Request{Subject: engine.Subject{Scopes: []string{scope.Unclassified}}, Query: "{ product { tax } }"})
	var unknown *engine.UnknownScopeError
	if !errors.As(err, &unknown) || slices.Contains(unknown.Known, scope.Unclassified) {
		t.Errorf("got %v", err)
	}
}

// Nobody is told to ask for a scope that cannot be held.
func TestR18NewFieldsAreNotMissingAScope(t *testing.T) {
	draft, err := engine.Compile(locked(t, "any"))
	if err != nil {
		t.Fatal(err)
	}
	d := decide(t, activated(t, draft), engine.Request{Query: "{ product { tax } }"})
	if diff := cmp.Diff(map[string][]string{"Product.tax": {"all"}}, d.Denied[0].Missing); diff != "" {
		t.Error(diff)
	}
}

func TestNewFieldsNeedALock(t *testing.T) {
	in := locked(t, "any")
	in.Lock = nil
	var problems scope.Problems
	if _, err := engine.Compile(in); !errors.As(err, &problems) || problems[0].Line != 2 || problems[0].Hint == "" {
		t.Errorf("got %v", err)
	}
	in.Layer.OnNewFields = scope.NewFieldsAllow
	draft, err := engine.Compile(in)
	if err != nil || draft.New != nil {
		t.Errorf("without restrict: %v, %v", err, draft.New)
	}
	in = locked(t, "any")
	in.ScopeIDs = map[string]string{"finance": scope.Unclassified, "all": "x"}
	if _, err := engine.Compile(in); !errors.Is(err, engine.ErrContent) {
		t.Errorf("a scope has the reserved id: %v", err)
	}
}

// A filter that stands for a new field would tell what it holds.
func TestR14NewFieldsAreGuarded(t *testing.T) {
	in := locked(t, "any")
	in.Schema = `type Query { products(filter: ProductFilterInput): [Product] }
input ProductFilterInput { title: IntQueryOperatorInput tax: IntQueryOperatorInput }
input IntQueryOperatorInput { eq: Int }
type Product { title: Int cost: Int tax: Int }`
	in.Scopes = in.Scopes[:1]
	draft, err := engine.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	in.Lock = scope.NewLock("schema.lock", slices.DeleteFunc(engine.Accepted(draft.Schema), func(c string) bool { return c == "Product.tax" }))
	if draft, err = engine.Compile(in); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"{ products(filter: {title: {eq: 1}}) { title } }": engine.DecisionAllow,
		"{ products(filter: {tax: {eq: 1}}) { title } }":   engine.DecisionDeny,
	} {
		if d := decide(t, activated(t, draft), engine.Request{Query: query}); d.Decision != want {
			t.Errorf("%s: %s %+v", query, d.Decision, d.Denied)
		}
	}
}
