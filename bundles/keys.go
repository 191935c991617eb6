package bundles

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"

	"github.com/open-policy-agent/opa/v1/bundle"
)

// The signature algorithms (RFC 7518, section 3.1). There are no others: what is
// not one of these two is refused.
const (
	es256 = "ES256"
	hs256 = "HS256"
)

// minSecret is the least length of an HS256 secret in bytes (RFC 7518, section 3.2).
const minSecret = 32

// Signer signs bundles. Its signatures are deterministic.
type Signer struct {
	keyID, algorithm string
	sign             func(input []byte) ([]byte, error)
}

// NewES256Signer returns a signer with an ECDSA P-256 private key in PEM, as
// PKCS #8 ("PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY").
func NewES256Signer(keyID string, privatePEM []byte) (*Signer, error) {
	if keyID == "" {
		return nil, errors.New("signing key has no id")
	}
	key, err := parsePrivate(privatePEM)
	if err != nil {
		return nil, fmt.Errorf("signing key %q: %w", keyID, err)
	}
	sign := func(input []byte) ([]byte, error) { return signES256(key, input) }
	return &Signer{keyID: keyID, algorithm: es256, sign: sign}, nil
}

// NewHS256Signer returns a signer with a secret of at least 32 bytes.
func NewHS256Signer(keyID string, secret []byte) (*Signer, error) {
	if keyID == "" {
		return nil, errors.New("signing key has no id")
	}
	if err := checkSecret(secret); err != nil {
		return nil, fmt.Errorf("signing key %q: %w", keyID, err)
	}
	secret = bytes.Clone(secret)
	sign := func(input []byte) ([]byte, error) {
		mac := hmac.New(sha256.New, secret)
		mac.Write(input)
		return mac.Sum(nil), nil
	}
	return &Signer{keyID: keyID, algorithm: hs256, sign: sign}, nil
}

// signES256 is RFC 7518, section 3.4: r and s, 32 bytes each. Without a source of
// randomness the signature is that of RFC 6979, the same for the same input.
func signES256(key *ecdsa.PrivateKey, input []byte) ([]byte, error) {
	hash := sha256.Sum256(input)
	der, err := key.Sign(nil, hash[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var point struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &point); err != nil {
		return nil, err
	}
	signature := make([]byte, 64)
	point.R.FillBytes(signature[:32])
	point.S.FillBytes(signature[32:])
	return signature, nil
}

// Key verifies signatures of one algorithm: the algorithm that a signature names
// never chooses how a key is used.
type Key struct {
	id     string
	config *bundle.KeyConfig
}

// NewES256Key returns a key with an ECDSA P-256 public key in PEM ("PUBLIC KEY", PKIX).
func NewES256Key(id string, publicPEM []byte) (Key, error) {
	return newKey(id, es256, publicPEM, checkPublic(publicPEM))
}

// NewHS256Key returns a key with a secret of at least 32 bytes.
func NewHS256Key(id string, secret []byte) (Key, error) {
	return newKey(id, hs256, secret, checkSecret(secret))
}

func newKey(id, algorithm string, key []byte, err error) (Key, error) {
	if id == "" {
		return Key{}, errors.New("verification key has no id")
	}
	if err != nil {
		return Key{}, fmt.Errorf("verification key %q: %w", id, err)
	}
	return Key{id: id, config: &bundle.KeyConfig{Key: string(key), Algorithm: algorithm}}, nil
}

func parsePrivate(text []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("not PEM")
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		key, err = parsePKCS8(block.Bytes)
	}
	if err != nil {
		return nil, err
	}
	if key.Curve != elliptic.P256() {
		return nil, errors.New("not on curve P-256")
	}
	return key, nil
}

func parsePKCS8(der []byte) (*ecdsa.PrivateKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("not a private key that ES256 can use")
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("a %T is not for ES256", parsed)
	}
	return key, nil
}

func checkPublic(text []byte) error {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return errors.New("not a PEM public key")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return fmt.Errorf("a %T is not for ES256 or not on curve P-256", parsed)
	}
	return nil
}

// checkSecret refuses short secrets, and keys in PEM: a public key that is taken
// for a secret would let everyone sign.
func checkSecret(secret []byte) error {
	if len(secret) < minSecret {
		return fmt.Errorf("secret has %d bytes, fewer than %d", len(secret), minSecret)
	}
	if bytes.Contains(secret, []byte("-----BEGIN")) {
		return errors.New("secret is a PEM file")
	}
	return nil
}
