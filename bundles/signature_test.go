package bundles_test

import (
	"bytes"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/policies"
)

func TestR16LoadVerifiesSignatures(t *testing.T) {
	ecdsa, ecdsaOptions, _ := es256(t)
	shared, sharedOptions := hs256(t)
	_, strangerOptions, _ := es256(t)
	signedByECDSA, signedByHMAC := write(t, shop(), 3, ecdsa), write(t, shop(), 3, shared)

	wantLoads(t, signedByECDSA, ecdsaOptions, shop())
	wantLoads(t, signedByHMAC, sharedOptions, shop())

	wantRefused(t, signedByECDSA, strangerOptions, bundles.ErrSignature) // same key id, other key
	wantRefused(t, signedByHMAC, ecdsaOptions, bundles.ErrSignature)     // unknown key id
	wantRefused(t, write(t, shop(), 3, nil), ecdsaOptions, bundles.ErrSignature)
}

func TestR16LoadAcceptsUnsignedBundlesOnlyWhenAskedTo(t *testing.T) {
	sign, options, _ := es256(t)
	wantRefused(t, write(t, shop(), 3, nil), bundles.LoadOptions{}, bundles.ErrSignature)
	wantRefused(t, write(t, shop(), 3, sign), bundles.LoadOptions{}, bundles.ErrSignature)
	wantRefused(t, write(t, shop(), 3, sign), unsigned, bundles.ErrSignature)
	options.AllowUnsigned = true
	wantLoads(t, write(t, shop(), 3, sign), options, shop())
	wantRefused(t, write(t, shop(), 3, nil), options, bundles.ErrSignature)
}

func TestVerifierAcceptsAnyOfItsKeys(t *testing.T) {
	oldSigner, _, oldPublic := es256(t)
	key := must[bundles.Key](t)(bundles.NewES256Key("team", oldPublic))
	shared := must[bundles.Key](t)(bundles.NewHS256Key("shared", secret))
	options := bundles.LoadOptions{Verifier: must[*bundles.Verifier](t)(bundles.NewVerifier(key, shared))}
	newSigner, _ := hs256(t)
	wantLoads(t, write(t, shop(), 3, oldSigner), options, shop())
	wantLoads(t, write(t, shop(), 3, newSigner), options, shop())
}

func TestR16SignatureIsCheckedBeforeAnythingElse(t *testing.T) {
	sign, options, _ := es256(t)
	options.Floor = 9
	for _, path := range []string{"data.json", "schema.graphql", ".manifest", policies.ReadPath} {
		t.Run(path, func(t *testing.T) {
			text := write(t, shop(), 3, sign)
			changed := change(t, text, func(files map[string][]byte) {
				files[path] = bytes.Replace(files[path], []byte("e"), []byte("E"), 1)
			})
			wantRefused(t, changed, options, bundles.ErrSignature)
			missing := change(t, text, func(files map[string][]byte) { delete(files, path) })
			wantRefused(t, missing, options, bundles.ErrSignature)
		})
	}
}

// A signature is of one bundle: that of another revision does not fit.
func TestR16SignatureOfAnotherRevisionIsRefused(t *testing.T) {
	sign, options, _ := es256(t)
	other := unpack(t, write(t, shop(), 2, sign))
	wantRefused(t, change(t, write(t, shop(), 3, sign), func(files map[string][]byte) {
		files[".signatures.json"] = other[".signatures.json"]
	}), options, bundles.ErrSignature)
}

func encoded(text []byte) string { return base64.RawURLEncoding.EncodeToString(text) }

// hmacToken signs payload with any key under any header.
func hmacToken(header string, payload, key []byte) string {
	input := encoded([]byte(header)) + "." + encoded(payload)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(input))
	return input + "." + encoded(mac.Sum(nil))
}

// payloadOf returns the signed listing of a bundle.
func payloadOf(t *testing.T, signatures []byte) []byte {
	t.Helper()
	var s struct{ Signatures []string }
	if err := json.Unmarshal(signatures, &s); err != nil {
		t.Fatal(err)
	}
	return must[[]byte](t)(base64.RawURLEncoding.DecodeString(strings.Split(s.Signatures[0], ".")[1]))
}

