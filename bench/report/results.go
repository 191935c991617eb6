package report

import (
	"encoding/json"
	"maps"
	"os"
	"slices"

	"github.com/fieldgate/fieldgate/bench/cases"
	"github.com/fieldgate/fieldgate/bench/measure"
	"github.com/fieldgate/fieldgate/bench/web"
)

// Results are everything that was measured, in the form in which it is kept.
type Results struct {
	Machine  map[string]string `json:"machine"`
	Versions map[string]string `json:"versions"`
	// Taken says when each part was measured, and with how many rounds of which length.
	Taken map[string]string           `json:"taken"`
	Cases map[string][]measure.Result `json:"cases"` // by part
	Web   map[string][]web.Result     `json:"web"`
	Heap  []cases.Heap                `json:"heap"`
}

// New returns results of nothing yet.
func New() *Results {
	return &Results{
		Machine: map[string]string{}, Versions: map[string]string{}, Taken: map[string]string{},
		Cases: map[string][]measure.Result{}, Web: map[string][]web.Result{},
	}
}

// Read reads results; a file that is not there has none.
func Read(file string) (*Results, error) {
	r := New()
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	return r, json.Unmarshal(data, r)
}

// Write keeps the results.
func (r *Results) Write(file string) error {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}

// all are the results of every part, in order.
func (r *Results) all() []measure.Result {
	var out []measure.Result
	for _, part := range slices.Sorted(maps.Keys(r.Cases)) {
		out = append(out, r.Cases[part]...)
	}
	return out
}

// find returns the samples of the task whose labels are these: names, each with its value. Nil when there is none.
func (r *Results) find(pairs ...string) []measure.Sample {
	for _, result := range r.all() {
		matches := true
		for pair := range slices.Chunk(pairs, 2) {
			matches = matches && result.Labels[pair[0]] == pair[1]
		}
		if matches {
			return result.Samples
		}
	}
	return nil
}

// server returns the samples of a server in a web suite.
func (r *Results) server(suite, side string) []web.Sample {
	for _, result := range r.Web[suite] {
		if result.Side == side {
			return result.Samples
		}
	}
	return nil
}
