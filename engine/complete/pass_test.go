package complete_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/fieldgate/fieldgate/engine/complete"
	"github.com/fieldgate/fieldgate/engine/gql"
)

var untouched = complete.Input{Plan: &gql.Plan{}, Extensions: []string{"code"}}

// What is passed on as it arrives is what Append makes of the whole answer, wherever the chunks end.
func TestR15PassedOnIsWhatIsAppended(t *testing.T) {
	texts := rapid.StringOf(rapid.RuneFrom([]rune{'a', '"', '\\', '{', '}', '[', ']', ',', ':', 'é', '\n'}))
	rapid.Check(t, func(t *rapid.T) {
		value := `{"list":[{"text":` + quoted(texts.Draw(t, "text")) + `},[],{}],` + quoted(texts.Draw(t, "key")) + `:1}`
		tail := rapid.SampledFrom([]string{
			`}`, ` } `, `,"errors":[]}`, `,"errors":[{"message":"m","path":["list",0,"text"],"extensions":{"code":"C","secret":"x"}}]}`,
			`,"errors":[{"message":"names a secret"}],"extensions":{"cost":1}}`,
		}).Draw(t, "tail")
		body := rapid.SampledFrom([]string{`{"data":`, " {\n\"data\" : "}).Draw(t, "begin") + value + tail
		want, err := complete.Append(t.Context(), nil, []byte(body), untouched)
		if err != nil {
			t.Fatal(err)
		}
		head := rapid.IntRange(strings.IndexByte(body, ':')+3, len(body)).Draw(t, "head")
		if !complete.Passes([]byte(body[:head]), untouched) {
			t.Fatalf("%s is not passed on", body[:head])
		}
		rest := io.Reader(strings.NewReader(body[head:]))
		if rapid.Bool().Draw(t, "byte by byte") {
			rest = iotest.OneByteReader(rest)
		}
		var got bytes.Buffer
		n, err := complete.Pass(t.Context(), &got, []byte(body[:head]), rest, untouched)
		if err != nil || n != int64(got.Len()) {
			t.Fatalf("%d bytes, %v", n, err)
		}
		if got.String() != string(want) {
			t.Fatalf("passed on: %s\nappended: %s", got.String(), want)
		}
	})
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

func TestAnswersThatAreNotPassedOn(t *testing.T) {
	for _, head := range []string{``, `{`, `{}`, `{"data"`, `{"data":`, `{"data":null}`, `{"data":[`, `{"errors":[],"data":{`, `{"d\u0061ta":{`, `[{"data":{`} {
		if complete.Passes([]byte(head), untouched) {
			t.Errorf("%s is passed on", head)
		}
	}
	if complete.Passes([]byte(`{"data":{`), complete.Input{Plan: &gql.Plan{}, Denied: [][]string{{"a"}}}) {
		t.Error("an answer with denials is passed on")
	}
	if complete.Passes([]byte(`{"data":{`), complete.Input{Plan: &gql.Plan{Root: &gql.Level{}}}) {
		t.Error("an answer that a plan changes is passed on")
	}
}

// What cannot be answered to the end is an error, and nothing is written that would make it look like an answer.
func TestR16BrokenAnswerIsNotEnded(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		rest io.Reader
		want error
	}{
		"ends within the data":    {strings.NewReader(`"b":[`), complete.ErrUpstream},
		"ends within a string":    {strings.NewReader(`"b":"}}`), complete.ErrUpstream},
		"something follows":       {strings.NewReader(`}} {`), complete.ErrUpstream},
		"data twice":              {strings.NewReader(`},"data":{"hidden":1}}`), complete.ErrUpstream},
		"errors that are none":    {strings.NewReader(`},"errors":"secret"}`), complete.ErrUpstream},
		"no end of the answer":    {strings.NewReader(`}`), complete.ErrUpstream},
		"reading fails":           {io.MultiReader(strings.NewReader(`"b":1`), iotest.ErrReader(broken)), broken},
		"much follows the data":   {io.MultiReader(strings.NewReader(`},"extensions":"`), strings.NewReader(strings.Repeat("x", 17<<20)+`"}`)), complete.ErrTooLarge},
		"the errors are too many": {strings.NewReader(`},"errors":[` + strings.Repeat(`{"message":"m"},`, 1_100_000)), complete.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			_, err := complete.Pass(t.Context(), &got, []byte(`{"data":{`), test.rest, untouched)
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if s := got.String(); strings.Contains(s, "secret") || strings.Contains(s, "hidden") || json.Valid(got.Bytes()) {
				t.Errorf("written: %.200s", s)
			}
		})
	}
}