func TestR16ForgedSignaturesAreRefused(t *testing.T) {
	sign, options, public := es256(t)
	text := write(t, shop(), 3, sign)
	payload := payloadOf(t, unpack(t, text)[".signatures.json"])
	genuine := strings.Trim(string(unpack(t, text)[".signatures.json"]), "\n")
	parts := strings.Split(strings.Split(genuine, `"`)[3], ".")

	for name, token := range map[string]string{
		"none":                        encoded([]byte(`{"alg":"none","kid":"team"}`)) + "." + encoded(payload) + ".",
		"None with the signature":     encoded([]byte(`{"alg":"None","kid":"team"}`)) + "." + parts[1] + "." + parts[2],
		"public key as a secret":      hmacToken(`{"alg":"HS256","kid":"team"}`, payload, public),
		"secret under ES256":          hmacToken(`{"alg":"ES256","kid":"team"}`, payload, public),
		"no algorithm":                hmacToken(`{"kid":"team"}`, payload, public),
		"no key id":                   hmacToken(`{"alg":"ES256"}`, payload, public),
		"a key in the header":         hmacToken(`{"alg":"HS256","kid":"team","jwk":{"kty":"oct","k":"AA"}}`, payload, nil),
		"a critical extension":        encoded([]byte(`{"alg":"ES256","kid":"team","crit":["b64"],"b64":false}`)) + "." + parts[1] + "." + parts[2],
		"no signature":                parts[0] + "." + parts[1] + ".",
		"two parts":                   parts[0] + "." + parts[1],
		"four parts":                  parts[0] + "." + parts[1] + "." + parts[2] + "." + parts[2],
		"another listing":             parts[0] + "." + encoded([]byte(`{"files":[]}`)) + "." + parts[2],
		"zeros, as in CVE-2022-21449": parts[0] + "." + parts[1] + "." + encoded(make([]byte, 64)),
		"empty":                       "",
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, change(t, text, func(files map[string][]byte) {
				files[".signatures.json"] = fmt.Appendf(nil, `{"signatures":[%q]}`, token)
			}), options, bundles.ErrSignature)
		})
	}
	for name, document := range map[string]string{
		"no signatures":   `{"signatures":[]}`,
		"no list":         `{}`,
		"nothing":         ``,
		"null":            `null`,
		"two signatures":  strings.Replace(genuine, `"]`, `","`+strings.Join(parts, ".")+`"]`, 1),
		"a plugin":        strings.Replace(genuine, `{`, `{"plugin":"custom",`, 1),
		"two documents":   genuine + genuine,
		"another content": `["signatures"]`,
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, change(t, text, func(files map[string][]byte) {
				files[".signatures.json"] = []byte(document)
			}), options, bundles.ErrSignature)
		})
	}
}

// Even who holds the key must list every file, once, with SHA-256.
func TestR16SignatureMustListEveryFile(t *testing.T) {
	sign, options := hs256(t)
	text := write(t, shop(), 3, sign)
	payload := string(payloadOf(t, unpack(t, text)[".signatures.json"]))
	forge := func(payload string) []byte {
		return change(t, text, func(files map[string][]byte) {
			token := hmacToken(`{"alg":"HS256","kid":"shared"}`, []byte(payload), secret)
			files[".signatures.json"] = fmt.Appendf(nil, `{"signatures":[%q]}`, token)
		})
	}
	wantLoads(t, forge(payload), options, shop())
	for name, edit := range map[string][2]string{
		"a file less":       {`"name":"schema.graphql"`, `"name":"data.json"`},
		"a file more":       {`"files":[`, `"files":[{"name":"x","hash":"00","algorithm":"SHA-256"},`},
		"another hash":      {`"hash":"`, `"hash":"00`},
		"another algorithm": {`SHA-256`, `MD5`},
		"a scope":           {`"files":`, `"scope":"read","files":`},
		"no files":          {`"files":`, `"fils":`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(payload, edit[0], edit[1], 1)
			if changed == payload {
				t.Fatal("the edit changed nothing")
			}
			wantRefused(t, forge(changed), options, bundles.ErrSignature)
		})
	}
}

func TestSignersRefuseBadKeys(t *testing.T) {
	private, public := ecKeys(t, elliptic.P256())
	other, _ := ecKeys(t, elliptic.P384())
	rsaKey := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	rsaPEM := pem.EncodeToMemory(&pem.Block{
		Type: "PRIVATE KEY", Bytes: must[[]byte](t)(x509.MarshalPKCS8PrivateKey(rsaKey)),
	})
	for name, key := range map[string][]byte{
		"nothing": nil, "not PEM": []byte("key"), "a public key": public, "P-384": other, "RSA": rsaPEM,
		"PEM of nothing": []byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"),
	} {
		if _, err := bundles.NewES256Signer("team", key); err == nil {
			t.Errorf("ES256 signer with %s", name)
		}
	}
	if _, err := bundles.NewES256Signer("", private); err == nil {
		t.Error("ES256 signer without an id")
	}
	if _, err := bundles.NewHS256Signer("", secret); err == nil {
		t.Error("HS256 signer without an id")
	}
	for name, key := range map[string][]byte{"31 bytes": secret[:31], "nothing": nil, "PEM": public} {
		if _, err := bundles.NewHS256Signer("shared", key); err == nil {
			t.Errorf("HS256 signer with %s", name)
		}
	}
}

func TestVerifierRefusesBadKeys(t *testing.T) {
	private, public := ecKeys(t, elliptic.P256())
	_, other := ecKeys(t, elliptic.P384())
	for name, key := range map[string][]byte{
		"nothing": nil, "a secret": secret, "a private key": private, "P-384": other,
		"PEM of nothing": []byte("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
	} {
		if _, err := bundles.NewES256Key("team", key); err == nil {
			t.Errorf("ES256 key with %s", name)
		}
	}
	for name, key := range map[string][]byte{"31 bytes": secret[:31], "nothing": nil, "a public key": public} {
		if _, err := bundles.NewHS256Key("shared", key); err == nil {
			t.Errorf("HS256 key with %s", name)
		}
	}
	if _, err := bundles.NewES256Key("", public); err == nil {
		t.Error("key without an id")
	}
	key := must[bundles.Key](t)(bundles.NewES256Key("team", public))
	for name, keys := range map[string][]bundles.Key{"no keys": nil, "one id twice": {key, key}, "an empty key": {{}}} {
		if _, err := bundles.NewVerifier(keys...); err == nil {
			t.Errorf("verifier with %s", name)
		}
	}
}

func TestErrorsDoNotNameSecrets(t *testing.T) {
	short := secret[:20]
	_, err := bundles.NewHS256Signer("shared", short)
	if err == nil || strings.Contains(err.Error(), string(short)) {
		t.Errorf("error %v", err)
	}
}
