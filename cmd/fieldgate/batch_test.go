package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine"
)

// decideBatch runs `decide --batch -`.
func decideBatch(ctx context.Context, in io.Reader, out io.Writer) (code int, stderr string) {
	var errs bytes.Buffer
	code = run(ctx, []string{"decide", "--batch", "-"}, in, out, &errs)
	return code, errs.String()
}

const batchQuestion = `{"id":"%d","schema":"type Query { a: Int b: Int c%d: Int }","scopes":{"s":["Query.a"]},"query":"{ a b }"}` + "\n"

func TestBatchKeepsTheOrder(t *testing.T) {
	const lines = 100
	var in, out bytes.Buffer
	for i := range lines {
		fmt.Fprintf(&in, batchQuestion, i, i%40) // more schemas than are remembered
	}
	if code, stderr := decideBatch(t.Context(), &in, &out); code != exitOK || stderr != "" {
		t.Fatalf("%d %s", code, stderr)
	}
	answers := json.NewDecoder(&out)
	for i := range lines {
		var d engine.Decision
		if err := answers.Decode(&d); err != nil || d.ID != fmt.Sprint(i) || d.Decision != engine.DecisionPartial {
			t.Fatalf("line %d: %v %+v", i, err, d)
		}
	}
	if answers.More() {
		t.Error("there is more than one decision a line")
	}
}

func TestBatchLinesThatAreTooLong(t *testing.T) {
	long := strings.Repeat("x", maxBatchLine)
	first, last := fmt.Sprintf(batchQuestion, 1, 0), strings.TrimSpace(fmt.Sprintf(batchQuestion, 3, 0))
	var out bytes.Buffer
	if code, stderr := decideBatch(t.Context(), strings.NewReader(first+long+"\n"+last), &out); code != exitOK || stderr != "" {
		t.Fatalf("%d %s", code, stderr)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], `{"id":"1",`) || !strings.Contains(lines[1], "longer than 16 MiB") || !strings.HasPrefix(lines[2], `{"id":"3",`) {
		t.Errorf("%.300q", lines)
	}
}

// TestBatchAnswersBeforeTheEnd is what lets a program ask one question after the other.
func TestBatchAnswersBeforeTheEnd(t *testing.T) {
	questions, in := io.Pipe()
	out, answers := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code, _ := decideBatch(t.Context(), questions, answers)
		ended <- code
	}()
	read := json.NewDecoder(out)
	for i := range 3 {
		fmt.Fprintf(in, batchQuestion, i, 0)
		var d engine.Decision
		if err := read.Decode(&d); err != nil || d.ID != fmt.Sprint(i) {
			t.Fatalf("%v %+v", err, d)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != exitOK {
		t.Errorf("it ends with %d", code)
	}
}

func TestBatchThatCannotBeReadOrWritten(t *testing.T) {
	broken := io.MultiReader(strings.NewReader(fmt.Sprintf(batchQuestion, 1, 0)), failing{})
	var out bytes.Buffer
	if code, stderr := decideBatch(t.Context(), broken, &out); code != exitUsage || !strings.Contains(stderr, "the disk is gone") {
		t.Errorf("%d %s", code, stderr)
	}
	if !strings.HasPrefix(out.String(), `{"id":"1"`) {
		t.Errorf("what was read before is not answered: %s", out.String())
	}
	if code, stderr := decideBatch(t.Context(), strings.NewReader(strings.Repeat(fmt.Sprintf(batchQuestion, 1, 0), 50)), failing{}); code != exitUsage {
		t.Errorf("%d %s", code, stderr)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, _ := decideBatch(ctx, strings.NewReader(strings.Repeat(fmt.Sprintf(batchQuestion, 1, 0), 50)), io.Discard); code != exitUsage {
		t.Errorf("interrupted, it ends with %d", code)
	}
}

type failing struct{}

var errGone = errors.New("the disk is gone")

func (failing) Read([]byte) (int, error)  { return 0, errGone }
func (failing) Write([]byte) (int, error) { return 0, errGone }

func TestBatchSurvivesALineThatPanics(t *testing.T) {
	b := &batchRun{} // without an engine
	if d := b.decide(t.Context(), job{line: []byte(`{"id": "7"}`)}); d.ID != "7" || d.Decision != engine.DecisionError || d.Errors[0].Code != "INTERNAL_ERROR" {
		t.Errorf("%+v", d)
	}
}
