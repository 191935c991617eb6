package gql

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// Guard says that using an input, or selecting a derived output, is reading fields (R14): it needs what
// selecting each of them needs.
type Guard struct {
	At        ID        // an argument, an input field, an enum value, or a derived output field
	Rule      GuardRule // why
	StandsFor []ID      // output fields, or types for "something of it"; sorted
}

// GuardRule names a way of deriving guards. docs/guards.md explains each.
type GuardRule string

// The rules. The last two make no guard by themselves: a layer says so.
const (
	GuardFieldName      GuardRule = "field-name"      // an argument or input field called as a field
	GuardOperator       GuardRule = "operator-suffix" // the same with an operator, as in title_in
	GuardSortValue      GuardRule = "sort-value"      // a value of a sort or selector enum called as a field
	GuardPathValue      GuardRule = "path-value"      // a___b___c
	GuardSimilarName    GuardRule = "similar-name"    // channels for channel, createdAt for created
	GuardRelatedName    GuardRule = "related-name"    // placedOrders for what orders holds
	GuardMatchedObject  GuardRule = "matched-object"  // a text that is compared with an object
	GuardUnknownName    GuardRule = "unknown-name"    // any name, on a type of which everything is restricted
	GuardEntrySystem    GuardRule = "entry-system"    // contentstack: created_by for system.created_by
	GuardEntryReference GuardRule = "entry-reference" // contentstack: author for authorConnection
	GuardConnection     GuardRule = "connection"      // counts, edges and nodes
	GuardAggregate      GuardRule = "aggregate"       // avg { cost }
	GuardAdded          GuardRule = "added"           // by the layer file
	GuardEscape         GuardRule = "escape"          // an escape, under `escapes: deny`
)

// GuardRules returns the rules that can be turned off, in the order of the documentation.
func GuardRules() []GuardRule {
	return []GuardRule{
		GuardFieldName, GuardOperator, GuardSortValue, GuardPathValue, GuardSimilarName, GuardRelatedName, GuardMatchedObject,
		GuardUnknownName, GuardEntrySystem, GuardEntryReference, GuardConnection, GuardAggregate,
	}
}

// EscapeKind names a kind of input or output of which the schema does not say what it reads.
type EscapeKind string

// The kinds of escapes.
const (
	EscapeFreeText EscapeKind = "free-text"  // query: "cost:>5"
	EscapeSortText EscapeKind = "sort-text"  // a sort key that is a text
	EscapeUntyped  EscapeKind = "untyped"    // JSON and the like
	EscapeCursor   EscapeKind = "cursor"     // holds the values that its list is sorted by
	EscapeRecord   EscapeKind = "raw-record" // an output field that holds a whole record
	EscapeDefault  EscapeKind = "schema-default"
)

// Escape is an input or output that may read restricted fields without naming them.
type Escape struct {
	At        ID
	Kind      EscapeKind
	StandsFor []ID // the restricted fields that it may read, as far as the schema tells; sorted, may be empty
}

// GuardSource is a kind of data source; it selects what names mean.
type GuardSource string

// The kinds of data sources that add rules or words. For any other value the general rules apply, and
// those of every kind for GuardGeneric.
const (
	GuardContentstack GuardSource = "contentstack"
	GuardDrupal       GuardSource = "drupal"
	GuardShopify      GuardSource = "shopify"
	GuardConnect      GuardSource = "connect"
	GuardGeneric      GuardSource = "generic"
)

// GuardOptions say how guards are derived.
type GuardOptions struct {
	Source func(typeName string) GuardSource
	Off    func(GuardRule) bool
}

// Derivation is what the schema says about inputs. Guards are sorted by coordinate and rule, escapes by
// coordinate and kind.
type Derivation struct {
	Guards  []Guard
	Escapes []Escape
}

// Deriver derives the guards of one schema. It keeps what does not depend on what is restricted. It is safe for concurrent use.
type Deriver struct {
	mu       sync.Mutex // one derivation at a time: the lexicon grows
	lexicon  *lexicon
	defaults func() map[ID][]ID
}

// Deriver returns what derives the guards of the schema.
func (s *Schema) Deriver(o GuardOptions) *Deriver {
	return &Deriver{lexicon: newLexicon(s, o), defaults: sync.OnceValue(s.Defaults)}
}

// Defaults returns what Schema.Defaults does, found once. The caller must not change it.
func (x *Deriver) Defaults() map[ID][]ID { return x.defaults() }

// Derive finds the guards of what stands for something restricted, and the escapes. It looks at each argument once for each
// type that its field returns, and at each input type once for each type that it stands beside.
func (x *Deriver) Derive(restricted Set) Derivation {
	x.mu.Lock()
	defer x.mu.Unlock()
	d, s := newDeriver(x.lexicon, restricted), x.lexicon.schema
	for _, t := range s.sorted {
		d.outputs(t)
	}
	for _, t := range s.sorted {
		if !t.def.IsCompositeType() || t.possible == nil {
			continue
		}
		for _, f := range t.def.Fields {
			if m := t.members[f.Name]; m != nil {
				d.field(t, m)
			}
		}
	}
	return d.result()
}

type (
	guardKey struct {
		at   ID
		rule GuardRule
	}
	escapeKey struct {
		at   ID
		kind EscapeKind
	}
)

func (d *deriver) result() Derivation {
	var out Derivation
	for k, ids := range d.guards {
		out.Guards = append(out.Guards, Guard{At: k.at, Rule: k.rule, StandsFor: slices.Sorted(maps.Keys(ids))})
	}
	slices.SortFunc(out.Guards, func(a, b Guard) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Rule, b.Rule)) })
	for k, ids := range d.escapes {
		out.Escapes = append(out.Escapes, Escape{At: k.at, Kind: k.kind, StandsFor: slices.Sorted(maps.Keys(ids))})
	}
	slices.SortFunc(out.Escapes, func(a, b Escape) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind)) })
	return out
}

// record notes that an input stands for selecting the fields of path, one in the other. A rule that is
// turned off says what an input is, but makes no guard of it.
func (d *deriver) record(at ID, rule GuardRule, path ...*member) {
	if !d.on(rule) {
		return
	}
	for _, m := range path {
		if d.hot(m) {
			d.add(at, rule, m.id)
		}
	}
}

func (d *deriver) add(at ID, rule GuardRule, standsFor ID) {
	k := guardKey{at, rule}
	if d.guards[k] == nil {
		d.guards[k] = map[ID]bool{}
	}
	d.guards[k][standsFor] = true
}

// escape notes an escape over what objects of a type hold, and what the objects that they lead to hold.
func (d *deriver) escape(at ID, kind EscapeKind, on *typ) {
	k := escapeKey{at, kind}
	if d.escapes[k] == nil {
		d.escapes[k] = map[ID]bool{}
	}
	for _, m := range d.around(on) {
		d.escapes[k][m.id] = true
	}
}

// around returns the restricted fields of a type and of the types that it leads to.
func (d *deriver) around(on *typ) []*member {
	if out, ok := d.near[on]; ok {
		return out
	}
	out := slices.Clone(d.hotMembers(on))
	for _, m := range d.members(on) {
		if m.named.possible != nil {
			for _, e := range d.elements(m.named) {
				out = append(out, d.hotMembers(e)...)
			}
		}
	}
	d.near[on] = out
	return out
}
