package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fieldgate/fieldgate/engine/internal/oracle/generate"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// TestR2RememberedVerdictsAreFreshOnes decides operations again and again, for sets of scopes in any order, from several
// goroutines, and holds each decision against that of a snapshot that remembers nothing.
func TestR2RememberedVerdictsAreFreshOnes(t *testing.T) {
	denied := 0
	for seed := range edits() {
		c := generate.Case(seed)
		in, err := BatchLine{Schema: c.SDL, Scopes: c.Scopes, Match: c.Match, Abstract: c.Abstract, Directives: c.Directives}.input()
		if err != nil {
			t.Fatal(err)
		}
		in.Layer.Mode = []scope.Mode{scope.ModePrune, scope.ModeHide, scope.ModeObserve, scope.ModeReject}[seed%4]
		draft, err := Compile(in)
		if err != nil {
			t.Fatal(err)
		}
		asked := questions(c.Query, c.OperationName, c.Variables, slices.Sorted(maps.Keys(c.Scopes)))
		want := make([]string, len(asked))
		for i, r := range asked {
			want[i] = said(t, fresh(t, draft), r)
			if !strings.Contains(want[i], `"decision":"allow"`) {
				denied++
			}
		}
		snapshot := fresh(t, draft)
		var running sync.WaitGroup
		for g := range 3 {
			running.Go(func() {
				random := rand.New(rand.NewPCG(seed, uint64(g)))
				for range 3 {
					for _, i := range random.Perm(len(asked)) {
						if got := said(t, snapshot, asked[i]); got != want[i] {
							t.Errorf("seed %d, %+v\nremembered: %s\nfresh: %s", seed, asked[i].Subject, got, want[i])
						}
					}
				}
			})
		}
		running.Wait()
		if t.Failed() {
			return
		}
	}
	if denied == 0 {
		t.Error("nothing is denied")
	}
}

// TestR2DocumentsOfOneHashAreTwo asks for long documents that differ in one byte, wherever it is: the hash sees only parts of them.
func TestR2DocumentsOfOneHashAreTwo(t *testing.T) {
	s := withPolicy(t, scope.ModePrune, nil)
	const length = 400
	alike := 0
	for at := range length - 4 {
		document := func(field string) Request {
			return Request{Query: strings.Repeat(" ", at) + "{" + field + "}" + strings.Repeat(" ", length-3-at)}
		}
		readable, denied := document("a"), document("b")
		if wordsHash(&readable, 0) == wordsHash(&denied, 0) {
			alike++
		}
		for range 3 {
			for request, want := range map[*Request]string{&readable: DecisionAllow, &denied: DecisionDeny} {
				v, err := s.Decide(t.Context(), *request)
				if err != nil || v.Decision() != want {
					t.Fatalf("%q: %v, %v, want %s", request.Query, v.Decision(), err, want)
				}
			}
		}
	}
	if alike == 0 {
		t.Error("no two documents have one hash")
	}
}

func questions(query, name string, variables map[string]any, scopes []string) []Request {
	subjects := []Subject{{}, {Unrestricted: true}}
	for i := range min(len(scopes), 3) {
		for k := range min(len(scopes), 3) {
			subjects = append(subjects, Subject{Scopes: []string{scopes[i], scopes[k]}}, Subject{ScopeIDs: []string{scopes[k]}, Scopes: []string{scopes[i]}})
		}
	}
	var out []Request
	for _, sub := range subjects {
		out = append(out, Request{Subject: sub, Query: query, OperationName: name, Variables: variables}, Request{Subject: sub, Query: "{ __typename }"})
	}
	return out
}

func fresh(t *testing.T, d *Draft) *Snapshot {
	t.Helper()
	s, err := d.Activate(t.Context(), 1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// said is all that is said of a decision: its details, and what a client would be told before any answer.
func said(t *testing.T, s *Snapshot, r Request) string {
	t.Helper()
	v, err := s.Decide(t.Context(), r)
	if err != nil {
		t.Error(err)
		return ""
	}
	details, err := json.Marshal(v.Details())
	if err != nil {
		t.Error(err)
	}
	out := string(details)
	if c, err := v.Completion(t.Context(), CompletionOptions{}); err != nil {
		out += fmt.Sprint(err)
	} else {
		variables, _ := json.Marshal(c.Variables())
		out += c.Query() + string(variables) + fmt.Sprint(c.input.Denied, c.Untouched())
	}
	return out
}

// TestFloodEvictsNothingUseful floods a snapshot with operations and sets of scopes that come once, between those that come
// again and again.
func TestFloodEvictsNothingUseful(t *testing.T) {
	const rounds, hot = 20_000, 16
	var sdl strings.Builder
	sdl.WriteString("type Query { id: ID")
	in := Input{Layer: scope.DefaultLayer("test"), SchemaFile: "schema", ScopeIDs: map[string]string{}}
	for i := range 40 {
		fmt.Fprintf(&sdl, " f%d: Int", i)
		s, problems := scope.ParseScope("s.yaml", fmt.Appendf(nil, "scope: s%d\nfields: [Query.f%d]\n", i, i))
		if problems != nil {
			t.Fatal(problems)
		}
		in.Scopes, in.ScopeIDs[s.Name] = append(in.Scopes, s), s.Name
	}
	in.Schema = sdl.String() + " }"
	draft, err := Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	s := fresh(t, draft)
	ask := func(r Request) {
		if _, err := s.Decide(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	useful := func(i int) Request {
		return Request{Subject: Subject{ScopeIDs: []string{fmt.Sprint("s", i)}}, Query: fmt.Sprintf("query Useful%d { id f%d f%d }", i, i, i+1)}
	}
	for round := range rounds {
		ask(useful(round % hot))
		var set []string
		for bit := range 40 {
			if (round*2_654_435_761)>>bit&1 == 1 {
				set = append(set, fmt.Sprint("s", bit))
			}
		}
		ask(Request{Subject: Subject{ScopeIDs: set}, Query: fmt.Sprintf("query Flood%d { %s f%d }", round, strings.Repeat("id ", 25), round%40)})
	}
	kept := 0
	for i := range hot {
		r := useful(i)
		op, here := s.operations.GetIfPresent(operationKey{r.Query, ""})
		who, known := s.holders.GetIfPresent(scopesHash(r.Subject))
		if here && known {
			if _, ok := s.judged.GetIfPresent(judgedKey{op, who}); ok {
				kept++
			}
		}
	}
	t.Logf("%d of %d useful operations are remembered; weights: %d of operations, %d of rights, %d of decisions", kept, hot,
		s.operations.WeightedSize(), s.holders.WeightedSize(), s.judged.WeightedSize())
	if kept < hot-1 {
		t.Errorf("%d of %d useful operations are remembered", kept, hot)
	}
	for name, of := range map[string][2]uint64{
		"operations": {s.operations.WeightedSize(), maxOperationBytes}, "rights": {s.holders.WeightedSize(), maxRightsBytes}, "decisions": {s.judged.WeightedSize(), maxJudgedBytes},
	} {
		if of[0] > of[1] {
			t.Errorf("%s: %d bytes, of %d", name, of[0], of[1])
		}
	}
}
