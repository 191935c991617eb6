package access_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/server/access"
)

// tree writes files below a new directory. A content of "-> x" makes a link to x.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(files[name], "-> "); ok {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(files[name]), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadTakesRelevantFilesOnly(t *testing.T) {
	dir := tree(t, map[string]string{
		"fieldgate.yaml":              "team: a",
		"shop/layer.yaml":             "data_layer: shop",
		"shop/schema.graphql":         "type Query { a: Int }",
		"shop/scopes/finance.yaml":    "scope: finance",
		"shop/README.md":              "no",
		"shop/logo.png":               "no",
		".git/config.yaml":            "no",
		"node_modules/x/layer.yaml":   "no",
		"shop/schema.graphql.d/note":  "no",
		"shop/dangling":               "-> nowhere",
		"shop/folder.yaml/inside.txt": "no",
	})
	files, err := access.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"fieldgate.yaml", "shop/layer.yaml", "shop/schema.graphql", "shop/scopes/finance.yaml"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(files))); diff != "" {
		t.Error(diff)
	}
	if got := string(files["shop/layer.yaml"]); got != "data_layer: shop" {
		t.Errorf("layer.yaml holds %q", got)
	}
}

// A ConfigMap is mounted as links to links: the files below ..data, and ..data itself.
func TestReadFollowsTheLinksOfAConfigMap(t *testing.T) {
	dir := tree(t, map[string]string{
		"..2026_01_01/shop/layer.yaml":     "data_layer: shop",
		"..2026_01_01/shop/schema.graphql": "type Query { a: Int }",
		"..2026_01_01/fieldgate.yaml":      "team: a",
		"..data":                           "-> ..2026_01_01",
		"shop":                             "-> ..data/shop",
		"fieldgate.yaml":                   "-> ..data/fieldgate.yaml",
	})
	files, err := access.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"fieldgate.yaml", "shop/layer.yaml", "shop/schema.graphql"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(files))); diff != "" {
		t.Error(diff)
	}
}

func TestReadRefusesWhatItCannotReadWhole(t *testing.T) {
	outside := tree(t, map[string]string{"secret.yaml": "the secret", "scopes/a.yaml": "the secret"})
	tests := map[string]struct {
		files map[string]string
		want  string
	}{
		"link to a file outside":   {map[string]string{"shop/layer.yaml": "-> " + outside + "/secret.yaml"}, "shop/layer.yaml is a link that cannot be followed"},
		"link to a folder outside": {map[string]string{"shop/scopes": "-> " + outside + "/scopes"}, "shop/scopes is a link that cannot be followed"},
		"link up and out":          {map[string]string{"shop/layer.yaml": "-> ../../" + filepath.Base(outside) + "/secret.yaml"}, "shop/layer.yaml is a link that cannot be followed"},
		"link to nowhere":          {map[string]string{"shop/layer.yaml": "-> gone.yaml"}, "shop/layer.yaml is a link that cannot be followed"},
		"link to itself":           {map[string]string{"shop/layer.yaml": "-> layer.yaml"}, "shop/layer.yaml is a link that cannot be followed"},
		"link around":              {map[string]string{"shop/a/b": "-> ../../shop"}, "shop/a/b leads to a folder around it"},
		"deep":                     {map[string]string{strings.Repeat("a/", 20) + "layer.yaml": "x"}, "more than 16 folders within each other"},
		"large file":               {map[string]string{"schema.graphql": strings.Repeat(" ", 32<<20+1)}, "schema.graphql is larger than 32 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, test.files)
			files, err := access.Read(dir)
			if err == nil || files != nil {
				t.Fatalf("read %d files, error %v", len(files), err)
			}
			for _, say := range []string{dir, test.want} {
				if !strings.Contains(err.Error(), say) {
					t.Errorf("the error does not say %q: %v", say, err)
				}
			}
			if strings.Contains(err.Error(), "the secret") {
				t.Errorf("the error holds what is outside: %v", err)
			}
		})
	}
}

func TestReadWithoutADirectory(t *testing.T) {
	dir := tree(t, map[string]string{"layer.yaml": "data_layer: shop"})
	if _, err := access.Read(filepath.Join(dir, "gone")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "gone") {
		t.Errorf("missing directory: %v", err)
	}
	if _, err := access.Read(filepath.Join(dir, "layer.yaml")); err == nil || !strings.Contains(err.Error(), "is a file") {
		t.Errorf("a file: %v", err)
	}
}
