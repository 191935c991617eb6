package store_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fieldgate/fieldgate/server/store"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))

// chain returns a chain of n entries with all fields set, and its heads, the first of which is the beginning.
func chain(n int) (entries []store.Entry, heads []store.Head) {
	heads = append(heads, store.Beginning())
	for i := range n {
		e, head := heads[i].Append(store.Entry{
			Time: at.Add(time.Duration(i) * time.Second), Actor: store.Actor{Kind: store.ActorKey, ID: "m", Name: "ann", KeyID: "k", Commit: "c"},
			IP: "192.0.2.1", RequestID: "r", Action: store.ScopeUpdated,
			Target: store.Target{Kind: "scope", ID: "s", Name: "<finance>", DataLayer: "shop"},
			Before: json.RawMessage(`{"a":1}`), After: json.RawMessage(`{"a":"\u003c"}`),
		})
		entries, heads = append(entries, e), append(heads, head)
	}
	return entries, heads
}

func all(entries []store.Entry) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// broken verifies and returns the sequence that is named as wrong, 0 for a chain that is whole.
func broken(t testing.TB, entries []store.Entry, known ...store.Head) uint64 {
	t.Helper()
	_, err := store.Verify(all(entries), known...)
	if err == nil {
		return 0
	}
	var b *store.BrokenError
	if !errors.As(err, &b) || !errors.Is(err, store.ErrBroken) {
		t.Fatalf("verifying failed with %v", err)
	}
	return b.Sequence
}

func TestR20ChainVerifies(t *testing.T) {
	entries, heads := chain(5)
	for n := range len(entries) + 1 {
		head, err := store.Verify(all(entries[:n]), heads[:n+1]...)
		if err != nil || head != heads[n] {
			t.Errorf("%d entries: %v, %v; want head %v", n, head, err, heads[n])
		}
	}
}

// The encoding is published in docs/audit.md: exports of today have to verify tomorrow. These hashes were computed from that
// page by another program.
func TestR20EncodingStaysAsItIs(t *testing.T) {
	entries, _ := chain(2)
	want := []string{
		"9291e6abe6258fe97cd5db6ac40059cf86ae6a93a6ddc01eefc3700f9119c2d0",
		"358134473f1aa46a2652f20e731acdbecebc3202bcb4136ed9ef52c0a7f9103b",
	}
	if diff := cmp.Diff(want, []string{entries[0].Hash, entries[1].Hash}); diff != "" {
		t.Error(diff)
	}
}

func TestR20EveryFieldIsHashed(t *testing.T) {
	for name, change := range map[string]func(*store.Entry){
		"sequence":          func(e *store.Entry) { e.Sequence++ },
		"time":              func(e *store.Entry) { e.Time = e.Time.Add(time.Microsecond) },
		"part of the time":  func(e *store.Entry) { e.Time = e.Time.Add(time.Nanosecond) },
		"actor kind":        func(e *store.Entry) { e.Actor.Kind = store.ActorFile },
		"actor id":          func(e *store.Entry) { e.Actor.ID = "" },
		"actor name":        func(e *store.Entry) { e.Actor.Name += " " },
		"actor key":         func(e *store.Entry) { e.Actor.KeyID = "K" },
		"actor commit":      func(e *store.Entry) { e.Actor.Commit = "" },
		"id to name":        func(e *store.Entry) { e.Actor.ID, e.Actor.Name = "", e.Actor.ID+e.Actor.Name },
		"ip":                func(e *store.Entry) { e.IP = "192.0.2.2" },
		"request":           func(e *store.Entry) { e.RequestID = "" },
		"action":            func(e *store.Entry) { e.Action = store.ScopeCreated },
		"target kind":       func(e *store.Entry) { e.Target.Kind = "token" },
		"target id":         func(e *store.Entry) { e.Target.ID = "t" },
		"target name":       func(e *store.Entry) { e.Target.Name = "" },
		"target layer":      func(e *store.Entry) { e.Target.DataLayer = "blog" },
		"before":            func(e *store.Entry) { e.Before = json.RawMessage(`{"a":2}`) },
		"after":             func(e *store.Entry) { e.After = nil },
		"before is after":   func(e *store.Entry) { e.Before, e.After = e.After, e.Before },
		"space in the row":  func(e *store.Entry) { e.Before = json.RawMessage(`{"a": 1}`) },
		"row is no JSON":    func(e *store.Entry) { e.Before = json.RawMessage(`{`); e.Hash = e.Sum() },
		"previous":          func(e *store.Entry) { e.Previous = store.Beginning().Hash },
		"hash":              func(e *store.Entry) { e.Hash = strings.ToUpper(e.Hash) },
		"hash of the other": func(e *store.Entry) { e.Hash = e.Previous },
	} {
		t.Run(name, func(t *testing.T) {
			entries, _ := chain(5)
			change(&entries[2])
			if got := broken(t, entries); got != 3 {
				t.Errorf("found at entry %d, want 3", got)
			}
		})
	}
}

// Whoever changes an entry and its hash breaks the link of the next one, up to the head.
func TestR20EntryWrittenAnewIsFound(t *testing.T) {
	entries, heads := chain(5)
	entries[2].Actor.Name = "eve"
	entries[2].Hash = entries[2].Sum()
	if got := broken(t, entries); got != 4 {
		t.Errorf("found at entry %d, want 4", got)
	}
	anew := store.Head{Sequence: entries[2].Sequence, Hash: entries[2].Hash}
	for i := 3; i < len(entries); i++ {
		entries[i], anew = anew.Append(entries[i])
	}
	if got := broken(t, entries); got != 0 {
		t.Fatalf("a chain that is whole is broken at %d", got)
	}
	if got := broken(t, entries, heads[4]); got != 4 {
		t.Errorf("against a head that was noted: found at entry %d, want 4", got)
	}
}

