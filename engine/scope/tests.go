package scope

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// TestsDir is the folder of a data layer that holds its access tests.
const TestsDir = "tests"

// Tests is a file of access tests: what subjects must and must not read of a data layer.
type Tests struct {
	Tokens    []TestToken // stand-ins that tests name, in the order of the file
	Tests     []Test
	Never     []Never
	Only      []Only
	Positions Positions // by path, as in "tests[0].expect.denied[1]"
}

// TestToken stands for an API token: what a token of that name holds.
type TestToken struct {
	Name         string
	Scopes       []string
	Unrestricted bool
	Position     Position
}

// TestSubject is who a test is about. Exactly one of the three is said.
type TestSubject struct {
	Scopes       []string // nil when it is not said; may be empty
	Unrestricted bool
	Token        string // name of a stand-in, or of a token of the server that is asked
}

// Test decides one operation and compares.
type Test struct {
	Name    string
	Subject TestSubject
	Query   string
	// OperationName picks an operation of Query; "" is none.
	OperationName string
	Variables     map[string]any // as encoding/json decodes them with UseNumber
	Expect        Expect
	Position      Position
}

// Expect is what a decision is compared with. What is nil is not compared.
type Expect struct {
	Decision     *string
	Allowed      []coord.Coordinate // selected, and never denied
	Denied       []coord.Coordinate // all that is denied; empty and not nil: nothing is
	AllowedPaths []string           // response keys joined by dots
	DeniedPaths  []string           // all of them
	Query        *string            // what is sent, compared as documents
	Errors       []string           // codes of the errors, all of them
}

// Never asserts that the holder of exactly these scopes cannot read what Read matches.
type Never struct {
	Scopes   []string
	Read     coord.Pattern
	Position Position
}

// Only asserts that a scoped token which can read what Read matches holds at least one of Scopes.
type Only struct {
	Read     coord.Pattern
	Scopes   []string
	Position Position
}

// String returns the assertion in one line.
func (n Never) String() string {
	return fmt.Sprintf("never: %s reads %s", holder(n.Scopes), n.Read)
}

// String returns the assertion in one line.
func (o Only) String() string {
	return fmt.Sprintf("only: %s reads %s", holder(o.Scopes), o.Read)
}

func holder(scopes []string) string {
	if len(scopes) == 0 {
		return "no scope"
	}
	return strings.Join(scopes, "+")
}

// TestFiles returns the slash paths of the access tests of the data layer in dir, sorted.
func TestFiles(files map[string][]byte, dir string) []string {
	var out []string
	for file := range files {
		if path.Dir(file) == path.Join(dir, TestsDir) && isYAML(file) && !strings.HasPrefix(path.Base(file), ".") {
			out = append(out, file)
		}
	}
	slices.Sort(out)
	return out
}

// ParseTests reads a file of access tests. The Tests are incomplete when there are problems; they are sorted by position.
// file is only used in positions.
func ParseTests(file string, src []byte) (Tests, Problems) {
	t, positions, problems := decode(file, src, testsFile)
	t.Positions = positions
	if len(problems) > 0 {
		return t, problems // what could not be read is left out, so that indices mean nothing
	}
	for i := range t.Tokens {
		t.Tokens[i].Position = positions.At(fmt.Sprintf("tokens[%d]", i))
		problems = append(problems, t.Tokens[i].contradictions()...)
	}
	for i := range t.Tests {
		t.Tests[i].Position = positions.At(fmt.Sprintf("tests[%d]", i))
		problems = append(problems, t.Tests[i].contradictions()...)
	}
	for i := range t.Never {
		t.Never[i].Position = positions.At(fmt.Sprintf("never[%d]", i))
	}
	for i := range t.Only {
		t.Only[i].Position = positions.At(fmt.Sprintf("only[%d]", i))
	}
	if len(t.Tests)+len(t.Never)+len(t.Only) == 0 {
		problems = append(problems, Problem{Position: positions.At(""), Message: "the file tests nothing", Hint: "add `tests`, `never` or `only`"})
	}
	return t, problems
}

