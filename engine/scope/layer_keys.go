package scope

import (
	"regexp"
	"time"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// layerFile is what a layer.yaml holds.
var layerFile = object(
	required("data_layer", "Name of the data layer; it stands in the URL of the guarded API.",
		matching("data layer name", regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`),
			"use up to 63 small letters, digits, `_` and `-`, beginning with a letter or digit: it goes into URLs"),
		func(l *Layer) *string { return &l.Name }),
	optional("schema", "Path of the schema, relative to this file: SDL (.graphql, .graphqls, .gql) or an introspection result (.json). "+
		"schema.graphql when neither this nor introspect is set.",
		schemaPath, func(l *Layer) *string { return &l.Schema }),
	optional("introspect", "Read the schema from the upstream by introspection instead of from a file.",
		pointer(introspect), func(l *Layer) **Introspect { return &l.Introspect }),
	optional("upstream", "The GraphQL API that is guarded.",
		upstream, func(l *Layer) *Upstream { return &l.Upstream }),
	optional("data_sources", "Where the parts of the schema come from; the first match wins, the rest is generic.",
		orEmpty(listOf("data source", dataSource, func(s DataSource) string { return s.Name })),
		func(l *Layer) *[]DataSource { return &l.DataSources }),
	defaulted("mode", "What happens to denied selections: they are pruned from the operation, the operation is rejected, "+
		"they are only observed, or hidden as if the schema did not have them.",
		oneOf("mode", ModePrune, ModeReject, ModeObserve, ModeHide), ModePrune, func(l *Layer) *Mode { return &l.Mode }),
	defaulted("match", "Whether a token must hold any or all of the scopes that cover a coordinate.",
		oneOf("match", MatchAny, MatchAll), MatchAny, func(l *Layer) *Match { return &l.Match }),
	defaulted("abstract", "A field on an interface or union that some possible type does not open is denied, or narrowed to the types that do. "+
		"Always narrow under mode hide.",
		oneOf("abstract", AbstractDeny, AbstractNarrow), AbstractDeny, func(l *Layer) *Abstract { return &l.Abstract }),
	defaulted("operations", "The operation types that tokens may run.",
		listOf("operation type", oneOf("operation type", OperationQuery, OperationMutation, OperationSubscription), itself[Operation]).
			describe(jsonSchema{"uniqueItems": true}),
		[]Operation{OperationQuery}, func(l *Layer) *[]Operation { return &l.Operations }),
	defaulted("directives", "Executable directives that are let through besides those of the GraphQL specification. "+
		"A data source of type shopify adds inContext.",
		orEmpty(listOf("directive", directive, itself[string])).describe(jsonSchema{"uniqueItems": true}),
		nil, func(l *Layer) *[]string { return &l.Directives }),
	defaulted("introspection", "Introspection shows the token's view of the schema, or is off.",
		oneOf("introspection", IntrospectionView, IntrospectionOff), IntrospectionView, func(l *Layer) *Introspection { return &l.Introspection }),
	defaulted("deleted_scopes", "Scopes that were deleted on purpose: every token loses them.",
		orEmpty(listOf("scope", scopeName, itself[string])).describe(jsonSchema{"uniqueItems": true}),
		nil, func(l *Layer) *[]string { return &l.DeletedScopes }),
	defaulted("public", "Coordinates that are in no scope on purpose, for `check --require-classification`; `*` stands for any part of a name.",
		orEmpty(listOf("coordinate", entry, func(e Entry) string { return e.Text })).describe(jsonSchema{"uniqueItems": true}),
		nil, func(l *Layer) *[]Entry { return &l.Public }),
	defaulted("on_new_fields", "Whether tokens may read coordinates that are not in schema.lock, or nobody may until `fieldgate schema accept`.",
		oneOf("treatment of new fields", NewFieldsAllow, NewFieldsRestrict), NewFieldsAllow, func(l *Layer) *OnNewFields { return &l.OnNewFields }),
	optional("guards", "What inputs stand for, besides what is derived: a list of the output fields whose restriction they share, "+
		"or {remove: reason} to let them through.",
		guards, func(l *Layer) *map[string]GuardEntry { return &l.Guards }),
	optional("guards_off", "Rules by which guards are derived that do not hold here, each with the reason; `*` is every rule.",
		guardsOff, func(l *Layer) *map[string]string { return &l.GuardsOff }),
	defaulted("escapes", "Inputs that may read restricted fields without naming them (free text, JSON, sort keys as text) are reported, "+
		"or guarded like those that do.",
		oneOf("treatment of escapes", EscapesWarn, EscapesDeny), EscapesWarn, func(l *Layer) *Escapes { return &l.Escapes }),
	optional("validation", "How strictly the schema and operations are read.",
		validation, func(l *Layer) *Validation { return &l.Validation }),
)

var introspect = object(
	defaulted("every", "How often the upstream is asked, as in 30s, 5m or 1h.",
		duration(time.Second, 7*24*time.Hour), 5*time.Minute, func(i *Introspect) *time.Duration { return &i.Every }),
)

var upstream = object(
	required("url", "URL of the GraphQL endpoint (http or https). ${NAME} stands for an environment variable.",
		endpoint, func(u *Upstream) *string { return &u.URL }),
	optional("headers", "Headers sent with every request. ${NAME} stands for an environment variable.",
		headers, func(u *Upstream) *map[string]string { return &u.Headers }),
)

var dataSource = object(
	required("name", "Name of the data source, unique in the layer.",
		matching("data source name", regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`),
			"use up to 63 letters, digits, `.`, `_` and `-`, beginning with a letter or digit"),
		func(s *DataSource) *string { return &s.Name }),
	defaulted("type", "Kind of system; it selects the rules by which arguments are guarded.",
		oneOf("data source type", SourceContentstack, SourceDrupal, SourceShopify, SourceConnect, SourceGeneric),
		SourceGeneric, func(s *DataSource) *SourceType { return &s.Type }),
	required("types", "Names of the types that belong to the data source; `*` stands for any part of a name.",
		listOf("type", typePattern, coord.Pattern.String).describe(jsonSchema{"uniqueItems": true}),
		func(s *DataSource) *[]coord.Pattern { return &s.Types }),
)

