package cases_test

import (
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/bench/cases"
	"github.com/fieldgate/fieldgate/bench/measure"
)

func options(t *testing.T) cases.Options {
	t.Helper()
	return cases.Options{
		Root: "../..", Schemas: []string{"storefront"}, Restricted: []int{1_000}, Sizes: []int{30},
		Options: measure.Options{Rounds: 1, Turn: time.Millisecond}, Log: t.Logf,
	}
}

func TestEverySuiteMeasures(t *testing.T) {
	for name, suite := range map[string]func(cases.Options) ([]measure.Result, error){
		"decide":   func(o cases.Options) ([]measure.Result, error) { return cases.Decide(t.Context(), o) },
		"complete": func(o cases.Options) ([]measure.Result, error) { return cases.Complete(t.Context(), o) },
		"activate": func(o cases.Options) ([]measure.Result, error) { return cases.Activate(t.Context(), o, 1_000) },
		"growth":   func(o cases.Options) ([]measure.Result, error) { return cases.Growth(t.Context(), o, []int{100}) },
	} {
		t.Run(name, func(t *testing.T) {
			results, err := suite(options(t))
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, r := range results {
				key := r.Labels["suite"] + r.Labels["axis"] + r.Labels["x"] + r.Labels["side"]
				if seen[key] || len(r.Samples) != 1 || r.Samples[0].Nanoseconds <= 0 {
					t.Errorf("%v: %v", r.Labels, r.Samples)
				}
				seen[key] = true
				t.Logf("%v: %.0f ns", r.Labels, r.Samples[0].Nanoseconds)
			}
		})
	}
}

func TestHeapGrowsWithWhatIsKept(t *testing.T) {
	list, err := cases.Memory(t.Context(), options(t), 10_000)
	if err != nil {
		t.Fatal(err)
	}
	last := 0.0
	for _, h := range list {
		t.Logf("%s: %.1f MB", h.What, h.Bytes/1e6)
		if h.Bytes <= last {
			t.Errorf("%s: %.0f bytes after %.0f", h.What, h.Bytes, last)
		}
		last = h.Bytes
	}
}
