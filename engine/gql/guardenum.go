package gql

import "strings"

// selects reports whether the values of an enum name fields.
func (d *deriver) selects(in input) bool {
	if selectors[fold(in.name)] {
		return true
	}
	words := wordsOf(strings.TrimSuffix(strings.TrimSuffix(in.named.def.Name, "Input"), "Enum"))
	switch words[len(words)-1] {
	case "sort", "order", "by", "field", "fields", "key", "keys", "column", "columns":
		return true
	}
	return false
}

// enum looks at the values of an enum that names fields of a type, once.
func (d *deriver) enum(in, on *typ) {
	if d.walked[walkKey{in, on}] {
		return
	}
	d.walked[walkKey{in, on}] = true
	for _, v := range in.def.EnumValues {
		id := in.values[v.Name]
		if strings.Contains(v.Name, "___") {
			d.path(id, v.Name, on)
			continue
		}
		hits := d.resolve(v.Name, on, GuardSortValue)
		for _, h := range hits {
			d.record(id, h.rule, h.path...)
		}
		if name := fold(v.Name); hits == nil && !neutral[name] && !operators[name] {
			d.unknown(id, on)
		}
	}
}

// namesFields looks at the values of an enum beside a type and reports whether they name fields. Of an
// enum that is not called like one of fields only values that are called exactly like a restricted field do.
func (d *deriver) namesFields(in input, on *typ) bool {
	if d.selects(in) {
		d.enum(in.named, on)
		return true
	}
	found := false
	for _, v := range in.named.def.EnumValues {
		if h, ok := d.named(v.Name, on, GuardSortValue); ok && d.hot(h.last()) {
			d.record(in.named.values[v.Name], h.rule, h.path...)
			found = true
		}
	}
	return found
}

// path follows `a___b___c` from field to field.
func (d *deriver) path(at ID, name string, on *typ) {
	if !d.on(GuardPathValue) {
		return
	}
	types := []*typ{on}
	for _, part := range strings.Split(name, "___") {
		var next []*typ
		for _, t := range types {
			for _, m := range d.step(part, t) {
				d.record(at, GuardPathValue, m)
				if m.named.possible != nil {
					next = append(next, d.elements(m.named)...)
				}
			}
		}
		types = next
	}
}

// step is one field of a path: of a type, or where it is abstract and has none, of those that it can be.
func (d *deriver) step(name string, t *typ) []*member {
	if m := d.exact(name, t); m != nil {
		return []*member{m}
	}
	var out []*member
	if t.def.IsAbstractType() {
		for _, o := range t.possible.types {
			if m := d.exact(name, o); m != nil {
				out = append(out, m)
			}
		}
	}
	return out
}
