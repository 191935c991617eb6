package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/store"
)

// layerNamed finds a data layer by its name.
func layerNamed(r store.Reader, name string) (store.DataLayer, error) {
	list, err := r.Layers()
	if err != nil {
		return store.DataLayer{}, err
	}
	if i := slices.IndexFunc(list, func(l store.DataLayer) bool { return l.Name == name }); i >= 0 {
		return list[i], nil
	}
	return store.DataLayer{}, notFound("data layer")
}

// layerByID finds a data layer by its id.
func layerByID(r store.Reader, id string) (store.DataLayer, error) {
	list, err := r.Layers()
	if err != nil {
		return store.DataLayer{}, err
	}
	if i := slices.IndexFunc(list, func(l store.DataLayer) bool { return l.ID == id }); i >= 0 {
		return list[i], nil
	}
	return store.DataLayer{}, notFound("data layer")
}

// Layers returns the data layers by name.
func (c *Control) Layers(ctx context.Context) (list []store.DataLayer, err error) {
	err = c.view(ctx, func(r store.Reader) (err error) {
		list, err = r.Layers()
		return err
	})
	return list, err
}

// Layer returns a data layer by its name.
func (c *Control) Layer(ctx context.Context, layer string) (l store.DataLayer, err error) {
	err = c.view(ctx, func(r store.Reader) (err error) {
		l, err = layerNamed(r, layer)
		return err
	})
	return l, err
}

// Schema returns the text of a data layer's current schema, which is not the pinned one: NotFound before the first was read.
func (c *Control) Schema(ctx context.Context, layer string) (text string, err error) {
	err = c.view(ctx, func(r store.Reader) error {
		l, err := layerNamed(r, layer)
		if err != nil {
			return err
		}
		if l.SchemaDigest == "" {
			return notFound("schema: the data layer's was not read yet")
		}
		text, err = r.Schema(l.SchemaDigest)
		return err
	})
	return text, err
}

// CreateLayer makes a data layer of the text of a layer.yaml (or JSON, which is YAML) and of its schema. The schema is "" for
// one that is introspected: reading it begins at once and goes on after CreateLayer has returned. Otherwise the first
// revision is active when it returns.
func (c *Control) CreateLayer(ctx context.Context, by store.Origin, definition, schema string) (store.DataLayer, error) {
	d, err := parseDefinition(definition, "")
	if err != nil {
		return store.DataLayer{}, err
	}
	if err := checkSchema(d, schema); err != nil {
		return store.DataLayer{}, err
	}
	l := store.DataLayer{ID: c.o.NewID(), Name: d.Name, Definition: definition, SchemaFile: d.Schema}
	if schema != "" {
		l.SchemaDigest = digestOf(schema)
	}
	request, err := c.start(ctx, by, l, "data_layer.created", schema == "", func(w store.Writer) error {
		if err := putSchema(w, schema); err != nil {
			return err
		}
		l, err = w.CreateLayer(l)
		return err
	})
	if err != nil {
		c.forget(l.ID)
		return store.DataLayer{}, err
	}
	if schema != "" {
		_, err = c.wait(ctx, request)
	}
	return l, err
}

// UpdateLayer changes the definition or the schema of a data layer, or both; "" keeps. The revision is active when it
// returns; reading the schema of one that is introspected goes on after that.
func (c *Control) UpdateLayer(ctx context.Context, by store.Origin, layer, definition, schema string, version uint64) (l store.DataLayer, err error) {
	l, err = c.Layer(ctx, layer)
	if err != nil {
		return l, err
	}
	g, introspects := c.guarded(l), false
	requests, err := c.startAll(ctx, by, []*guarded{g}, func(w store.Writer) ([]starting, error) {
		if l, introspects, err = updatedLayer(w, l.ID, definition, schema); err != nil {
			return nil, err
		}
		if err := putSchema(w, schema); err != nil {
			return nil, err
		}
		l.Version = version
		l, err = w.UpdateLayer(l)
		return []starting{{layer: g, reason: "data_layer.updated", fetch: l.SchemaDigest == "", change: true}}, err
	})
	if err != nil || l.SchemaDigest == "" {
		return l, err
	}
	if _, err = c.wait(ctx, requests[0]); err == nil && introspects {
		_, err = c.start(ctx, by, l, "schema", true, nil)
	}
	return l, err
}