// contradictions returns problems between keys that are each well formed.
func (t Test) contradictions() Problems {
	said := 0
	for _, is := range []bool{t.Subject.Scopes != nil, t.Subject.Unrestricted, t.Subject.Token != ""} {
		if is {
			said++
		}
	}
	if said == 1 {
		return nil
	}
	return Problems{{
		Position: t.Position, Message: "a test is about exactly one of `scopes`, `unrestricted: true` and `token`",
		Hint: "a token that holds no scope is `scopes: []`",
	}}
}

func (t TestToken) contradictions() Problems {
	if (t.Scopes != nil) != t.Unrestricted {
		return nil
	}
	return Problems{{
		Position: t.Position, Message: "a token either holds `scopes` or is `unrestricted: true`",
		Hint: "a token that holds no scope has `scopes: []`",
	}}
}

// testsFile is what a file under tests/ holds.
var testsFile = object(
	optional("tokens", "Stand-ins for API tokens, for tests to name.",
		listOf("token", testToken, func(t TestToken) string { return t.Name }), func(t *Tests) *[]TestToken { return &t.Tokens }),
	optional("tests", "Operations, and what is decided of them.",
		listOf("test", test, func(t Test) string { return t.Name }), func(t *Tests) *[]Test { return &t.Tests }),
	optional("never", "What the holder of exactly these scopes can read by no operation.",
		listOf("assertion", never, func(n Never) string { return strings.Join(n.Scopes, ",") + " " + n.Read.String() }),
		func(t *Tests) *[]Never { return &t.Never }),
	optional("only", "What a scoped token can read only when it holds at least one of these scopes.",
		listOf("assertion", only, func(o Only) string { return o.Read.String() + " " + strings.Join(o.Scopes, ",") }),
		func(t *Tests) *[]Only { return &t.Only }),
)

var heldScopes = notNil(orEmpty(listOf("scope", scopeName, itself[string]))).describe(jsonSchema{"uniqueItems": true})

var testToken = object(
	required("name", "The token's name.", freeText(128), func(t *TestToken) *string { return &t.Name }),
	optional("scopes", "The scopes that it holds.", heldScopes, func(t *TestToken) *[]string { return &t.Scopes }),
	optional("unrestricted", "Whether it was generated as unrestricted.", boolean, func(t *TestToken) *bool { return &t.Unrestricted }),
)

var test = object(
	required("name", "What the test shows.", freeText(256), func(t *Test) *string { return &t.Name }),
	optional("scopes", "The scopes that the subject holds; [] is none.", heldScopes, func(t *Test) *[]string { return &t.Subject.Scopes }),
	optional("unrestricted", "Whether the subject is unrestricted.", boolean, func(t *Test) *bool { return &t.Subject.Unrestricted }),
	optional("token", "A token of `tokens`, or of the server that is asked.", freeText(128), func(t *Test) *string { return &t.Subject.Token }),
	required("query", "The GraphQL document.", freeText(1<<20), func(t *Test) *string { return &t.Query }),
	optional("operation_name", "The operation of the document that is run.", freeText(1024), func(t *Test) *string { return &t.OperationName }),
	optional("variables", "The variables that are sent with it.", jsonObject, func(t *Test) *map[string]any { return &t.Variables }),
	required("expect", "What is decided.", expect, func(t *Test) *Expect { return &t.Expect }),
)

var expect = object(
	optional("decision", "The decision as a whole.", pointer(oneOf[string]("decision", "allow", "partial", "deny")),
		func(e *Expect) **string { return &e.Decision }),
	optional("allowed", "Coordinates that are selected and allowed wherever they are.", coordinates, func(e *Expect) *[]coord.Coordinate { return &e.Allowed }),
	optional("denied", "All coordinates that are denied; [] is none.", coordinates, func(e *Expect) *[]coord.Coordinate { return &e.Denied }),
	optional("allowed_paths", "Paths that are selected and allowed, as in shop.products.title.", responsePaths, func(e *Expect) *[]string { return &e.AllowedPaths }),
	optional("denied_paths", "All paths that are denied; [] is none.", responsePaths, func(e *Expect) *[]string { return &e.DeniedPaths }),
	optional("query", "The document that is sent upstream; \"\" is none.", pointer(freeText(1<<20)), func(e *Expect) **string { return &e.Query }),
	optional("errors", "The codes of all errors; [] is none.", errorCodes, func(e *Expect) *[]string { return &e.Errors }),
)

