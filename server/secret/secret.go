// Package secret makes and reads the secrets that people and programs send: API tokens and members' keys. A secret is a
// prefix that says what it is, 40 random base62 characters (238 bits) and the CRC-32 of both in base62, so that a mistyped
// one is refused without a look-up and scanners can tell a real one from a look-alike.
//
// It promises that a value that holds a secret prints, logs and marshals as [Redacted] wherever it is, also inside other
// values; only [Secret.Reveal] gives it away. It never keeps, stores or looks up a secret.
package secret

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/fieldgate/fieldgate/server/store"
)

// Kind is what a secret opens.
type Kind uint8

// The kinds of secrets.
const (
	Token Kind = iota + 1 // reads a data layer: fgt_...
	Key                   // signs a member in: fgm_...
)

// String returns the prefix of the kind's secrets, which is no secret: "fgt_", "fgm_", or "" for no kind.
func (k Kind) String() string {
	switch k {
	case Token:
		return "fgt_"
	case Key:
		return "fgm_"
	default:
		return ""
	}
}

const (
	alphabet  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	base      = len(alphabet)
	prefixLen = 4
	bodyLen   = 40
	sumLen    = 6 // 62^6 is above 2^32
)

// Length is the number of bytes, all ASCII, of every secret.
const Length = prefixLen + bodyLen + sumLen

// Redacted is what a secret prints as.
const Redacted = "[redacted]"

// Errors that a caller tells apart.
var (
	// ErrMalformed is every text that is no secret of the kind asked for. It says no more, and never holds the text.
	ErrMalformed = errors.New("this is no secret of the kind that is wanted")
	// ErrKind is a kind that does not exist.
	ErrKind = errors.New("there is no such kind of secret")
	// ErrRandom is a source of randomness that gives nothing usable.
	ErrRandom = errors.New("the source of randomness is broken")
)

// Secret holds the text of a secret that has the right form. The zero Secret holds none.
//
// The text is behind a pointer because fmt cannot call the methods of what stands in an unexported field of another
// value: it prints the field as it finds it, and finds an address.
type Secret struct{ text *string }

// New returns a new secret. Every character of its body is uniform and independent when random is; random must be
// crypto/rand.Reader outside tests. Errors are ErrKind, ErrRandom or random's own.
func New(kind Kind, random io.Reader) (Secret, error) {
	prefix := kind.String()
	if prefix == "" {
		return Secret{}, ErrKind
	}
	text := append(make([]byte, 0, Length), prefix...)
	text, err := appendRandom(text, random)
	if err != nil {
		return Secret{}, fmt.Errorf("generate secret: %w", err)
	}
	sum := checksum(string(text))
	whole := string(append(text, sum[:]...))
	return Secret{&whole}, nil
}

// appendRandom appends bodyLen characters. A byte is used when it is below the greatest multiple of 62 that a byte can
// be, so that no character is more likely than another.
func appendRandom(text []byte, random io.Reader) ([]byte, error) {
	const (
		limit  = 256 / base * base
		rounds = 32 // one or two suffice; a source that never gives a byte below limit must not hang the server
	)
	var buffer [2 * bodyLen]byte
	for range rounds {
		if _, err := io.ReadFull(random, buffer[:]); err != nil {
			return nil, err
		}
		for _, b := range buffer {
			if int(b) >= limit {
				continue
			}
			text = append(text, alphabet[int(b)%base])
			if len(text) == prefixLen+bodyLen {
				return text, nil
			}
		}
	}
	return nil, ErrRandom
}

// Parse returns the secret that text is, or ErrMalformed. It wants exactly the kind's prefix, length, characters and
// checksum: no white space around it, no other spelling. It looks nothing up.
func Parse(kind Kind, text string) (Secret, error) {
	if !wellFormed(kind, text) {
		return Secret{}, ErrMalformed
	}
	return Secret{&text}, nil
}

// HashOf is Parse and Hash in one, without keeping the text. It does not allocate.
func HashOf(kind Kind, text string) (store.Hash, error) {
	if !wellFormed(kind, text) {
		return store.Hash{}, ErrMalformed
	}
	return hash(text), nil
}

func wellFormed(kind Kind, text string) bool {
	if kind.String() == "" || len(text) != Length || text[:prefixLen] != kind.String() {
		return false
	}
	for i := prefixLen; i < Length; i++ {
		if !isBase62(text[i]) {
			return false
		}
	}
	sum := checksum(text[:prefixLen+bodyLen])
	return text[prefixLen+bodyLen:] == string(sum[:])
}

func isBase62(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// checksum is the CRC-32 (IEEE) of text in base62, most significant digit first, zeros in front. It goes through the table
// itself because crc32.ChecksumIEEE would make text a slice on the heap for each request.
func checksum(text string) [sumLen]byte {
	sum := ^uint32(0)
	for i := range len(text) {
		sum = crc32.IEEETable[sum&0xff^uint32(text[i])] ^ sum>>8
	}
	sum = ^sum
	var digits [sumLen]byte
	for i := sumLen - 1; i >= 0; i-- {
		digits[i] = alphabet[sum%uint32(base)]
		sum /= uint32(base)
	}
	return digits
}

// Reveal returns the secret itself. Its callers are the answer that shows a new secret once (R21) and the command line.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether s holds no secret.
func (s Secret) IsZero() bool { return s.text == nil }

// Hash returns the SHA-256 of the secret, which is all that a store knows of it. 238 random bits need no slower hash.
func (s Secret) Hash() store.Hash { return hash(s.Reveal()) }

func hash(text string) store.Hash {
	var buffer [Length]byte
	return sha256.Sum256(buffer[:copy(buffer[:], text)])
}
