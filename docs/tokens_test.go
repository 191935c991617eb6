package docs_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/server/secret"
)

// The token that tokens.md takes apart is one, and the pattern that it gives to scanners finds it.
func TestTokenExampleIsAToken(t *testing.T) {
	page := pages(t)["docs/tokens.md"]
	example := regexp.MustCompile(`(?m)^(fgt_)  (\w{40})  (\w{6})$`).FindStringSubmatch(page)
	pattern := regexp.MustCompile(`(?m)^fg\[tm\]_.*$`).FindString(page)
	if example == nil || pattern == "" {
		t.Fatal("the page has no example, or no pattern")
	}
	token := strings.Join(example[1:], "")
	if _, err := secret.Parse(secret.Token, token); err != nil {
		t.Errorf("%s: %v", token, err)
	}
	if regexp.MustCompile(pattern).FindString("key="+token+".") != token {
		t.Errorf("%s does not find %s", pattern, token)
	}
}
