package directory

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The index agrees with a map of lists, also when many hashes have the same upper half, or the same home.
func TestIndexFindsWhatWasInserted(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		hashes := rapid.SliceOfN(rapid.OneOf(
			rapid.Uint64(),
			rapid.SampledFrom([]uint64{0, 1 << 32, 2 << 32, 1<<64 - 1, 7<<32 | 5, 7<<32 | 6}),
		), 0, 200).Draw(r, "hashes")
		var x index
		model := map[uint64][]uint32{}
		for i, hash := range hashes {
			number := uint32(i)
			if i == 0 {
				number = 1<<32 - 2 // the largest
			}
			x.insert(hash, number)
			model[hash>>32] = append(model[hash>>32], number)
		}
		for _, hash := range append(hashes, rapid.Uint64().Draw(r, "another")) {
			var seen []uint32
			if _, found := x.find(hash, func(number uint32) bool {
				seen = append(seen, number)
				return false
			}); found {
				t.Fatal("found what nobody wanted")
			}
			if !slices.Equal(sortedCopy(seen), sortedCopy(model[hash>>32])) {
				t.Fatalf("%x: %v, want %v", hash, seen, model[hash>>32])
			}
			for _, want := range model[hash>>32] {
				if got, found := x.find(hash, func(number uint32) bool { return number == want }); !found || got != want {
					t.Fatalf("%x: %d, %v, want %d", hash, got, found, want)
				}
			}
		}
	})
}

func sortedCopy(list []uint32) []uint32 {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
