package gql

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// hit is what a name stands for: a way of fields, one in the other.
type hit struct {
	rule GuardRule
	path []*member
}

func (h hit) last() *member { return h.path[len(h.path)-1] }

// nameIndex finds the fields of an output type by name.
type nameIndex struct {
	folded    map[string]*member
	canonical [][]string // by the order of members
	members   []*member
	raw       []*member // those that may hold a whole record
}

func (d *lexicon) index(t *typ) *nameIndex {
	if x := d.names[t]; x != nil {
		return x
	}
	x := &nameIndex{folded: map[string]*member{}}
	for _, f := range t.def.Fields {
		m := t.members[f.Name]
		if m == nil {
			continue
		}
		x.members = append(x.members, m)
		if rawName(m) {
			x.raw = append(x.raw, m)
		}
		if _, ok := x.folded[fold(f.Name)]; !ok {
			x.folded[fold(f.Name)] = m
		}
	}
	d.names[t] = x
	return x
}

func (x *nameIndex) words(i int) []string {
	if x.canonical == nil {
		x.canonical = make([][]string, len(x.members))
		for i, m := range x.members {
			x.canonical[i] = canonical(wordsOf(m.name))
		}
	}
	return x.canonical[i]
}

// members returns the fields of a type in the order of the schema; of a union, those of the types that it can be.
func (d *lexicon) members(t *typ) []*member {
	if t.def.Kind != ast.Union {
		return d.index(t).members
	}
	var out []*member
	for _, o := range t.possible.types {
		out = append(out, d.index(o).members...)
	}
	return out
}

// resolve finds what a name beside a type stands for. A word that
// holds other inputs, compares or pages is a field only where the type has one of exactly that name.
func (d *deriver) resolve(name string, on *typ, plain GuardRule) []hit {
	if h, ok := d.named(name, on, plain); ok {
		return []hit{h}
	}
	if special(fold(name)) {
		return nil
	}
	if on.def.IsAbstractType() {
		var out []hit
		for _, o := range on.possible.types {
			if h, ok := d.named(name, o, plain); ok {
				out = append(out, h)
			}
		}
		if len(out) > 0 || on.def.Kind == ast.Union {
			return out
		}
	}
	if hits := d.similar(name, on); hits != nil {
		return hits
	}
	return d.related(name, on)
}

// named finds the field that a name is, with or without an operator.
func (d *deriver) named(name string, on *typ, plain GuardRule) (hit, bool) {
	if m := d.exact(name, on); m != nil {
		return hit{plain, []*member{m}}, true
	}
	if special(fold(name)) {
		return hit{}, false
	}
	if m := d.cut(name, func(prefix string) *member { return d.exact(prefix, on) }); m != nil {
		return hit{GuardOperator, []*member{m}}, true
	}
	if source := d.source(on); source != GuardContentstack && source != GuardGeneric {
		return hit{}, false
	}
	reference := func(prefix string) *member {
		if m := d.exact(prefix+"Connection", on); m != nil && m.named.possible != nil {
			return m
		}
		return nil
	}
	for _, find := range []func(string) *member{reference, func(name string) *member { return d.cut(name, reference) }} {
		if m := find(name); m != nil {
			return hit{GuardEntryReference, []*member{m}}, true
		}
	}
	return d.system(name, on)
}

// system finds the values that Contentstack filters and sorts by beside an entry's own fields, and
// answers under `system`.
func (d *deriver) system(name string, on *typ) (hit, bool) {
	system := on.members["system"]
	if system == nil || system.named.possible == nil || !strings.HasSuffix(system.named.def.Name, "SystemField") {
		return hit{}, false
	}
	exact := func(prefix string) *member { return d.exact(prefix, system.named) }
	m := exact(name)
	if m == nil {
		m = d.cut(name, exact)
	}
	if m == nil {
		return hit{}, false
	}
	return hit{GuardEntrySystem, []*member{system, m}}, true
}

func special(folded string) bool {
	return combinators[folded] || operators[folded] || neutral[folded] || freeTexts[folded]
}

func (d *deriver) exact(name string, on *typ) *member {
	if m := on.members[name]; m != nil {
		return m
	}
	return d.index(on).folded[fold(name)]
}

// cut takes operators off the end of a name until find knows it, the longest name first.
func (d *deriver) cut(name string, find func(prefix string) *member) *member {
	return d.cutWords(name, operators, find)
}

func (d *deriver) cutWords(name string, off map[string]bool, find func(prefix string) *member) *member {
	words := wordsOf(name)
	for k := len(words) - 1; k > 0 && off[words[k]]; k-- {
		if m := find(strings.Join(words[:k], "_")); m != nil {
			return m
		}
	}
	return nil
}

// similar finds fields whose names say the same in other words: first those that are equal but for
// plurals, ids and the like, then those that begin with the name or that the name begins with.
func (d *deriver) similar(name string, on *typ) []hit {
	if !d.on(GuardSimilarName) {
		return nil
	}
	want := canonical(wordsOf(name))
	x := d.index(on)
	var same, near []hit
	for i, m := range x.members {
		have := x.words(i)
		switch {
		case strings.Join(have, " ") == strings.Join(want, " "):
			same = append(same, hit{GuardSimilarName, []*member{m}})
		case begins(have, want), begins(want, have):
			near = append(near, hit{GuardSimilarName, []*member{m}})
		}
	}
	if same != nil {
		return same
	}
	return near
}

// related finds what a name says about the objects that the type holds: `placedOrders` about `orders`.
func (d *deriver) related(name string, on *typ) []hit {
	if !d.on(GuardRelatedName) {
		return nil
	}
	words := wordsOf(name)
	for i := range words {
		words[i] = singular(words[i])
	}
	var out []hit
	for _, r := range d.index(on).members {
		if r.named.possible == nil {
			continue
		}
		rest, ok := remainder(words, wordsOf(r.name))
		if !ok {
			continue
		}
		out = append(out, hit{GuardRelatedName, []*member{r}})
		if allIn(rest, countWords) {
			continue
		}
		for _, e := range d.elements(r.named) {
			out = append(out, d.inRelated(r, rest, e)...)
		}
	}
	return out
}

func (d *deriver) inRelated(r *member, rest []string, e *typ) []hit {
	var out []hit
	name := strings.Join(rest, "_")
	if h, ok := d.named(name, e, GuardRelatedName); ok {
		return []hit{{GuardRelatedName, append([]*member{r}, h.path...)}}
	}
	for _, h := range d.similar(name, e) {
		out = append(out, hit{GuardRelatedName, append([]*member{r}, h.path...)})
	}
	if out == nil && d.whole(e) {
		for _, m := range d.index(e).members {
			out = append(out, hit{GuardRelatedName, []*member{r, m}})
		}
	}
	return out
}

// remainder returns what is left of a name without the words of another at its beginning or end.
func remainder(words, part []string) ([]string, bool) {
	n := len(words) - len(part)
	if n <= 0 {
		return nil, false
	}
	same := func(at int) bool {
		for i, w := range part {
			if words[at+i] != singular(w) {
				return false
			}
		}
		return true
	}
	switch {
	case same(0):
		return words[len(part):], true
	case same(n):
		return words[:n], true
	}
	// in the middle, as in placedOrdersAt
	for at := 1; at < n; at++ {
		if same(at) {
			return append(append([]string{}, words[:at]...), words[at+len(part):]...), true
		}
	}
	return nil, false
}
