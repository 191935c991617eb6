package engine

import (
	"slices"

	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Catalog is the whole schema of a snapshot with what restricts it, for members who write scopes. What is empty is left out of
// its JSON: most of a schema is neither restricted nor described.
type Catalog struct {
	Scopes      []string        `json:"scopes" doc:"names, sorted; covers are indices into it"`
	DataSources []CatalogSource `json:"data_sources" doc:"in the order of the layer's definition"`
	Types       []CatalogType   `json:"types" doc:"by name"`
}

// CatalogSource is a data source of the layer.
type CatalogSource struct {
	Name string `json:"name"`
	Type string `json:"type" enum:"contentstack,drupal,shopify,connect,generic"`
}

// CatalogType is a type.
type CatalogType struct {
	Name        string         `json:"name"`
	Kind        string         `json:"kind" enum:"OBJECT,INTERFACE,UNION,INPUT_OBJECT,ENUM,SCALAR"`
	Description string         `json:"description,omitempty"`
	Source      int            `json:"source" doc:"index of its data source, -1 for none"`
	Covers      []int          `json:"covers,omitempty" doc:"indices of the scopes that cover it; absent: no scope does"`
	New         bool           `json:"new,omitempty" doc:"only holders of a scope that covers it read it before it is accepted into schema.lock"`
	Public      bool           `json:"public,omitempty" doc:"under public in the layer's definition: in no scope on purpose"`
	Fields      []CatalogField `json:"fields,omitempty"`
	Values      []CatalogValue `json:"values,omitempty"`
	Implements  []string       `json:"implements,omitempty" doc:"interfaces"`
	Members     []string       `json:"members,omitempty" doc:"of a union"`
}

// CatalogField is a field of an object, interface or input type.
type CatalogField struct {
	Name        string            `json:"name"`
	Type        string            `json:"type" doc:"as in [Product!]!"`
	Description string            `json:"description,omitempty"`
	Covers      []int             `json:"covers,omitempty"`
	New         bool              `json:"new,omitempty"`
	Sensitive   string            `json:"sensitive,omitempty" doc:"what makes it look sensitive: advice, names are not proof"`
	Public      bool              `json:"public,omitempty"`
	Arguments   []CatalogArgument `json:"arguments,omitempty"`
}

// CatalogArgument is an argument of a field.
type CatalogArgument struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
	Covers      []int  `json:"covers,omitempty"`
	New         bool   `json:"new,omitempty"`
}

// CatalogValue is a value of an enum.
type CatalogValue struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Covers      []int  `json:"covers,omitempty"`
	New         bool   `json:"new,omitempty"`
}

// Catalog returns the schema with what restricts it. l is the definition of the data layer, of which the snapshot knows no
// data sources. It takes long enough on a large schema to be kept.
func (s *Snapshot) Catalog(l scope.Layer) *Catalog {
	c := &cataloger{snapshot: s, index: map[string]int{}, public: gql.NewSet(s.schema.Len())}
	out := &Catalog{Scopes: s.scopeNames(), DataSources: []CatalogSource{}, Types: []CatalogType{}}
	if out.Scopes == nil {
		out.Scopes = []string{}
	}
	for i, name := range out.Scopes {
		c.index[s.scopeIDs[name]] = i
	}
	for _, source := range l.DataSources {
		out.DataSources = append(out.DataSources, CatalogSource{Name: source.Name, Type: string(source.Type)})
	}
	for _, e := range l.Public {
		for _, id := range s.schema.Match(e.Pattern) {
			c.public.Add(id)
		}
	}
	for _, t := range s.schema.Outline() {
		out.Types = append(out.Types, c.typ(t, SourceIndex(l, t.Name)))
	}
	return out
}

type cataloger struct {
	snapshot *Snapshot
	index    map[string]int // of a scope in the list, by its id
	public   gql.Set
}

func (c *cataloger) typ(t gql.TypeOutline, source int) CatalogType {
	out := CatalogType{
		Name: t.Name, Kind: t.Kind, Description: t.Description, Source: source, Public: c.public.Has(t.ID), Implements: t.Implements, Members: t.Members,
	}
	out.Covers, out.New = c.covers(t.ID)
	for _, f := range t.Fields {
		out.Fields = append(out.Fields, c.field(f))
	}
	for _, v := range t.Values {
		value := CatalogValue{Name: v.Name, Description: v.Description}
		value.Covers, value.New = c.covers(v.ID)
		out.Values = append(out.Values, value)
	}
	return out
}

func (c *cataloger) field(f gql.FieldOutline) CatalogField {
	out := CatalogField{Name: f.Name, Type: f.Type, Description: f.Description, Public: c.public.Has(f.ID)}
	out.Covers, out.New = c.covers(f.ID)
	if _, selected := c.snapshot.schema.Output(f.ID); selected && f.Named != "Boolean" && !out.Public {
		_, out.Sensitive = looksSensitive(f.Name, f.Description)
	}
	for _, a := range f.Arguments {
		argument := CatalogArgument{Name: a.Name, Type: a.Type, Description: a.Description}
		argument.Covers, argument.New = c.covers(a.ID)
		out.Arguments = append(out.Arguments, argument)
	}
	return out
}

func (c *cataloger) covers(id gql.ID) (covers []int, isNew bool) {
	for _, scopeID := range c.snapshot.content.Coordinates[c.snapshot.schema.Name(id)] {
		if i, ok := c.index[scopeID]; ok {
			covers = append(covers, i)
		} else {
			isNew = true
		}
	}
	slices.Sort(covers)
	return covers, isNew
}

// SourceIndex returns the place of a type's data source in the definition of its data layer, or -1.
func SourceIndex(l scope.Layer, typeName string) int {
	_, i := sourceOf(l, coord.Coordinate{Type: typeName})
	return i
}
