package bundles

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/util" //nolint:depguard // reads JSON as OPA's hasher wants it
)

// signatures is OPA's .signatures.json: one compact JWS (RFC 7515) whose payload
// lists the files with their hashes.
type signatures struct {
	Signatures []string `json:"signatures"`
}

type signatureHeader struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
}

type signaturePayload struct {
	Files []bundle.FileInfo `json:"files"`
}

// signed is .signatures.json for f.
func (s *Signer) signed(f files) ([]byte, error) {
	listed, err := f.listing()
	if err != nil {
		return nil, err
	}
	input := segment(signatureHeader{Algorithm: s.algorithm, KeyID: s.keyID}) + "." + segment(signaturePayload{Files: listed})
	signature, err := s.sign([]byte(input))
	if err != nil {
		return nil, err
	}
	return encode(signatures{[]string{input + "." + base64.RawURLEncoding.EncodeToString(signature)}}), nil
}

func segment(v any) string {
	return base64.RawURLEncoding.EncodeToString(bytes.TrimSuffix(encode(v), []byte("\n")))
}

// listing is what a signature says of f, by path. The hashes are OPA's: those of
// JSON files do not depend on white space or the order of keys.
func (f files) listing() ([]bundle.FileInfo, error) {
	hasher, err := bundle.NewSignatureHasher(bundle.SHA256)
	if err != nil {
		return nil, err
	}
	var listed []bundle.FileInfo
	for _, path := range f.paths() {
		var content any = f[path]
		if bundle.IsStructuredDoc(path) {
			if err := util.UnmarshalJSON(f[path], &content); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
		hash, err := hasher.HashFile(content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		listed = append(listed, bundle.NewFile(path, hex.EncodeToString(hash), bundle.SHA256.String()))
	}
	return listed, nil
}

// Verifier verifies bundles with a set of keys.
type Verifier struct {
	keys map[string]*bundle.KeyConfig
}

// NewVerifier returns a verifier that accepts what any of keys signed. There must be
// one at least, and no two with the same id.
func NewVerifier(keys ...Key) (*Verifier, error) {
	v := &Verifier{keys: map[string]*bundle.KeyConfig{}}
	for _, key := range keys {
		if key.config == nil || v.keys[key.id] != nil {
			return nil, fmt.Errorf("verification key %q is empty or given twice", key.id)
		}
		v.keys[key.id] = key.config
	}
	if len(v.keys) == 0 {
		return nil, errors.New("no verification keys")
	}
	return v, nil
}

// verify wants signature to be a .signatures.json that lists exactly f.
func (v *Verifier) verify(signature []byte, f files) error {
	listed, err := v.listed(signature)
	if err != nil {
		return err
	}
	want, err := f.listing()
	if err != nil {
		return err
	}
	for _, file := range want {
		if listed[file.Name] != file {
			return fmt.Errorf("%s is not as it was signed", file.Name)
		}
	}
	if len(listed) != len(want) {
		return fmt.Errorf("%d files were signed, not %d", len(listed), len(want))
	}
	return nil
}

// listed returns the files that a valid signature lists, by path.
func (v *Verifier) listed(signature []byte) (map[string]bundle.FileInfo, error) {
	var s signatures
	if err := strict(signature, &s); err != nil {
		return nil, err
	}
	if len(s.Signatures) != 1 {
		return nil, fmt.Errorf("%d signatures, not 1", len(s.Signatures))
	}
	keyID, err := v.keyID(s.Signatures[0])
	if err != nil {
		return nil, err
	}
	config := bundle.NewVerificationConfig(v.keys, keyID, "", nil)
	return bundle.VerifyBundleSignature(bundle.SignaturesConfig{Signatures: s.Signatures}, config)
}

// keyID returns the id of the key that token names, if it is a known one and token
// is for its algorithm. So neither "none" nor a public key taken for a secret gets
// as far as a verification.
func (v *Verifier) keyID(token string) (string, error) {
	encoded, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return "", fmt.Errorf("header: %w", err)
	}
	var header signatureHeader
	if err := strict(text, &header); err != nil {
		return "", fmt.Errorf("header: %w", err)
	}
	config := v.keys[header.KeyID]
	if config == nil {
		return "", fmt.Errorf("key %.100q is not known", header.KeyID)
	}
	if header.Algorithm != config.Algorithm {
		return "", fmt.Errorf("key %q is for %s, not %.20q", header.KeyID, config.Algorithm, header.Algorithm)
	}
	return header.KeyID, nil
}

// strict decodes one JSON value without members that into does not have.
func strict(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if decoder.More() {
		return errors.New("more than one JSON value")
	}
	return nil
}
