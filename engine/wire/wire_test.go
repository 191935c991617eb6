package wire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/wire"
)

type request struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables"`
}

func TestUnmarshalKeepsDigits(t *testing.T) {
	var got request
	text := `{"query":"q","variables":{"big":9007199254740993,"small":1.10,"exp":1E400,"list":[1,{"n":-0.0}],"s":"1","b":true,"z":null}}`
	if err := wire.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := request{Query: "q", Variables: map[string]any{
		"big": json.Number("9007199254740993"), "small": json.Number("1.10"), "exp": json.Number("1E400"),
		"list": []any{json.Number("1"), map[string]any{"n": json.Number("-0.0")}}, "s": "1", "b": true, "z": nil,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"an unknown name":          {`{"query":"q","querry":"x"}`, "/querry: unknown name"},
		"a name in another case":   {`{"query":"q","QUERY":"x"}`, "/QUERY: unknown name"},
		"a name twice":             {`{"query":"q","query":"x"}`, "duplicate object member name"},
		"a nested name twice":      {`{"variables":{"a":1,"a":2}}`, "duplicate object member name"},
		"an escaped name twice":    {`{"variables":{"a":1,"\u0061":2}}`, "duplicate object member name"},
		"trailing data":            {`{"query":"q"} {}`, "after top-level value"},
		"a wrong type":             {`{"query":1}`, "/query: a JSON number does not fit here"},
		"invalid UTF-8":            {"{\"query\":\"\xff\"}", "invalid UTF-8"},
		"a lone surrogate":         {`{"query":"\ud800"}`, "surrogate"},
		"a byte order mark":        {"\ufeff{}", "invalid character"},
		"nothing":                  {``, "EOF"},
		"nesting beyond any sense": {`{"variables":` + strings.Repeat(`{"a":`, 20000) + `1` + strings.Repeat(`}`, 20001), "exceeded max depth"},
	} {
		t.Run(name, func(t *testing.T) {
			var got request
			err := wire.Unmarshal([]byte(c.text), &got)
			var e *wire.Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestAppendIsWhatUnmarshalReads(t *testing.T) {
	for _, text := range []string{
		`{"a":[1,-0.0,1E400,9007199254740993],"b":{"":null,"z":true},"c":"\"\\\n\u0001\u2028é","d":[],"e":{}}`, `"x"`, `[[]]`, `null`, `false`,
	} {
		var value, again any
		if err := wire.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		out, err := wire.Append([]byte("before"), value)
		if err != nil {
			t.Fatal(err)
		}
		if err := wire.Unmarshal(out[len("before"):], &again); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if diff := cmp.Diff(value, again); diff != "" {
			t.Errorf("%s: %s", out, diff)
		}
	}
	for _, bad := range []any{"\xff", map[string]any{"\xff": 1}, []any{func() {}}, map[string]any{"a": json.Number("x")}} {
		if out, err := wire.Append(nil, bad); err == nil {
			t.Errorf("%q has JSON: %s", bad, out)
		}
	}
}
