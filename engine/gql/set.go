package gql

import (
	"math/bits"
	"slices"
)

// ID is the dense number of a coordinate within one [Schema]: 0 <= ID < Schema.Len().
// An ID means nothing outside the schema that gave it out.
type ID uint32

// Set is a set of coordinate IDs. The zero value is empty; a missing ID is never in it, so that
// absence always reads as "not readable".
type Set struct{ words []uint64 }

// NewSet returns an empty set with room for n coordinates.
func NewSet(n int) Set { return Set{words: make([]uint64, (n+63)/64)} }

// Add puts id into the set. It panics when id is beyond the room that NewSet made.
func (s Set) Add(id ID) { s.words[id/64] |= 1 << (id % 64) }

// Remove takes id out of the set. It panics when id is beyond the room that NewSet made.
func (s Set) Remove(id ID) { s.words[id/64] &^= 1 << (id % 64) }

// Clone returns a set that changes by itself.
func (s Set) Clone() Set { return Set{words: slices.Clone(s.words)} }

// Equal reports whether two sets made for the same schema hold the same.
func (s Set) Equal(other Set) bool { return slices.Equal(s.words, other.words) }

// Has reports whether id is in the set; false for any id beyond its room.
func (s Set) Has(id ID) bool {
	w := int(id / 64)
	return w < len(s.words) && s.words[w]&(1<<(id%64)) != 0
}

// HasAll reports whether every one of ids is in the set; true for none.
func (s Set) HasAll(ids []ID) bool {
	for _, id := range ids {
		if !s.Has(id) {
			return false
		}
	}
	return true
}

// ids returns the IDs in the set, in order.
func (s Set) ids() []ID {
	out := make([]ID, 0, s.Len())
	for i, word := range s.words {
		for ; word != 0; word &= word - 1 {
			out = append(out, ID(i*64+bits.TrailingZeros64(word))) //nolint:gosec // IDs fit: they were put in
		}
	}
	return out
}

// Len returns the number of IDs in the set.
func (s Set) Len() int {
	n := 0
	for _, w := range s.words {
		n += bits.OnesCount64(w)
	}
	return n
}
