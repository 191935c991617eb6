package engine

import (
	"encoding/binary"
	"hash/maphash"
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
	judged      *judged // nil where it depends on more than the words
}

const (
	recents    = 128
	maxRecents = 192 << 10 // bytes of an operation, its text and its rights: all of them together are bounded by this
	// One request of so many looks into the caches too: what is asked for often has to look so to them.
	reminders = 16
)

// recentTable finds what was asked for again, by a hash; what is found is compared whole.
type recentTable [recents]atomic.Pointer[recent]

// words hashes a request without its variables.
func (s *Snapshot) words(r *Request, scopes uint64) uint64 {
	h := maphash.String(s.seed, r.Query) ^ scopes
	if r.OperationName != "" {
		h ^= bits.RotateLeft64(maphash.String(s.seed, r.OperationName), 1)
	}
	return h
}

// find returns what was found for a request in the same words, or nil.
func (t *recentTable) find(words uint64, r *Request) *recent {
	found := t[words%recents].Load()
	pass := rand.Uint32N(reminders) == 0 //nolint:gosec // nobody gains by guessing it
	if found == nil || pass || found.query != r.Query || found.name != r.OperationName || !found.rights.isOf(r.Subject) {
		return nil
	}
	return found
}

// keep notes what was found. Operations that come for the first time are not noted: a flood of them leaves the table alone.
func (t *recentTable) keep(words uint64, r *Request, who *rights, op *compiled, j *judged) {
	slot := &t[words%recents]
	if now := slot.Load(); op.op.Size()+len(r.Query)+int(who.size()) <= maxRecents && (now == nil || now.op != op || now.rights != who || now.judged != j) {
		slot.Store(&recent{query: r.Query, name: r.OperationName, rights: who, op: op, judged: j})
	}
}

// scopesHash hashes a subject by the ends of what its scopes are called. Those who choose the names are trusted not to make them
// collide, which would cost time and nothing else.
func scopesHash(sub Subject) uint64 {
	h := uint64(len(sub.Scopes))<<1 + 1
	if sub.Unrestricted {
		h = 0
	}
	for _, list := range [2][]string{sub.Scopes, sub.ScopeIDs} {
		for _, scope := range list {
			h = (h ^ ends(scope)) * 0x9e3779b97f4a7c15
			h ^= h >> 29
		}
	}
	return h
}

// ends mixes the first and the last eight bytes of a text.
func ends(s string) uint64 {
	var first, last [8]byte
	copy(first[:], s)
	copy(last[:], s[max(0, len(s)-8):])
	return binary.LittleEndian.Uint64(first[:]) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(last[:]), 23) ^ uint64(len(s))<<56
}
