package docs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// TestRuleExamples decides the graphql blocks of rules.md. The first is their schema; each other one says, in comments, the
// scopes and settings before the document, and the decision after it.
func TestRuleExamples(t *testing.T) {
	batch := engine.NewBatch(engine.Options{})
	schema := ""
	for _, b := range blocks("docs/rules.md", pages(t)["docs/rules.md"]) {
		switch {
		case b.language != "graphql":
		case schema == "":
			schema = b.text
		default:
			line, want, err := readExample(b.text)
			if err != nil {
				t.Errorf("%s:%d: %v", b.page, b.line, err)
				continue
			}
			line.Schema = schema
			if diff := cmp.Diff(want, summary(batch.Decide(t.Context(), line))); diff != "" {
				t.Errorf("%s:%d: -page +decision\n%s", b.page, b.line, diff)
			}
		}
	}
}

// outcome is what an example says of its decision.
type outcome struct{ Decision, Denied, Sends string }

func readExample(text string) (engine.BatchLine, outcome, error) {
	line := engine.BatchLine{Scopes: map[string][]string{}}
	var want outcome
	for _, s := range strings.Split(text, "\n") {
		comment, isComment := strings.CutPrefix(s, "# ")
		if !isComment {
			line.Query += s + "\n"
			continue
		}
		name, value, _ := strings.Cut(comment, ": ")
		switch name {
		case "holds":
			line.TokenScopes = strings.Split(value, ", ")
		case "match":
			line.Match = value
		case "abstract":
			line.Abstract = value
		case "operation":
			line.OperationName = value
		case "variables":
			if err := json.Unmarshal([]byte(value), &line.Variables); err != nil {
				return line, want, err
			}
		case "decision":
			want.Decision = value
		case "denied":
			want.Denied = value
		case "sends":
			want.Sends = value
		default:
			line.Scopes[name] = strings.Split(value, ", ")
		}
	}
	if want.Decision == "" || want.Sends == "" {
		return line, want, errors.New("an example ends with its `decision` and what it `sends`")
	}
	return line, want, nil
}

func summary(d engine.Decision) outcome {
	out := outcome{Decision: d.Decision, Sends: "nothing"}
	if d.Query != nil {
		out.Sends = *d.Query
	}
	var denied []string
	for _, x := range d.Denied {
		s := strings.Join(x.Path, ".") + " = " + x.Coordinate
		switch {
		case x.Kind == "argument":
			s += fmt.Sprintf(" (argument %s)", strings.Join(x.ArgumentPath, "."))
		case x.Kind != "field":
			s += fmt.Sprintf(" (%s)", x.Kind)
		}
		denied = append(denied, s)
	}
	out.Denied = strings.Join(denied, "; ")
	for _, e := range d.Errors {
		out.Denied += "error: " + e.Message
	}
	return out
}

// TestReadmeDecision decides the query of README.md on the sample data layer and wants the decision that it shows.
func TestReadmeDecision(t *testing.T) {
	var query, shown string
	for _, b := range blocks("README.md", pages(t)["README.md"]) {
		switch {
		case b.language == "graphql" && query == "":
			query = b.text
		case b.language == "json" && shown == "":
			shown = b.text
		}
	}
	verdict, err := sample(t).Decide(t.Context(), engine.Request{Subject: engine.Subject{Scopes: []string{"web"}}, Query: query})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(verdict.Details())
	if err != nil {
		t.Fatal(err)
	}
	var got, want map[string]any
	if err := errors.Join(json.Unmarshal(text, &got), json.Unmarshal([]byte(shown), &want)); err != nil {
		t.Fatal(err)
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			delete(got, name) // shortened
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("README.md shows another decision: -page +decision\n%s", diff)
	}
}

// sample returns a snapshot of the sample data layer.
func sample(t *testing.T) *engine.Snapshot {
	t.Helper()
	dir := filepath.Join(root, "testdata", "sample")
	files := map[string][]byte{}
	for _, pattern := range []string{"*.yaml", "*/layer.yaml", "*/schema.graphql", "*/scopes/*.yaml"} {
		names, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.ToSlash(strings.TrimPrefix(name, dir+string(filepath.Separator)))] = text
		}
	}
	repository, problems := scope.ParseRepository(files)
	if problems != nil {
		t.Fatal(problems)
	}
	l := repository.Layers[0]
	draft, err := engine.Compile(engine.Input{Layer: l.Layer, SchemaFile: l.Schema.Path, Schema: string(l.Schema.Source), Scopes: l.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := draft.Activate(t.Context(), 1, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}
