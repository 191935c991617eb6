package scope_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine/scope"
)

func TestParseLock(t *testing.T) {
	lock, problems := scope.ParseLock("schema.lock", []byte("# a comment\r\nQuery.a\r\n\nB.c(d:)\nQuery.a\nA"))
	if problems != nil {
		t.Fatal(problems)
	}
	if diff := cmp.Diff([]string{"A", "B.c(d:)", "Query.a"}, lock.Coordinates()); diff != "" {
		t.Error(diff)
	}
	if !lock.Has("A") || lock.Has("B") || (*scope.Lock)(nil).Has("A") || len((*scope.Lock)(nil).Coordinates()) != 0 {
		t.Error("it has something else")
	}
	again, problems := scope.ParseLock("schema.lock", lock.Text())
	if problems != nil || !cmp.Equal(again.Coordinates(), lock.Coordinates()) || !bytes.Equal(again.Text(), lock.Text()) {
		t.Errorf("its text reads as %v, %v", again, problems)
	}
}

func TestParseLockRefusesWhatIsNoCoordinate(t *testing.T) {
	for line, text := range map[string]string{
		"<<<<<<< HEAD": "A\n<<<<<<< HEAD\nB\n", "=======": "A\n=======\n", "A.*": "A\nA.*\n", " A": "B\n A\n", "A.b.c": "B\nA.b.c\n", "A # x": "B\nA # x\n",
	} {
		lock, problems := scope.ParseLock("schema.lock", []byte(text))
		if lock != nil || len(problems) != 1 || problems[0].Line != 2 || !strings.Contains(problems[0].Message, line) || problems[0].Hint == "" {
			t.Errorf("%q: %v, %v", text, lock, problems)
		}
	}
	if _, problems := scope.ParseLock("schema.lock", []byte(strings.Repeat("?\n", 5000))); len(problems) > 1001 {
		t.Errorf("%d problems", len(problems))
	}
}

func FuzzParseLock(f *testing.F) {
	f.Add([]byte("# x\nQuery.a\nA(b:)\n"))
	f.Add([]byte("<<<<<<<\n\x00\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		lock, problems := scope.ParseLock("schema.lock", src)
		if (lock == nil) == (problems == nil) {
			t.Fatal("neither a lock nor a problem, or both")
		}
		if lock == nil {
			return
		}
		again, problems := scope.ParseLock("schema.lock", lock.Text())
		if problems != nil || !cmp.Equal(lock.Coordinates(), again.Coordinates()) {
			t.Errorf("it reads as another: %v", problems)
		}
	})
}