var (
	coordinates   = notNil(orEmpty(listOf("coordinate", coordinate, coord.Coordinate.String)))
	responsePaths = notNil(orEmpty(listOf("path", freeText(4096), itself[string])))
	errorCodes    = notNil(orEmpty(listOf("code", freeText(128), itself[string])))
)

// notNil is a list that is not nil when it is written, even when it is empty.
func notNil[V any](list value[[]V]) value[[]V] {
	read := list.read
	list.read = func(d *decoder, at place) ([]V, bool) {
		out, ok := read(d, at)
		if ok && out == nil {
			out = []V{}
		}
		return out, ok
	}
	return list
}

// coordinate is a schema coordinate without `*`.
var coordinate = parsed(jsonSchema{}, func(c coord.Coordinate) any { return c.String() },
	func(s string) (coord.Coordinate, *fault) {
		c, err := coord.Parse(s)
		if err != nil {
			return c, coordinateFault(s, err)
		}
		return c, nil
	})

var never = object(
	required("scopes", "The scopes that the token holds, and no others; [] is none.", heldScopes, func(n *Never) *[]string { return &n.Scopes }),
	required("read", "The coordinates that it cannot read; `*` stands for any part of a name.", pattern, func(n *Never) *coord.Pattern { return &n.Read }),
)

var only = object(
	required("read", "The coordinates that are read; `*` stands for any part of a name.", pattern, func(o *Only) *coord.Pattern { return &o.Read }),
	required("scopes", "A token that reads them holds at least one of these.", heldScopes, func(o *Only) *[]string { return &o.Scopes }),
)

// boolean is true or false.
var boolean = value[bool]{
	schema: jsonSchema{"type": "boolean"},
	show:   func(b bool) any { return b },
	read: func(d *decoder, at place) (out, ok bool) {
		if at.node.Kind != yaml.ScalarNode || at.node.ShortTag() != "!!bool" || at.node.Decode(&out) != nil {
			d.mistyped(at, "true or false", "")
			return false, false
		}
		return out, true
	},
}

// jsonObject holds any JSON values by name.
var jsonObject = value[map[string]any]{
	schema: jsonSchema{"type": "object"},
	read: func(d *decoder, at place) (map[string]any, bool) {
		if !d.kind(at, yaml.MappingNode, "a mapping") {
			return nil, false
		}
		out, ok := d.json(at)
		values, _ := out.(map[string]any)
		return values, ok
	},
}

// json reads a value as what encoding/json would make of it with UseNumber. Unlike elsewhere, null is a value here.
func (d *decoder) json(at place) (any, bool) {
	switch at.node.Kind {
	case yaml.MappingNode:
		out, all := map[string]any{}, true
		d.pairs(at, func(name string, _ *yaml.Node, value place) {
			v, ok := d.json(value)
			out[name], all = v, all && ok
		})
		return out, all
	case yaml.SequenceNode:
		out, all := []any{}, true
		for i, n := range at.node.Content {
			v, ok := d.json(place{n, fmt.Sprintf("%s[%d]", at.path, i)})
			out, all = append(out, v), all && ok
		}
		return out, all
	case yaml.ScalarNode:
		return d.jsonScalar(at)
	}
	return nil, false // an alias, reported by survey
}

func (d *decoder) jsonScalar(at place) (any, bool) {
	switch tag := at.node.ShortTag(); tag {
	case "!!null":
		return nil, true
	case "!!bool":
		return boolean.read(d, at)
	case "!!int", "!!float":
		if n := json.Number(at.node.Value); json.Valid([]byte(n)) {
			return n, true
		}
		d.mistyped(at, "a JSON number", "write it in decimal digits")
		return nil, false
	}
	return at.node.Value, true
}
