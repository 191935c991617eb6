package directory

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/fieldgate/fieldgate/server/store"
)

const (
	shardBits = 6
	shards    = 1 << shardBits
	rowBits   = 32 - shardBits // a token's number: its shard, then its row there
)

// never is the expiry of a token that does not expire.
const never = math.MaxInt64

// record is a token in 56 bytes without pointers, so that the garbage collector does not look at a million of them.
type record struct {
	hash    store.Hash
	expires int64  // Unix microseconds; never
	used    uint32 // Unix seconds; 0: never. Set atomically under the shard's read lock
	grant   uint32
	idAt    uint32 // where its id begins in the shard's ids
	idLen   uint8
	packed  bool // its id is a UUID, kept as 16 bytes
	revoked bool // never goes back to false (R6)
}

// shard is the tokens whose hash begins with the same bits. Its lock is held for one row at a time.
type shard struct {
	mu      sync.RWMutex
	records []record
	ids     []byte
	byHash  index
}

// tokens is the compact map from hash to token, and from id to token. There is one writer at a time.
type tokens struct {
	shards [shards]shard
	byID   [shards]idShard
	seed   maphash.Seed
	grants *grants
}

type idShard struct {
	mu sync.RWMutex
	index
}

func newTokens() *tokens { return &tokens{seed: maphash.MakeSeed(), grants: newGrants()} }

func shardOf(hash store.Hash) uint32 { return uint32(hash[0]) >> (8 - shardBits) }

// position is where a hash is looked for in its shard. A SHA-256 is as good as random.
func position(hash store.Hash) uint64 { return binary.LittleEndian.Uint64(hash[8:16]) }

func (t *tokens) idPosition(id string) (*idShard, uint64) {
	at := maphash.String(t.seed, id)
	return &t.byID[at&(shards-1)], at
}

// row finds a token by hash. The caller holds the shard's lock.
func (s *shard) row(hash store.Hash) (uint32, bool) {
	return s.byHash.find(position(hash), func(row uint32) bool {
		return subtle.ConstantTimeCompare(s.records[row].hash[:], hash[:]) == 1
	})
}

func (s *shard) id(r *record) string {
	kept := s.ids[r.idAt : int(r.idAt)+int(r.idLen)]
	if r.packed {
		return uuid.UUID(kept).String()
	}
	return string(kept)
}

// pack returns what is kept of an id: the 16 bytes of a UUID that is written as String writes it, and else the id itself.
func pack(id string) (kept []byte, packed bool) {
	parsed, err := uuid.Parse(id)
	if err != nil || parsed.String() != id {
		return []byte(id), false
	}
	return parsed[:], true
}

// put adds a token or brings its row up to date. It never takes back a revocation, nor a later use.
func (t *tokens) put(row store.Token) error {
	if row.ID == "" || len(row.ID) > math.MaxUint8 {
		return fmt.Errorf("id of a token has %d bytes, must have 1 to %d", len(row.ID), math.MaxUint8)
	}
	number := t.grants.number(row)
	at := shardOf(row.Hash)
	s := &t.shards[at]
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.row(row.Hash); ok {
		s.records[known].update(row, number)
		return nil
	}
	added, err := s.add(row, number)
	if err != nil {
		return err
	}
	t.putID(row.ID, at<<rowBits|added)
	return nil
}

// add adds a token at the end and returns its row.
func (s *shard) add(row store.Token, number uint32) (uint32, error) {
	kept, packed := pack(row.ID)
	if len(s.records) >= 1<<rowBits-1 || len(s.ids)+len(kept) > math.MaxUint32 {
		return 0, fmt.Errorf("there is no room for another token beside %d like it", len(s.records))
	}
	//nolint:gosec // lengths are checked above and in put
	r, added := record{hash: row.Hash, idAt: uint32(len(s.ids)), idLen: uint8(len(kept)), packed: packed}, uint32(len(s.records))
	r.update(row, number)
	s.ids = append(s.ids, kept...)
	s.records = append(s.records, r)
	s.byHash.insert(position(row.Hash), added)
	return added, nil
}

func (t *tokens) putID(id string, number uint32) {
	s, at := t.idPosition(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.insert(at, number)
}

func (r *record) update(row store.Token, number uint32) {
	r.grant = number
	r.revoked = r.revoked || row.Revoked != nil
	r.expires = never
	if row.Expires != nil {
		r.expires = row.Expires.UnixMicro()
	}
	if row.LastUsed != nil {
		r.used = max(r.used, seconds(*row.LastUsed))
	}
}

// seconds is t in Unix seconds, as far as a record can hold them (from 1970 until 2106).
func seconds(t time.Time) uint32 {
	return uint32(min(max(t.Unix(), 0), math.MaxUint32))
}

// get returns the token with a hash, and when it was last used in Unix seconds.
func (t *tokens) get(hash store.Hash) (Token, uint32, bool) {
	s := &t.shards[shardOf(hash)]
	s.mu.RLock()
	defer s.mu.RUnlock()
	row, ok := s.row(hash)
	if !ok {
		return Token{}, 0, false
	}
	return t.view(s, row), atomic.LoadUint32(&s.records[row].used), true
}

// getID returns the token with an id. It looks at one shard at a time: taking the second lock inside the first would let
// a writer that has them in the other order wait for ever.
func (t *tokens) getID(id string) (Token, bool) {
	for _, number := range t.candidates(id) {
		s := &t.shards[number>>rowBits]
		s.mu.RLock()
		row := number & (1<<rowBits - 1)
		token := t.view(s, row)
		s.mu.RUnlock()
		if token.ID == id {
			return token, true
		}
	}
	return Token{}, false
}

// candidates returns the numbers that may be id's. There is hardly ever more than one.
func (t *tokens) candidates(id string) []uint32 {
	s, at := t.idPosition(id)
	s.mu.RLock()
	defer s.mu.RUnlock()
	var numbers []uint32
	s.find(at, func(number uint32) bool {
		numbers = append(numbers, number)
		return false
	})
	return numbers
}

func (t *tokens) view(s *shard, row uint32) Token {
	r := &s.records[row]
	g := t.grants.at(r.grant)
	token := Token{
		ID: s.id(r), LayerID: g.layerID, ScopeIDs: g.scopeIDs, Unrestricted: g.unrestricted,
		Revoked: r.revoked,
	}
	if r.expires != never {
		token.Expires = time.UnixMicro(r.expires).UTC()
	}
	return token
}

// touch notes that the token with a hash is used now, and reports whether it had not been for a while: once for each
// while, whoever asks at the same time.
func (t *tokens) touch(hash store.Hash, now time.Time) bool {
	s := &t.shards[shardOf(hash)]
	s.mu.RLock()
	defer s.mu.RUnlock()
	row, ok := s.row(hash)
	if !ok {
		return false
	}
	used := &s.records[row].used
	before := atomic.LoadUint32(used)
	return due(before, now) && atomic.CompareAndSwapUint32(used, before, seconds(now))
}
