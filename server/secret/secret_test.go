package secret_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// known was computed outside this program (Python's binascii.crc32), so that the form cannot change unnoticed: secrets
// that are out there would stop working.
var known = map[secret.Kind]string{
	secret.Token: "fgt_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd2hyAir",
	secret.Key:   "fgm_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd0jraWg",
}

func generate(t testing.TB, kind secret.Kind) secret.Secret {
	t.Helper()
	s, err := secret.New(kind, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestKnownSecretsStayValid(t *testing.T) {
	for kind, text := range known {
		s, err := secret.Parse(kind, text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if s.Reveal() != text {
			t.Errorf("Reveal() = %q, want %q", s.Reveal(), text)
		}
		if want := store.Hash(sha256.Sum256([]byte(text))); s.Hash() != want {
			t.Errorf("Hash() = %x, want %x", s.Hash(), want)
		}
	}
}

func TestNewSecretsParseAsTheirKindOnly(t *testing.T) {
	other := map[secret.Kind]secret.Kind{secret.Token: secret.Key, secret.Key: secret.Token}
	for kind, prefix := range map[secret.Kind]string{secret.Token: "fgt_", secret.Key: "fgm_"} {
		text := generate(t, kind).Reveal()
		if len(text) != secret.Length || !strings.HasPrefix(text, prefix) {
			t.Errorf("%d characters, want %d after %q", len(text), secret.Length, prefix)
		}
		s, err := secret.Parse(kind, text)
		if err != nil || s.Reveal() != text {
			t.Errorf("Parse: %v", err)
		}
		if _, err := secret.Parse(other[kind], text); !errors.Is(err, secret.ErrMalformed) {
			t.Errorf("Parse as the other kind: %v", err)
		}
		if _, err := secret.Parse(0, text); !errors.Is(err, secret.ErrMalformed) {
			t.Errorf("Parse as no kind: %v", err)
		}
	}
}

func TestNewOfNoKindIsAnError(t *testing.T) {
	for _, kind := range []secret.Kind{0, 3, 255} {
		if s, err := secret.New(kind, rand.Reader); !errors.Is(err, secret.ErrKind) || !s.IsZero() {
			t.Errorf("kind %d: %v", kind, err)
		}
	}
}

func TestNewWithoutRandomnessIsAnError(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name   string
		random io.Reader
		want   error
	}{
		{"empty", strings.NewReader(""), io.EOF},
		{"short", strings.NewReader("only a little"), io.ErrUnexpectedEOF},
		{"fails", iotest.ErrReader(broken), broken},
		{"nothing usable", always(255), secret.ErrRandom},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := secret.New(secret.Token, test.random)
			if !errors.Is(err, test.want) || !s.IsZero() || s.Reveal() != "" {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// always is a source of one byte.
type always byte

func (a always) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(a)
	}
	return len(p), nil
}

// A reader that gives one byte at a time must not leave part of the body unset.
func TestNewReadsOn(t *testing.T) {
	source := strings.Repeat("\xff\x00\x01\x02", 100)
	whole, err := secret.New(secret.Token, strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	slow, err := secret.New(secret.Token, iotest.OneByteReader(strings.NewReader(source)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole.Reveal(), slow.Reveal()); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(whole.Reveal(), "fgt_012012") {
		t.Error("a byte above the limit was used")
	}
}

// Each byte that is used stands for one character, and every character for the same number of bytes.
func TestEveryCharacterIsEquallyLikely(t *testing.T) {
	counts := map[byte]int{}
	for b := range 256 {
		s, err := secret.New(secret.Token, always(byte(b)))
		if err != nil {
			continue
		}
		counts[s.Reveal()[4]]++
	}
	want := map[byte]int{}
	for i := range len(alphabet) {
		want[alphabet[i]] = 4
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Error(diff)
	}
}

// The chi-squared statistic of 200,000 characters over 62 cells: 61 degrees of freedom, and more than 150 happens once
// in 10^9 runs.
func TestCharactersOfManySecretsAreUniform(t *testing.T) {
	const secrets = 5000
	counts := map[rune]float64{}
	for range secrets {
		for _, c := range generate(t, secret.Token).Reveal()[4:44] {
			counts[c]++
		}
	}
	expected, chi := float64(secrets*40)/float64(len(alphabet)), 0.0
	for _, c := range alphabet {
		chi += (counts[c] - expected) * (counts[c] - expected) / expected
	}
	if chi > 150 {
		t.Errorf("chi-squared %.1f", chi)
	}
}

func TestR6MalformedTextsAreRefusedWithOneError(t *testing.T) {
	text := generate(t, secret.Token).Reveal()
	for name, bad := range map[string]string{
		"empty":               "",
		"prefix only":         "fgt_",
		"short":               text[:len(text)-1],
		"long":                text + "0",
		"other prefix":        "fgm_" + text[4:],
		"foreign prefix":      "ghp_" + text[4:],
		"prefix in capitals":  "FGT_" + text[4:],
		"space before":        " " + text,
		"space after":         text + " ",
		"space for the last":  text[:len(text)-1] + " ",
		"line break":          text[:len(text)-1] + "\n",
		"NUL":                 text[:20] + "\x00" + text[21:],
		"invalid UTF-8":       text[:20] + "\xff" + text[21:],
		"full-width digit":    text[:20] + "０" + text[23:],
		"dash":                text[:20] + "-" + text[21:],
		"CRC of zeros":        text[:44] + "000000",
		"body and CRC zeros":  "fgt_" + strings.Repeat("0", 46),
		"quoted":              `"` + text + `"`,
		"scheme and token":    "Bearer " + text,
		"huge":                strings.Repeat(text, 10000),
		"other letter's case": text[:4] + swapCase(text[4:]),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := secret.Parse(secret.Token, bad)
			if err != secret.ErrMalformed || !s.IsZero() { //nolint:errorlint // the very value: nothing may be wrapped around it
				t.Errorf("Parse: %v", err)
			}
			hash, err := secret.HashOf(secret.Token, bad)
			if err != secret.ErrMalformed || hash != (store.Hash{}) { //nolint:errorlint // as above
				t.Errorf("HashOf: %v", err)
			}
		})
	}
}

func swapCase(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' {
			return r - 32
		}
		return r + 32*rune(len(strings.Trim(string(r), "0123456789")))
	}, text)
}

