package control

import (
	"errors"

	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/store"
)

// rows are what a revision of a data layer is compiled from, read at one sequence.
type rows struct {
	head   store.Head
	layer  store.DataLayer
	scopes []store.Scope
	digest string // of the schema in force
	schema string
	lock   string // text of the schema.lock; "" when there is none
}

// errNoSchema is a data layer whose schema was not read yet.
var errNoSchema = errors.New("the data layer's schema was not read yet")

func readRows(r store.Reader, l store.DataLayer) (in rows, err error) {
	in.layer = l
	if in.head, err = r.Head(); err != nil {
		return in, err
	}
	if in.scopes, err = r.Scopes(l.ID); err != nil {
		return in, err
	}
	if in.digest, err = digestInForce(r, l); err != nil {
		return in, err
	}
	if in.schema, err = r.Schema(in.digest); err == nil && l.LockDigest != "" {
		in.lock, err = r.Schema(l.LockDigest)
	}
	return in, err
}

// digestInForce returns the digest of the schema that the next revision has: that of the pinned revision, or the current one.
func digestInForce(r store.Reader, l store.DataLayer) (string, error) {
	if l.Pinned != 0 {
		pinned, err := revision(r, l, l.Pinned)
		return pinned.SchemaDigest, err
	}
	if l.SchemaDigest == "" {
		return "", &Error{Kind: Conflict, Code: CodeNoSchema, Message: errNoSchema.Error() + ": look at its syncs", Err: errNoSchema}
	}
	return l.SchemaDigest, nil
}

func (in rows) definition() (scope.Layer, error) {
	d, problems := scope.ParseLayer(definitionName(in.layer), []byte(in.layer.Definition))
	return d, problems.Err()
}

func definitionName(l store.DataLayer) string {
	if l.File != "" {
		return l.File
	}
	return scope.LayerFile
}

// schemaName is how errors call the schema.
func (in rows) schemaName() string {
	if in.layer.SchemaFile == "" {
		return "schema of the upstream"
	}
	return in.layer.SchemaFile
}

// sourceOf is how errors and warnings call the place where a scope was written.
func sourceOf(s store.Scope) string {
	if s.File != "" {
		return s.File
	}
	return "scope " + s.Name
}

// schemaInForce returns the schema that the next revision has. It is kept until another one is in force.
func (c *Control) schemaInForce(r store.Reader, l store.DataLayer) (*gql.Schema, error) {
	digest, err := digestInForce(r, l)
	if err != nil {
		return nil, err
	}
	in := rows{layer: l}
	d, err := in.definition()
	if err != nil {
		return nil, err
	}
	g := c.guarded(l)
	key := schemaKey{digest, d.Validation.Schema}
	if known := g.schema.Load(); known != nil && known.key == key {
		return known.schema, nil
	}
	text, err := r.Schema(digest)
	if err != nil {
		return nil, err
	}
	schema, err := loadSchema(d, in.schemaName(), text)
	if err != nil {
		return nil, &Error{Kind: Conflict, Code: CodeSchema, Message: "the data layer's schema cannot be used", Err: err}
	}
	g.schema.Store(&knownSchema{key, schema})
	return schema, nil
}

type schemaKey struct {
	digest     string
	validation scope.SchemaValidation
}

type knownSchema struct {
	key    schemaKey
	schema *gql.Schema
}
