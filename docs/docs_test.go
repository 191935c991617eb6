// Package docs_test keeps the documentation true to the code: its links lead somewhere, its files parse, its examples
// decide as it says, and whatever the code can answer is explained.
package docs_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// root is the repository, seen from this package.
const root = ".."

// pages returns the Markdown files of the documentation, path from root to text.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	add := func(name string) {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.ToSlash(name)] = string(text)
	}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"} {
		add(name)
	}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			add(strings.TrimPrefix(path, root+string(filepath.Separator)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// block is a fenced block of a page.
type block struct {
	page     string
	line     int // of the fence
	language string
	text     string
}

// blocks returns the fenced blocks of a page, in order.
func blocks(page, text string) []block {
	var out []block
	var open *block
	for i, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open == nil:
			open = &block{page: page, line: i + 1, language: fence}
		case isFence:
			out = append(out, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return out
}

var (
	fenced  = regexp.MustCompile("(?s)```.*?\n```")
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

// anchors returns what links into a page can name, as GitHub makes them of headings.
func anchors(text string) []string {
	var out []string
	for _, h := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		out = append(out, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, h[1]))
	}
	return out
}

func TestLinksResolve(t *testing.T) {
	all := pages(t)
	for page, text := range all {
		for _, match := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			name := page
			if target != "" {
				name = filepath.ToSlash(filepath.Join(filepath.Dir(page), target))
			}
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("%s: %s leads nowhere", page, match[1])
			} else if anchor != "" && !slices.Contains(anchors(all[name]), anchor) {
				t.Errorf("%s: %s has no heading #%s", page, name, anchor)
			}
		}
	}
}

// TestFilesParse reads every yaml block that begins with the name of an access file as that file.
func TestFilesParse(t *testing.T) {
	seen := map[string]int{}
	for page, text := range pages(t) {
		for _, b := range blocks(page, text) {
			if b.language != "yaml" {
				continue
			}
			name, _, _ := strings.Cut(strings.TrimPrefix(b.text, "# "), "\n")
			var problems scope.Problems
			switch {
			case name == scope.SettingsFile:
				_, problems = scope.ParseSettings(name, []byte(b.text))
			case filepath.Base(name) == scope.LayerFile:
				_, problems = scope.ParseLayer(name, []byte(b.text))
			case strings.Contains(name, scope.TestsDir+"/"):
				_, problems = scope.ParseTests(name, []byte(b.text))
			case strings.Contains(name, scope.ScopesDir+"/"):
				_, problems = scope.ParseScope(name, []byte(b.text))
			default:
				t.Errorf("%s:%d: a yaml block begins with the name of its file, as in `# shop/layer.yaml`", page, b.line)
			}
			if err := problems.Err(); err != nil {
				t.Errorf("%s:%d: %v", page, b.line, err)
			}
			seen[filepath.Base(name)]++
		}
	}
	for _, name := range []string{scope.SettingsFile, scope.LayerFile} {
		if seen[name] == 0 {
			t.Errorf("no page shows a %s", name)
		}
	}
}

// TestEveryKeyIsDocumented holds the tables of the pages on files against the JSON Schemas, which come from the decoder.
func TestEveryKeyIsDocumented(t *testing.T) {
	key := regexp.MustCompile(`(?m)^ {2,}"([a-z_]+)": \{$`)
	for file, schema := range scope.JSONSchemas() {
		name := "docs/scope-files.md"
		if file == "tests.schema.json" {
			name = "docs/access-tests.md"
		}
		page := pages(t)[name]
		for _, match := range key.FindAllSubmatch(schema, -1) {
			switch key := string(match[1]); key {
			case "properties", "items", "not":
			default:
				if !strings.Contains(page, "`"+key+"`") && !strings.Contains(page, "."+key+"`") {
					t.Errorf("%s does not explain `%s` of %s", name, key, file)
				}
			}
		}
	}
}

// TestAnswersAreExplained holds that each finding of check and each code of an error has a place in the documentation.
func TestAnswersAreExplained(t *testing.T) {
	finding := regexp.MustCompile(`(?m)^\s*Rule[A-Za-z]* *= "([a-z-]+)"`)
	code := regexp.MustCompile(`(?:[Cc]ode[A-Za-z]*(?: +gql\.Code| +Code)? *[=:] *|return |ErrorDecision\()"([A-Z]+(?:_[A-Z]+)+)"`)
	all := pages(t)
	explained := func(page, source string, pattern *regexp.Regexp) {
		text, err := os.ReadFile(filepath.Join(root, source))
		if err != nil {
			t.Fatal(err)
		}
		matches := pattern.FindAllSubmatch(text, -1)
		if matches == nil {
			t.Errorf("%s holds nothing to explain: the pattern of this test is stale", source)
		}
		for _, match := range matches {
			if !strings.Contains(all[page], "`"+string(match[1])+"`") {
				t.Errorf("%s does not explain %s of %s", page, match[1], source)
			}
		}
	}
	explained("docs/check.md", "engine/check.go", finding)
	explained("docs/decisions-api.md", "engine/gql/errors.go", code)
	for _, dir := range []string{"cmd", "engine", "server"} {
		for _, file := range withCodes(t, dir, code) {
			page, ok := codePages[filepath.ToSlash(filepath.Dir(file))]
			if !ok {
				page = "docs/decisions-api.md"
			}
			explained(page, file, code)
		}
	}
}

// codePages are the pages that explain the codes of errors, by folder; of others docs/decisions-api.md does.
var codePages = map[string]string{
	"server/admin":           "docs/admin-api.md",
	"server/admin/admintest": "docs/admin-api.md",
	"server/control":         "docs/sync.md",
	"server/gateway":         "docs/gateway.md",
	"server":                 "docs/admin-api.md",
}

// withCodes returns the Go files below dir, tests left out, that hold the code of an error.
func withCodes(t *testing.T, dir string, code *regexp.Regexp) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && e.Name() == "internal" {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if code.Match(text) {
			out = append(out, strings.TrimPrefix(path, root+string(filepath.Separator)))
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return out
}

// TestReadmeProgram holds that the program in README.md is the compiled example of package engine.
func TestReadmeProgram(t *testing.T) {
	example, err := os.ReadFile(filepath.Join(root, "engine", "example_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	shown := ""
	for _, b := range blocks("README.md", pages(t)["README.md"]) {
		if b.language == "go" {
			shown = b.text
		}
	}
	from := func(text, name string) string {
		_, body, _ := strings.Cut(text, "func "+name+"() {\n")
		return body
	}
	body, _, _ := bytes.Cut([]byte(from(string(example), "Example")), []byte("\t// Output:"))
	if got, want := from(shown, "main"), string(body)+"}\n"; got != want {
		t.Errorf("README.md shows another program than engine/example_test.go:\n%s", got)
	}
}