// CRC-32 finds every change of up to four neighbouring bytes; that is what it is there for.
func TestEveryChangedCharacterIsFound(t *testing.T) {
	text := []byte(generate(t, secret.Token).Reveal())
	for at := range text {
		for c := range 256 {
			changed := bytes.Clone(text)
			changed[at] = byte(c)
			if _, err := secret.Parse(secret.Token, string(changed)); (err == nil) != (byte(c) == text[at]) {
				t.Errorf("position %d, byte %d: %v", at, c, err)
			}
		}
	}
}

func TestHashOfIsTheHashOfParse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.SliceOfN(rapid.Byte(), 2560, 2560).Draw(r, "random")
		s, err := secret.New(secret.Key, bytes.NewReader(seed))
		if err != nil {
			t.Skip("nothing usable drawn")
		}
		hash, err := secret.HashOf(secret.Key, s.Reveal())
		if err != nil || hash != s.Hash() {
			t.Fatalf("%x, %v, want %x", hash, err, s.Hash())
		}
	})
}

func TestHashingDoesNotAllocate(t *testing.T) {
	good := generate(t, secret.Token).Reveal()
	for name, text := range map[string]string{"good": good, "bad CRC": good[:44] + "000000", "long": strings.Repeat("x", 1<<20)} {
		if got := testing.AllocsPerRun(100, func() { _, _ = secret.HashOf(secret.Token, text) }); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

func TestZeroSecretHoldsNothing(t *testing.T) {
	var s secret.Secret
	empty := sha256.Sum256(nil)
	if !s.IsZero() || s.Reveal() != "" || s.Hash() != empty {
		t.Errorf("zero secret: %q, %s", s.Reveal(), hex.EncodeToString(empty[:]))
	}
}

func FuzzParse(f *testing.F) {
	for kind, text := range known {
		f.Add(uint8(kind), text)
		f.Add(uint8(kind), text[:49])
	}
	f.Add(uint8(secret.Token), "fgt_")
	f.Add(uint8(0), "")
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		s, err := secret.Parse(secret.Kind(kind), text)
		if err != nil {
			if !s.IsZero() || strings.Contains(err.Error(), text) && len(text) > 4 {
				t.Fatalf("refused, and yet: %v", err)
			}
			return
		}
		if s.Reveal() != text || len(text) != secret.Length || strings.Trim(text[4:], alphabet) != "" {
			t.Fatalf("accepted %q as %q", text, s.Reveal())
		}
		if again, err := secret.Parse(secret.Kind(kind), s.Reveal()); err != nil || again.Hash() != s.Hash() {
			t.Fatalf("not accepted twice: %v", err)
		}
	})
}

func BenchmarkHashOf(b *testing.B) {
	text := generate(b, secret.Token).Reveal()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := secret.HashOf(secret.Token, text); err != nil {
			b.Fatal(err)
		}
	}
}
