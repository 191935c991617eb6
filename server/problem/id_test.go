package problem_test

import (
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/server/problem"
)

func TestHarmlessID(t *testing.T) {
	for id, want := range map[string]bool{
		"abc-1.2_3": true, strings.Repeat("a", 64): true,
		"": false, strings.Repeat("a", 65): false, "a b": false, "a\n": false, `a"b`: false, "é": false,
		"fgt_" + strings.Repeat("a", 46): false, "x.fgm_a": false,
	} {
		if got := problem.HarmlessID(id); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
}
