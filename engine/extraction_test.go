package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// spy has a token and nothing but the answers to it.
type spy struct {
	t        *testing.T
	world    *world
	dialect  dialect
	sdl      string
	snapshot *engine.Snapshot
	subject  engine.Subject
	asked    int
}

// ask returns what stands at a place in the answer, nil when there is nothing.
func (s *spy) ask(query string, variables map[string]any, at []any) any {
	s.t.Helper()
	if query == "" {
		return nil
	}
	s.asked++
	v, err := s.snapshot.Decide(s.t.Context(), engine.Request{Subject: s.subject, Query: query, Variables: variables})
	if err != nil {
		s.t.Fatal(err)
	}
	d := v.Details()
	if len(d.Errors) > 0 {
		s.t.Fatalf("%s: %v\n%s", query, d.Errors, s.sdl)
	}
	if d.Query == nil {
		return nil
	}
	sent := map[string]any{}
	for k, v := range variables { // the executor wants defaults filled in
		sent[k] = v
	}
	return dig(answered(s.t, s.world, s.sdl, *d.Query, sent), at...)
}

// loot is what an attack on one field brought.
type loot struct {
	values               int // known by bisection
	greatest, greatestOf int // known by an aggregate or a list of distinct values, of those that were asked
	sorted, sortedOf     int // sorts that were answered, of those that were asked
}

func (l loot) nothing() bool { return l.values+l.greatest+l.sorted == 0 }

// steal recovers what it can of a field: path leads to it from objects of type t.
func (s *spy) steal(t int, path []string) (out loot) {
	for _, o := range s.world.rows[t] {
		truth := number(s.world.at(o, path))
		if s.bisect(o, path) == truth {
			out.values++
		}
		if query, at := s.dialect.greatest(t, o.id(), path); query != "" {
			out.greatestOf++
			if fmt.Sprint(s.ask(query, nil, at)) == strconv.Itoa(truth) {
				out.greatest++
			}
		}
	}
	if query, at := s.dialect.order(t, path); query != "" {
		out.sortedOf++
		if list, _ := s.ask(query, nil, at).([]any); len(list) > 0 {
			out.sorted++
		}
	}
	return out
}

// greatest is the dialect's question for the greatest value of a field; "" where it has none.
func (d dialect) greatest(t int, id string, path []string) (string, []any) {
	if d.top == nil {
		return "", nil
	}
	return d.top(t, id, path)
}

// bisect finds a value by counting; -1 when it is not answered.
func (s *spy) bisect(o object, path []string) int {
	low, high := 0, 128
	for high-low > 1 {
		middle := (low + high) / 2
		query, variables, at := s.dialect.count(o.typ, o.id(), path, middle)
		n, answered := s.ask(query, variables, at).(int)
		switch {
		case !answered:
			return -1
		case n > 0:
			low = middle
		default:
			high = middle
		}
	}
	return low
}

// TestR14AttackersRecoverNothing plays filters, counts, bisection, sorts, aggregates and groups on random
// schemas and data in the dialects of five families of servers. Without guards every value of a
// restricted field is recovered; with them none, directly or through a relation, while fields that are
// not restricted, and holders of the scope, get their answers.
func TestR14AttackersRecoverNothing(t *testing.T) {
	worlds := min(cases()/100, 200)
	for _, d := range dialects {
		t.Run(d.name, func(t *testing.T) {
			var asked, stolen, kept int
			for seed := range worlds {
				w := newWorld(seed)
				dice := rand.New(rand.NewPCG(seed, 15))
				target := dice.IntN(len(w.fields))
				field := w.fields[target][dice.IntN(len(w.fields[target]))]
				entry := fmt.Sprintf("T%d.%s", target, field)
				if dice.IntN(4) == 0 {
					entry = fmt.Sprintf("T%d", target)
				}
				asked, stolen, kept = plunder(t, w, d, target, field, entry, asked, stolen, kept)
			}
			t.Logf("%d worlds, %d questions: %d values recovered without guards, %d of these kept with them", worlds, asked, stolen, kept)
			if stolen == 0 || kept != stolen {
				t.Error("nothing was shown")
			}
		})
	}
}

func plunder(t *testing.T, w *world, d dialect, target int, field, entry string, asked, stolen, kept int) (int, int, int) {
	t.Helper()
	sdl := d.sdl(w)
	for from, path := range waysTo(w, target, field) {
		for _, guards := range []bool{false, true} {
			s := &spy{t: t, world: w, dialect: d, sdl: sdl, snapshot: activate(t, sdl, map[string][]string{"secret": {entry}}, func(l *scope.Layer) {
				if !guards {
					l.GuardsOff = map[string]string{scope.AllGuards: "to see that the attacks work"}
				}
			})}
			direct := entry != fmt.Sprintf("T%d", target) // else the whole type is restricted
			all, got := len(w.rows[from]), s.steal(from, path)
			asked += s.asked
			if !guards {
				stolen += got.values
				if got.values != all || direct && (got.greatest != got.greatestOf || got.sorted != got.sortedOf) {
					t.Errorf("%s: without guards only %+v was recovered of %d values of %s by way of T%d %v: the attacks show nothing\n%s", d.name, got, all, entry, from, path, sdl)
				}
				continue
			}
			kept += all
			if !got.nothing() {
				t.Errorf("%s: %+v was recovered of %s by way of T%d %v\n%s", d.name, got, entry, from, path, sdl)
			}
			s.subject = engine.Subject{Scopes: []string{"secret"}}
			if got := s.steal(from, path); got.values != all {
				t.Errorf("%s: the holder of the scope gets %d of %d answers about %s", d.name, got.values, all, entry)
			}
			s.subject = engine.Subject{}
			honest := slices.DeleteFunc(slices.Clone(w.fields[target]), func(f string) bool { return f == field })[0]
			open := append(slices.Clone(path[:len(path)-1]), honest)
			if got := s.steal(from, open); direct && got.values != all {
				t.Errorf("%s: only %d of %d questions about the open T%d.%s were answered\n%s", d.name, got.values, all, target, honest, sdl)
			}
		}
	}
	return asked, stolen, kept
}

// waysTo are the ways to a field: from its own type, and from types whose owner has it.
func waysTo(w *world, target int, field string) map[int][]string {
	out := map[int][]string{target: {field}}
	for t, owner := range w.owner {
		if owner == target && t != target {
			out[t] = []string{"owner", field}
		}
	}
	return out
}
