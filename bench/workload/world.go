package workload

import (
	"embed"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/fieldgate/fieldgate/engine/gql"
)

// Sizes are the numbers of fields of the operations.
func Sizes() []int { return []int{5, 30, 200} }

// Restricted are the numbers of restricted coordinates.
func Restricted() []int { return []int{10, 1_000, 100_000} }

// Schemas are the names of the published schemas.
func Schemas() []string { return []string{"github", "storefront"} }

// published are the places of the schemas in this module's and the main module's pinned npm packages.
var published = map[string]string{
	"github":     "bench/node/node_modules/@octokit/graphql-schema/schema.graphql",
	"storefront": "testdata/npm/node_modules/@shopify/hydrogen-react/storefront.schema.json",
}

//go:embed operations
var operations embed.FS

// World is a schema with what is restricted in it and the operations to decide.
type World struct {
	Schema     string
	SDL        string
	Operations []*Operation
	// Scopes are the coordinates of each scope, by its name; every coordinate is in one scope.
	Scopes map[string][]string
	// Covers are the scopes of each restricted coordinate.
	Covers map[string][]string
	// Coordinates are all coordinates of the schema, restricted or not, sorted.
	Coordinates []string
	// Held are the scopes that the token holds, sorted: they open seven eighths of the restricted fields that the
	// operations select.
	Held []string
	// Rest are the scopes that open the other eighth, sorted.
	Rest []string
	// Others are scopes that open nothing that an operation selects, sorted.
	Others []string

	doc *ast.Schema
}

// Operation is a document and what deciding it comes down to.
type Operation struct {
	Size      int
	Query     string
	Name      string
	Variables map[string]any
	// Coordinates are the coordinates that some field needs, each once, in document order.
	Coordinates []string
	// Fields has for each selected field, in document order, the places in Coordinates of what it needs.
	Fields [][]int
	// Selected are the coordinates of those fields themselves, as they are written.
	Selected []string
}

// Load reads a published schema of the checkout at root and restricts so many coordinates of it. The schema is extended
// with generated types when it has fewer.
func Load(root, schema string, restricted int) (*World, error) {
	return LoadSpread(root, schema, restricted, min(max(10, restricted/10), 1_000))
}

// LoadSpread is Load with so many scopes.
func LoadSpread(root, schema string, restricted, scopes int) (*World, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(published[schema])))
	if err != nil {
		return nil, fmt.Errorf("%w (run `make bench-setup`)", err)
	}
	loaded, err := gql.LoadSchema(schema, string(text), gql.LoadOptions{Lenient: true})
	if err != nil {
		return nil, err
	}
	w := &World{Schema: schema, SDL: loaded.SDL()}
	if err := w.extend(loaded, restricted); err != nil {
		return nil, err
	}
	doc, err := parsed(w.SDL)
	if err != nil {
		return nil, err
	}
	w.doc = doc
	if err := w.readOperations(doc); err != nil {
		return nil, err
	}
	w.restrict(doc, restricted, scopes)
	return w, nil
}

func (w *World) readOperations(doc *ast.Schema) error {
	for _, size := range Sizes() {
		text, err := operations.ReadFile(path.Join("operations", fmt.Sprintf("%s-%d.graphql", w.Schema, size)))
		if err != nil {
			return err
		}
		op, err := compile(doc, string(text))
		if err != nil {
			return fmt.Errorf("%s-%d: %w", w.Schema, size, err)
		}
		if op.Size != size {
			return fmt.Errorf("%s-%d has %d fields", w.Schema, size, op.Size)
		}
		w.Operations = append(w.Operations, op)
	}
	return nil
}

// Operation returns the operation of a size.
func (w *World) Operation(size int) *Operation {
	i := slices.IndexFunc(w.Operations, func(o *Operation) bool { return o.Size == size })
	return w.Operations[i]
}

// Enough returns the scopes of a token that reads all that the operations select, sorted.
func (w *World) Enough() []string { return slices.Sorted(slices.Values(slices.Concat(w.Held, w.Rest))) }

// Readable reports what the scopes held open, the slow and obvious way.
func (w *World) Readable(coordinate string, held []string) bool {
	covers := w.Covers[coordinate]
	return len(covers) == 0 || slices.ContainsFunc(covers, func(s string) bool { return slices.Contains(held, s) })
}
