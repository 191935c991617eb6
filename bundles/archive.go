package bundles

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// paths are the paths of f in order.
func (f files) paths() []string { return slices.Sorted(maps.Keys(f)) }

// writeTo writes f as a .tar.gz: in order of path, without times, owners or names
// of the machine that wrote it.
func (f files) writeTo(w io.Writer) error {
	zip := gzip.NewWriter(w)
	archive := tar.NewWriter(zip)
	for _, path := range f.paths() {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: path, Mode: 0o644, Size: int64(len(f[path])), Format: tar.FormatUSTAR,
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(f[path]); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), zip.Close())
}

// readArchive reads a .tar.gz that has no more than maxBytes, compressed or not,
// and only regular files of which accept holds for the path, each once. It is
// stricter than OPA's reader so that the two never see different files.
func readArchive(r io.Reader, maxBytes int64, accept func(path string) bool) (files, error) {
	compressed := bufio.NewReader(io.LimitReader(r, maxBytes))
	zip, err := gzip.NewReader(compressed)
	if err != nil {
		return nil, err
	}
	zip.Multistream(false)
	plain := &io.LimitedReader{R: zip, N: maxBytes}
	f, err := readTar(tar.NewReader(plain), accept)
	if plain.N <= 0 {
		return nil, fmt.Errorf("it has more than %d bytes", maxBytes)
	}
	if err != nil {
		return nil, err
	}
	return f, errors.Join(onlyZeros(plain), atEnd(compressed))
}

func readTar(archive *tar.Reader, accept func(path string) bool) (files, error) {
	f := files{}
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
		if err := f.check(header, accept); err != nil {
			return nil, err
		}
		if f[header.Name], err = io.ReadAll(archive); err != nil {
			return nil, err
		}
	}
}

func (f files) check(header *tar.Header, accept func(path string) bool) error {
	_, seen := f[header.Name]
	switch {
	case header.Typeflag != tar.TypeReg || len(header.PAXRecords) > 0:
		return fmt.Errorf("%.100q is not a plain file", header.Name)
	case !accept(header.Name):
		return fmt.Errorf("%.100q does not belong into a bundle", header.Name)
	case seen:
		return fmt.Errorf("%q is there twice", header.Name)
	}
	return nil
}

// onlyZeros reads to the end, and so has gzip verify its checksum: writers may pad
// an archive with zeros, and nothing else may stand behind its last file.
func onlyZeros(r io.Reader) error {
	rest := bufio.NewReader(r)
	for {
		b, err := rest.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if b != 0 {
			return errors.New("there is something behind the last file")
		}
	}
}

func atEnd(r io.ByteReader) error {
	if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the archive")
	}
	return nil
}
