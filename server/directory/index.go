package directory

// index finds numbers by hash: an open-addressed table with linear probing whose slots hold the upper half of the hash
// beside the number, so that it grows without asking anybody. It costs 8 bytes a slot and is between 3/8 and 3/4 full. The
// zero index is empty. Entries are never taken out.
type index struct {
	slots []uint64 // hash's upper 32 bits, then number+1; 0 is empty
	count int
}

const smallestIndex = 16

// find returns the first number under hash that is the one, in the order of their insertion.
func (x *index) find(hash uint64, isTheOne func(number uint32) bool) (uint32, bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	mask := x.mask()
	for at := home(hash) & mask; x.slots[at] != 0; at = (at + 1) & mask {
		slot := x.slots[at]
		number := uint32(slot&(1<<32-1)) - 1
		if slot>>32 == hash>>32 && isTheOne(number) {
			return number, true
		}
	}
	return 0, false
}

// insert adds number, which must be below 2^32-1, under hash.
func (x *index) insert(hash uint64, number uint32) {
	if 4*(x.count+1) > 3*len(x.slots) {
		x.grow()
	}
	x.place(hash>>32<<32 | (uint64(number) + 1))
	x.count++
}

func (x *index) place(slot uint64) {
	mask := x.mask()
	at := home(slot) & mask
	for x.slots[at] != 0 {
		at = (at + 1) & mask
	}
	x.slots[at] = slot
}

// mask keeps a position inside the table, whose size is a power of two.
func (x *index) mask() uint64 { return uint64(len(x.slots)) - 1 }

func (x *index) grow() {
	old := x.slots
	x.slots = make([]uint64, max(smallestIndex, 2*len(old)))
	for _, slot := range old {
		if slot != 0 {
			x.place(slot)
		}
	}
}

// home is where the search for a hash begins: its upper half, which is what a slot keeps of it.
func home(hash uint64) uint64 { return hash >> 32 }
