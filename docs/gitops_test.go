package docs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestWorkflowsParse reads the workflows and settings of the page on git, and holds that each command in them exists.
func TestWorkflowsParse(t *testing.T) {
	const page = "docs/gitops.md"
	known := commands(t)
	asked := regexp.MustCompile(`\bfieldgate ([a-z-]+) access`)
	found := 0
	for _, b := range blocks(page, pages(t)[page]) {
		var into any
		var err error
		switch b.language {
		case "yml":
			err = yaml.Unmarshal([]byte(b.text), &into)
		case "json":
			err = json.Unmarshal([]byte(b.text), &into)
		}
		if err != nil {
			t.Errorf("%s:%d: %v", page, b.line, err)
		}
		for _, match := range asked.FindAllStringSubmatch(b.text, -1) {
			found++
			if !slices.Contains(known, match[1]) {
				t.Errorf("%s:%d: there is no command %q", page, b.line, match[1])
			}
		}
	}
	if found == 0 {
		t.Error("no workflow runs a command")
	}
}

// TestHooksAreThoseOfThePage holds that the page names hooks that there are.
func TestHooksAreThoseOfThePage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, ".pre-commit-hooks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var hooks []struct{ ID, Entry, Language, Files string }
	if err := yaml.Unmarshal(text, &hooks); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, h := range hooks {
		ids = append(ids, h.ID)
		if _, err := regexp.Compile(h.Files); err != nil || h.Language != "golang" {
			t.Errorf("%s: %v, language %s", h.ID, err, h.Language)
		}
	}
	for _, match := range regexp.MustCompile(`- id: ([a-z-]+)`).FindAllStringSubmatch(pages(t)["docs/gitops.md"], -1) {
		if !slices.Contains(ids, match[1]) {
			t.Errorf("there is no hook %s", match[1])
		}
	}
}

// commands are the names that the program's commands begin with.
func commands(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "cmd", "fieldgate", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	use := regexp.MustCompile(`Use: +"([a-z-]+)`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range use.FindAllStringSubmatch(string(text), -1) {
			out = append(out, match[1])
		}
	}
	return out
}
