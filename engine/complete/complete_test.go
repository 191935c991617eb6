package complete_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/complete"
	"github.com/fieldgate/fieldgate/engine/gql"
)

const sdl = `
scalar JSON
type Query {
  me: User
  must: User!
  things: [Thing]
  sure: [Thing!]!
  grid: [[Thing!]!]
  users: [User!]!
  node: Node
  one: Single
  deep: Deep!
  name: String
  tags: [String!]!
  raw: JSON
}
interface Node { id: ID owner: Node size: Int }
interface Single { id: ID }
union Thing = User | Robot | Asset
type User implements Node { id: ID owner: User size: Int! email: String! name: String tags: [String!]! friend: User robot: Robot raw: JSON }
type Robot implements Node { id: ID owner: Robot size: Int serial: String user: User! }
type Asset { id: ID url: String! owner: Node }
type Only implements Single { id: ID secret: String }
type Deep { down: Deep! leaf: Int! maybe: Deep list: [Deep!]! loose: [Deep] }
`

// asked is a decided operation with its plan.
type asked struct {
	plan   *gql.Plan
	sent   string
	denied [][]string
}

type question struct {
	query      string
	variables  map[string]any
	restricted []string
	narrow     bool
	answers    map[string]string
}

func ask(t testing.TB, q question) asked {
	t.Helper()
	schema, err := gql.LoadSchema("test", sdl, gql.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	op, errs := schema.Compile(q.query, "", gql.Settings{Narrow: q.narrow})
	if errs != nil {
		t.Fatal(errs)
	}
	bound, errs := op.Bind(q.variables)
	if errs != nil {
		t.Fatal(errs)
	}
	readable := gql.NewSet(schema.Len())
	closed := map[string]bool{}
	for _, name := range q.restricted {
		if _, ok := schema.Lookup(name); !ok {
			t.Fatalf("no coordinate %s", name)
		}
		closed[name] = true
	}
	for id, name := range schema.Names() {
		if !closed[name] {
			readable.Add(gql.ID(id))
		}
	}
	decided := bound.Decide(readable)
	forward, errs := decided.ForwardTyped()
	if errs != nil {
		t.Fatal(errs)
	}
	plan := decided.Plan(func(key string) []byte {
		if text, ok := q.answers[key]; ok {
			return []byte(text)
		}
		return nil
	})
	return asked{plan: plan, sent: forward.Query, denied: plan.Denials()}
}

func (a asked) complete(t testing.TB, body string) (string, error) {
	t.Helper()
	out, err := complete.Append(t.Context(), nil, []byte(body), complete.Input{Plan: a.plan, Denied: a.denied, Extensions: []string{"code"}})
	return string(out), err
}

// entries are the entries of denials, written as paths with dots.
func entries(paths ...string) string {
	var list []string
	for _, p := range paths {
		path := `"` + strings.ReplaceAll(p, ".", `","`) + `"`
		if p == "" {
			path = ""
		}
		list = append(list, `{"message":"Unauthorized field or type","path":[`+path+`],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}}`)
	}
	return `"errors":[` + strings.Join(list, ",") + `]}`
}

var hidden = []string{"User.email", "User.tags", "User.name"}

// TestR15Completion: each denied field is `[]` or null, nulls propagate, keys come in the order of what
// was written.
func TestR15Completion(t *testing.T) {
	tests := map[string]struct {
		question
		sent, body, want string
	}{
		"null": {
			question{query: `{ me { id name } }`, restricted: hidden}, `{ me { id } }`,
			`{"data":{"me":{"id":"1"}}}`, `{"data":{"me":{"id":"1","name":null}},` + entries("me.name"),
		},
		"a list that is denied is empty, non-null or not": {
			question{query: `{ tags me { tags id } }`, restricted: append(hidden, "Query.tags")}, `{ me { id } }`,
			`{"data":{"me":{"id":"1"}}}`, `{"data":{"tags":[],"me":{"tags":[],"id":"1"}},` + entries("tags", "me.tags"),
		},
		"a non-null field makes its object null": {
			question{query: `{ me { id email } name }`, restricted: hidden}, `{ me { id } name }`,
			`{"data":{"me":{"id":"1"},"name":"n"}}`, `{"data":{"me":null,"name":"n"},` + entries("me.email"),
		},
		"a chain of non-null fields ends at the nearest nullable one": {
			question{query: `{ node { ... on Robot { id user { email } } } }`, restricted: hidden}, `{ node { __fieldgate: __typename ... on Robot { id user { __fieldgate: __typename } } } }`,
			`{"data":{"node":{"__fieldgate":"Robot","id":"1","user":{"__fieldgate":"User"}}}}`, `{"data":{"node":null},` + entries("node.user.email"),
		},
		"a chain of non-null fields to the root": {
			question{query: `{ name must { email } }`, restricted: hidden}, `{ name must { __fieldgate: __typename } }`,
			`{"data":{"name":"n","must":{"__fieldgate":"User"}}}`, `{"data":null,` + entries("must.email"),
		},
		"items of a list": {
			question{query: `{ name users { email } }`, restricted: hidden}, `{ name users { __fieldgate: __typename } }`,
			`{"data":{"name":"n","users":[{"__fieldgate":"User"}]}}`, `{"data":null,` + entries("users.email"),
		},
		"an empty list has no items to be null": {
			question{query: `{ users { email } }`, restricted: hidden}, `{ users { __fieldgate: __typename } }`,
			`{"data":{"users":[]}}`, `{"data":{"users":[]},` + entries("users.email"),
		},
		"nullable items stay": {
			question{query: `{ things { ... on User { email } ... on Robot { id } } }`, restricted: hidden}, `{ things { __fieldgate: __typename ... on Robot { id } } }`,
			`{"data":{"things":[{"__fieldgate":"User"},{"__fieldgate":"Robot","id":"2"},null,{"__fieldgate":"Asset"}]}}`,
			`{"data":{"things":[null,{"id":"2"},null,{}]},` + entries("things.email"),
		},
		"items of lists in lists": {
			question{query: `{ grid { ... on User { email } ... on Robot { id } } }`, restricted: hidden}, `{ grid { __fieldgate: __typename ... on Robot { id } } }`,
			`{"data":{"grid":[[{"__fieldgate":"Robot","id":"2"}],[{"__fieldgate":"User"}],[]]}}`, `{"data":{"grid":null},` + entries("grid.email"),
		},
		"aliases": {
			question{query: `{ a: me { b: name c: id } d: me { id } }`, restricted: hidden}, `{ a: me { c: id } d: me { id } }`,
			`{"data":{"a":{"c":"1"},"d":{"id":"1"}}}`, `{"data":{"a":{"b":null,"c":"1"},"d":{"id":"1"}},` + entries("a.b"),
		},
		"writings of one key are merged": {
			question{query: `{ me { friend { name } id friend { id } } }`, restricted: hidden}, `{ me { friend { __fieldgate: __typename } id friend { id } } }`,
			`{"data":{"me":{"friend":{"__fieldgate":"User","id":"2"},"id":"1"}}}`, `{"data":{"me":{"friend":{"name":null,"id":"2"},"id":"1"}},` + entries("me.friend.name"),
		},
		"fragments": {
			question{query: `{ me { ...F id } } fragment F on User { name ... on Node { size } }`, restricted: hidden}, `{ me { ... on Node { size } id } }`,
			`{"data":{"me":{"size":3,"id":"1"}}}`, `{"data":{"me":{"name":null,"size":3,"id":"1"}},` + entries("me.name"),
		},
		"a fragment that is denied as a whole": {
			question{query: `{ things { __typename ... on Robot { serial size } ... on User { id } } }`, restricted: []string{"Robot"}}, `{ things { __fieldgate: __typename __typename ... on User { id } } }`,
			`{"data":{"things":[{"__fieldgate":"Robot","__typename":"Robot"},{"__fieldgate":"User","__typename":"User","id":"1"}]}}`,
			`{"data":{"things":[{"__typename":"Robot","serial":null,"size":null},{"__typename":"User","id":"1"}]},` + entries("things"),
		},
		"a denied writing denies the key of another": {
			question{query: `{ node { ... on Robot { size } ... on Node { size } } }`, restricted: []string{"User.size"}}, `{ node { __fieldgate: __typename ... on Robot { size } } }`,
			`{"data":{"node":{"__fieldgate":"Robot","size":3}}}`, `{"data":{"node":{"size":null}},` + entries("node.size"),
		},
		"skipped denials are no entries": {
			question{query: `query($s: Boolean = true, $i: Boolean!) { me { id name @skip(if: $s) tags @include(if: $i) ... @skip(if: $i) { email } } }`, restricted: hidden, variables: map[string]any{"i": true}},
			`{ me { id } }`, `{"data":{"me":{"id":"1"}}}`, `{"data":{"me":{"id":"1","tags":[]}},` + entries("me.tags"),
		},
		"a skipped writing decides for the one that stays": {
			question{query: `{ me { id @skip(if: true) id } }`, restricted: []string{"User.id"}}, `{ me { __fieldgate: __typename } }`,
			`{"data":{"me":{"__fieldgate":"User"}}}`, `{"data":{"me":{"id":null}},` + entries("me.id"),
		},
		"everything is denied": {
			question{query: `{ name tags me { id } }`, restricted: []string{"Query"}}, ``, `{"data":{}}`, `{"data":{"name":null,"tags":[],"me":null},` + entries("name", "tags", "me"),
		},
		"introspection is put in its place": {
			question{query: `{ name x: __schema { queryType { name } } me { name } __type(name: "A") { name } }`, restricted: hidden, answers: map[string]string{"x": `{"queryType":{}}`, "__type": "null"}},
			`{ name me { __fieldgate: __typename } }`, `{"data":{"name":"n","me":{"__fieldgate":"User"}}}`,
			`{"data":{"name":"n","x":{"queryType":{}},"me":{"name":null},"__type":null},` + entries("me.name"),
		},
		"another order of the upstream's": {
			question{query: `{ me { id name size friend { size name id } } name }`, restricted: hidden}, `{ me { id size friend { size id } } name }`,
			`{"data":{"name":"n","me":{"friend":{"id":"2","size":4},"size":3,"id":"1"}}}`, `{"data":{"me":{"id":"1","name":null,"size":3,"friend":{"size":4,"name":null,"id":"2"}},"name":"n"},` + entries("me.name", "me.friend.name"),
		},
		"the type comes last": {
			question{query: `{ things { ... on User { id name } } }`, restricted: hidden}, `{ things { __fieldgate: __typename ... on User { id } } }`,
			`{"data":{"things":[{"id":"1","__fieldgate":"User"}]}}`, `{"data":{"things":[{"id":"1","name":null}]},` + entries("things.name"),
		},
		"numbers and strings digit for digit": {
			question{query: `{ me { size name raw } name raw }`, restricted: hidden}, `{ me { size raw } name raw }`,
			`{"data" : {"me":{"size":12345678901234567890.10e+5,"raw":{"a": [ -0.0, "\u00e9\"", {"a":1,"a":2} ]}},"name":"\ud83d\ude00 é","raw":[]}}`,
			`{"data":{"me":{"size":12345678901234567890.10e+5,"name":null,"raw":{"a": [ -0.0, "\u00e9\"", {"a":1,"a":2} ]}},"name":"\ud83d\ude00 é","raw":[]},` + entries("me.name"),
		},
		"a null that the upstream may not answer propagates": {
			question{query: `{ me { size name } }`, restricted: hidden}, `{ me { size } }`,
			`{"data":{"me":{"size":null}}}`, `{"data":{"me":null},` + entries("me.name"),
		},
		"what nothing was taken from is copied": {
			question{query: `{ me { name } node { id size } }`, restricted: hidden}, `{ me { __fieldgate: __typename } node { id size } }`,
			`{"data":{"me":null,"node":{"id":"1", "size":2}}}`, `{"data":{"me":null,"node":{"id":"1", "size":2}},` + entries("me.name"),
		},
		"__typename under a key of the client's": {
			question{query: `{ must { t: __typename name } }`, restricted: hidden}, `{ must { t: __typename } }`,
			`{"data":{"must":{"t":"User"}}}`, `{"data":{"must":{"t":"User","name":null}},` + entries("must.name"),
		},
		"the root is null": {
			question{query: `{ me { name } }`, restricted: hidden}, `{ me { __fieldgate: __typename } }`, `{"data":null}`, `{"data":null,` + entries("me.name"),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { check(t, test.question, test.sent, test.body, test.want) })
	}
}

func check(t *testing.T, q question, sent, body, want string) {
	t.Helper()
	a := ask(t, q)
	if diff := cmp.Diff(sent, stripHead(a.sent)); diff != "" {
		t.Errorf("sent, wanted (-) and got (+):\n%s", diff)
	}
	got, err := a.complete(t, body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer, wanted (-) and got (+):\n%s", diff)
	}
}

// stripHead takes off the name and the variables of an operation.
func stripHead(query string) string {
	if i := strings.Index(query, "{"); i >= 0 {
		return query[i:]
	}
	return query
}

// TestR12Completion: objects of restricted types are taken out, and what was split for several types is
// put together again.
func TestR12Completion(t *testing.T) {
	tests := map[string]struct {
		question
		sent, body, want string
	}{
		"out of lists": {
			question{query: `{ things { __typename } sure { ... on Robot { serial } ... on User { id } } }`, restricted: []string{"Robot"}},
			`{ things { __fieldgate: __typename __typename } sure { __fieldgate: __typename ... on User { id } } }`,
			`{"data":{"things":[{"__fieldgate":"Robot","__typename":"Robot"},{"__fieldgate":"User","__typename":"User"},null,{"__fieldgate":"Robot","__typename":"Robot"}],"sure":[{"__fieldgate":"User","id":"1"},{"__fieldgate":"Robot"}]}}`,
			`{"data":{"things":[{"__typename":"User"},null],"sure":[{"id":"1"}]},` + entries("things", "sure"),
		},
		"out of lists in lists": {
			question{query: `{ grid { __typename } }`, restricted: []string{"Robot"}}, `{ grid { __fieldgate: __typename __typename } }`,
			`{"data":{"grid":[[{"__fieldgate":"Robot","__typename":"Robot"}],[{"__fieldgate":"Robot","__typename":"Robot"},{"__fieldgate":"Asset","__typename":"Asset"}]]}}`,
			`{"data":{"grid":[[],[{"__typename":"Asset"}]]},` + entries("grid"),
		},
		"null elsewhere": {
			question{query: `{ node { __typename } one { __typename } }`, restricted: []string{"Robot", "Only"}}, `{ node { __fieldgate: __typename __typename } one { __fieldgate: __typename __typename } }`,
			`{"data":{"node":{"__fieldgate":"Robot","__typename":"Robot"},"one":{"__fieldgate":"Only","__typename":"Only"}}}`, `{"data":{"node":null,"one":null},` + entries("node", "one"),
		},
		"denied on one type": {
			question{query: `{ node { size id } }`, restricted: []string{"Robot.size"}}, `{ node { __fieldgate: __typename ... on User { __fieldgate_4_User_size: size } id } }`,
			`{"data":{"node":{"__fieldgate":"Robot","id":"1"}}}`, `{"data":{"node":{"size":null,"id":"1"}},` + entries("node.size"),
		},
		"a reserved key becomes the client's": {
			question{query: `{ node { size id } }`, restricted: []string{"Robot.size"}}, `{ node { __fieldgate: __typename ... on User { __fieldgate_4_User_size: size } id } }`,
			`{"data":{"node":{"__fieldgate":"User","__fieldgate_4_User_size":7,"id":"1"}}}`, `{"data":{"node":{"size":7,"id":"1"}},` + entries("node.size"),
		},
		"an interface's and an object's field of different types under one key": {
			question{query: `{ node { owner { id } ... on User { owner { name } } } }`, restricted: []string{"Robot.owner"}},
			`{ node { __fieldgate: __typename ... on User { __fieldgate_4_User_owner: owner { ... on Node { id } } } ... on User { owner { name } } } }`,
			`{"data":{"node":{"__fieldgate":"User","__fieldgate_4_User_owner":{"id":"2"},"owner":{"name":"n"}}}}`,
			`{"data":{"node":{"owner":{"id":"2","name":"n"}}},` + entries("node.owner"),
		},
		"denied on one type beside a writing for that type alone": {
			question{query: `{ node { id owner { id } ... on Robot { ... on Node { owner { id } } } } }`, restricted: []string{"Robot.owner"}},
			`{ node { __fieldgate: __typename id ... on User { __fieldgate_4_User_owner: owner { ... on Node { id } } } } }`,
			`{"data":{"node":{"__fieldgate":"User","id":"1","__fieldgate_4_User_owner":{"id":"2"}}}}`, `{"data":{"node":{"id":"1","owner":{"id":"2"}}},` + entries("node.owner"),
		},
		"null in one part is null in the whole": {
			question{query: `{ node { owner { id } ... on User { owner { name } } } }`, restricted: []string{"Robot.owner"}},
			`{ node { __fieldgate: __typename ... on User { __fieldgate_4_User_owner: owner { ... on Node { id } } } ... on User { owner { name } } } }`,
			`{"data":{"node":{"__fieldgate":"User","__fieldgate_4_User_owner":{"id":"2"},"owner":null}}}`, `{"data":{"node":{"owner":null}},` + entries("node.owner"),
		},
	}
	for name, test := range tests {
		test.narrow = true
		t.Run(name, func(t *testing.T) { check(t, test.question, test.sent, test.body, test.want) })
	}
}

// TestUpstreamFaults: an answer that is not one to what was sent is an error and never an answer.
func TestUpstreamFaults(t *testing.T) {
	flat := ask(t, question{query: `{ me { id name friend { id } raw } node { id } tags things { ... on User { id name } } }`, restricted: hidden})
	narrowed := ask(t, question{query: `{ node { owner { id } ... on User { owner { name } } } }`, restricted: []string{"Robot.owner"}, narrow: true})
	whole := `{"data":{"me":{"id":"1","friend":null,"raw":{}},"node":{"id":"1"},"tags":[],"things":[{"__fieldgate":"User","id":"1"}]}}`
	if _, err := flat.complete(t, whole); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"an object for a scalar":       {`"id":"1","friend"`, `"id":{"secret":1},"friend"`},
		"a list for a scalar":          {`"id":"1","friend"`, `"id":["secret"],"friend"`},
		"a scalar for an object":       {`"friend":null`, `"friend":"secret"`},
		"a list for an object":         {`"friend":null`, `"friend":[null]`},
		"a scalar for a whole object":  {`"node":{"id":"1"}`, `"node":"secret"`},
		"a list for a whole object":    {`"node":{"id":"1"}`, `"node":[{"id":"1"}]`},
		"an object for a list":         {`"tags":[]`, `"tags":{}`},
		"a scalar for a list":          {`"tags":[]`, `"tags":"secret"`},
		"a list in a list":             {`"tags":[]`, `"tags":[["secret"]]`},
		"a key that was not asked":     {`"id":"1","friend"`, `"id":"1","name":"secret","friend"`},
		"a key at the end":             {`"raw":{}`, `"raw":{},"email":"secret"`},
		"a key twice":                  {`"id":"1","friend"`, `"id":"1","id":"2","friend"`},
		"a key twice, at the end":      {`"raw":{}`, `"raw":{},"raw":1`},
		"a key twice, out of order":    {`"id":"1","friend":null`, `"friend":null,"id":"1","friend":null`},
		"an escaped key twice":         {`"raw":{}`, `"raw":{},"\u0072aw":1`},
		"a missing key":                {`"id":"1",`, ``},
		"a missing key at the end":     {`,"raw":{}`, ``},
		"no type":                      {`"__fieldgate":"User",`, ``},
		"a type twice":                 {`"__fieldgate":"User",`, `"__fieldgate":"User","__fieldgate":"Robot",`},
		"a type that is not there":     {`"__fieldgate":"User"`, `"__fieldgate":"Secret"`},
		"a type that is not possible":  {`"__fieldgate":"User"`, `"__fieldgate":"Deep"`},
		"a type that is an interface":  {`"__fieldgate":"User"`, `"__fieldgate":"Node"`},
		"a type that is a number":      {`"__fieldgate":"User"`, `"__fieldgate":1`},
		"keys of another type":         {`"__fieldgate":"User"`, `"__fieldgate":"Robot"`},
		"data twice":                   {`{"data"`, `{"data":null,"data"`},
		"data twice, escaped":          {`{"data"`, `{"\u0064ata":null,"data"`},
		"data is a list":               {`{"data":{`, `{"data":[],"x":{`},
		"data is text":                 {`{"data":{`, `{"data":"secret","x":{`},
		"no data":                      {`{"data":{`, `{"x":{`},
		"no data and no errors":        {`{"data":{`, `{"errors":[],"x":{`},
		"errors is an object":          {`{"data":{`, `{"errors":{},"data":{`},
		"errors holds text":            {`{"data":{`, `{"errors":["secret"],"data":{`},
		"something follows":            {`"id":"1"}]}}`, `"id":"1"}]}} {}`},
		"cut off":                      {`"id":"1"}]}}`, `"id":"1"}]}`},
		"cut off in a string":          {`"id":"1"}]}}`, `"id":"1`},
		"a byte order mark":            {`{"data":{`, "\ufeff" + `{"data":{`},
		"not UTF-8":                    {`"raw":{}`, "\"raw\":\"\xff\""},
		"a control character":          {`"raw":{}`, "\"raw\":\"\x01\""},
		"a number with a leading zero": {`"raw":{}`, `"raw":01`},
		"a number without digits":      {`"raw":{}`, `"raw":-`},
		"a word":                       {`"raw":{}`, `"raw":nul`},
		"an unknown escape":            {`"raw":{}`, `"raw":"\x"`},
		"a trailing comma":             {`"raw":{}`, `"raw":[1,]`},
		"no comma":                     {`"raw":{}`, `"raw":[1 2]`},
		"too deep":                     {`"raw":{}`, `"raw":` + strings.Repeat("[", 600) + strings.Repeat("]", 600)},
		"empty":                        {whole, ``},
		"HTML":                         {whole, `<html>`},
	} {
		t.Run(name, func(t *testing.T) {
			broken := strings.Replace(whole, change[0], change[1], 1)
			if broken == whole {
				t.Fatal("nothing was changed")
			}
			fails(t, flat, broken)
		})
	}
	for name, body := range map[string]string{
		"two lengths": `{"data":{"node":{"__fieldgate":"User","__fieldgate_4_User_owner":[],"owner":{"name":"n"}}}}`,
		"two kinds":   `{"data":{"node":{"__fieldgate":"User","__fieldgate_4_User_owner":"x","owner":{"name":"n"}}}}`,
		"one part":    `{"data":{"node":{"__fieldgate":"User","owner":{"name":"n"}}}}`,
		"a key twice": `{"data":{"node":{"__fieldgate":"User","__fieldgate_4_User_owner":{"id":"1","id":"2"},"owner":{"name":"n"}}}}`,
	} {
		t.Run("narrowed, "+name, func(t *testing.T) { fails(t, narrowed, body) })
	}
}

func fails(t *testing.T, a asked, body string) {
	t.Helper()
	got, err := a.complete(t, body)
	if !errors.Is(err, complete.ErrUpstream) {
		t.Errorf("answered %s, error %v", got, err)
	}
	if got != "" || err != nil && strings.Contains(err.Error(), "secret") {
		t.Errorf("something of the answer is passed on: %q, %v", got, err)
	}
}
