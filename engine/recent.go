package engine

import (
	"math/bits"
	"math/rand/v2"
	"sync/atomic"
)

// recent is what was found for a request: what a request that is put in the same words finds again with one look-up. It holds
// nothing that the caches do not hold, or held a moment ago.
type recent struct {
	query, name string
	rights      *rights
	op          *compiled
	always      *ruling // nil where it depends on more than the words
	permitted   *ruling // where everything is allowed
}

const (
	recentBits = 7
	maxRecents = 192 << 10 // bytes of an operation, its text and its rights: all of them together are bounded by this
	// One request of so many looks into the caches too: what is asked for often has to look so to them.
	reminders = 64
)

// recentTable finds what was asked for again, by a hash; what is found is compared whole.
type recentTable [1 << recentBits]atomic.Pointer[recent]

// wordsHash hashes a request without its variables.
func wordsHash(r *Request, scopes uint64) uint64 {
	if r.OperationName != "" {
		scopes = sample(scopes, r.OperationName)
	}
	return mix(scopes, sample(uint64(len(r.Query)), r.Query))
}

// samples is how many parts of a long text are hashed, of eight bytes each.
const samples = 8

// sample hashes a short text whole, and of a long one its ends and parts between them. Texts that differ elsewhere have one
// hash: they take each other's place in the table, and are then found in the caches.
func sample(h uint64, text string) uint64 {
	if len(text) <= 8*samples {
		for ; len(text) > 8; text = text[8:] {
			h = mix(h, eight(text))
		}
		return mix(h, ends(text))
	}
	step := (len(text) - 8) / (samples - 1)
	for at := 0; at < step*(samples-1); at += step {
		h = mix(h, eight(text[at:]))
	}
	return mix(h, eight(text[len(text)-8:]))
}

// mix is FxHash: its upper bits are the better ones.
func mix(h, x uint64) uint64 { return (bits.RotateLeft64(h, 5) ^ x) * 0x517cc1b727220a95 }

// find returns what was found for a request in the same words, or nil.
func (t *recentTable) find(words uint64, r *Request) *recent {
	found := t[words>>(64-recentBits)].Load()
	pass := rand.Uint32()%reminders == 0 //nolint:gosec // nobody gains by guessing it
	if found == nil || pass || found.query != r.Query || found.name != r.OperationName || !found.rights.isOf(r.Subject) {
		return nil
	}
	return found
}

// keep notes what was found. Operations that come for the first time are not noted: a flood of them leaves the table alone.
// It returns the ruling when it is that of every request in the same words, else nil.
func (t *recentTable) keep(words uint64, r *Request, op *compiled, found ruling, always bool) *ruling {
	slot := &t[words>>(64-recentBits)]
	if now := slot.Load(); now != nil && now.op == op && now.rights == found.rights {
		if now.always == nil && !always || now.always != nil && now.always.judged == found.judged {
			return now.always
		}
	}
	if op.op.Size()+len(r.Query)+int(found.rights.size()) > maxRecents {
		return nil
	}
	next := recent{query: r.Query, name: r.OperationName, rights: found.rights, op: op}
	next.permitted = &ruling{found.snapshot, found.rights, op.permitted()}
	if always {
		kept := found
		next.always = &kept
	}
	slot.Store(&next)
	return next.always
}

// scopesHash hashes a subject by the ends and the middle of what its scopes are called. Those who choose the names are trusted not to make them
// collide, which would cost time and nothing else.
func scopesHash(sub Subject) uint64 {
	h := uint64(len(sub.Scopes))<<1 + 1
	if sub.Unrestricted {
		h = 0
	}
	for _, scope := range sub.Scopes {
		h = mix(h, ends(scope))
	}
	for _, id := range sub.ScopeIDs {
		h = mix(h, ends(id))
	}
	return h
}

// ends mixes the first and the last eight bytes of a text, and of a longer one those in its middle: names of scopes are often
// alike at both ends.
func ends(s string) uint64 {
	n := len(s)
	switch {
	case n > 16:
		return eight(s) ^ bits.RotateLeft64(eight(s[n/2-4:]), 41) ^ bits.RotateLeft64(eight(s[n-8:]), 23) ^ uint64(n)<<56
	case n >= 8:
		return eight(s) ^ bits.RotateLeft64(eight(s[n-8:]), 23) ^ uint64(n)<<56
	case n >= 4:
		return four(s) | four(s[n-4:])<<32 ^ uint64(n)<<56
	case n > 0:
		return uint64(s[0]) | uint64(s[n/2])<<8 | uint64(s[n-1])<<16 | uint64(n)<<56
	}
	return 0
}

// four reads the first four bytes of a text that has as many.
func four(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// eight reads the first eight bytes of a text that has as many.
func eight(s string) uint64 { return four(s) | four(s[4:])<<32 }