var validation = object(
	defaulted("schema", "Lenient accepts SDL that uses directives it does not define.",
		oneOf("schema validation", SchemaStrict, SchemaLenient), SchemaStrict, func(v *Validation) *SchemaValidation { return &v.Schema }),
	defaulted("overlapping_fields", "Whether fields of one name that cannot be merged are an error or left to the upstream.",
		oneOf("treatment of overlapping fields", OverlappingError, OverlappingIgnore), OverlappingError,
		func(v *Validation) *OverlappingFields { return &v.OverlappingFields }),
)

var directive = parsed(jsonSchema{
	"pattern": `^@?[_A-Za-z][_0-9A-Za-z]*$`,
	"not":     jsonSchema{"pattern": `^@?(skip|include|defer|stream)$`},
}, func(s string) any { return s }, directiveName)

// typePattern is the name of a type that may hold `*`.
var typePattern = parsed(jsonSchema{"pattern": `^[_A-Za-z*][_0-9A-Za-z*]*$`, "not": jsonSchema{"pattern": `\*\*`}},
	func(p coord.Pattern) any { return p.String() },
	func(s string) (coord.Pattern, *fault) {
		p, err := coord.ParsePattern(s)
		if err != nil {
			f := coordinateFault(s, err)
			f.message = "bad type name" + f.message[len("malformed coordinate"):]
			return p, f
		}
		if p.Depth() != 1 {
			return p, &fault{message: "bad type name " + quote(s), hint: "a data source has whole types: write `" + p.Parts().Type + "`"}
		}
		return p, nil
	})

func itself[S ~string](s S) string { return string(s) }
