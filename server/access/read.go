package access

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// How much an access directory may hold. Each is far beyond what people write.
const (
	maxFileBytes = 32 << 20  // of one file
	maxTreeBytes = 128 << 20 // of all files that are read
	maxEntries   = 50_000    // files and folders that are looked at
	maxDepth     = 16        // folders within each other
)

// Read returns the files of an access directory that can be part of it ([scope.Relevant]), by slash
// path relative to dir. Symbolic links are followed as long as they are relative and stay in dir, as
// those of a mounted Kubernetes ConfigMap do; any other that could matter is an error. It returns all
// files or an error, never a part of them.
func Read(dir string) (map[string][]byte, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("access directory: %w", plain(err))
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("access directory: %s is a file: name the folder that holds the data layers", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("access directory: %w", plain(err))
	}
	defer root.Close() //nolint:errcheck // it was only read
	w := &walker{root: root, dir: dir, files: map[string][]byte{}}
	if err := w.folder(".", nil); err != nil {
		return nil, fmt.Errorf("access directory: %w", err)
	}
	return w.files, nil
}

// walker reads one tree. Everything it opens, it opens through root, which the kernel keeps inside
// of the directory.
type walker struct {
	root    *os.Root
	dir     string // for messages
	files   map[string][]byte
	bytes   int64
	entries int
}

// folder reads a folder. around are the folders on the way to it, to tell a link that leads to one
// of them.
func (w *walker) folder(name string, around []fs.FileInfo) error {
	info, err := w.root.Stat(name)
	if err != nil {
		return w.explain(name, err)
	}
	if slices.ContainsFunc(around, func(a fs.FileInfo) bool { return os.SameFile(a, info) }) {
		return fmt.Errorf("%s leads to a folder around it", w.show(name))
	}
	if len(around) > maxDepth {
		return fmt.Errorf("%s: more than %d folders within each other", w.show(name), maxDepth)
	}
	list, err := fs.ReadDir(w.root.FS(), name)
	if err != nil {
		return w.explain(name, err)
	}
	around = append(slices.Clone(around), info)
	for _, e := range list {
		if err := w.entry(path.Join(name, e.Name()), e, around); err != nil {
			return err
		}
	}
	return nil
}

// entry reads what a folder lists, if it matters.
func (w *walker) entry(name string, e fs.DirEntry, around []fs.FileInfo) error {
	w.entries++
	if w.entries > maxEntries {
		return fmt.Errorf("%s holds more than %d files and folders", w.dir, maxEntries)
	}
	if !scope.Relevant(name) && !mayLead(name, e) {
		return nil
	}
	info, err := w.stat(name, e)
	switch {
	case err != nil || info == nil:
		return err
	case info.IsDir():
		if !mayLead(name, e) {
			return nil
		}
		return w.folder(name, around)
	case !scope.Relevant(name):
		return nil
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is neither a file nor a folder", w.show(name))
	}
	return w.file(name)
}

// mayLead reports whether a name may be a folder that holds what matters.
func mayLead(name string, e fs.DirEntry) bool {
	return (e.IsDir() || linked(e)) && scope.Relevant(name+"/"+scope.LayerFile)
}

func linked(e fs.DirEntry) bool { return e.Type()&fs.ModeSymlink != 0 }

// stat follows links. It returns nil for one that leads nowhere and could only have been a folder.
func (w *walker) stat(name string, e fs.DirEntry) (fs.FileInfo, error) {
	info, err := w.root.Stat(name)
	switch {
	case err == nil:
		return info, nil
	case !linked(e):
		return nil, w.explain(name, err)
	case !scope.Relevant(name) && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	}
	return nil, fmt.Errorf("%s is a link that cannot be followed inside of %s (%w): make it relative, or copy what it points to",
		w.show(name), w.dir, bare(err))
}

func (w *walker) file(name string) error {
	f, err := w.root.Open(name)
	if err != nil {
		return w.explain(name, err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return w.explain(name, err)
	}
	if len(data) > maxFileBytes {
		return fmt.Errorf("%s is larger than %d MiB", w.show(name), maxFileBytes>>20)
	}
	w.bytes += int64(len(data))
	if w.bytes > maxTreeBytes {
		return fmt.Errorf("the files of %s together are larger than %d MiB", w.dir, maxTreeBytes>>20)
	}
	w.files[name] = data
	return nil
}

func (w *walker) show(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

// explain names the file of an error, once.
func (w *walker) explain(name string, err error) error {
	return fmt.Errorf("%s: %w", w.show(name), bare(err))
}

// plain takes the system call out of an error.
func plain(err error) error {
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		return fmt.Errorf("%s: %w", at.Path, at.Err)
	}
	return err
}

// bare takes the system call and the path out of an error.
func bare(err error) error {
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		return at.Err
	}
	return err
}
