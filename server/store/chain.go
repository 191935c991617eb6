package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"iter"
	"strings"
	"time"
)

// ErrBroken is behind every error of a chain that is not as it was written.
var ErrBroken = errors.New("the audit chain is broken")

// BrokenError says where the chain is not as it was written. It is an ErrBroken.
type BrokenError struct {
	Sequence uint64 // of the first entry that is wrong or missing
	Reason   string
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("%v at entry %d: %s", ErrBroken, e.Sequence, e.Reason)
}

// Is reports that a BrokenError is ErrBroken.
func (*BrokenError) Is(target error) bool { return target == ErrBroken }

// Beginning is the head of a chain without entries.
func Beginning() Head { return Head{Hash: strings.Repeat("0", 2*sha256.Size)} }

// Append returns the entry as it follows h: with sequence, previous hash and hash, its time in UTC and microseconds, and
// its texts as valid UTF-8, so that it reads the same after it was exported. Its Before and After must be JSON as
// json.Marshal writes it, or empty.
func (h Head) Append(e Entry) (Entry, Head) {
	e.Sequence, e.Previous = h.Sequence+1, h.Hash
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	for _, s := range e.texts() {
		*s = strings.ToValidUTF8(*s, "\uFFFD")
	}
	e.Hash = e.Sum()
	return e, Head{Sequence: e.Sequence, Hash: e.Hash}
}

// sumDomain separates these hashes from those of anything else, and names the version of the encoding.
const sumDomain = "fieldgate audit entry 1\n"

// Sum returns the hex SHA-256 of everything in the entry but Hash. What is hashed: sumDomain, the sequence and the time in
// microseconds since 1970 as 8 bytes each (big endian), then each text, Before and After, each after its length in 8 bytes,
// in the order in which JSON shows them; Previous comes last.
func (e Entry) Sum() string {
	sum := sha256.New()
	sum.Write([]byte(sumDomain))
	number(sum, e.Sequence)
	number(sum, uint64(e.Time.UnixMicro()))
	for _, s := range e.texts() {
		field(sum, []byte(*s))
	}
	field(sum, e.Before)
	field(sum, e.After)
	field(sum, []byte(e.Previous))
	return hex.EncodeToString(sum.Sum(nil))
}

// texts are the fields that are text, in the order of the encoding.
func (e *Entry) texts() []*string {
	return []*string{
		(*string)(&e.Actor.Kind), &e.Actor.ID, &e.Actor.Name, &e.Actor.KeyID, &e.Actor.Commit,
		&e.IP, &e.RequestID, (*string)(&e.Action),
		&e.Target.Kind, &e.Target.ID, &e.Target.Name, &e.Target.DataLayer,
	}
}

func number(sum hash.Hash, n uint64) {
	sum.Write(binary.BigEndian.AppendUint64(nil, n))
}

func field(sum hash.Hash, b []byte) {
	number(sum, uint64(len(b)))
	sum.Write(b)
}

// Next returns the head after e, or a *BrokenError when e does not follow h or is not as it was written.
func (h Head) Next(e Entry) (Head, error) {
	broken := func(reason string) (Head, error) {
		return h, &BrokenError{Sequence: h.Sequence + 1, Reason: reason}
	}
	switch {
	case e.Sequence != h.Sequence+1:
		return broken(fmt.Sprintf("the entry that follows has sequence %d", e.Sequence))
	case e.Previous != h.Hash:
		return broken("it names another entry as the one before it")
	case !e.Time.Equal(e.Time.Truncate(time.Microsecond)) || !valid(e.Before) || !valid(e.After):
		return broken("it is not in the form in which entries are written")
	case e.Hash != e.Sum():
		return broken("its hash is not the hash of what it says")
	}
	return Head{Sequence: e.Sequence, Hash: e.Hash}, nil
}

func valid(row json.RawMessage) bool { return len(row) == 0 || json.Valid(row) }

// Verify reads a whole chain, from its first entry, and returns its head. It returns a *BrokenError for an entry that was
// changed, dropped, added or moved, and for a chain that does not hold one of the known heads: heads that were noted
// elsewhere show that the newest entries were cut off, or that all was written anew.
func Verify(entries iter.Seq2[Entry, error], known ...Head) (Head, error) {
	due := make(map[uint64][]string, len(known))
	last := uint64(0)
	for _, k := range known {
		due[k.Sequence] = append(due[k.Sequence], k.Hash)
		last = max(last, k.Sequence)
	}
	head := Beginning()
	err := matches(head, due)
	for e, readErr := range entries {
		if err == nil {
			err = readErr
		}
		if err == nil {
			head, err = head.Next(e)
		}
		if err == nil {
			err = matches(head, due)
		}
		if err != nil {
			return head, err
		}
	}
	if err == nil && head.Sequence < last {
		err = &BrokenError{Sequence: head.Sequence + 1, Reason: fmt.Sprintf("it ends before entry %d, which was there", last)}
	}
	return head, err
}

// matches reports whether the head is the one that is known for its sequence, if any.
func matches(h Head, due map[uint64][]string) error {
	for _, noted := range due[h.Sequence] {
		if noted != h.Hash {
			return &BrokenError{Sequence: h.Sequence, Reason: "it had another hash when its head was noted"}
		}
	}
	return nil
}

// VerifyAll verifies what a reader sees: every entry, the head that the store notes beside them, and the known heads.
func VerifyAll(r Reader, known ...Head) (Head, error) {
	head, err := r.Head()
	if err != nil {
		return Head{}, err
	}
	got, err := Verify(r.Audit(AuditFilter{}), append([]Head{head}, known...)...)
	if err == nil && got != head {
		err = &BrokenError{Sequence: head.Sequence + 1, Reason: "there are entries after the head"}
	}
	return got, err
}
