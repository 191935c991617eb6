package engine

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fieldgate/fieldgate/engine/coord"
	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/internal/oracle/generate"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/policies"
)

// TestR5AnEditIsACompile edits random scopes in random ways, edit upon edit, and holds each draft against compiling the same
// input anew, and what its snapshot lets each set of scopes read against the policy asked on the whole data.
func TestR5AnEditIsACompile(t *testing.T) {
	restricts := 0
	for seed := range edits() {
		random := rand.New(rand.NewPCG(seed, 7))
		c := generate.Case(seed)
		in, err := BatchLine{Schema: c.SDL, Scopes: c.Scopes, Match: c.Match, Abstract: c.Abstract, Directives: c.Directives}.input()
		if err != nil {
			t.Fatal(err)
		}
		draft, err := Compile(in)
		if err != nil {
			t.Fatal(err)
		}
		if seed%3 != 0 { // else there is no text and there are no classes to take over
			if _, err := draft.Activate(t.Context(), 1, Options{}); err != nil {
				t.Fatal(err)
			}
		}
		for step := range 4 {
			in = changed(t, random, in, draft.Schema.Names())
			next, err := draft.Edit(in)
			if err != nil {
				t.Fatal(err)
			}
			if next.bare != draft.bare {
				t.Fatalf("seed %d, edit %d: the schema is another", seed, step)
			}
			if !next.restricted.Equal(draft.restricted) {
				restricts++
			}
			draft = next
			checkEdit(t, fmt.Sprintf("seed %d, edit %d", seed, step), draft, in)
		}
	}
	if restricts == 0 {
		t.Error("no edit restricts anything")
	}
}

func edits() uint64 {
	n, err := strconv.ParseUint(os.Getenv("FIELDGATE_CASES"), 10, 64)
	if err != nil || n == 0 {
		return 150
	}
	return max(n/10, 30)
}

// changed gives an entry to a scope or takes one away, adds a scope, deletes one, or renames one that keeps its id.
func changed(t *testing.T, random *rand.Rand, in Input, names []string) Input {
	t.Helper()
	out := in
	out.Scopes, out.ScopeIDs = slices.Clone(in.Scopes), map[string]string{}
	for _, s := range in.Scopes {
		out.ScopeIDs[s.Name] = in.scopeID(s.Name)
	}
	pick := 0
	if len(in.Scopes) > 0 {
		pick = random.IntN(len(in.Scopes))
	}
	entry := func() scope.Entry {
		text := names[random.IntN(len(names))]
		if random.IntN(8) == 0 {
			text = "Gone.field"
		}
		p, err := coord.ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		return scope.Entry{Pattern: p, Text: text}
	}
	switch what := random.IntN(6); {
	case what == 0 || len(in.Scopes) == 0:
		name := fmt.Sprintf("new%d", random.Uint32())
		out.Scopes, out.ScopeIDs[name] = append(out.Scopes, scope.Scope{Name: name, Entries: []scope.Entry{entry(), entry()}}), "id-"+name
	case what == 1:
		out.Scopes = slices.Delete(out.Scopes, pick, pick+1)
	case what == 2:
		name := fmt.Sprintf("renamed%d", random.Uint32())
		out.ScopeIDs[name] = out.ScopeIDs[out.Scopes[pick].Name]
		out.Scopes[pick].Name = name
	case what == 3 && len(out.Scopes[pick].Entries) > 0:
		out.Scopes[pick].Entries = slices.Clone(out.Scopes[pick].Entries[1:])
	default:
		out.Scopes[pick].Entries = append(slices.Clone(out.Scopes[pick].Entries), entry())
	}
	return out
}

func checkEdit(t *testing.T, where string, draft *Draft, in Input) {
	t.Helper()
	want, err := Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	for what, diff := range map[string]string{
		"content": cmp.Diff(want.Content, draft.Content, cmpopts.EquateEmpty()), "guards": cmp.Diff(want.Guards, draft.Guards, cmpopts.EquateEmpty()),
		"escapes": cmp.Diff(want.Escapes, draft.Escapes, cmpopts.EquateEmpty()), "problems": cmp.Diff(want.Unmatched, draft.Unmatched, cmpopts.EquateEmpty()),
		"digest": cmp.Diff(want.Content.Digest(), draft.Text().Digest()),
	} {
		if diff != "" {
			t.Fatalf("%s: %s: %s", where, what, diff)
		}
	}
	for id := range draft.Schema.Len() {
		if a, b := want.Schema.Selecting(gql.ID(id)), draft.Schema.Selecting(gql.ID(id)); !slices.Equal(a, b) {
			t.Fatalf("%s: %s needs %v, compiled anew %v", where, draft.Schema.Name(gql.ID(id)), b, a)
		}
	}
	checkReadable(t, where, draft, in)
}

// checkReadable holds what the snapshot of a draft lets holders of some scopes read against the policy asked about each coordinate
// on the whole data.
func checkReadable(t *testing.T, where string, draft *Draft, in Input) {
	t.Helper()
	snapshot, err := draft.Activate(t.Context(), 1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	names := draft.Schema.Names()
	each, err := eval.New(t.Context(), policies.Read(), draft.Content.Data(), names, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := make([]uint32, len(names))
	for i := range all {
		all[i] = uint32(i)
	}
	var ids []string
	for _, s := range in.Scopes {
		ids = append(ids, in.scopeID(s.Name))
	}
	for held := range 1 << min(len(ids), 4) {
		var who eval.Subject
		for i, id := range ids[:min(len(ids), 4)] {
			if held&(1<<i) != 0 {
				who.Scopes = append(who.Scopes, id)
			}
		}
		want, err := each.Readable(t.Context(), who, all)
		if err != nil {
			t.Fatal(err)
		}
		got, err := snapshot.Readable(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		for id, name := range names {
			if got.Has(gql.ID(id)) != want[id] {
				t.Fatalf("%s: holders of %v read %s: %v, asked alone: %v", where, who.Scopes, name, got.Has(gql.ID(id)), want[id])
			}
		}
	}
}

// An input that differs in more than scopes is compiled anew.
func TestEditOfMoreThanScopes(t *testing.T) {
	in := Input{Layer: scope.DefaultLayer("test"), SchemaFile: "schema", Schema: "type Query { a: Int b: Int }"}
	draft, err := Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*Input){
		"schema": func(in *Input) { in.Schema = "type Query { a: Int }" },
		"match":  func(in *Input) { in.Layer.Match = scope.MatchAll },
		"guards": func(in *Input) { in.Layer.GuardsOff = map[string]string{scope.AllGuards: "x"} },
		"restrict": func(in *Input) {
			in.Layer.OnNewFields, in.Lock = scope.NewFieldsRestrict, scope.NewLock("l", []string{"Query"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			other := in
			edit(&other)
			got, err := draft.Edit(other)
			if err != nil {
				t.Fatal(err)
			}
			want, err := Compile(other)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.Content, got.Content); diff != "" || got.bare == draft.bare {
				t.Error(diff)
			}
		})
	}
}
