package coord_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine/coord"
)

var seeds = []string{
	"", "T", "T.f", "T.f(a:)", "T.f(a)", "T.f(a: 1)", "T.a.b", "@d", "@d(a:)", " T", "*", "T.*", "*.f", "T*.f*(a*:)", "**", "T.f(a:)x", "é", "T\xff", "T.f(",
}

var (
	coordinateSyntax = regexp.MustCompile(`^[_A-Za-z][_0-9A-Za-z]*(\.[_A-Za-z][_0-9A-Za-z]*(\([_A-Za-z][_0-9A-Za-z]*:\))?)?$`)
	patternSyntax    = regexp.MustCompile(`^[_A-Za-z*][_0-9A-Za-z*]*(\.[_A-Za-z*][_0-9A-Za-z*]*(\([_A-Za-z*][_0-9A-Za-z*]*:\))?)?$`)
)

// FuzzCoordinate holds Parse to the grammar, and what it accepts to print as it was.
func FuzzCoordinate(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := coord.Parse(text)
		if want := coordinateSyntax.MatchString(text) && !strings.HasSuffix(text, "\n"); want != (err == nil) {
			t.Fatalf("Parse(%q): %v", text, err)
		}
		if err != nil {
			checkPlace(t, text, err)
			return
		}
		if c.String() != text {
			t.Fatalf("%q prints as %q", text, c)
		}
		if p := mustPattern(t, text); !p.Match(c) {
			t.Fatalf("%s does not match itself", p)
		}
	})
}

// FuzzPattern holds ParsePattern to the grammar, and Match to a regular expression.
func FuzzPattern(f *testing.F) {
	for i, seed := range seeds {
		f.Add(seed, seeds[(i+3)%len(seeds)])
	}
	f.Add("*ab*a*", "abba")
	f.Fuzz(func(t *testing.T, text, other string) {
		p, err := coord.ParsePattern(text)
		if want := patternSyntax.MatchString(text) && !strings.Contains(text, "**"); want != (err == nil) {
			t.Fatalf("ParsePattern(%q): %v", text, err)
		}
		if err != nil {
			checkPlace(t, text, err)
			return
		}
		if p.String() != text {
			t.Fatalf("%q prints as %q", text, p)
		}
		c, err := coord.Parse(other)
		if err != nil {
			return
		}
		if want := asRegexp(text).MatchString(other); p.Match(c) != want {
			t.Fatalf("%s matches %s: %v, want %v", p, c, !want, want)
		}
	})
}

func asRegexp(glob string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(glob), `\*`, "[_0-9A-Za-z]*") + "$")
}

func checkPlace(t *testing.T, text string, err error) {
	t.Helper()
	var syntax *coord.SyntaxError
	if !errors.As(err, &syntax) || syntax.Text != text || syntax.Column < 1 || syntax.Column > len(text)+1 || syntax.Message == "" {
		t.Fatalf("%q: error %#v", text, err)
	}
}
