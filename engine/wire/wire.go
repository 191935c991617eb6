// Package wire reads JSON as strictly as a guard must: a name that is unknown, written twice or
// written in another case is an error, so are trailing data and invalid UTF-8, and numbers keep
// their digits. What one reader takes for A no other can take for B.
package wire

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Error is JSON that was not taken, with the place in it where that was decided.
type Error struct {
	Pointer string // RFC 6901, "" for the whole text
	Offset  int64  // bytes from the start
	Message string
}

// Error returns the message with the place.
func (e *Error) Error() string {
	if e.Pointer == "" {
		return fmt.Sprintf("%s (at byte %d)", e.Message, e.Offset)
	}
	return fmt.Sprintf("%s: %s (at byte %d)", e.Pointer, e.Message, e.Offset)
}

// strict never changes. It is made once: the library finds out what each type needs when options are new.
var strict = json.JoinOptions(json.RejectUnknownMembers(true), json.WithUnmarshalers(json.UnmarshalFromFunc(keepDigits)))

// Unmarshal reads one JSON value into target. A number that lands in an `any` becomes an
// encoding/json Number with the digits of the text. The error is an *Error.
func Unmarshal(data []byte, target any) error {
	err := json.Unmarshal(data, target, strict)
	if err == nil {
		return nil
	}
	return explain(err)
}

// keepDigits decodes a number into an `any` as it is written; anything else takes the usual way.
func keepDigits(dec *jsontext.Decoder, v *any) error {
	if dec.PeekKind() != '0' {
		return errors.ErrUnsupported
	}
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*v = stdjson.Number(raw)
	return nil
}

// Append appends the JSON of a value as Unmarshal reads it into an `any`, the members of objects by name. The errors are those of
// other values that have no JSON, and of text that is not UTF-8.
func Append(dst []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case string:
		return jsontext.AppendQuote(dst, v)
	case map[string]any:
		return appendObject(dst, v)
	case []any:
		return appendArray(dst, v)
	}
	text, err := stdjson.Marshal(value)
	return append(dst, text...), err
}

func appendObject(dst []byte, object map[string]any) (_ []byte, err error) {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(object)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = jsontext.AppendQuote(dst, name); err != nil {
			return dst, err
		}
		if dst, err = Append(append(dst, ':'), object[name]); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func appendArray(dst []byte, array []any) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, one := range array {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = Append(dst, one); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func explain(err error) error {
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return &Error{Pointer: string(syntax.JSONPointer), Offset: syntax.ByteOffset, Message: plain(syntax.Err)}
	}
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		out := &Error{Pointer: string(semantic.JSONPointer), Offset: semantic.ByteOffset}
		switch {
		case errors.Is(semantic.Err, json.ErrUnknownName):
			out.Message = "unknown name"
		case semantic.Err != nil:
			out.Message = plain(semantic.Err)
		default:
			out.Message = fmt.Sprintf("a JSON %s does not fit here", semantic.JSONKind)
		}
		return out
	}
	return &Error{Message: plain(err)}
}

// plain takes the library's name out of a message.
func plain(err error) string {
	text := err.Error()
	for _, prefix := range []string{"jsontext: ", "json: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}
