package gateway

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/wire"
)

// plainBodies are bodies as clients write them, which are to be read without the library.
var plainBodies = []string{
	`{"query":"{ a }"}`,
	`{"query":"query A {\n\ta(s: \"x\\\\\")\r\n}","operationName":"A","variables":{}}`,
	" {\n \"variables\" : { \"a\" : \"\" , \"b\" : -1.5e+3, \"c\": 0, \"d\": true, \"e\": false, \"f\": null },\t\"query\": \"é 漢 \\/ \\b\\f\" }\r\n",
	`{}`,
}

// otherBodies are those that are left to it: some are good, most are not.
var otherBodies = []string{
	`{"query":"\u0041"}`, `{"qu\u0065ry":"{ a }"}`, `{"query":null}`, `{"query":"a","query":"b"}`, `{"query":"a","operationName":"b","operationName":"b"}`,
	`{"variables":{"a":1,"a":2}}`, `{"variables":{},"variables":{}}`, `{"variables":{"a":{"b":1}}}`, `{"variables":{"a":[1]}}`, `{"variables":null}`, `{"extensions":{}}`,
	`{"Query":"a"}`, `{"query":"a"} x`, `{"query":"a"`, `{"query":"a`, `{"query":"a\`, `{"query":"a\"`, `{"query":"a",}`, `{"query":"a" "operationName":"b"}`, `{"query" "a"}`,
	`{"variables":{"a":01}}`, `{"variables":{"a":-}}`, `{"variables":{"a":1.}}`, `{"variables":{"a":1e}}`, `{"variables":{"a":nul}}`, `{"variables":{"a":}}`, `{"variables":{"a"`,
	"{\"query\":\"\n\"}", "{\"query\":\"\xff\"}", "{\"query\":\"\\\xc3\xa9\"}", "{\"query\":\"\\x\"}", "\ufeff{}", ``, ` `, `[]`, `"a"`,
}

func TestPlainBodiesAreReadAsOthers(t *testing.T) {
	for _, body := range plainBodies {
		if !readsAlike(t, body) {
			t.Errorf("%s is not read", body)
		}
	}
	for _, body := range otherBodies {
		if readsAlike(t, body) {
			t.Errorf("%s is read", body)
		}
	}
	if body := strings.Repeat(" ", 1000) + plainBodies[0]; !readsAlike(t, body) {
		t.Error("space matters")
	}
}

// readsAlike holds that what is read is what the library reads, and reports whether it was read.
func readsAlike(t *testing.T, body string) bool {
	t.Helper()
	in, ok := readPlain([]byte(body))
	if !ok {
		return false
	}
	var want postBody
	if err := wire.Unmarshal([]byte(body), &want); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	if diff := cmp.Diff(want, in); diff != "" {
		t.Fatalf("%q: the library (-), and what is read (+):\n%s", body, diff)
	}
	return true
}

// FuzzPlain: what is read without the library is what the library reads.
func FuzzPlain(f *testing.F) {
	for _, list := range [][]string{plainBodies, otherBodies} {
		for _, body := range list {
			f.Add(body)
		}
	}
	f.Fuzz(func(t *testing.T, body string) { readsAlike(t, body) })
}
