package secret_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"gopkg.in/yaml.v3"

	"github.com/fieldgate/fieldgate/server/secret"
)

// holder has a secret in every place where one may stand.
type holder struct {
	Exported secret.Secret
	Pointer  *secret.Secret
	List     []secret.Secret
	Keys     map[secret.Secret]string
	Values   map[string]secret.Secret
	Any      any
	hidden   secret.Secret
	nested   struct{ inner *secret.Secret }
}

// places returns s by itself and wherever else it may stand.
func places(s secret.Secret) map[string]any {
	h := holder{
		Exported: s, Pointer: &s, List: []secret.Secret{s}, Keys: map[secret.Secret]string{s: "x"},
		Values: map[string]secret.Secret{"x": s}, Any: s, hidden: s,
	}
	h.nested.inner = &s
	return map[string]any{
		"value": s, "pointer": &s, "holder": h, "pointer to holder": &h, "list": []any{s, &s, h},
		"error": fmt.Errorf("wrapped: %w: %v", secret.ErrMalformed, s), "list of holders": []holder{h},
	}
}

// decimal is text as fmt writes a list of bytes, without the brackets.
func decimal(text string) string {
	var out []string
	for i := range len(text) {
		out = append(out, strconv.Itoa(int(text[i])))
	}
	return strings.Join(out, " ")
}

// wantHidden fails when out has any part of the body of a secret, as text, hexadecimal or a list of bytes.
func wantHidden(t *testing.T, how, text, out string) {
	t.Helper()
	body := text[4:]
	for _, form := range []string{
		body[:8], body[len(body)-8:], fmt.Sprintf("%x", body[:8]), fmt.Sprintf("%X", body[:8]), fmt.Sprintf("% x", body[:8]),
		decimal(body[:8]), strings.Trim(fmt.Sprintf("%#v", []byte(body[:4])), "[]byte{}"),
	} {
		if strings.Contains(out, form) {
			t.Errorf("%s: the secret is in %q", how, out)
		}
	}
}

func TestR21SecretsNeverPrint(t *testing.T) {
	s := generate(t, secret.Token)
	for place, value := range places(s) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%c", "%U", "%08v", "%-80v", "%.3s", "%T", "%p", "%t", "%w", "%b"} {
			wantHidden(t, place+" "+verb, s.Reveal(), fmt.Sprintf(verb, value))
		}
		wantHidden(t, place+" Sprint", s.Reveal(), fmt.Sprint(value))
		wantHidden(t, place+" Sprintln", s.Reveal(), fmt.Sprintln(value))
	}
	if got := fmt.Sprintf("%v %s %#v %d", s, s, s, s); got != strings.TrimSpace(strings.Repeat(secret.Redacted+" ", 4)) {
		t.Errorf("got %q", got)
	}
}

func TestR21SecretsNeverMarshal(t *testing.T) {
	s := generate(t, secret.Key)
	for place, value := range places(s) {
		for how, marshal := range map[string]func(any) ([]byte, error){
			"json": json.Marshal, "json v2": func(v any) ([]byte, error) { return jsonv2.Marshal(v) },
			"yaml": yaml.Marshal, "xml": xml.Marshal, "gob": asGob,
		} {
			out, err := marshal(value)
			wantHidden(t, place+" "+how, s.Reveal(), string(out))
			if err != nil {
				wantHidden(t, place+" "+how+" error", s.Reveal(), err.Error())
			}
		}
	}
	if out, err := json.Marshal(struct{ Secret secret.Secret }{s}); err != nil || string(out) != `{"Secret":"[redacted]"}` {
		t.Errorf("got %s, %v", out, err)
	}
}

func asGob(v any) ([]byte, error) {
	var out bytes.Buffer
	err := gob.NewEncoder(&out).Encode(v)
	return out.Bytes(), err
}

func TestR21SecretsAreNeverLogged(t *testing.T) {
	s := generate(t, secret.Token)
	for place, value := range places(s) {
		var out bytes.Buffer
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			logger := slog.New(handler).With("with", value)
			logger.Info("text", "value", value, slog.Group("group", "value", value))
			logger.Error(fmt.Sprint(value))
		}
		wantHidden(t, place, s.Reveal(), out.String())
		if !strings.Contains(out.String(), "with=") {
			t.Error("nothing was logged")
		}
	}
}