func TestR20MissingTailIsFoundByHead(t *testing.T) {
	entries, heads := chain(5)
	for n := range 5 {
		if got := broken(t, entries[:n]); got != 0 {
			t.Fatalf("the first %d entries are broken at %d", n, got)
		}
		if got := broken(t, entries[:n], heads[2], heads[5]); got != uint64(n)+1 {
			t.Errorf("%d of 5 entries: found at %d, want %d", n, got, n+1)
		}
	}
	if got := broken(t, nil, store.Head{}); got != 0 {
		t.Errorf("a head without hash is known: found at %d", got)
	}
}

// Any flipped, dropped, doubled, moved or swapped entry is found, and no other entry is named before it.
func TestR20TamperingIsFound(t *testing.T) {
	const n = 12
	whole, heads := chain(n)
	rapid.Check(t, func(rt *rapid.T) {
		entries := slices.Clone(whole)
		i := rapid.IntRange(0, n-1).Draw(rt, "i")
		j := rapid.IntRange(0, n-1).Filter(func(j int) bool { return j != i }).Draw(rt, "j")
		first := i
		switch rapid.SampledFrom([]string{"drop", "double", "swap", "copy", "flip"}).Draw(rt, "what") {
		case "drop":
			entries = slices.Delete(entries, i, i+1)
		case "double":
			entries, first = slices.Insert(entries, i, entries[i]), i+1
		case "swap":
			entries[i], entries[j] = entries[j], entries[i]
			first = min(i, j)
		case "copy":
			entries[i] = entries[j]
		case "flip":
			flip(rt, &entries[i])
		}
		if got := broken(t, entries, heads[n]); got != uint64(first)+1 {
			rt.Errorf("found at %d, want %d", got, first+1)
		}
	})
}

// flip changes one bit of one field as a line of an export has it.
func flip(rt *rapid.T, e *store.Entry) {
	b := []byte(e.Hash)
	switch rapid.IntRange(0, 3).Draw(rt, "field") {
	case 0:
		b[rapid.IntRange(0, len(b)-1).Draw(rt, "at")] ^= 1 << rapid.IntRange(0, 6).Draw(rt, "bit")
		e.Hash = string(b)
	case 1:
		b = []byte(e.Previous)
		b[rapid.IntRange(0, len(b)-1).Draw(rt, "at")] ^= 1 << rapid.IntRange(0, 6).Draw(rt, "bit")
		e.Previous = string(b)
	case 2:
		e.Sequence ^= 1 << rapid.IntRange(0, 62).Draw(rt, "bit")
	case 3:
		e.Time = time.UnixMicro(e.Time.UnixMicro() ^ 1<<rapid.IntRange(0, 40).Draw(rt, "bit"))
	}
}

// What is exported as JSON lines and read back verifies: no text changes on the way.
func TestR20ExportVerifies(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
		head, lines := store.Beginning(), new(bytes.Buffer)
		for range rapid.IntRange(1, 3).Draw(rt, "n") {
			row, err := store.Record(store.Scope{Name: text.Draw(rt, "row"), Entries: []string{text.Draw(rt, "entry")}})
			if err != nil {
				rt.Fatal(err)
			}
			var e store.Entry
			e, head = head.Append(store.Entry{
				Time: time.UnixMicro(rapid.Int64Range(-1e15, 1e17).Draw(rt, "time")), Actor: store.Actor{Name: text.Draw(rt, "actor")},
				IP: text.Draw(rt, "ip"), Target: store.Target{Name: text.Draw(rt, "target")}, After: row,
			})
			encoder := json.NewEncoder(lines)
			encoder.SetEscapeHTML(rapid.Bool().Draw(rt, "escape"))
			if err := encoder.Encode(e); err != nil {
				rt.Fatal(err)
			}
		}
		if got, err := store.Verify(decode(lines)); err != nil || got != head {
			rt.Fatalf("%v, %v; want %v", got, err, head)
		}
	})
}

func decode(lines *bytes.Buffer) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for scanner := bufio.NewScanner(lines); scanner.Scan(); {
			var e store.Entry
			if err := json.Unmarshal(scanner.Bytes(), &e); !yield(e, err) {
				return
			}
		}
	}
}

func TestVerifyReturnsErrorsOfReading(t *testing.T) {
	unread := errors.New("disk")
	_, err := store.Verify(func(yield func(store.Entry, error) bool) { yield(store.Entry{}, unread) })
	if !errors.Is(err, unread) || errors.Is(err, store.ErrBroken) {
		t.Errorf("got %v", err)
	}
}

// FuzzNext reads entries that an attacker wrote: whatever follows a head is what its hash says.
func FuzzNext(f *testing.F) {
	entries, _ := chain(1)
	line, err := json.Marshal(entries[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Fuzz(func(t *testing.T, line []byte) {
		var e store.Entry
		if json.Unmarshal(line, &e) != nil {
			return
		}
		head, err := store.Beginning().Next(e)
		if err == nil && (head.Hash != e.Sum() || head.Sequence != 1 || e.Previous != store.Beginning().Hash) {
			t.Errorf("%+v follows the beginning", e)
		}
	})
}
