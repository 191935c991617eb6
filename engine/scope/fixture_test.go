package scope_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fieldgate/fieldgate/engine/scope"
)

var update = flag.Bool("update", false, "write golden files")

const golden = "want"

// TestRepositories reads each archive of testdata/repositories as an access
// directory. The file `want` holds the problems, or the repository as JSON.
// <FF>, <NUL>, <MIB> and <DEEP> stand for what a text file cannot hold well.
func TestRepositories(t *testing.T) {
	archives, err := filepath.Glob("testdata/repositories/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, file := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := outcome(t, inputs(archive))
			if *update {
				writeGolden(t, file, archive, got)
				return
			}
			if diff := cmp.Diff(goldenOf(archive), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// inputs returns the files of an archive but the golden one.
func inputs(archive *txtar.Archive) map[string][]byte {
	files := map[string][]byte{}
	for _, f := range archive.Files {
		if f.Name == golden {
			continue
		}
		data := bytes.ReplaceAll(f.Data, []byte("<FF>"), []byte{0xff})
		data = bytes.ReplaceAll(data, []byte("<NUL>"), []byte{0})
		data = bytes.ReplaceAll(data, []byte("<MIB>"), bytes.Repeat([]byte("#"), 1<<20))
		files[f.Name] = bytes.ReplaceAll(data, []byte("<DEEP>"), []byte(strings.Repeat("[", 40)+strings.Repeat("]", 40)))
	}
	return files
}

func outcome(t *testing.T, files map[string][]byte) string {
	t.Helper()
	repository, problems := scope.ParseRepository(files)
	if (repository == nil) != (len(problems) > 0) {
		t.Fatalf("repository %v with problems %v", repository, problems)
	}
	if err := problems.Err(); err != nil {
		return err.Error() + "\n"
	}
	text, err := json.MarshalIndent(summary(repository), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// summary leaves out positions by path, and shows schemas by length.
func summary(r *scope.Repository) any {
	r.Settings.Positions = nil
	for i := range r.Layers {
		layer := &r.Layers[i]
		layer.Layer.Positions = nil
		layer.Schema.Source = fmt.Appendf(nil, "%d bytes", len(layer.Schema.Source))
		for j := range layer.Scopes {
			layer.Scopes[j].Positions = nil
		}
	}
	return r
}

func goldenOf(archive *txtar.Archive) string {
	for _, f := range archive.Files {
		if f.Name == golden {
			return string(f.Data)
		}
	}
	return ""
}

func writeGolden(t *testing.T, file string, archive *txtar.Archive, got string) {
	t.Helper()
	var kept []txtar.File
	for _, f := range archive.Files {
		if f.Name != golden {
			kept = append(kept, f)
		}
	}
	kept = append(kept, txtar.File{Name: golden, Data: []byte(got)})
	archive.Files = kept
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
