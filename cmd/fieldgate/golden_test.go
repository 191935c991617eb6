package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/wire"
)

var update = flag.Bool("update", false, "write golden files again")

const testdata = "../../testdata"

// TestGoldenDecisions decides every query of the sample for subjects that hold nothing, each scope
// alone, all of them, and for an unrestricted one.
func TestGoldenDecisions(t *testing.T) {
	l, err := load(filepath.Join(testdata, "sample"), "shop")
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := l.activate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	queries, err := filepath.Glob(filepath.Join(testdata, "queries", "*.graphql"))
	if err != nil || len(queries) == 0 {
		t.Fatalf("%d queries, %v", len(queries), err)
	}
	var want []string
	for _, query := range queries {
		name := strings.TrimSuffix(filepath.Base(query), ".graphql")
		golden := filepath.Join(testdata, "decisions", name+".golden.json")
		want = append(want, golden)
		t.Run(name, func(t *testing.T) {
			compareGolden(t, golden, decideForAll(t, snapshot, goldenRequest(t, query)))
		})
	}
	have, err := filepath.Glob(filepath.Join(testdata, "decisions", "*"))
	if diff := cmp.Diff(want, have); err != nil || diff != "" {
		t.Errorf("golden files and queries differ (%v): %s", err, diff)
	}
}

func goldenRequest(t *testing.T, query string) engine.Request {
	t.Helper()
	text, err := os.ReadFile(query)
	if err != nil {
		t.Fatal(err)
	}
	var rest struct {
		OperationName string         `json:"operation_name"`
		Variables     map[string]any `json:"variables"`
	}
	data, err := os.ReadFile(strings.TrimSuffix(query, ".graphql") + ".json")
	if err == nil {
		err = wire.Unmarshal(data, &rest)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return engine.Request{Query: string(text), OperationName: rest.OperationName, Variables: rest.Variables}
}

// decideForAll returns a JSON list of decisions, each with the subjects that get it, in the order of
// the subjects. The revision is left out: any edit of the sample changes its digest.
func decideForAll(t *testing.T, s *engine.Snapshot, r engine.Request) []byte {
	t.Helper()
	subjects := []engine.Subject{{}}
	names := []string{"no scopes"}
	for _, scope := range s.Scopes() {
		subjects, names = append(subjects, engine.Subject{Scopes: []string{scope}}), append(names, scope)
	}
	subjects = append(subjects, engine.Subject{Scopes: s.Scopes()}, engine.Subject{Unrestricted: true})
	names = append(names, "all scopes", "unrestricted")

	var order []string
	holders := map[string][]string{}
	for i, subject := range subjects {
		r.Subject = subject
		v, err := s.Decide(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		d := v.Details()
		d.Revision = nil
		text := rowByRow(t, d)
		if !slices.Contains(order, text) {
			order = append(order, text)
		}
		holders[text] = append(holders[text], names[i])
	}
	var out bytes.Buffer
	for i, text := range order {
		separator := map[bool]string{true: "[\n", false: ",\n"}[i == 0]
		fmt.Fprintf(&out, "%s{\"subjects\": %s, \"decision\": %s}", separator, compact(t, holders[text]), text)
	}
	out.WriteString("\n]\n")
	return out.Bytes()
}

// rowByRow is JSON with a line for each member, and for each element of a member that is a list.
func rowByRow(t *testing.T, v any) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(compact(t, v), &members); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, name := range []string{"decision", "effect", "mode", "operation", "fields", "denied", "query", "variables", "errors"} {
		var list []json.RawMessage
		if json.Unmarshal(members[name], &list) != nil || len(list) == 0 {
			if members[name] != nil {
				lines = append(lines, fmt.Sprintf("  %q: %s", name, members[name]))
			}
			continue
		}
		var rows []string
		for _, row := range list {
			rows = append(rows, "    "+string(row))
		}
		lines = append(lines, fmt.Sprintf("  %q: [\n%s\n  ]", name, strings.Join(rows, ",\n")))
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}"
}

func compact(t *testing.T, v any) []byte {
	t.Helper()
	text, err := encode(v, "")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(text)
}

func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if !json.Valid(got) {
		t.Fatalf("not JSON: %s", got)
	}
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test ./cmd/fieldgate -update writes it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got, -update accepts it):\n%s", file, diff)
	}
}
