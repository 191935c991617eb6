package gql

// objects is a set of object types: what a value can still be at run time (R11). It is immutable
// once the schema is built or the intersection is made.
type objects struct {
	words []uint64
	types []*typ // the same set, in order of their bit
}

func newObjects(n int) *objects { return &objects{words: make([]uint64, (n+63)/64)} }

func (o *objects) add(t *typ) {
	o.words[t.bit/64] |= 1 << (t.bit % 64)
	o.types = append(o.types, t)
}

func (o *objects) has(t *typ) bool { return o.words[t.bit/64]&(1<<(t.bit%64)) != 0 }

// intersections remembers intersections, so that equal ones are the same value and what is derived
// from them can be remembered too.
type intersections struct {
	size  int
	cache map[[2]*objects]*objects
}

func (x *intersections) of(a, b *objects) *objects {
	if a == b {
		return a
	}
	key := [2]*objects{a, b}
	if found := x.cache[key]; found != nil {
		return found
	}
	out := x.intersect(a, b)
	if x.cache == nil {
		x.cache = map[[2]*objects]*objects{}
	}
	x.cache[key] = out
	return out
}

func (x *intersections) intersect(a, b *objects) *objects {
	small, large := a, b
	if len(small.types) > len(large.types) {
		small, large = large, small
	}
	out := newObjects(x.size)
	for _, t := range small.types {
		if large.has(t) {
			out.add(t)
		}
	}
	switch len(out.types) {
	case len(a.types):
		return a
	case len(b.types):
		return b
	}
	return out
}
