package scope

import (
	"bytes"

	"gopkg.in/yaml.v3"
)

// printed is a scope file as it is written.
type printed struct {
	Scope       string     `yaml:"scope"`
	Description *yaml.Node `yaml:"description,omitempty"`
	Fields      []string   `yaml:"fields"`
}

// Print returns the text of a scope file with these values: ParseScope of it says what Define says of them.
func Print(name, description string, fields []string) string {
	out := printed{Scope: name, Fields: fields}
	if description == "" {
		return out.text()
	}
	out.Description = &yaml.Node{}
	out.Description.SetString(description)
	text := out.text()
	if read, problems := ParseScope("", []byte(text)); problems != nil || read.Description != description {
		out.Description.Style = yaml.DoubleQuotedStyle // a text in blocks cannot hold every white space, and << means something
		text = out.text()
	}
	return text
}

func (p printed) text() string {
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(p); err != nil {
		return "" // texts and lists of texts can be written, and a buffer takes them
	}
	return out.String()
}
