package scope

import (
	"slices"
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// Layer is a layer.yaml: one data layer and how it is guarded.
type Layer struct {
	Name          string      // data_layer; it goes into URLs
	Schema        string      // slash path of the schema file relative to the layer's folder, or ""
	Introspect    *Introspect // where the schema comes from when Schema is ""
	Upstream      Upstream
	DataSources   []DataSource // first match wins
	Mode          Mode
	Match         Match
	Abstract      Abstract // narrow under `mode: hide` (R15)
	Operations    []Operation
	Directives    []string // names without @, as written; see ExecutableDirectives
	Introspection Introspection
	DeletedScopes []string
	Public        []Entry     // what is meant to be in no scope
	OnNewFields   OnNewFields // what becomes of coordinates that are not in the lock
	Validation    Validation
	Guards        map[string]GuardEntry // by coordinate of an argument, input field, enum value or output field
	GuardsOff     map[string]string     // rule, or `*` for every rule, to the reason why it is off
	Escapes       Escapes
	Position      Position  // of the name
	Positions     Positions // by path, as in "data_sources[0].types[1]"
}

// Introspect is the reading of a schema from the upstream.
type Introspect struct {
	Every time.Duration
}

// Upstream is the GraphQL API behind a data layer. URL and header values may
// hold ${VARIABLE} references, see Expand.
type Upstream struct {
	URL     string // "" when the layer has none
	Headers map[string]string
}

// DataSource is where the types that one of Types matches come from.
type DataSource struct {
	Name  string
	Type  SourceType
	Types []coord.Pattern // of depth 1
}

// SourceType is a kind of data source; it selects guard rules.
type SourceType string

// The types of data sources.
const (
	SourceContentstack SourceType = "contentstack"
	SourceDrupal       SourceType = "drupal"
	SourceShopify      SourceType = "shopify"
	SourceConnect      SourceType = "connect"
	SourceGeneric      SourceType = "generic"
)

// Mode is what happens to denied selections (R15).
type Mode string

// The modes.
const (
	ModePrune   Mode = "prune"
	ModeReject  Mode = "reject"
	ModeObserve Mode = "observe"
	ModeHide    Mode = "hide"
)

// Match is how many of the scopes that cover a coordinate a token must hold (R2).
type Match string

// The ways to match.
const (
	MatchAny Match = "any"
	MatchAll Match = "all"
)

// Abstract is how fields on interfaces and unions are decided (R11, R12).
type Abstract string

// The ways to decide on abstract types.
const (
	AbstractDeny   Abstract = "deny"
	AbstractNarrow Abstract = "narrow"
)

// Operation is a GraphQL operation type.
type Operation string

// The operation types.
const (
	OperationQuery        Operation = "query"
	OperationMutation     Operation = "mutation"
	OperationSubscription Operation = "subscription"
)

// Introspection is how `__schema` and `__type` are answered (R13).
type Introspection string

// The ways to answer introspection.
const (
	IntrospectionView Introspection = "view"
	IntrospectionOff  Introspection = "off"
)

// Validation is how strictly schema and operations are read.
type Validation struct {
	Schema            SchemaValidation
	OverlappingFields OverlappingFields
}

// SchemaValidation is how strictly the SDL is read.
type SchemaValidation string

// The ways to read SDL.
const (
	SchemaStrict  SchemaValidation = "strict"
	SchemaLenient SchemaValidation = "lenient"
)

// OverlappingFields is what becomes of fields that cannot be merged.
type OverlappingFields string

// The ways to treat overlapping fields.
const (
	OverlappingError  OverlappingFields = "error"
	OverlappingIgnore OverlappingFields = "ignore"
)

// GuardEntry changes what is derived for one coordinate (R14): it stands for selecting the coordinates of
// Needs, besides what the rules find, or for none, with the reason in Remove.
type GuardEntry struct {
	Needs  []coord.Coordinate
	Remove string
}

// Escapes is what becomes of inputs of which the schema does not say what they read.
type Escapes string

// The ways to treat escapes.
const (
	EscapesWarn Escapes = "warn"
	EscapesDeny Escapes = "deny"
)

// AllGuards turns every guard rule off.
const AllGuards = "*"

// defaultSchema is the schema file of a layer that names none and does not introspect.
const defaultSchema = "schema.graphql"

// ParseLayer reads a layer.yaml and fills in defaults. The Layer is incomplete
// when there are problems; they are sorted by position. file is only used in
// positions.
func ParseLayer(file string, src []byte) (Layer, Problems) {
	l, positions, problems := decode(file, src, layerFile)
	l.Positions, l.Position = positions, positions.At("data_layer")
	problems = append(problems, l.contradictions()...)
	if !positions.Has("schema") && !positions.Has("introspect") {
		l.Schema = defaultSchema
	}
	if l.Mode == ModeHide {
		l.Abstract = AbstractNarrow
	}
	problems.Sort()
	return l, problems
}

// DefaultLayer returns the layer that a layer.yaml with nothing but this
// data_layer makes. Its positions are empty.
func DefaultLayer(name string) Layer {
	l := layerFile.unset()
	l.Name, l.Schema = name, defaultSchema
	return l
}

// contradictions returns problems between keys that are each well formed.
func (l Layer) contradictions() (problems Problems) {
	at := l.Positions
	if at.Has("schema") && at.Has("introspect") {
		problems = append(problems, Problem{Position: later(at["schema"], at["introspect"]),
			Message: "both `schema` and `introspect` are set", Hint: "the schema comes from one of them, remove the other"})
	}
	if l.Introspect != nil && !at.Has("upstream") {
		problems = append(problems, Problem{Position: at["introspect"],
			Message: "`introspect` needs `upstream.url`", Hint: "say which API to ask, or name a schema file with `schema`"})
	}
	if l.Mode == ModeHide && l.Abstract == AbstractDeny && at.Has("abstract") {
		problems = append(problems, Problem{Position: at["abstract"],
			Message: "`mode: hide` implies `abstract: narrow`", Hint: "remove the line or write `abstract: narrow`"})
	}
	return problems
}

func later(a, b Position) Position {
	if a.Compare(b) > 0 {
		return a
	}
	return b
}

// ExecutableDirectives returns, sorted and without @, the directives that
// clients may use besides those of the GraphQL specification: the listed ones,
// and inContext when a data source is of type shopify (R8).
func (l Layer) ExecutableDirectives() []string {
	names := slices.Clone(l.Directives)
	if slices.ContainsFunc(l.DataSources, func(s DataSource) bool { return s.Type == SourceShopify }) {
		names = append(names, "inContext")
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// DataSourceOf returns the first data source that a type belongs to, or one of
// type generic without a name.
func (l Layer) DataSourceOf(typeName string) DataSource {
	for _, source := range l.DataSources {
		if slices.ContainsFunc(source.Types, func(p coord.Pattern) bool { return p.MatchType(typeName) }) {
			return source
		}
	}
	return DataSource{Type: SourceGeneric}
}

// directiveName normalises the name of an executable directive.
func directiveName(s string) (string, *fault) {
	name := strings.TrimPrefix(s, "@")
	switch c, err := coord.Parse(name); {
	case err != nil || c.Depth() != 1:
		return "", &fault{message: "bad directive name " + quote(s), hint: "write it like `inContext`, without arguments"}
	case name == "skip" || name == "include":
		return "", &fault{message: "`@" + name + "` is always let through", hint: "remove it"}
	case name == "defer" || name == "stream":
		return "", &fault{message: "`@" + name + "` is always stripped", hint: "remove it; what it applies to is sent in one answer"}
	}
	return name, nil
}
