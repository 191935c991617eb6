package scope

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDescription is the number of characters that the description of a scope may have.
const maxDescription = 4096

// Fault is something wrong with a value that comes from no file.
type Fault struct {
	Path    string // as in Positions: "scope", "description", "fields", "fields[2]"
	Message string
	Hint    string // what to do; may be ""
}

// Define makes a scope of values that come from no file, by the rules of a scope file: ParseScope of a file with these
// values says the same. source takes the place of the file in positions, which have no line. The Scope is incomplete when
// there are faults; they are in the order of the values.
func Define(source, name, description string, fields []string) (Scope, []Fault) {
	s := Scope{Name: name, Description: description, Position: Position{File: source}}
	var faults []Fault
	add := func(path string, f *fault) {
		if f != nil {
			faults = append(faults, Fault{Path: path, Message: f.message, Hint: f.hint})
		}
	}
	_, f := parseScopeName(name)
	add("scope", f)
	add("description", checkDescription(description))
	if len(fields) == 0 {
		add("fields", &fault{message: "`fields` is an empty list", hint: "name at least one coordinate"})
	}
	seen := make(map[string]bool, len(fields))
	for i, text := range fields {
		p, f := parsePattern(text)
		if f == nil && seen[text] {
			f = &fault{message: "coordinate " + quote(text) + " is written twice", hint: "remove one of them"}
		}
		seen[text] = true
		add(fmt.Sprintf("fields[%d]", i), f)
		s.Entries = append(s.Entries, Entry{Pattern: p, Text: text, Position: s.Position})
	}
	return s, faults
}

func checkDescription(s string) *fault {
	switch {
	case utf8.RuneCountInString(s) > maxDescription:
		return &fault{message: fmt.Sprintf("`description` is longer than %d characters", maxDescription)}
	case !utf8.ValidString(s):
		return &fault{message: "`description` is not valid UTF-8"}
	case strings.ContainsFunc(s, func(r rune) bool { return isControl(r) && r != '\n' && r != '\t' }):
		return &fault{message: "`description` holds a control character"}
	}
	return nil
}
