package control_test

import (
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/control"
)

const restrictNew = "data_layer: shop\non_new_fields: restrict\n"

// lockOf is a schema.lock of a sample whose schema is shopSchema, without some coordinates.
func lockOf(t *testing.T, without ...string) string {
	t.Helper()
	draft, err := engine.Compile(engine.Input{Schema: shopSchema})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(engine.Accepted(draft.Schema), "\n") + "\n"
	for _, c := range without {
		if !strings.Contains(text, c+"\n") {
			t.Fatalf("the schema has no %s", c)
		}
		text = strings.Replace(text, c+"\n", "", 1)
	}
	return text
}

func TestNewFieldsAreHeldBackWithAStore(t *testing.T) {
	p := open(t)
	files := sample().with("shop/layer.yaml", restrictNew, "shop/schema.lock", lockOf(t, "Product.name"))
	p.apply(files)
	unrestricted := p.readsAs(engine.Subject{Unrestricted: true})
	want(t, "nobody", strings.Contains(p.readsAs(engine.Subject{}), "name"), false)
	want(t, "a holder", strings.Contains(p.readsAs(engine.Subject{Scopes: []string{"finance"}}), "name"), false)
	want(t, "unrestricted", strings.Contains(unrestricted, "name"), true)
	first := p.revision()

	p.stop()
	p.start() // what is stored says the same as what was active
	want(t, "nobody, later", strings.Contains(p.readsAs(engine.Subject{}), "name"), false)
	want(t, "revision", p.revision(), first)

	if list := p.apply(files); list[0].Sync != nil {
		t.Error("the same lock is a change")
	}
	p.apply(files.with("shop/schema.lock", lockOf(t)))
	want(t, "nobody, accepted", strings.Contains(p.readsAs(engine.Subject{}), "name"), true)
	want(t, "revision", p.revision(), first+1)
}

func TestNewFieldsNeedTheLockOfTheFiles(t *testing.T) {
	p := open(t)
	p.apply(sample())
	_, err := p.Apply(t.Context(), fromGit, sample().with("shop/layer.yaml", restrictNew).bytes(), false)
	e := refusal(t, err, control.Invalid, control.CodeFiles)
	if !strings.Contains(e.Details[0].Message, "shop/layer.yaml:2:") || !strings.Contains(e.Details[0].Hint, "fieldgate schema accept") {
		t.Errorf("%+v", e.Details)
	}
	_, err = p.Apply(t.Context(), fromGit, sample().with("shop/layer.yaml", restrictNew, "shop/schema.lock", "<<<<<<< HEAD\n").bytes(), false)
	refusal(t, err, control.Invalid, control.CodeFiles)
	_, err = p.CreateLayer(t.Context(), fromGit, "data_layer: blog\non_new_fields: restrict\n", shopSchema)
	refusal(t, err, control.Invalid, control.CodeDefinition)
	want(t, "nobody", p.readsAs(engine.Subject{}) != "", true)
}