// updatedLayer returns the row as it is to be, and whether its schema is read from the upstream.
func updatedLayer(r store.Reader, id, definition, schema string) (l store.DataLayer, introspects bool, err error) {
	if l, err = layerByID(r, id); err != nil {
		return l, false, err
	}
	if l.File != "" {
		return l, false, fileOwned("data layer "+l.Name, l.File)
	}
	if definition != "" {
		l.Definition = definition
	}
	d, err := parseDefinition(l.Definition, l.Name)
	if err != nil {
		return l, false, err
	}
	text := schema
	if schema == "" && d.Introspect == nil && l.SchemaDigest != "" {
		if text, err = r.Schema(l.SchemaDigest); err != nil {
			return l, false, err
		}
	}
	if schema != "" {
		l.SchemaDigest = digestOf(schema)
	}
	l.SchemaFile = d.Schema
	return l, d.Introspect != nil, checkSchema(d, text)
}

// parseDefinition reads the text of a layer.yaml that came in a request. name is the one that it must have, or "".
func parseDefinition(text, name string) (scope.Layer, error) {
	d, problems := scope.ParseLayer(scope.LayerFile, []byte(text))
	if len(problems) > 0 {
		e := &Error{Kind: Invalid, Code: CodeDefinition, Message: "the definition is no layer.yaml"}
		for _, p := range problems {
			e.Details = append(e.Details, Detail{Pointer: "/definition", Message: p.Position.String() + ": " + p.Message, Hint: hintOf(p)})
		}
		return d, e
	}
	if d.OnNewFields == scope.NewFieldsRestrict {
		return d, refused(Invalid, CodeDefinition, "/definition",
			"`on_new_fields: restrict` needs the %s of an access directory: apply the files instead", scope.LockFile)
	}
	if name != "" && d.Name != name {
		return d, refused(Invalid, CodeDefinition, "/definition", "the name of a data layer never changes: this one is %s", name)
	}
	return d, nil
}

func hintOf(p scope.Problem) string {
	if p.Suggestion != "" {
		return "did you mean `" + p.Suggestion + "`?"
	}
	return p.Hint
}

// checkSchema refuses a schema that cannot be used, and one that is missing or has no place.
func checkSchema(d scope.Layer, text string) error {
	switch {
	case d.Introspect != nil && text == "":
		return nil
	case d.Introspect != nil:
		return refused(Invalid, CodeSchema, "/schema", "the schema of this data layer is read from its upstream: leave it out, or take `introspect` out")
	case text == "":
		return refused(Invalid, CodeSchema, "/schema", "the schema is missing: SDL, or `introspect` in the definition")
	}
	if _, err := loadSchema(d, d.Schema, text); err != nil {
		return &Error{
			Kind: Unprocessable, Code: CodeSchema, Message: "the schema cannot be used", Err: err,
			Details: []Detail{{Pointer: "/schema", Message: err.Error()}},
		}
	}
	return nil
}

func loadSchema(d scope.Layer, file, text string) (*gql.Schema, error) {
	return gql.LoadSchema(file, text, gql.LoadOptions{Lenient: d.Validation.Schema == scope.SchemaLenient})
}

func fileOwned(what, file string) *Error {
	return &Error{
		Kind: FileOwned, Code: CodeFileOwned,
		Message: fmt.Sprintf("the %s is owned by the file %s: change it there, and apply the files", what, file),
	}
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func putSchema(w store.Writer, text string) error {
	if text == "" {
		return nil
	}
	return w.PutSchema(digestOf(text), text)
}

// DeleteLayer deletes a data layer with its scopes and revokes its tokens. Its name is not used again. One that files own is
// deleted too: files cannot say it, and applying files that still define it fails.
func (c *Control) DeleteLayer(ctx context.Context, by store.Origin, layer string, version uint64) error {
	l, err := c.Layer(ctx, layer)
	if err != nil {
		return err
	}
	g := c.guarded(l)
	g.gate.Lock() // a sync that starts meanwhile must not bring the data layer back
	defer g.gate.Unlock()
	_, err = c.change(ctx, by, func(w store.Writer) error { return found("data layer", w.DeleteLayer(l.ID, version)) })
	if err != nil {
		return err
	}
	c.registry.remove(l.Name)
	c.forget(l.ID)
	if c.o.Removed != nil {
		c.o.Removed(l.Name)
	}
	return nil
}
