package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/fieldgate/fieldgate/bundles"
)

// The files of a data directory besides the store's.
const (
	lockFile       = "lock"
	signingKeyFile = "signing-key.pem"
	publicKeyFile  = "signing-key.pub.pem" // for whoever verifies bundles
)

// ErrLocked is a data directory that another server works on.
var ErrLocked = errors.New("another fieldgate works on this data directory")

// lock keeps other servers off a data directory until it is closed. The system lets go of it when the process ends, however
// it ends.
func lock(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, ErrLocked), f.Close())
	}
	return f, nil
}

// signingKey returns what signs and verifies the bundles of a data directory, and makes the key when there is none.
func signingKey(dir string) (*bundles.Signer, *bundles.Verifier, error) {
	path := filepath.Join(dir, signingKeyFile)
	private, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		private, err = makeKey(path)
	}
	if err != nil {
		return nil, nil, err
	}
	public, id, err := publicKey(private)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := publish(filepath.Join(dir, publicKeyFile), public); err != nil {
		return nil, nil, err
	}
	signer, err := bundles.NewES256Signer(id, private)
	if err != nil {
		return nil, nil, err
	}
	key, err := bundles.NewES256Key(id, public)
	if err != nil {
		return nil, nil, err
	}
	verifier, err := bundles.NewVerifier(key)
	return signer, verifier, err
}

// makeKey writes a new key, whole or not at all.
func makeKey(path string) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return text, replace(path, text, 0o600)
}

// publicKey returns the public part of a key in PEM, and an id that is made of it.
func publicKey(private []byte) (text []byte, id string, err error) {
	block, _ := pem.Decode(private)
	if block == nil {
		return nil, "", errors.New("the signing key is not in PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, "", err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, "", errors.New("the signing key is not one for ES256")
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(der)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "fieldgate-" + hex.EncodeToString(sum[:6]), nil
}

// publish writes the public key, unless it is there: a server starts on a full disk too.
func publish(path string, public []byte) error {
	if known, err := os.ReadFile(path); err == nil && bytes.Equal(known, public) {
		return nil
	}
	return replace(path, public, 0o644)
}

// replace writes a file under another name first and waits until the disk has it, so that there is never half of it.
func replace(path string, text []byte, mode fs.FileMode) error {
	half := path + ".new"
	err := writeThrough(half, text, mode)
	if err == nil {
		err = os.Rename(half, path)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(half))
	}
	return nil
}

func writeThrough(path string, text []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
