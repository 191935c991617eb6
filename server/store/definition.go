package store

import (
	"regexp"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// shownDefinition is what the audit log shows of a data layer's definition: its text, when every header for the upstream is
// made of ${VARIABLE} references, and else what it says besides headers. A header written out may be a secret.
type shownDefinition struct {
	Text     string         `json:"definition,omitempty"`
	Hidden   bool           `json:"definition_hidden,omitempty"` // the text holds headers written out
	Settings *shownSettings `json:"settings,omitempty"`          // of a text that is hidden
}

type shownSettings struct {
	URL           string              `json:"url,omitempty"`
	Mode          scope.Mode          `json:"mode"`
	Match         scope.Match         `json:"match"`
	Abstract      scope.Abstract      `json:"abstract"`
	Operations    []scope.Operation   `json:"operations"`
	Directives    []string            `json:"directives,omitempty"`
	Introspection scope.Introspection `json:"introspection"`
}

// reference is a header value that holds no secret: an authentication scheme and references to variables.
var reference = regexp.MustCompile(`^([A-Za-z]+ )?(\$\{[A-Za-z_][A-Za-z0-9_]*\})+$`)

// Shown returns the text of a data layer's definition as members may see it, and false when it holds headers for the
// upstream that are written out and so may be secrets: then there is no text to show.
func Shown(definition string) (string, bool) {
	d := showDefinition(definition)
	return d.Text, !d.Hidden
}

func showDefinition(text string) shownDefinition {
	layer, problems := scope.ParseLayer("layer.yaml", []byte(text))
	if len(problems) > 0 {
		return shownDefinition{Hidden: text != ""}
	}
	for _, value := range layer.Upstream.Headers {
		if !reference.MatchString(value) {
			return shownDefinition{Hidden: true, Settings: settingsOf(layer)}
		}
	}
	return shownDefinition{Text: text}
}

func settingsOf(l scope.Layer) *shownSettings {
	return &shownSettings{
		URL: l.Upstream.URL, Mode: l.Mode, Match: l.Match, Abstract: l.Abstract,
		Operations: l.Operations, Directives: l.Directives, Introspection: l.Introspection,
	}
}
